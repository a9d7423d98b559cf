//! A disk that fails under load and works again, four times: nothing acknowledged is lost, and writes come back.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Instant,
};

use super::{
    PATIENCE,
    deeds::{Deed, Doer},
    disk::{Disk, Fault, STRIKES, Strike, Volume, shim},
    journal::Journal,
    site::Site,
};
use crate::{
    harness::{Call, not_run},
    process::binary::Process,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn four_waves_of_a_full_volume_under_load_lose_nothing() {
    let volume = match Volume::mount(9) {
        Ok(volume) => volume,
        Err(reason) => return not_run("four waves of a full volume", &reason),
    };
    let site = Site::within(volume.path());
    let process = site
        .serve("waves", |_| {})
        .unwrap_or_else(|log| panic!("the server starts: {log}"));
    let wave = |full| if full { volume.fill() } else { volume.free() };
    waves(&site, process, "full volume", wave).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn four_waves_of_each_fault_that_a_disk_reports_lose_nothing() {
    if let Err(reason) = shim() {
        return not_run("four waves of each fault", reason);
    }
    let reported = |(fault, _): &Strike| !matches!(fault, Fault::LyingSync | Fault::ShortWrite);
    for strike in STRIKES.into_iter().filter(reported) {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let site = Site::within(folder.path());
        let disk = Disk::new(site.desk.path());
        let process = site
            .serve("waves", |command| {
                disk.below(command, shim().expect("it was compiled"));
                command.env("TESSERA_CHECKPOINT_COMMITS", "16");
            })
            .unwrap_or_else(|log| panic!("the server starts: {log}"));
        let wave = |on| {
            if on {
                disk.arm(strike, u32::MAX);
            } else {
                disk.disarm();
            }
        };
        waves(&site, process, &format!("{strike:?}"), wave).await;
    }
}

/// Four times under load: the disk fails until callers have been refused, and works until they have been served again.
async fn waves(site: &Site, process: Process, context: &str, wave: impl Fn(bool)) {
    const CALLERS: usize = 4;
    const ENOUGH: usize = 20;
    let stop = Arc::new(AtomicBool::new(false));
    let served = Arc::new(AtomicUsize::new(0));
    let refused = Arc::new(AtomicUsize::new(0));
    let mut doers = Vec::new();
    for caller in 0..CALLERS {
        doers.push(Doer::new(site.reach(&process), format!("{caller}")).await);
    }
    let all = Deed::all().await;
    let callers: Vec<_> = doers
        .into_iter()
        .enumerate()
        .map(|(caller, mut doer)| {
            let deeds = all.clone().into_iter().cycle().skip(caller);
            let (stop, served, refused) =
                (Arc::clone(&stop), Arc::clone(&served), Arc::clone(&refused));
            tokio::spawn(async move {
                for deed in deeds {
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                    let count = if Box::pin(doer.attempt(deed)).await {
                        &served
                    } else {
                        &refused
                    };
                    count.fetch_add(1, Ordering::SeqCst);
                }
                doer.journal
            })
        })
        .collect();
    for round in 0..4 {
        grows(
            &served,
            ENOUGH,
            &format!("{context}, round {round}: served"),
        )
        .await;
        wave(true);
        grows(
            &refused,
            ENOUGH,
            &format!("{context}, round {round}: refused"),
        )
        .await;
        assert_eq!(readiness(&process).await, 503, "{context}, round {round}");
        wave(false);
        // Whoever asks is told within a second that writes are back, also when nobody writes.
        let give_up = Instant::now() + PATIENCE;
        while readiness(&process).await != 200 {
            assert!(Instant::now() < give_up, "{context}: never ready again");
        }
    }
    grows(&served, ENOUGH, &format!("{context}: served in the end")).await;
    stop.store(true, Ordering::SeqCst);
    let mut journal = Journal::default();
    for caller in callers {
        journal.join(caller.await.expect("a caller does not panic"));
    }
    assert!(journal.len() > 4 * ENOUGH);
    journal
        .is_seen_by_another_connection(&site.database_url(), context)
        .await;
    process.kill();
    let log = std::fs::read_to_string(site.log("waves")).expect("there is a log");
    let (faults, over) = (
        log.matches("the database fails").count(),
        log.matches("the database works again").count(),
    );
    let refused = refused.load(Ordering::SeqCst);
    assert!(
        (1..=refused.min(40)).contains(&faults) && (1..=faults).contains(&over),
        "{context}: {faults} faults and {over} recoveries are logged for {refused} refusals"
    );
    let again = site
        .serve("again", |_| {})
        .unwrap_or_else(|log| panic!("{context}: the server starts again: {log}"));
    journal.is_honoured(&site.reach(&again), context).await;
    again.terminate();
}

async fn grows(count: &AtomicUsize, by: usize, context: &str) {
    let enough = count.load(Ordering::SeqCst) + by;
    let give_up = Instant::now() + PATIENCE;
    while count.load(Ordering::SeqCst) < enough {
        assert!(Instant::now() < give_up, "{context}: not enough");
        tokio::task::yield_now().await;
    }
}

async fn readiness(process: &Process) -> u16 {
    Call::get("/readyz").send_to(process.address).await.status
}
