//! Of a server: how often a transaction is tried again, and how a COMMIT without an answer is settled.

use std::time::Duration;

use sea_orm::DatabaseConnection;
use tokio::time::{Instant, sleep, timeout_at};
use uuid::Uuid;

use crate::authority::Epoch;
use crate::storage::connection::connect;
use crate::storage::failure::{Failure, Fault};
use crate::storage::mark::{Mark, was_committed};
use crate::storage::role::Role;
use crate::storage::source::Source;

/// How often a transaction is tried.
pub(super) const TRIES: u32 = 5;

/// How long it is tried anew.
pub(super) const TRYING: Duration = Duration::from_secs(3);

/// The least that lies between two tries.
const PAUSE: Duration = Duration::from_millis(10);

/// How long a COMMIT without an answer is looked after.
const SETTLING: Duration = Duration::from_secs(8);

/// What lies before the next try: the longer the more there were, and by chance, so that two that met do not meet again.
pub(super) fn pause(tries: u32) -> Duration {
    let [chance, ..] = Uuid::new_v4().into_bytes();
    PAUSE * tries + Duration::from_millis(u64::from(chance) / 8)
}

/// Whether a COMMIT without an answer was done, and the connection that has told.
pub(super) async fn settle(
    source: &Source,
    epoch: Epoch,
    mark: &Mark,
) -> Result<(DatabaseConnection, bool), Fault> {
    let give_up = Instant::now() + SETTLING;
    loop {
        let settling = async {
            let connection = connect(source, Role::Writing).await?;
            let committed = was_committed(&connection, epoch, mark).await?;
            Ok::<_, Failure>((connection, committed))
        };
        let late = |_| Fault::broken("a COMMIT without an answer is not settled in time");
        match timeout_at(give_up, settling).await.map_err(late)? {
            Ok(settled) => return Ok(settled),
            Err(Failure::Database(fault)) if Instant::now() + PAUSE >= give_up => {
                return Err(fault);
            }
            Err(Failure::Database(_) | Failure::Precondition(_)) => sleep(PAUSE).await,
        }
    }
}
