//! What a transaction leaves behind, so that it is known afterwards whether it was committed, when its COMMIT had no answer.
//!
//! Of a file nobody needs it: there a COMMIT always has an answer.

use sea_orm::{DatabaseConnection, DbBackend, TransactionTrait as _};
use uuid::Uuid;

use super::backend::Text;
use super::constant;
use super::failure::{Failure, Fault};
use crate::authority::{Epoch, NotReady};

/// A mark that no other transaction leaves.
#[derive(Clone, Debug)]
pub(super) struct Mark(Uuid);

impl Mark {
    /// A new one, where transactions leave any.
    pub(super) fn new(backend: DbBackend) -> Option<Self> {
        (backend == DbBackend::Postgres).then(|| Self(Uuid::new_v4()))
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        self.0.as_bytes().to_vec()
    }
}

/// Waits until nobody writes any more: who has locked the row before has ended then, in one way or the other.
static WAIT: Text = Text::new("SELECT value, logged_after FROM epochs WHERE id = 1 FOR UPDATE");

static LEFT: Text = Text::new(
    "SELECT 1 FROM change_log WHERE epoch = ? AND place = -1 AND kind = 'mark' AND key = ?",
);

/// Whether the transaction that would have been that commit was committed. It had locked the epoch, so it has ended when this has.
pub(super) async fn was_committed(
    connection: &DatabaseConnection,
    epoch: Epoch,
    mark: &Mark,
) -> Result<bool, Failure> {
    let transaction = connection.begin().await?;
    let row = constant::first(&transaction, &WAIT, vec![]).await?;
    let row = row.ok_or_else(|| Failure::unreadable("epochs"))?;
    let (newest, logged_after): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    let values = vec![epoch.0.into(), mark.bytes().into()];
    let left = constant::first(&transaction, &LEFT, values).await?;
    transaction.rollback().await?;
    if left.is_none() && newest >= epoch.0 && logged_after >= epoch.0 {
        let words = "the change log does not reach back to a commit without an answer";
        return Err(Fault::new(NotReady::Failing, words).into());
    }
    Ok(left.is_some())
}
