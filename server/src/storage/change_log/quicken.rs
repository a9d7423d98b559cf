//! Between the processes on one server: who has committed says so, and who hears it looks at once.
//!
//! Nothing relies on it. What is not heard (or a server that has no notifications) is found by the next look.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::DbErr;
use sea_orm::sqlx::{self, postgres::PgListener};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};
use uuid::Uuid;

use crate::storage::backend::Text;
use crate::storage::connection::connect;
use crate::storage::constant;
use crate::storage::opened::Opened;
use crate::storage::role::Role;
use crate::storage::source::Source;

/// The channel of all processes on one database.
const CHANNEL: &str = "tessera_commits";

/// Notes who says it, so that nobody hears its own.
static SAY: Text = Text::new("SELECT pg_notify('tessera_commits', ?)");

/// The least that lies between two sayings.
const GAP: Duration = Duration::from_millis(10);

/// How long a connection is listened on: nobody notices that one has been cut off.
const RENEWED: Duration = Duration::from_secs(60);

/// Between two tries to listen.
const PAUSE: Duration = Duration::from_secs(1);

/// Says and hears until what is given back is dropped; nothing where nobody else is.
pub(super) fn start(opened: &Arc<Opened>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    if opened.follows.may_hang() {
        let own = Uuid::new_v4().to_string();
        tasks.spawn(say(Arc::clone(opened), own.clone()));
        tasks.spawn(hear(Arc::clone(opened), own));
    }
    tasks
}

async fn say(opened: Arc<Opened>, own: String) {
    loop {
        opened.news.notified().await;
        // Whoever does not hear it looks by itself.
        let _ = constant::run(&opened.follows, &SAY, vec![own.as_str().into()]).await;
        sleep(GAP).await;
    }
}

async fn hear(opened: Arc<Opened>, own: String) {
    loop {
        if let Err(error) = listen(&opened, &own).await {
            tracing::debug!(%error, "commits of other processes are not heard");
        }
        sleep(PAUSE).await;
    }
}

async fn listen(opened: &Opened, own: &str) -> Result<(), DbErr> {
    let failed = |error: sqlx::Error| DbErr::Custom(error.to_string());
    let source: &Source = opened.follows.source();
    let connection = connect(source, Role::Following).await?;
    let pool = connection.get_postgres_connection_pool();
    let mut listener = PgListener::connect_with(pool).await.map_err(failed)?;
    listener.listen(CHANNEL).await.map_err(failed)?;
    let until = Instant::now() + RENEWED;
    while let Ok(heard) = timeout_at(until, listener.recv()).await {
        let heard = heard.map_err(failed)?;
        #[cfg(test)]
        if opened.is_deaf() {
            continue;
        }
        if heard.payload() != own {
            opened.followed.notify_one();
        }
    }
    Ok(())
}
