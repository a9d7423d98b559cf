//! Counting commits: the one row of `epochs`, and how a transaction begins that raises it.
//!
//! Whoever raises the count has locked its row until the end of the transaction, on any database. So commits become visible in the
//! order of their numbers, and a reader that sees a number sees everything before it. And as every transaction raises it before it
//! does anything else, no two of them are under way at once: what one has asked holds until it ends.

use sea_orm::{ConnectionTrait, SqliteTransactionMode, TransactionOptions};

use super::constant;
use super::failure::Failure;
use crate::authority::Epoch;

/// Takes the write lock at once, so that what a transaction reads stays true until it commits.
pub(super) const IMMEDIATE: TransactionOptions = TransactionOptions {
    isolation_level: None,
    access_mode: None,
    sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
};

const NEXT: &str = "\
UPDATE epochs SET value = value + 1, checkpoint = ?, \
logged_after = CASE WHEN logged_after < ? THEN ? ELSE logged_after END \
WHERE id = 1 RETURNING value";

/// Counts the commit, and notes which checkpoint it stands on and up to where the change log may be swept.
pub(super) async fn next(
    db: &impl ConnectionTrait,
    checkpoint: Epoch,
    log_over: Epoch,
) -> Result<Epoch, Failure> {
    let values = [checkpoint, log_over, log_over].map(|epoch| epoch.0.into());
    let row = constant::first(db, NEXT, values.to_vec()).await?;
    let row = row.ok_or_else(|| Failure::unreadable("epochs"))?;
    Ok(Epoch(row.try_get_by_index(0)?))
}
