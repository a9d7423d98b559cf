//! Callers who issue tokens at one replica and show them to the others, for as long as a test takes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{task::JoinSet, time::sleep};

use super::site::Replica;
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
    callers: JoinSet<usize>,
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
        let kinds = alone().await;
        let mut callers = JoinSet::new();
        for caller in 0..CALLERS {
            let (over, kinds, reaches) = (Arc::clone(&over), kinds.clone(), reaches(replicas));
            callers.spawn(async move {
                let mut done = caller;
                while !over.load(Ordering::Acquire) {
                    let maker = kinds[done % kinds.len()];
                    let token = issued(maker, &reaches[done % reaches.len()]).await;
                    for other in &reaches {
                        let lives = demo_asker(other).is_active(other, &token).await;
                        assert!(lives, "{} is refused", maker.way.operation.id);
                    }
                    done += 1;
                    sleep(REST).await;
                }
                done - caller
            });
        }
        Self { over, callers }
    }

    /// Ends it; gives how many tokens were issued and accepted everywhere.
    pub async fn end(self) -> usize {
        self.over.store(true, Ordering::Release);
        let done: usize = self.callers.join_all().await.into_iter().sum();
        assert!(done > 0, "nothing was done meanwhile");
        done
    }
}
