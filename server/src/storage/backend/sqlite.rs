//! Connections to SQLite.

use sea_orm::ConnectOptions;
use sea_orm::sqlx::Connection as _;

use crate::storage::role::Role;

/// Bytes that the log keeps when it starts anew.
const LOG_KEPT: &str = "4194304";

/// Pages that a connection keeps which writes, in KiB: those of a transaction, and the inner ones of every index.
const WRITER_KEEPS: &str = "-2048";

/// The same of one that only reads: what it does not keep the system has.
const READER_KEEPS: &str = "-512";

/// How SQLite is set up, and which connections are handed out: none on which a transaction is open.
pub(in crate::storage) fn options(options: &mut ConnectOptions, role: Role, in_memory: bool) {
    let kept = match role {
        Role::Making | Role::Writing => WRITER_KEEPS,
        // In memory the one connection is for everything.
        Role::Reading | Role::Following if in_memory => WRITER_KEEPS,
        Role::Reading | Role::Following => READER_KEEPS,
    };
    // A local file does not go away; the ping costs a thread hop per statement.
    options
        .test_before_acquire(false)
        .map_sqlx_sqlite_opts(move |options| {
            options
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "FULL")
                // `checkpoint.rs` does it.
                .pragma("wal_autocheckpoint", "0")
                // What a statement may have to take back is kept in memory: else it is a file of its own, and tokens stand in it.
                .pragma("temp_store", "MEMORY")
                // What a burst has made of the log is given back when it starts anew.
                .pragma("journal_size_limit", LOG_KEPT)
                .pragma("cache_size", kept)
                .foreign_keys(true)
                .busy_timeout(std::time::Duration::from_secs(5))
        });
    if !in_memory {
        options.map_sqlx_sqlite_before_acquire(|connection, _| {
            Box::pin(async move { Ok(!connection.is_in_transaction()) })
        });
    }
}
