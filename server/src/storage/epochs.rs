//! Counting commits: the one row of `epochs`, and how a transaction begins that raises it.
//!
//! Whoever raises the count has locked its row until the end of the transaction, on any database. So commits become visible in the
//! order of their numbers, and a reader that sees a number sees everything before it. And as every transaction raises it before it
//! does anything else, no two of them are under way at once: what one has asked holds until it ends.

use sea_orm::{ConnectionTrait, SqliteTransactionMode, TransactionOptions};

use super::backend::Text;
use super::constant;
use super::failure::Failure;
use super::mark::Mark;
use crate::authority::Epoch;

/// Takes the write lock at once, so that what a transaction reads stays true until it commits. (SQLite's; on PostgreSQL the first statement
/// takes it, and the connection says how transactions are isolated.)
pub(super) const IMMEDIATE: TransactionOptions = TransactionOptions {
    isolation_level: None,
    access_mode: None,
    sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
};

static NEXT: Text = Text::new(
    "\
UPDATE epochs SET value = value + 1, checkpoint = ?, \
logged_after = CASE WHEN logged_after < ? THEN ? ELSE logged_after END \
WHERE id = 1 RETURNING value",
);

/// The same, and leaves a mark under the number.
static NEXT_MARKED: Text = Text::new(
    "WITH next AS (UPDATE epochs SET value = value + 1, checkpoint = ?, \
logged_after = CASE WHEN logged_after < ? THEN ? ELSE logged_after END \
WHERE id = 1 RETURNING value) \
INSERT INTO change_log (epoch, place, kind, key) SELECT value, -1, 'mark', ? FROM next RETURNING epoch",
);

/// Counts the commit, and notes which checkpoint it stands on and up to where the change log may be swept.
pub(super) async fn next(
    db: &impl ConnectionTrait,
    checkpoint: Epoch,
    log_over: Epoch,
    mark: Option<&Mark>,
) -> Result<Epoch, Failure> {
    let mut values = [checkpoint, log_over, log_over]
        .map(|epoch| epoch.0.into())
        .to_vec();
    let text = if let Some(mark) = mark {
        values.push(mark.bytes().into());
        &NEXT_MARKED
    } else {
        &NEXT
    };
    let row = constant::first(db, text, values).await?;
    let row = row.ok_or_else(|| Failure::unreadable("epochs"))?;
    Ok(Epoch(row.try_get_by_index(0)?))
}
