//! Folds the write-ahead log into the database file, and proves afterwards that the file has it.
//!
//! The driver's own checkpoints are off, because SQLite throws their errors away. Ours leave two marks:
//!
//! * before a checkpoint its number is committed to `checkpoints`, a page that nothing else writes;
//! * once it is synced, every commit writes the same number to `epochs`.
//!
//! A disk that claimed to have synced the checkpoint and had not then shows `epochs` ahead of `checkpoints`: the log
//! that is left does not fit the file below it. Without the marks such a database opens and has silently lost rows.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, EntityTrait as _, QueryFilter as _,
    QueryResult, Statement, TransactionTrait as _,
};

use super::apply::next_epoch;
use super::entities::{checkpoint, epoch};
use super::failure::{Failure, Fault};
use super::write::IMMEDIATE;
use crate::authority::{Epoch, NotReady};

/// The one row of both tables.
const ROW: i64 = 1;

/// How hard a checkpoint tries.
#[derive(Clone, Copy)]
pub(super) enum Effort {
    /// Takes what no reader holds, and waits for nobody.
    Passive,
    /// Waits for readers (as long as the busy timeout) and takes everything.
    Full,
}

impl Effort {
    const fn pragma(self) -> &'static str {
        match self {
            Self::Passive => "PRAGMA wal_checkpoint(PASSIVE)",
            Self::Full => "PRAGMA wal_checkpoint(FULL)",
        }
    }
}

/// Marks and runs a checkpoint. Gives the commit up to which the file is synced, or `None` when a reader was in the way.
pub(super) async fn run(
    writes: &DatabaseConnection,
    stands_on: Epoch,
    effort: Effort,
) -> Result<Option<Epoch>, Failure> {
    let transaction = writes.begin_with_options(IMMEDIATE).await?;
    let mark = next_epoch(&transaction, stands_on).await?;
    checkpoint::Entity::update_many()
        .col_expr(checkpoint::Column::Epoch, Expr::value(mark.0))
        .filter(checkpoint::Column::Id.eq(ROW))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    let done = row(writes, effort.pragma()).await?;
    let (busy, in_log, in_file): (i32, i32, i32) = (
        done.try_get_by_index(0)?,
        done.try_get_by_index(1)?,
        done.try_get_by_index(2)?,
    );
    Ok((busy == 0 && in_log == in_file).then_some(mark))
}

/// Fails unless a checkpoint's mark can be read back; `reads` must be a connection that has read nothing before.
pub(super) async fn read_back(reads: &DatabaseConnection, mark: Epoch) -> Result<(), Failure> {
    if marked(reads).await? >= mark {
        Ok(())
    } else {
        Err(Fault::new(NotReady::Disk, "a synced checkpoint cannot be read back").into())
    }
}

/// The checkpoint that the newest commit stands on.
///
/// Fails when the file lacks that checkpoint.
pub(super) async fn verify(reads: &DatabaseConnection) -> Result<Epoch, Failure> {
    let newest = epoch::Entity::find_by_id(ROW).one(reads).await?;
    let stands_on = newest
        .map(|row| Epoch(row.checkpoint))
        .ok_or_else(|| Failure::unreadable("epochs"))?;
    if marked(reads).await? >= stands_on {
        Ok(stands_on)
    } else {
        let words = "the database file lacks a checkpoint that the disk had confirmed; restore a backup";
        Err(Fault::new(NotReady::Damaged, words).into())
    }
}

/// Fails when SQLite finds the file damaged. The cost grows with the size of the file.
pub(super) async fn check_pages(reads: &DatabaseConnection) -> Result<(), Failure> {
    let said: String = row(reads, "PRAGMA quick_check(1)")
        .await?
        .try_get_by_index(0)?;
    if said == "ok" {
        Ok(())
    } else {
        let words = format!("the database file is damaged; restore a backup: {said}");
        Err(Fault::new(NotReady::Damaged, words).into())
    }
}

async fn marked(reads: &DatabaseConnection) -> Result<Epoch, Failure> {
    let row = checkpoint::Entity::find_by_id(ROW).one(reads).await?;
    row.map(|row| Epoch(row.epoch))
        .ok_or_else(|| Failure::unreadable("checkpoints"))
}

async fn row(database: &DatabaseConnection, pragma: &str) -> Result<QueryResult, DbErr> {
    let statement = Statement::from_string(DbBackend::Sqlite, pragma);
    let row = database.query_one_raw(statement).await?;
    row.ok_or_else(|| DbErr::Custom(format!("{pragma} gave no row")))
}
