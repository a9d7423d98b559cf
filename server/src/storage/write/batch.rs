//! Many change sets in one transaction: a refusal of one leaves nothing of it and does not touch the others.

use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, StreamTrait, TransactionTrait as _,
};
use tokio::time::timeout;

use super::issues::issues;
use super::manner::{Manner, may_leave_something};
use crate::authority::changes::ChangeSet;
use crate::authority::{Changed, Epoch, NotReady, StoreError};
use crate::domain::work::{Work, note};
use crate::storage::apply;
use crate::storage::backend::{code, outcome_is_unknown};
use crate::storage::change_log;
use crate::storage::epochs::{self, IMMEDIATE};
use crate::storage::failure::{Failure, Fault};
use crate::storage::mark::Mark;
use crate::storage::opened::Opened;
use crate::storage::tokens;

/// How long a server may take to commit: with copies of its own that it waits for, longer than usual.
const COMMITTING: Duration = Duration::from_secs(10);

/// What became of change sets that were tried together.
pub(super) struct Batch {
    /// The commit that they share; `None` when all were refused, and what was written is rolled back.
    pub(super) epoch: Option<Epoch>,
    /// What became of each, in their order.
    pub(super) outcomes: Vec<Result<Changed, StoreError>>,
    /// Rows that were added to the change log.
    pub(super) logged: u64,
    /// Whether the change log has more that is over.
    pub(super) log_left: bool,
}

/// What a transaction writes besides.
#[derive(Clone, Copy)]
pub(super) struct Footing {
    /// The checkpoint that it stands on.
    pub(super) checkpoint: Epoch,
    /// Up to where the change log is over.
    pub(super) log_over: Epoch,
}

/// How a transaction ended.
pub(super) enum Ended {
    /// It was committed, or everything was refused.
    Known(Batch),
    /// Its COMMIT had no answer. Whether it was committed is known by its mark.
    Unanswered(Batch, Epoch, Mark),
}

/// Runs one transaction. What has failed has left nothing, if the connection can be believed.
pub(super) async fn transact(
    connection: &DatabaseConnection,
    sets: Vec<ChangeSet>,
    footing: Footing,
    opened: &Opened,
) -> Result<Ended, Failure> {
    note(Work::Transaction(sets.len()));
    let mark = Mark::new(connection.get_database_backend());
    let server = mark.is_some().then_some(opened);
    let applying = async {
        let transaction = connection.begin_with_options(IMMEDIATE).await?;
        let applied = apply_all(&transaction, sets, footing, mark.as_ref()).await;
        Ok::<_, Failure>((transaction, applied))
    };
    let (transaction, applied) = unless_silent(server, applying).await??;
    match applied {
        Ok(batch) => {
            let Some(epoch) = batch.epoch else {
                unless_silent(server, transaction.rollback()).await??;
                return Ok(Ended::Known(batch));
            };
            let Some(mark) = mark else {
                transaction.commit().await?;
                return Ok(Ended::Known(batch));
            };
            let committing = unless_silent(server, transaction.commit());
            match timeout(COMMITTING, committing).await {
                Ok(Ok(Ok(()))) => Ok(Ended::Known(batch)),
                Ok(Ok(Err(error))) if !outcome_is_unknown(code(&error).as_deref()) => {
                    Err(error.into())
                }
                Ok(Ok(Err(_)) | Err(_)) | Err(_) => Ok(Ended::Unanswered(batch, epoch, mark)),
            }
        }
        Err(failure) => {
            unless_silent(server, transaction.rollback()).await??;
            Err(failure)
        }
    }
}

/// Waits for a server while it answers anybody: the network to it may swallow everything. A file is waited for until it answers.
async fn unless_silent<T>(
    server: Option<&Opened>,
    doing: impl Future<Output = T>,
) -> Result<T, Fault> {
    let Some(server) = server else {
        return Ok(doing.await);
    };
    tokio::select! {
        done = doing => Ok(done),
        () = server.silence() => Err(Fault::broken("the database answers nobody")),
    }
}

async fn apply_all(
    db: &DatabaseTransaction,
    sets: Vec<ChangeSet>,
    footing: Footing,
    mark: Option<&Mark>,
) -> Result<Batch, Failure> {
    // First of all: whoever writes waits here for the transaction of any other, so what is asked from now on holds until the end.
    let epoch = epochs::next(db, footing.checkpoint, footing.log_over, mark).await?;
    let outcomes = outcomes(db, sets).await?;
    let mut batch = Batch {
        epoch: None,
        outcomes,
        logged: 0,
        log_left: false,
    };
    if batch.outcomes.iter().any(Result::is_ok) {
        batch.logged = change_log::append(db, epoch, batch.outcomes.iter().flatten()).await?;
        batch.log_left = change_log::sweep(db, footing.log_over).await?;
        batch.logged += u64::from(mark.is_some());
        batch.epoch = Some(epoch);
    }
    Ok(batch)
}

/// Applies the change sets in their order; those that follow each other and do nothing but issue tokens are written together.
async fn outcomes(
    db: &DatabaseTransaction,
    mut sets: Vec<ChangeSet>,
) -> Result<Vec<Result<Changed, StoreError>>, Failure> {
    let mut outcomes = Vec::with_capacity(sets.len());
    while let Some(next) = sets.get_mut(outcomes.len()) {
        if issues(next).is_none() {
            let set = std::mem::take(next);
            outcomes.push(apply_one(db, set).await?);
            continue;
        }
        let together = sets.iter().skip(outcomes.len()).map_while(issues);
        let together: Vec<_> = together.collect();
        outcomes.extend(tokens::issue(db, &together).await?);
    }
    Ok(outcomes)
}

/// Applies one change set, or leaves nothing of it. An error is a fault, and the end of all of them.
async fn apply_one(
    db: &DatabaseTransaction,
    set: ChangeSet,
) -> Result<Result<Changed, StoreError>, Failure> {
    if !may_leave_something(&set) {
        return Ok(match apply(db, set).await? {
            Ok(changed) => Ok(changed),
            Err(Refused { wrote: false, why }) => Err(why),
            Err(Refused { wrote: true, why }) => {
                let words = format!("a change that cannot be refused was: {why}");
                return Err(Fault::new(NotReady::Failing, words).into());
            }
        });
    }
    let savepoint = db.begin().await?;
    Ok(match apply(&savepoint, set).await? {
        Ok(changed) => {
            savepoint.commit().await?;
            Ok(changed)
        }
        Err(refused) => {
            savepoint.rollback().await?;
            Err(refused.why)
        }
    })
}

/// A refusal, and whether anything was written before it.
struct Refused {
    wrote: bool,
    why: StoreError,
}

async fn apply(
    db: &(impl ConnectionTrait + StreamTrait),
    set: ChangeSet,
) -> Result<Result<Changed, Refused>, Failure> {
    let mut changed = Changed::default();
    let mut wrote = false;
    for change in set.0 {
        let manner = Manner::of(&change);
        match apply::change(db, change, &mut changed).await {
            Ok(()) => wrote |= manner.writes(),
            Err(Failure::Precondition(why)) => {
                let wrote = wrote || !manner.may_refuse();
                return Ok(Err(Refused { wrote, why }));
            }
            Err(fault @ Failure::Database(_)) => return Err(fault),
        }
    }
    Ok(Ok(changed))
}
