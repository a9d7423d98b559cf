//! The writer: one transaction at a time, on a connection that is never used again after a fault.
//!
//! Invariant: `Ok` means that the transaction is synced and that another connection can see it.
//!
//! Of a server: a transaction that met another in its way, or whose connection broke before its COMMIT, has done nothing and is tried again.
//! A COMMIT without an answer is settled first (`mark.rs`), and what cannot be settled is told as that.
//!
//! Of a file:
//! A failed COMMIT leaves the driver and SQLite with two opinions on whether a transaction is open, and an I/O error
//! leaves the operating system with pages that the disk has not. So after a fault nothing is believed: the connection
//! is closed, and the first commit on its successor is read back through the readers; after an I/O error the
//! successor has to sync a checkpoint first, which is read back as well. A fault is one of all change sets of its transaction.

use std::num::NonZeroU32;
use std::time::Duration;

use sea_orm::sqlx::{self, Connection as _, Executor as _};
use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait as _};
use tokio::time::{Instant, sleep, timeout};

use super::again::{self, TRIES, TRYING};
use super::batch::{self, Batch, Ended, Footing};
use crate::authority::changes::{Change, ChangeSet};
use crate::authority::{Epoch, NotReady, StoreError};
use crate::storage::change_log::LogAge;
use crate::storage::checkpoint::{self, Effort};
use crate::storage::connection::connect;
use crate::storage::entities::epoch;
use crate::storage::failure::{Failure, Fault, Nature};
use crate::storage::files::Files;
use crate::storage::opened::Opened;
use crate::storage::role::Role;
use crate::storage::source::Source;

/// How long a connection may take to close; a disk that hangs must not hang its successor.
const CLOSING: Duration = Duration::from_secs(5);

/// How long writes are refused unseen after the second fault in a row, so that a full disk is not asked by every request.
const BACK_OFF: Duration = Duration::from_millis(250);

/// Slices of a sweep after which the log is folded in.
const SLICES_PER_CHECKPOINT: u32 = 4;

/// Change sets of one transaction that count as one more towards the next checkpoint: each touches a page of its own.
const SETS_PER_WEIGHT: usize = 32;

/// The one writer of a store.
pub(in crate::storage) struct Writer {
    source: Source,
    /// `None` after a fault, until the next commit opens another.
    connection: Option<DatabaseConnection>,
    doubt: Doubt,
    /// Faults since the last commit that was read back.
    faults: u32,
    refuse_until: Option<Instant>,
    /// The checkpoint that commits stand on.
    stands_on: Epoch,
    commits: u32,
    commits_per_checkpoint: NonZeroU32,
    log_age: LogAge,
}

/// What is not known of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Doubt {
    /// Every transaction on it was committed or rolled back.
    Nothing,
    /// A transaction may be open, or its end may not be what the driver said.
    Transaction,
    /// The same, and pages may never have reached the disk.
    Pages,
}

impl Writer {
    pub(in crate::storage) fn new(
        source: Source,
        connection: DatabaseConnection,
        stands_on: Epoch,
        commits_per_checkpoint: NonZeroU32,
        log_age: LogAge,
    ) -> Self {
        Self {
            source,
            connection: Some(connection),
            doubt: Doubt::Nothing,
            faults: 0,
            refuse_until: None,
            stands_on,
            commits: 0,
            commits_per_checkpoint,
            log_age,
        }
    }

    /// Applies each change set wholly or not at all, in one transaction.
    pub(super) async fn commit(
        &mut self,
        mut sets: Vec<ChangeSet>,
        opened: &Opened,
    ) -> Result<Batch, Failure> {
        if self.refuse_until.is_some_and(|end| Instant::now() < end) {
            return Err(StoreError::Unavailable.into());
        }
        let mut tries = if self.source.is_server() { TRIES } else { 1 };
        let give_up = Instant::now() + TRYING;
        loop {
            tries -= 1;
            let now = if tries > 0 {
                sets.clone()
            } else {
                std::mem::take(&mut sets)
            };
            match self.try_to_commit(now, opened).await {
                Err(Failure::Database(fault))
                    if tries > 0 && fault.may_be_tried_again() && Instant::now() < give_up =>
                {
                    sleep(again::pause(TRIES - tries)).await;
                }
                done => return done,
            }
        }
    }

