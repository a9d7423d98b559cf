//! A replica that is cut off from the database: after the bound it refuses what it cannot look up, says so, and comes back by itself.

use std::{sync::Arc, time::Instant};

use futures_util::future::join_all;
use postgres_cluster::{Behaviour, Proxy};
use tokio::time::{sleep, timeout};

use super::{
    BOUND, PATIENCE, PAUSE, cluster,
    load::{alone, issued},
    site::{Replica, Site},
};
use crate::{
    harness::{Answer, Call, Reach, central, demo_asker, not_run},
    proofs::live::{answers, oracle},
    rules::makers::{Maker, makers},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_whose_network_swallows_everything_refuses_after_a_second_and_comes_back() {
    Box::pin(cut_off_by(
        "a replica on a network that hangs",
        Behaviour::Hang,
    ))
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_whose_database_refuses_refuses_after_a_second_and_comes_back() {
    Box::pin(cut_off_by(
        "a replica on a network that refuses",
        Behaviour::Refuse,
    ))
    .await;
}

async fn cut_off_by(test: &str, behaviour: Behaviour) {
    let Some(cluster) = cluster(test) else { return };
    let Ok(proxy) = Proxy::before(cluster) else {
        return not_run(test, "a proxy needs a server of PostgreSQL of our own");
    };
    let site = Site::seeded(cluster).await;
    let well = site.serve("well");
    let cut = site.serve_by("cut", &proxy.url(&site.database));
    let (kinds, reach) = (alone().await, Arc::clone(&cut.reach));
    let (mut live, mut ended) = (Vec::new(), Vec::new());
    for maker in &kinds {
        for tokens in [&mut live, &mut ended] {
            let token = issued(maker, &reach).await;
            assert!(demo_asker(&reach).is_active(&reach, &token).await);
            tokens.push(token);
        }
    }

    // What they ask with is made while the database is there.
    let mut calls = Vec::new();
    for maker in &makers().await.all {
        calls.push((maker, maker.call(&reach).await));
    }

    proxy.behave(behaviour);
    let since = Instant::now();
    for token in &ended {
        demo_asker(&well.reach).revoke(&well.reach, token).await;
    }
    // Within the bound it may go on with what it knows.
    while since.elapsed() < BOUND {
        let answer = demo_asker(&reach)
            .introspection(&live[0])
            .send(&reach)
            .await;
        assert_declared(central().introspection(), &answer);
        sleep(PAUSE).await;
    }
    let began = Instant::now();
    let asked = live.iter().chain(&ended).map(|token| {
        let call = demo_asker(&reach).introspection(token);
        let reach = &reach;
        async move { call.send(reach).await }
    });
    for answer in join_all(asked).await {
        assert_eq!(answer.status, 503, "{test}: {}", answer.text());
        assert!(answer.header("retry-after").is_some(), "{test}");
        assert_declared(central().introspection(), &answer);
    }
    let readiness = Call::get("/readyz").send(&reach).await;
    assert_eq!(readiness.status, 503, "{test}");
    assert!(!readiness.string_at("/detail").is_empty(), "{test}");
    Box::pin(nothing_is_made(test, &reach, &calls, &live[0])).await;
    let slowest = began.elapsed().as_millis();
    eprintln!("{test}: all was refused within {slowest} ms");
    assert_eq!(accepted_by(&well, &live).await, live.len(), "{test}");

    proxy.behave(Behaviour::Pass);
    let again = Instant::now();
    while Call::get("/readyz").send(&reach).await.status != 200 {
        assert!(again.elapsed() < PATIENCE, "{test}: it does not come back");
        sleep(PAUSE).await;
    }
    eprintln!(
        "{test}: ready again after {} ms",
        again.elapsed().as_millis()
    );
    assert_eq!(accepted_by(&cut, &live).await, live.len(), "{test}");
    assert_eq!(accepted_by(&cut, &ended).await, 0, "{test}");
    for maker in &kinds {
        issued(maker, &reach).await;
    }
}

/// Every request that would make something is refused as its operation declares it, and so is the end of a token.
async fn nothing_is_made(test: &str, reach: &Reach, calls: &[(&'static Maker, Call)], live: &str) {
    let made = calls.iter().map(|(maker, call)| async move {
        let answer = call.send(reach).await;
        assert!(
            maker.acknowledged(&answer).is_none(),
            "{test}: {} is acknowledged",
            maker.way.operation.id
        );
    });
    let ending = async {
        let answer = demo_asker(reach).revocation(live).send(reach).await;
        let known = &makers().await.revocation;
        assert!(known.is(&answer), "{test}: {}", answer.text());
    };
    let all = async { tokio::join!(join_all(made), ending) };
    let all = timeout(PATIENCE, Box::pin(all)).await;
    all.expect("all of it is answered");
}

/// How many of the tokens a replica accepts.
async fn accepted_by(replica: &Replica, tokens: &[String]) -> usize {
    let mut accepted = 0;
    for token in tokens {
        let asker = demo_asker(&replica.reach);
        accepted += usize::from(asker.is_active(&replica.reach, token).await);
    }
    accepted
}

/// The document declares that answer of the operation at that path.
#[track_caller]
fn assert_declared(path: &str, answer: &Answer) {
    let operations = oracle::operations();
    let mut at = operations.iter().filter(|operation| operation.path == path);
    let operation = at.next().expect("it is in the document");
    let faults = answers::check(operation, answer);
    assert!(faults.is_empty(), "{}: {faults:?}", answer.text());
}
