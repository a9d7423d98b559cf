//! Callers who issue tokens at one replica and show them to the others, for as long as a test takes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{task::JoinSet, time::sleep};

use super::{PATIENCE, PAUSE, site::Replica};
use crate::{
    harness::{Reach, demo_asker},
    rules::makers::{Made, Maker, makers},
};

/// How many there are.
const CALLERS: usize = 3;

/// Between two tokens of one caller.
const REST: Duration = Duration::from_millis(20);

/// The callers.
pub struct Load {
    over: Arc<AtomicBool>,
    done: Arc<AtomicUsize>,
    callers: JoinSet<()>,
}

/// Every request that makes a token which lives and ends by itself.
pub async fn alone() -> Vec<&'static Maker> {
    let all = makers().await.all.iter();
    let alone: Vec<_> = all
        .filter(|maker| maker.made == (Made::Token { alone: true }))
        .collect();
    assert!(alone.len() > 1, "several dialects issue tokens");
    alone
}

/// A new token of that kind.
pub async fn issued(maker: &Maker, server: &Reach) -> String {
    let answer = maker.call(server).await.send(server).await;
    let token = maker.acknowledged(&answer);
    token.unwrap_or_else(|| panic!("{}: {}", maker.way.operation.id, answer.text()))
}

/// The replicas as callers reach them.
pub fn reaches(replicas: &[Replica]) -> Vec<Arc<Reach>> {
    let all = replicas.iter();
    all.map(|replica| Arc::clone(&replica.reach)).collect()
}

impl Load {
    /// Begins. A token that is refused anywhere while it lives is a panic, which [`end`](Self::end) hands on.
    pub async fn on(replicas: &[Replica]) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let done = Arc::new(AtomicUsize::new(0));
        let kinds = alone().await;
        let mut callers = JoinSet::new();
        for caller in 0..CALLERS {
            let (over, done) = (Arc::clone(&over), Arc::clone(&done));
            let (kinds, reaches) = (kinds.clone(), reaches(replicas));
            callers.spawn(async move {
                let mut turn = caller;
                while !over.load(Ordering::Acquire) {
                    let maker = kinds[turn % kinds.len()];
                    let token = issued(maker, &reaches[turn % reaches.len()]).await;
                    for other in &reaches {
                        let lives = demo_asker(other).is_active(other, &token).await;
                        assert!(lives, "{} is refused", maker.way.operation.id);
                    }
                    turn += 1;
                    done.fetch_add(1, Ordering::AcqRel);
                    sleep(REST).await;
                }
            });
        }
        Self {
            over,
            done,
            callers,
        }
    }

    /// Waits until so many more tokens were issued and accepted everywhere.
    pub async fn does(&self, more: usize) {
        let enough = self.done.load(Ordering::Acquire) + more;
        let since = Instant::now();
        while self.done.load(Ordering::Acquire) < enough {
            assert!(since.elapsed() < PATIENCE, "the load stands still");
            sleep(PAUSE).await;
        }
    }

    /// Ends it; gives how many tokens were issued and accepted everywhere.
    pub async fn end(self) -> usize {
        self.over.store(true, Ordering::Release);
        self.callers.join_all().await;
        let done = self.done.load(Ordering::Acquire);
        assert!(done > 0, "nothing was done meanwhile");
        done
    }
}