    async fn try_to_commit(
        &mut self,
        sets: Vec<ChangeSet>,
        opened: &Opened,
    ) -> Result<Batch, Failure> {
        let weight = self.weight(&sets);
        let before = self.doubt;
        // Also what a panic leaves behind.
        self.doubt = before.max(Doubt::Transaction);
        match self.read_back_commit(before, sets, opened).await {
            Ok(batch) => {
                match batch.epoch {
                    Some(_) => {
                        (self.doubt, self.faults) = (Doubt::Nothing, 0);
                        self.commits = self.commits.saturating_add(weight);
                    }
                    // Nothing was written that could have been read back.
                    None => self.doubt = before,
                }
                Ok(batch)
            }
            Err(failure) => {
                let doubt = match &failure {
                    // It was rolled back.
                    Failure::Database(fault) if fault.nature == Nature::Overlap => {
                        self.doubt = before;
                        return Err(failure);
                    }
                    Failure::Database(fault)
                        if self.source.file().is_some() && fault.leaves_pages_in_doubt() =>
                    {
                        Doubt::Pages
                    }
                    Failure::Database(_) | Failure::Precondition(_) => Doubt::Transaction,
                };
                self.distrust(doubt).await;
                Err(failure)
            }
        }
    }

    async fn read_back_commit(
        &mut self,
        before: Doubt,
        sets: Vec<ChangeSet>,
        opened: &Opened,
    ) -> Result<Batch, Failure> {
        // Before, so that a file that took this one's place is not written to; after, so that nothing is acknowledged
        // that went into a file without a name.
        let check = || opened.files.as_ref().map_or(Ok(()), Files::check);
        check()?;
        let connection = self.sound_connection(before).await?;
        let now = Instant::now();
        let log_over = self.log_age.over(now);
        let footing = Footing {
            checkpoint: self.stands_on,
            log_over: log_over.unwrap_or(Epoch(0)),
        };
        let batch = match batch::transact(&connection, sets, footing, opened).await? {
            Ended::Known(batch) => batch,
            Ended::Unanswered(batch, epoch, mark) => {
                self.close().await;
                match again::settle(&self.source, epoch, &mark).await {
                    Ok((connection, true)) => {
                        self.connection = Some(connection);
                        batch
                    }
                    Ok((_, false)) => return Err(Fault::broken("a COMMIT did not arrive").into()),
                    Err(fault) => {
                        opened.health.writes.failed(&fault);
                        return Err(unsettled().into());
                    }
                }
            }
        };
        check()?;
        let Some(epoch) = batch.epoch else {
            return Ok(batch);
        };
        if before != Doubt::Nothing && !self.source.is_server() {
            seen(&opened.reads, epoch).await?;
        }
        if batch.logged > 1 {
            // More than the mark.
            opened.news.notify_one();
        }
        if let Some(over) = log_over.filter(|_| !batch.log_left) {
            self.log_age.swept(over);
        }
        self.log_age.made(epoch, now, batch.logged);
        Ok(batch)
    }

    /// A connection on which nothing is open and beneath which nothing is in doubt.
    async fn sound_connection(&mut self, before: Doubt) -> Result<DatabaseConnection, Failure> {
        if let (Doubt::Nothing, Some(connection)) = (before, &self.connection) {
            return Ok(connection.clone());
        }
        if self.source.in_memory()
            && let Some(connection) = &self.connection
        {
            settle(connection).await?;
            return Ok(connection.clone());
        }
        self.close().await;
        let connection = connect(&self.source, Role::Writing).await?;
        self.connection = Some(connection.clone());
        if before == Doubt::Pages {
            let mark = checkpoint::run(&connection, self.stands_on, Effort::Full).await?;
            let mark = mark.ok_or_else(|| {
                Fault::new(
                    NotReady::Locked,
                    "a reader holds up the checkpoint after a fault",
                )
            })?;
            // A connection that has nothing in its cache.
            let fresh = connect(&self.source, Role::Writing).await?;
            checkpoint::read_back(&fresh, mark).await?;
            fresh.close_by_ref().await?;
            self.stands_on = mark;
            self.commits = 0;
        }
        Ok(connection)
    }

