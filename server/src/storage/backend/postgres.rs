//! Connections to PostgreSQL: what each is for, how long anything may take on it.
//!
//! The driver offers no keepalives and no limit for a network that swallows everything, so the server is told to give up what nobody goes
//! on with (a transaction that has locked the epoch would hold up everybody), and whoever waits here has a limit of its own.

use std::time::Duration;

use sea_orm::ConnectOptions;
use sea_orm::sqlx::Executor as _;

use crate::storage::role::Role;

/// How a session is named on the server, unless the URL says otherwise.
const NAME: &str = "tessera";

/// Texts that a connection keeps prepared: all constant ones, and those that are made of few parts.
const PREPARED: usize = 512;

/// After which rest a connection is tried before it is handed out. One that broke meanwhile is replaced then.
const TRIED_AFTER: Duration = Duration::from_millis(500);

/// Commits are durable when they are acknowledged, also where the server is set up otherwise.
const DURABLE: &str = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

/// What a connection is used for says how long it may take. (A statement of the server: milliseconds, 0 for as long as it takes.)
struct Limits {
    connect: Duration,
    statement_ms: u32,
    lock_ms: u32,
    /// How long a transaction may wait for its next statement.
    idle_ms: u32,
}

const fn limits(role: Role) -> Limits {
    let (connect_secs, statement_ms, lock_ms, idle_ms) = match role {
        Role::Making => (10, 0, 60_000, 600_000),
        // Who has very many tokens ends them all in one statement.
        Role::Writing => (2, 60_000, 5_000, 5_000),
        Role::Reading => (2, 4_000, 4_000, 4_000),
        Role::Following => (1, 1_000, 1_000, 1_000),
    };
    Limits {
        connect: Duration::from_secs(connect_secs),
        statement_ms,
        lock_ms,
        idle_ms,
    }
}

/// How PostgreSQL is set up.
pub(in crate::storage) fn options(options: &mut ConnectOptions, role: Role) {
    let limits = limits(role);
    let settings = [
        // Also where the server is set up otherwise: what is asked after the epoch's lock is had has to be seen.
        ("default_transaction_isolation", "read committed".to_owned()),
        ("statement_timeout", limits.statement_ms.to_string()),
        ("lock_timeout", limits.lock_ms.to_string()),
        (
            "idle_in_transaction_session_timeout",
            limits.idle_ms.to_string(),
        ),
    ];
    options
        .connect_timeout(limits.connect)
        .acquire_timeout(limits.connect)
        .test_before_acquire(false)
        .test_before_acquire_if_idle_for(TRIED_AFTER)
        .map_sqlx_postgres_opts(move |options| {
            let options = if options.get_application_name().is_none() {
                options.application_name(NAME)
            } else {
                options
            };
            options
                .options(settings.clone())
                .statement_cache_capacity(PREPARED)
        });
    if role == Role::Writing {
        options.map_sqlx_postgres_pool_opts(|options| {
            options.after_connect(|connection, _| {
                Box::pin(async move { connection.execute(DURABLE).await.map(drop) })
            })
        });
    }
}
