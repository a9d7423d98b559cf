//! Revoked tokens under load: refused at once where that was acknowledged, and within the bound by all others.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use tokio::{task::JoinSet, time::sleep};

use super::{
    BOUND, PATIENCE, PAUSE, cluster,
    load::{Load, alone, issued, reaches},
    site::Site,
    times,
};
use crate::{
    harness::{Reach, demo_asker},
    rules::makers::Maker,
};

/// Who revoke.
const CALLERS: usize = 8;

/// What callers saw.
#[derive(Debug, Default)]
struct Seen {
    /// Revoked tokens that the acknowledging replica accepted.
    accepted_there: usize,
    /// How long after the acknowledgement the last request was sent that another replica answered as if nothing had been revoked.
    latest_elsewhere: Duration,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_token_is_refused_at_once_there_and_within_a_second_elsewhere() {
    let test = "revocations on three replicas";
    let Some(cluster) = cluster(test) else { return };
    let site = Site::seeded(cluster).await;
    revoke_many(&site, test).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_token_is_refused_within_a_second_where_no_notification_arrives() {
    let test = "revocations on three replicas without notifications";
    let Some(cluster) = cluster(test) else { return };
    let site = Site::seeded(cluster).await;
    site.swallow_notifications().await;
    revoke_many(&site, test).await;
    let swallowed = site.swallowed().await;
    assert!(swallowed > 0, "the servers say nothing to each other");
}

async fn revoke_many(site: &Site, test: &str) {
    let replicas = site.serve_three();
    let load = Load::on(&replicas).await;
    let (kinds, next) = (alone().await, Arc::new(AtomicUsize::new(0)));
    let revocations = times("TESSERA_REVOCATIONS", 500);
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (kinds, reaches, next) = (kinds.clone(), reaches(&replicas), Arc::clone(&next));
        callers.spawn(async move {
            let mut seen = Seen::default();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= revocations {
                    return seen;
                }
                let maker = kinds[number % kinds.len()];
                seen.revoke(maker, &reaches, number % reaches.len()).await;
            }
        });
    }
    let mut all = Seen::default();
    for seen in callers.join_all().await {
        all.accepted_there += seen.accepted_there;
        all.latest_elsewhere = all.latest_elsewhere.max(seen.latest_elsewhere);
    }
    let besides = load.end().await;
    let latest = all.latest_elsewhere.as_millis();
    eprintln!(
        "{test}: {revocations} revoked, {besides} issued and accepted besides; accepted by the same replica: {}, the last \
         accepted by another: {latest} ms after the acknowledgement",
        all.accepted_there
    );
    assert_eq!(all.accepted_there, 0, "{test}");
    assert!(all.latest_elsewhere < BOUND, "{test}: {latest} ms");
}

impl Seen {
    async fn revoke(&mut self, maker: &Maker, reaches: &[Arc<Reach>], at: usize) {
        let own = &reaches[at];
        let token = issued(maker, own).await;
        // From here on each of them has a copy.
        for reach in reaches {
            let lives = demo_asker(reach).is_active(reach, &token).await;
            assert!(lives, "{}", maker.way.operation.id);
        }
        demo_asker(own).revoke(own, &token).await;
        let acknowledged = Instant::now();
        let there = demo_asker(own).is_active(own, &token).await;
        self.accepted_there += usize::from(there);
        let others = reaches.iter().enumerate().filter(|(index, _)| *index != at);
        let others = others.map(|(_, reach)| last_accepted(reach, &token, acknowledged));
        for latest in join_all(others).await {
            self.latest_elsewhere = self.latest_elsewhere.max(latest);
        }
    }
}

/// When the last request was sent that was accepted; zero if none was.
async fn last_accepted(reach: &Reach, token: &str, since: Instant) -> Duration {
    let mut latest = Duration::ZERO;
    loop {
        let sent = since.elapsed();
        if !demo_asker(reach).is_active(reach, token).await {
            return latest;
        }
        latest = sent;
        assert!(sent < PATIENCE, "a revoked token is accepted for ever");
        sleep(PAUSE).await;
    }
}