    /// For how many commits a transaction counts: one that sweeps touches hundreds of pages, and the log must not grow by
    /// all of a long sweep.
    fn weight(&self, sets: &[ChangeSet]) -> u32 {
        let sweeps = |change: &Change| matches!(change, Change::Sweep(_));
        let together = u32::try_from(sets.len() / SETS_PER_WEIGHT).unwrap_or(u32::MAX);
        if sets.iter().any(|set| set.0.iter().any(sweeps)) {
            let slice = (self.commits_per_checkpoint.get() / SLICES_PER_CHECKPOINT).max(1);
            slice.saturating_add(together)
        } else {
            together.saturating_add(1)
        }
    }

    /// Folds the log in after so many commits. A failure undoes none of them, but nothing is written on top of it.
    pub(super) async fn checkpoint_when_due(&mut self) -> Result<(), Fault> {
        if self.source.file().is_none() || self.commits < self.commits_per_checkpoint.get() {
            return Ok(());
        }
        let checkpointed = self.checkpoint().await;
        if checkpointed.is_err() {
            self.distrust(Doubt::Pages).await;
        }
        checkpointed
    }

    async fn checkpoint(&mut self) -> Result<(), Fault> {
        let Some(connection) = &self.connection else {
            return Ok(());
        };
        self.commits = 0;
        self.doubt = Doubt::Transaction;
        match checkpoint::run(connection, self.stands_on, Effort::Passive).await {
            Ok(mark) => {
                self.stands_on = mark.unwrap_or(self.stands_on);
                self.doubt = Doubt::Nothing;
                Ok(())
            }
            Err(Failure::Database(fault)) => Err(fault),
            Err(Failure::Precondition(error)) => {
                Err(Fault::new(NotReady::Failing, error.to_string()))
            }
        }
    }

    /// Gives up the connection. A database in memory would be lost with it: there it is settled before the next commit.
    async fn distrust(&mut self, doubt: Doubt) {
        self.doubt = self.doubt.max(doubt);
        self.faults = self.faults.saturating_add(1);
        self.refuse_until = (self.faults > 1).then(|| Instant::now() + BACK_OFF);
        if !self.source.in_memory() {
            self.close().await;
        }
    }

    /// Closes the connection.
    pub(super) async fn close(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        if self.source.is_server() {
            // Nothing is folded in, and one that hangs is waited for by nobody.
            tokio::spawn(async move { timeout(CLOSING, connection.close_by_ref()).await });
            return;
        }
        match timeout(CLOSING, connection.close_by_ref()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the database did not close cleanly"),
            Err(late) => tracing::warn!(%late, "the database did not close in time"),
        }
    }
}

/// What is told when a COMMIT may have been done, or may not.
const fn unsettled() -> StoreError {
    StoreError::Unavailable
}

/// Fails unless another connection sees a commit.
async fn seen(reads: &impl ConnectionTrait, committed: Epoch) -> Result<(), Failure> {
    let row = epoch::Entity::find_by_id(1).one(reads).await?;
    if row.is_some_and(|row| row.value >= committed.0) {
        Ok(())
    } else {
        let words = "a commit cannot be seen by another connection";
        Err(Fault::new(NotReady::Failing, words).into())
    }
}

/// Rolls back what may be open on the one connection of a database in memory, and fails unless driver and SQLite
/// then agree that nothing is.
async fn settle(connection: &DatabaseConnection) -> Result<(), Failure> {
    let failed = |error: sqlx::Error| Fault::new(NotReady::Failing, error.to_string());
    let pool = connection.get_sqlite_connection_pool();
    let mut raw = pool.acquire().await.map_err(failed)?;
    // Fails when SQLite has rolled back by itself.
    let _ = raw.execute("ROLLBACK").await;
    if raw.is_in_transaction() {
        let words = "the driver counts a transaction that SQLite has rolled back";
        return Err(Fault::new(NotReady::Failing, words).into());
    }
    // SQLite refuses to begin inside a transaction.
    raw.execute("BEGIN IMMEDIATE").await.map_err(failed)?;
    raw.execute("ROLLBACK").await.map_err(failed)?;
    Ok(())
}
