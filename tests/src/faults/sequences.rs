//! Sequences of faults, each against every kind of deed, ended by `kill -9` or a loss of power.

use std::time::Instant;

use futures_util::{StreamExt as _, stream};

use super::{
    PATIENCE,
    deeds::{Deed, Doer},
    disk::{Disk, Fault, STRIKES, Strike, Target, lose_power, shim},
    do_well,
    site::Site,
};
use crate::harness::not_run;

/// Sequences that run side by side.
const LANES: usize = 4;

/// How a sequence of faults ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// `kill -9`: the operating system keeps what was written.
    Kill,
    /// The machine goes: only what was synced is left.
    PowerLoss,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_one_or_two_faults_everything_acknowledged_is_there() {
    let ones = STRIKES.iter().map(|one| vec![*one]);
    let twos = STRIKES
        .iter()
        .flat_map(|one| STRIKES.iter().map(|two| vec![*one, *two]));
    run_all(
        "sequences of one and two faults",
        ones.chain(twos).collect(),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_three_or_four_faults_everything_acknowledged_is_there() {
    let all = std::env::var_os("TESSERA_FAULTS").is_some_and(|which| which == "all");
    let sequences = if all {
        let grown = |shorter: &[Vec<Strike>]| -> Vec<Vec<Strike>> {
            let longer = |old: &Vec<Strike>| {
                let old = old.clone();
                STRIKES.map(move |next| [old.clone(), vec![next]].concat())
            };
            shorter.iter().flat_map(longer).collect()
        };
        let threes = grown(&grown(&grown(&[Vec::new()])));
        let fours = grown(&threes);
        [threes, fours].concat()
    } else {
        seeded(100)
    };
    run_all("sequences of three and four faults", sequences).await;
}

/// Sequences of three and four, the same ones in every run.
fn seeded(count: usize) -> Vec<Vec<Strike>> {
    let mut state = 0x7e55_e7a0_u64;
    let mut next = move |below: usize| {
        // A linear congruential generator is enough to mix twelve kinds.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits fit") % below
    };
    (0..count)
        .map(|_| {
            let length = 3 + next(2);
            (0..length).map(|_| STRIKES[next(STRIKES.len())]).collect()
        })
        .collect()
}

async fn run_all(test: &str, sequences: Vec<Vec<Strike>>) {
    if let Err(reason) = shim() {
        return not_run(test, reason);
    }
    let ends = [End::Kill, End::PowerLoss].into_iter().cycle();
    let runs = sequences.into_iter().zip(ends).map(|(strikes, end)| {
        tokio::spawn(async move {
            let lies = strikes.iter().any(|(fault, _)| *fault == Fault::LyingSync);
            run(&strikes, if lies { End::PowerLoss } else { end }).await;
        })
    });
    // A sequence is started when there is room for it: `spawn` is called by the stream.
    let mut ended = stream::iter(runs).buffer_unordered(LANES);
    while let Some(ended) = ended.next().await {
        ended.expect("a sequence of faults passes");
    }
}

async fn run(strikes: &[Strike], end: End) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let site = Site::within(folder.path());
    let disk = Disk::new(site.desk.path());
    if end == End::PowerLoss {
        disk.keep_images(&site.database);
    }
    let process = site
        .serve("struck", |command| {
            disk.below(command, shim().expect("it was compiled"));
            command.env("TESSERA_CHECKPOINT_COMMITS", "4");
        })
        .unwrap_or_else(|log| panic!("the server starts: {log}"));
    let mut doer = Doer::new(site.reach(&process), "doer").await;
    do_well(&mut doer, Deed::issue().await).await;
    let lies_to_the_end = strikes
        .last()
        .is_some_and(|(fault, _)| *fault == Fault::LyingSync);
    for (index, strike) in strikes.iter().enumerate() {
        let stays = lies_to_the_end && index + 1 == strikes.len();
        let context = format!("{strikes:?} {end:?}, after fault {index}");
        suffer(&mut doer, &disk, *strike, stays).await;
        doer.journal
            .is_seen_by_another_connection(&site.database_url(), &context)
            .await;
    }
    process.kill();
    disk.disarm();
    let context = format!("{strikes:?} {end:?}");
    if end == End::PowerLoss {
        lose_power(&site.database);
    }
    let again = match site.serve("again", |_| {}) {
        Ok(again) => again,
        // Better no server than one that has forgotten something in silence.
        Err(log) if lies_to_the_end && log.contains("restore a backup") => return,
        Err(log) => panic!("{context}: the server does not start again: {log}"),
    };
    if lies_to_the_end {
        doer.journal
            .surviving_prefix(&site.database_url(), &context)
            .await;
        return;
    }
    doer.journal
        .is_honoured(&site.reach(&again), &format!("{context}, killed"))
        .await;
    again.terminate();
    let last = site
        .serve("last", |_| {})
        .unwrap_or_else(|log| panic!("{context}: the server starts after SIGTERM: {log}"));
    doer.journal
        .is_honoured(&site.reach(&last), &format!("{context}, ended"))
        .await;
}

/// Lets a fault strike each kind of deed once, with a good one after each.
async fn suffer(doer: &mut Doer, disk: &Disk, strike: Strike, stays: bool) {
    let times = match strike.0 {
        Fault::LyingSync => u32::MAX,
        Fault::WriteFails
        | Fault::SyncFails
        | Fault::DiskFull
        | Fault::TornWrite
        | Fault::ShortWrite => 1,
    };
    for deed in Deed::all().await {
        disk.arm(strike, times);
        let done = doer.attempt(deed).await;
        // A checkpoint is due after four commits.
        let give_up = Instant::now() + PATIENCE;
        while strike.1 == Target::Database && disk.struck() == 0 {
            doer.attempt(Deed::issue().await).await;
            assert!(Instant::now() < give_up, "no checkpoint is made");
        }
        assert!(
            disk.struck() > 0,
            "{strike:?} met no {deed:?} (done: {done})"
        );
        if !stays {
            disk.disarm();
        }
        do_well(doer, deed).await;
    }
}
