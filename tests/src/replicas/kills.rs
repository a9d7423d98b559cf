//! `kill -9` of a server and of PostgreSQL under load: nothing acknowledged is lost, and nothing revoked comes back.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Instant,
};

use futures_util::FutureExt as _;
use postgres_cluster::{Cluster, Durability, Stop};
use tokio::{
    task::{JoinSet, block_in_place},
    time::sleep,
};

use super::{
    PATIENCE, PAUSE,
    load::alone,
    site::{Replica, Site},
    times,
};
use crate::{
    harness::{Answer, Call, Reach, demo_asker, not_run},
    rules::makers::{Maker, makers},
};

/// Who issue and revoke, in turn at each of two replicas.
const CALLERS: usize = 6;

/// Acknowledged changes before something is killed.
const ENOUGH: usize = 40;

/// What was acknowledged.
#[derive(Debug, Default)]
struct Journal {
    lives: Vec<String>,
    ended: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kill_9_of_a_server_and_of_postgresql() {
    let test = "kill -9 of a server and of PostgreSQL";
    let cluster = match Cluster::start(Durability::Synced) {
        Ok(cluster) => cluster,
        Err(absent) => return not_run(test, &absent.to_string()),
    };
    let site = Site::seeded(&cluster).await;
    let stays = site.serve("stays");
    let mut killed = site.serve("killed 0");
    let mut all = Journal::default();
    let cycles = times("TESSERA_KILLS", 5);
    for cycle in 1..=cycles {
        let load = Load::on([&stays, &killed]).await;
        load.has_done(ENOUGH).await;
        // In turn: the server, and PostgreSQL.
        let journal = if cycle % 2 == 1 {
            killed.kill();
            let journal = load.end().await;
            killed = site.serve(&format!("killed {cycle}"));
            journal
        } else {
            block_in_place(|| cluster.stop(Stop::Killed));
            let journal = load.end().await;
            block_in_place(|| cluster.start_again()).expect("PostgreSQL starts again");
            for replica in [&stays, &killed] {
                comes_back(replica).await;
            }
            journal
        };
        for replica in [&stays, &killed] {
            journal.is_kept(&replica.reach, cycle).await;
        }
        all.lives.extend(journal.lives);
        all.ended.extend(journal.ended);
    }
    all.is_kept(&stays.reach, cycles).await;
    eprintln!(
        "{test}: {cycles} cycles; of {} acknowledged tokens and {} revocations none was lost",
        all.lives.len(),
        all.ended.len()
    );
}

/// Waits until a server that was not started anew is ready.
async fn comes_back(replica: &Replica) {
    let since = Instant::now();
    while Call::get("/readyz").send(&replica.reach).await.status != 200 {
        assert!(since.elapsed() < PATIENCE, "it does not come back");
        sleep(PAUSE).await;
    }
}

impl Journal {
    /// Issues two tokens and revokes one; how much of that was acknowledged. What was not is in neither list.
    async fn one_more(&mut self, maker: &Maker, call: &Call, reach: &Reach) -> usize {
        let mut deeds = 0;
        for is_to_end in [false, true] {
            let Some(answer) = sent(call, reach).await else {
                return deeds;
            };
            let Some(token) = maker.acknowledged(&answer) else {
                return deeds;
            };
            deeds += 1;
            if !is_to_end {
                self.lives.push(token);
                continue;
            }
            let call = demo_asker(reach).revocation(&token);
            let Some(answer) = sent(&call, reach).await else {
                return deeds;
            };
            if !makers().await.revocation.is(&answer) {
                answer.expect(200);
                self.ended.push(token);
                deeds += 1;
            }
        }
        deeds
    }

    /// Panics unless a server honours all of it.
    async fn is_kept(&self, reach: &Reach, cycle: usize) {
        let asker = demo_asker(reach);
        for token in &self.lives {
            let active = asker.is_active(reach, token).await;
            assert!(active, "cycle {cycle}: an acknowledged token is gone");
        }
        for token in &self.ended {
            let active = asker.is_active(reach, token).await;
            assert!(!active, "cycle {cycle}: a revoked token is accepted");
        }
    }
}

/// Callers who issue and revoke until they are told to end, or their server is gone.
struct Load {
    over: Arc<AtomicBool>,
    done: Arc<AtomicUsize>,
    callers: JoinSet<Journal>,
}

impl Load {
    async fn on(replicas: [&Replica; 2]) -> Self {
        let kinds = alone().await;
        let over = Arc::new(AtomicBool::new(false));
        let done = Arc::new(AtomicUsize::new(0));
        let mut callers = JoinSet::new();
        for caller in 0..CALLERS {
            let reach = Arc::clone(&replicas[caller % replicas.len()].reach);
            let maker = kinds[caller % kinds.len()];
            // What they ask with is made while everything is there.
            let call = maker.call(&reach).await;
            let (over, done) = (Arc::clone(&over), Arc::clone(&done));
            callers.spawn(async move {
                let mut journal = Journal::default();
                while !over.load(Ordering::Acquire) {
                    let deeds = journal.one_more(maker, &call, &reach).await;
                    done.fetch_add(deeds, Ordering::AcqRel);
                }
                journal
            });
        }
        Self {
            over,
            done,
            callers,
        }
    }

    async fn has_done(&self, enough: usize) {
        let since = Instant::now();
        while self.done.load(Ordering::Acquire) < enough {
            assert!(since.elapsed() < PATIENCE, "{:?} deeds", self.done);
            sleep(PAUSE).await;
        }
    }

    /// Lets what is under way be answered, or not.
    async fn end(self) -> Journal {
        self.over.store(true, Ordering::Release);
        let mut all = Journal::default();
        for journal in self.callers.join_all().await {
            all.lives.extend(journal.lives);
            all.ended.extend(journal.ended);
        }
        assert!(!all.lives.is_empty() && !all.ended.is_empty());
        all
    }
}

/// The answer; `None` where the server is gone before the whole of it is here.
async fn sent(call: &Call, reach: &Reach) -> Option<Answer> {
    let sending = AssertUnwindSafe(call.send(reach));
    let answer = sending.catch_unwind().await.ok().filter(is_whole);
    if answer.is_none() {
        sleep(PAUSE).await;
    }
    answer
}

fn is_whole(answer: &Answer) -> bool {
    let length = answer.header("content-length");
    length.is_none_or(|length| length == answer.body.len().to_string())
}
