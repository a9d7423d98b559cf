//! What is good once is good once on all replicas together, and failures count on all of them.

use std::sync::Arc;

use futures_util::future::join_all;

use super::{
    cluster,
    load::reaches,
    site::{Replica, Site},
};
use crate::{
    dialects::TRIALS,
    harness::{Call, Guess, Knock, Poised, Reach, asked},
    proofs::live::{
        answers::{self, Outcome},
        oracle,
    },
    rules::lockouts::{Tried, Way, doors},
};

/// How many send the same at once.
const CALLERS: usize = 64;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proof_that_is_good_once_opens_one_of_three_replicas_once() {
    let Some(cluster) = cluster("one-time proofs on three replicas") else {
        return;
    };
    let site = Site::seeded(cluster).await;
    let replicas = site.serve_three();
    let first = &replicas[0].reach;
    let proofs = TRIALS.iter().filter(|trial| trial.has_proofs_for_once());
    let mut knocks: Vec<Knock> = proofs.map(|trial| trial.once(first, "at-once")).collect();
    // A code is good for one request, too; a password is not.
    let codes = doors().into_iter().filter(|way| way.door.user.is_none());
    knocks.extend(codes.map(|way| way.trial.knock(first, way.door, Guess::Right)));
    assert!(knocks.len() > 1, "there are assertions and codes");
    for knock in knocks {
        let winners = winners(&replicas, &knock).await;
        assert_eq!(winners, 1, "{}", knock.operation);
    }
}

/// How many succeed of those who send it at once.
async fn winners(replicas: &[Replica], knock: &Knock) -> usize {
    let mut operations = oracle::operations().into_iter();
    let operation = operations.find(|one| one.id == knock.operation);
    let operation = operation.expect("it is an operation of the document");
    let mut poised = Vec::new();
    for reach in reaches(replicas).iter().cycle().take(CALLERS) {
        poised.push(Call::poise(&knock.call, reach).await);
    }
    let answers = join_all(poised.into_iter().map(Poised::release)).await;
    let won = answers.iter().filter(|answer| {
        let outcome = answers::outcome(&operation, answer);
        assert_ne!(outcome, Outcome::Failure, "{}", answer.text());
        outcome == Outcome::Success
    });
    won.count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_at_one_replica_count_at_the_others() {
    let Some(cluster) = cluster("lock-outs on three replicas") else {
        return;
    };
    let site = Site::seeded(cluster).await;
    let replicas = site.serve_three();
    let reaches = reaches(&replicas);
    for (last, way) in (2..).zip(doors()) {
        asked("lockouts", way.trial.dialect(), way.door.name);
        // Several doors may be one name's, so each is tried from another address.
        locks(&way, &reaches, [127, 0, 0, last]).await;
    }
}

/// Five failures anywhere lock everywhere.
async fn locks(way: &Way, reaches: &[Arc<Reach>], source: [u8; 4]) {
    let name = way.name();
    for reach in reaches.iter().cycle().take(5) {
        let tried = way.try_from(reach, source, Guess::Wrong).await;
        assert_eq!(tried, Tried::Wrong, "{name}");
    }
    for reach in reaches {
        let tried = way.try_from(reach, source, Guess::Right).await;
        assert!(matches!(tried, Tried::Locked(_)), "{name}: {tried:?}");
    }
}
