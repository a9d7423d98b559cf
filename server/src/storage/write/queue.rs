//! Change sets that wait for their turn: at most so many, and each for so long at most.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::authority::changes::ChangeSet;
use crate::authority::{Committed, StoreError};

/// Change sets that may wait. With 64 to a transaction it takes a slow disk a second to get through them.
const PLACES: usize = 1024;

/// How long a change set waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where change sets wait. The task at the other end takes what is there; it cannot miss that something came.
pub(in crate::storage) struct Queue {
    orders: mpsc::Sender<Order>,
    patience: Duration,
}

/// What the task is told.
pub(super) enum Order {
    /// To commit.
    Commit(Job),
    /// To take nothing more.
    Close(oneshot::Sender<()>),
}

/// A change set that waits.
pub(super) struct Job {
    pub(super) changes: ChangeSet,
    turn: Arc<Turn>,
    /// Nobody hears it when the caller has gone.
    pub(super) answer: oneshot::Sender<Result<Committed, StoreError>>,
}

/// Whether a change set is committed or given up: whoever comes first decides.
#[derive(Default)]
struct Turn(AtomicBool);

impl Turn {
    fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

impl Job {
    /// Whether it is still wanted. From then on it is not given up.
    pub(super) fn begin(&self) -> bool {
        self.turn.take()
    }
}

/// Why a change set was not committed.
pub(in crate::storage) enum NotCommitted {
    /// What the task said of it.
    Refused(StoreError),
    /// Its turn did not come in time.
    Late,
    /// The task takes nothing more: the store was closed, or it has gone.
    Gone,
}

impl Queue {
    /// A queue, and its other end.
    pub(super) fn new() -> (Self, mpsc::Receiver<Order>) {
        Self::with_patience(PATIENCE)
    }

    fn with_patience(patience: Duration) -> (Self, mpsc::Receiver<Order>) {
        let (orders, taken) = mpsc::channel(PLACES);
        (Self { orders, patience }, taken)
    }

    /// Waits for a change set's turn and for its end. Whoever stops waiting does not break it off.
    pub(in crate::storage) async fn commit(
        &self,
        changes: ChangeSet,
    ) -> Result<Committed, NotCommitted> {
        let turn = Arc::new(Turn::default());
        let (answer, mut answered) = oneshot::channel();
        let job = Job {
            changes,
            turn: turn.clone(),
            answer,
        };
        if let Err(error) = self.orders.try_send(Order::Commit(job)) {
            return Err(match error {
                mpsc::error::TrySendError::Full(_) => NotCommitted::Refused(StoreError::Busy),
                mpsc::error::TrySendError::Closed(_) => NotCommitted::Gone,
            });
        }
        let answer = match timeout(self.patience, &mut answered).await {
            Ok(answer) => answer,
            Err(_) if turn.take() => return Err(NotCommitted::Late),
            Err(_) => answered.await,
        };
        match answer {
            Ok(committed) => committed.map_err(NotCommitted::Refused),
            Err(_) => Err(NotCommitted::Gone),
        }
    }

    /// Waits until everything before is committed and the connection is closed; what comes later is refused.
    pub(in crate::storage) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.orders.send(Order::Close(done)).await.is_ok() {
            // An error says that the task has gone.
            let _ = closed.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_waited_too_long_is_not_begun_and_what_is_begun_is_waited_for() {
        let (queue, mut orders) = Queue::with_patience(Duration::from_millis(1));
        let late = queue.commit(ChangeSet::new()).await;
        assert!(matches!(late, Err(NotCommitted::Late)));
        let order = orders.recv().await;
        assert!(matches!(order, Some(Order::Commit(job)) if !job.begin()));
        let serving = async {
            let Some(Order::Commit(job)) = orders.recv().await else {
                return false;
            };
            let begun = job.begin();
            tokio::time::sleep(Duration::from_millis(50)).await;
            begun && job.answer.send(Err(StoreError::Conflict)).is_ok()
        };
        let (told, served) = tokio::join!(queue.commit(ChangeSet::new()), serving);
        assert!(served);
        assert!(matches!(
            told,
            Err(NotCommitted::Refused(StoreError::Conflict))
        ));
    }

    #[tokio::test]
    async fn a_task_that_has_gone_is_told_as_gone() {
        let (queue, mut orders) = Queue::new();
        let dropped = async { drop(orders.recv().await) };
        let (told, ()) = tokio::join!(queue.commit(ChangeSet::new()), dropped);
        assert!(matches!(told, Err(NotCommitted::Gone)));
        drop(orders);
        let told = queue.commit(ChangeSet::new()).await;
        assert!(matches!(told, Err(NotCommitted::Gone)));
    }
}
