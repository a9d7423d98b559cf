//! The one task that writes: takes what waits, commits it together, tells followers and then the callers.
//!
//! What came while one transaction was synced makes up the next, with what others are just about to ask: it lets every task that
//! can go on do so first, and again while more comes, but waits for nobody who has nothing to do. It takes change sets in the
//! order in which they came. A panic under a change set is a fault of the whole batch, and the task goes on.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use tokio::sync::mpsc;
use tokio::task::yield_now;

use super::batch::Batch;
use super::queue::{Job, Order, Queue};
use super::writer::Writer;
use crate::authority::{Changed, Committed, NotReady, StoreError};
use crate::storage::failure::{Failure, Fault};
use crate::storage::opened::Opened;

/// Change sets of one transaction.
const MOST: usize = 64;

/// Starts the task. It ends when the store is closed or its last clone is dropped.
pub(in crate::storage) fn start(writer: Writer, opened: Arc<Opened>) -> Queue {
    let (queue, orders) = Queue::new();
    tokio::spawn(run(writer, orders, opened));
    queue
}

async fn run(mut writer: Writer, mut orders: mpsc::Receiver<Order>, opened: Arc<Opened>) {
    let mut waiting = Vec::with_capacity(MOST);
    while orders.recv_many(&mut waiting, MOST).await > 0 {
        gather(&mut orders, &mut waiting).await;
        let mut jobs = Vec::with_capacity(waiting.len());
        let mut closing = Vec::new();
        for order in waiting.drain(..) {
            match order {
                // Later than the end: its caller is told by its being dropped.
                Order::Commit(_) if !closing.is_empty() => {}
                Order::Commit(job) => jobs.extend(job.begin().then_some(job)),
                Order::Close(done) => closing.push(done),
            }
        }
        if !jobs.is_empty() {
            let committing = AssertUnwindSafe(commit(&mut writer, jobs, &opened)).catch_unwind();
            if committing.await.is_err() {
                // It may be durable, and may not have been told.
                opened.followers.lost();
                opened.health.writes.failed(&panicked());
            }
        }
        if !closing.is_empty() {
            orders.close();
            writer.close().await;
            // Also who has closed it meanwhile.
            while let Some(order) = orders.recv().await {
                match order {
                    Order::Commit(_) => {}
                    Order::Close(done) => closing.push(done),
                }
            }
            for done in closing {
                // Nobody hears it when whoever closes has gone.
                let _ = done.send(());
            }
            return;
        }
    }
    writer.close().await;
}

/// Adds what tasks that can go on are about to ask, among them those that were answered just now and whose clients ask again.
async fn gather(orders: &mut mpsc::Receiver<Order>, waiting: &mut Vec<Order>) {
    loop {
        let before = waiting.len();
        yield_now().await;
        while waiting.len() < MOST
            && let Ok(order) = orders.try_recv()
        {
            waiting.push(order);
        }
        if waiting.len() == before || waiting.len() == MOST {
            return;
        }
    }
}

async fn commit(writer: &mut Writer, jobs: Vec<Job>, opened: &Opened) {
    let (sets, answers): (Vec<_>, Vec<_>) = jobs
        .into_iter()
        .map(|job| (job.changes, job.answer))
        .unzip();
    let committing = AssertUnwindSafe(writer.commit(sets, opened)).catch_unwind();
    let refusal = match committing.await {
        Ok(Ok(batch)) => {
            let told = told(batch, opened);
            for (answer, told) in answers.into_iter().zip(told) {
                // The caller may have gone.
                let _ = answer.send(told);
            }
            let checkpointing = AssertUnwindSafe(writer.checkpoint_when_due()).catch_unwind();
            match checkpointing.await {
                Ok(Ok(())) => {}
                Ok(Err(fault)) => opened.health.writes.failed(&fault),
                Err(_) => opened.health.writes.failed(&panicked()),
            }
            return;
        }
        Ok(Err(Failure::Precondition(refusal))) => refusal,
        Ok(Err(Failure::Database(fault))) => {
            opened.health.writes.failed(&fault);
            StoreError::Unavailable
        }
        Err(_) => {
            opened.health.writes.failed(&panicked());
            StoreError::Unavailable
        }
    };
    for answer in answers {
        let _ = answer.send(Err(refusal.clone()));
    }
}

/// A panic was logged where it happened.
fn panicked() -> Fault {
    Fault::new(NotReady::Failing, "a transaction panicked")
}

/// What each caller is to be told; followers have been told by then.
fn told(batch: Batch, opened: &Opened) -> Vec<Result<Committed, StoreError>> {
    let Some(epoch) = batch.epoch else {
        let refused = batch.outcomes.into_iter();
        return refused
            .map(|outcome| Err(outcome.err().unwrap_or(StoreError::Unavailable)))
            .collect();
    };
    opened.health.writes.worked();
    opened.known.committed(epoch);
    let everything =
        |outcome: &Result<Changed, _>| matches!(outcome, Ok(changed) if changed.everything);
    let lost = batch.outcomes.iter().any(everything);
    let committed = batch.outcomes.into_iter().map(|outcome| {
        let committed = Committed {
            epoch,
            changed: outcome?,
        };
        opened.followers.committed(&committed);
        Ok(committed)
    });
    let committed = committed.collect();
    if lost {
        // Followers may believe again after the next look.
        opened.followed.notify_one();
    }
    committed
}
