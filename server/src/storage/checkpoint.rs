//! Folds the write-ahead log into the database file, and proves afterwards that the file has it.
//!
//! The driver's own checkpoints are off, because SQLite throws their errors away. Ours leave marks:
//!
//! * before a checkpoint its number is committed to the older of two tables, whose pages nothing else writes;
//! * once it is synced, every commit writes the same number to `epochs`.
//!
//! After a disk has claimed syncs that it had not done, file and log may not fit each other. Such a database opens
//! and has silently lost rows, but its marks tell:
//!
//! * a commit stands on a checkpoint that the file has not: the file is too old for the log;
//! * the file has a checkpoint of a later commit than the newest: the log is too old for the file. (The log can hold
//!   one of the two tables, never the one that was marked after it.)

use sea_orm::sea_query::{Alias, Query};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait as _, QueryResult,
    Statement, TransactionTrait as _,
};

use super::entities::epoch;
use super::epochs::{self, IMMEDIATE};
use super::failure::{Failure, Fault};
use crate::authority::{Epoch, NotReady};

/// The tables of the marks, one row each.
pub(super) const MARKS: [&str; 2] = ["checkpoints_even", "checkpoints_odd"];

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
    let mark = epochs::next(&transaction, stands_on, Epoch(0), None).await?;
    put_mark(&transaction, mark).await?;
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
    if newest_mark(reads).await? >= mark {
        Ok(())
    } else {
        Err(Fault::new(NotReady::Disk, "a synced checkpoint cannot be read back").into())
    }
}

/// Where an opened database stands.
pub(super) struct Standing {
    /// Its newest commit.
    pub(super) newest: Epoch,
    /// The checkpoint that it stands on.
    pub(super) checkpoint: Epoch,
}

/// Fails when file and log do not fit each other.
pub(super) async fn verify(reads: &DatabaseConnection) -> Result<Standing, Failure> {
    let newest = epoch::Entity::find_by_id(1).one(reads).await?;
    let newest = newest.ok_or_else(|| Failure::unreadable("epochs"))?;
    let mark = newest_mark(reads).await?;
    if newest.checkpoint <= mark.0 && mark.0 <= newest.value {
        Ok(Standing {
            newest: Epoch(newest.value),
            checkpoint: Epoch(newest.checkpoint),
        })
    } else {
        let words = "the disk has lost what it had confirmed, and the database file does not fit its log; restore a backup";
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

/// Overwrites the older mark.
async fn put_mark(db: &impl ConnectionTrait, mark: Epoch) -> Result<(), Failure> {
    let [even, odd] = marks(db).await?;
    let older = if even <= odd { MARKS[0] } else { MARKS[1] };
    let mut update = Query::update();
    update
        .table(Alias::new(older))
        .value(Alias::new("epoch"), mark.0);
    db.execute(&update).await?;
    Ok(())
}

async fn newest_mark(db: &impl ConnectionTrait) -> Result<Epoch, Failure> {
    let [even, odd] = marks(db).await?;
    Ok(even.max(odd))
}

async fn marks(db: &impl ConnectionTrait) -> Result<[Epoch; 2], Failure> {
    let mut marks = [Epoch(0); 2];
    for (mark, table) in marks.iter_mut().zip(MARKS) {
        let mut select = Query::select();
        select.column(Alias::new("epoch")).from(Alias::new(table));
        let row = db.query_one(&select).await?;
        let row = row.ok_or_else(|| Failure::unreadable(table))?;
        *mark = Epoch(row.try_get_by_index(0)?);
    }
    Ok(marks)
}

async fn row(database: &DatabaseConnection, pragma: &str) -> Result<QueryResult, DbErr> {
    let statement = Statement::from_string(DbBackend::Sqlite, pragma);
    let row = database.query_one_raw(statement).await?;
    row.ok_or_else(|| DbErr::Custom(format!("{pragma} gave no row")))
}
