//! Copies a whole database into an empty one, of either kind, and proves that both hold the same.
//!
//! The target is marked as unfinished before anything is written into it and until everything was compared, so that no server takes
//! a part for the whole. What is copied is the list of the schema (`tables.rs`); a table or a column that is not in it, on either
//! side, is refused.

mod backend;
mod catalogue;
mod error;
mod progress;
mod rows;
mod table;
mod tables;

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DatabaseTransaction};

pub use error::{CopyError, Side};
pub use progress::Progress;
use rows::Sum;
use table::Table;

use super::connection::connect;
use super::contents::look_at;
use super::files;
use super::lock::{Lock, Purpose};
use super::open_error::{OpenError, explain, told};
use super::peek::peek;
use super::role::Role;
use super::schema::{Schema, bring_up};
use super::source::Source;
use super::turn::Turn;
use super::unfinished::{self, is_finished};
use crate::domain::{Contents, DatabaseUrl};

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Tables, empty ones too.
    pub tables: usize,
    /// Rows in all of them.
    pub rows: u64,
}

/// Copies everything that is in one database into an empty one, in one state: what is committed in the source meanwhile is not
/// copied. Neither may be a file that is served.
///
/// # Errors
/// [`CopyError`]. Once something was written the target is marked as unfinished, and nothing opens it.
pub async fn copy(
    from: &DatabaseUrl,
    to: &DatabaseUrl,
    now_ms: i64,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Copied, CopyError> {
    if from == to {
        return Err(CopyError::Same);
    }
    // Held to the end. Nobody serves either of them, and nobody makes the target.
    let _locks = [
        locked(Side::Source, from, Purpose::Serving, now_ms).await?,
        locked(Side::Target, to, Purpose::Serving, now_ms).await?,
        locked(Side::Target, to, Purpose::Making, now_ms).await?,
    ];
    let source = opened(from).await.map_err(Side::Source.failed())?;
    let target = parsed(to).map_err(Side::Target.failed())?;
    is_empty(to).await?;
    let all = tables::all().await.map_err(Side::Target.failed())?;
    catalogue::agree(Side::Source, &source, &all).await?;
    let writes = begun(from, to, &target).await?;
    let done = into(&source, &writes, &target, &all, progress).await;
    for connection in [&writes, &source] {
        // Whatever was done is committed, and what was not is marked.
        let _ = connection.close_by_ref().await;
    }
    done
}

async fn locked(
    side: Side,
    url: &DatabaseUrl,
    purpose: Purpose,
    now_ms: i64,
) -> Result<Lock, CopyError> {
    let lock = Lock::take(url.expose(), purpose, now_ms).await;
    lock.map_err(|reason| CopyError::Locked { side, reason })
}

fn parsed(url: &DatabaseUrl) -> Result<Source, OpenError> {
    let source = Source::parse(url.expose())?;
    if source.in_memory() {
        return Err(OpenError::new(
            "what is in memory is of no use to another process",
        ));
    }
    Ok(source)
}

/// The source, for looking only. It must be of this program's schema.
async fn opened(url: &DatabaseUrl) -> Result<DatabaseConnection, OpenError> {
    let source = parsed(url)?;
    let connection = peek(&source).await?;
    let connection = connection.ok_or_else(|| OpenError::new("there is nothing to copy"))?;
    let schema = Schema::of(&connection).await.map_err(explain)?;
    schema.is_whole()?;
    is_finished(&connection).await?;
    Ok(connection)
}

async fn is_empty(target: &DatabaseUrl) -> Result<(), CopyError> {
    let contents = look_at(target.expose()).await;
    match contents.map_err(Side::Target.failed())? {
        Contents::Nothing => Ok(()),
        Contents::Rows(_) => Err(CopyError::NotEmpty(target.to_string())),
    }
}

/// The target, marked and with the schema. Nobody else makes it meanwhile, and who opens it later sees the mark.
async fn begun(
    from: &DatabaseUrl,
    to: &DatabaseUrl,
    target: &Source,
) -> Result<DatabaseConnection, CopyError> {
    let turn = Turn::take(target).await;
    let turn = turn.map_err(told).map_err(Side::Target.failed())?;
    is_empty(to).await?;
    let made = made(from, target).await;
    let made = made.map_err(Side::Target.failed())?;
    if let Some(turn) = turn {
        let ended = turn.end().await;
        ended.map_err(told).map_err(Side::Target.failed())?;
    }
    Ok(made)
}

async fn made(from: &DatabaseUrl, target: &Source) -> Result<DatabaseConnection, OpenError> {
    if let Some(path) = target.file() {
        let private = files::make_private(path);
        private.map_err(|error| OpenError::new(format!("{}: {error}", path.display())))?;
    }
    let writes = connect(target, Role::Making).await.map_err(explain)?;
    unfinished::put(&writes, from).await?;
    bring_up(&writes).await?;
    Ok(writes)
}

async fn into(
    source: &DatabaseConnection,
    writes: &DatabaseConnection,
    target: &Source,
    all: &[Table],
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Copied, CopyError> {
    catalogue::agree(Side::Target, writes, all).await?;
    let snapshot = backend::snapshot(source).await;
    let snapshot = snapshot.map_err(Side::Source.broke("*"))?;
    let sums = copied(&snapshot, writes, all, progress).await?;
    backend::settle(writes, all).await?;
    // By a connection that has read nothing before.
    let reads = peek(target).await.map_err(Side::Target.failed())?;
    let reads = reads.ok_or_else(|| OpenError::new("it is gone"));
    let reads = reads.map_err(Side::Target.failed())?;
    let compared = compared(&reads, all, &sums, progress).await;
    let _ = reads.close_by_ref().await;
    compared?;
    unfinished::take_away(writes)
        .await
        .map_err(Side::Target.failed())?;
    Ok(Copied {
        tables: all.len(),
        rows: sums.iter().map(|sum| sum.rows).sum(),
    })
}

/// Copies the tables, those first that others refer to; gives what was read of each.
async fn copied(
    snapshot: &DatabaseTransaction,
    writes: &DatabaseConnection,
    all: &[Table],
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Vec<Sum>, CopyError> {
    // What the schema begins with is the source's too, as it is by now.
    for table in all.iter().rev() {
        let broke = Side::Target.broke(&table.name);
        writes.execute(&table.delete()).await.map_err(broke)?;
    }
    let mut steps = 0;
    for table in all {
        let broke = Side::Source.broke(&table.name);
        steps += rows::count(snapshot, table).await.map_err(broke)?;
    }
    progress(Progress::Steps(2 * steps));
    let mut sums = Vec::with_capacity(all.len());
    for table in all {
        progress(Progress::Table("copying", &table.name));
        sums.push(rows::copy(snapshot, writes, table, progress).await?);
    }
    Ok(sums)
}

/// Fails unless the target has the same rows.
async fn compared(
    reads: &DatabaseConnection,
    all: &[Table],
    sums: &[Sum],
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<(), CopyError> {
    let snapshot = backend::snapshot(reads).await;
    let snapshot = snapshot.map_err(Side::Target.broke("*"))?;
    for (table, sum) in all.iter().zip(sums) {
        progress(Progress::Table("comparing", &table.name));
        let found = rows::sum(&snapshot, Side::Target, table, progress).await?;
        if found != *sum {
            return Err(CopyError::Differs {
                table: table.name.clone(),
                rows: sum.rows,
                found: found.rows,
            });
        }
    }
    Ok(())
}
