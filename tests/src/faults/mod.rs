//! The binary on a disk that fails: what was acknowledged is there for everybody, at once and after every end.
//!
//! Faults strike below the driver (`disk.rs`). Callers write down what is acknowledged (`deeds.rs`, `journal.rs`).

mod deeds;
mod disk;
mod journal;
pub mod site;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream};

use self::{
    deeds::{Deed, Doer},
    disk::{Disk, Fault, STRIKES, Strike, Target, Volume, lose_power, shim},
    journal::Journal,
    site::Site,
};
use crate::{
    harness::{Call, Tessera, not_run},
    process::binary::Process,
};

/// How long a server may take to get over a fault; it is far less.
const PATIENCE: Duration = Duration::from_secs(60);

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
    let mut doer = Doer::new(&site.credentials, process.address, "doer");
    do_well(&mut doer, Deed::Derive).await;
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
        .is_honoured(
            &site.credentials,
            again.address,
            &format!("{context}, killed"),
        )
        .await;
    again.terminate();
    let last = site
        .serve("last", |_| {})
        .unwrap_or_else(|log| panic!("{context}: the server starts after SIGTERM: {log}"));
    doer.journal
        .is_honoured(
            &site.credentials,
            last.address,
            &format!("{context}, ended"),
        )
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
    for deed in Deed::ALL {
        disk.arm(strike, times);
        doer.attempt(deed).await;
        // A checkpoint is due after four commits.
        let give_up = Instant::now() + PATIENCE;
        while strike.1 == Target::Database && disk.struck() == 0 {
            doer.attempt(Deed::Issue).await;
            assert!(Instant::now() < give_up, "no checkpoint is made");
        }
        if !stays {
            disk.disarm();
        }
        do_well(doer, deed).await;
    }
}

/// Does it until it is acknowledged: a server has to get over a fault by itself.
async fn do_well(doer: &mut Doer, deed: Deed) {
    let give_up = Instant::now() + PATIENCE;
    while !doer.attempt(deed).await {
        assert!(Instant::now() < give_up, "writes do not come back");
    }
}

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
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let mut doer = Doer::new(&site.credentials, process.address, format!("{caller}"));
            let (stop, served, refused) =
                (Arc::clone(&stop), Arc::clone(&served), Arc::clone(&refused));
            tokio::spawn(async move {
                let deeds = Deed::ALL.into_iter().cycle().skip(caller);
                for deed in deeds {
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                    let count = if doer.attempt(deed).await {
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
    journal
        .is_honoured(&site.credentials, again.address, context)
        .await;
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

#[tokio::test]
async fn a_database_that_is_deleted_or_replaced_is_not_ready_and_refuses() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let site = Site::within(folder.path());
    let process = site
        .serve("moved", |_| {})
        .unwrap_or_else(|log| panic!("the server starts: {log}"));
    let mut doer = Doer::new(&site.credentials, process.address, "doer");
    for ending in ["", "-wal", "-shm"] {
        let file = site.database.with_file_name(format!("tessera.db{ending}"));
        let aside = folder.path().join("aside");
        for replaced in [false, true] {
            do_well(&mut doer, Deed::Issue).await;
            std::fs::rename(&file, &aside).expect("it can be moved");
            if replaced {
                std::fs::copy(&aside, &file).expect("it can be copied");
            }
            for deed in Deed::ALL {
                assert!(!doer.attempt(deed).await, "{ending} {replaced} {deed:?}");
            }
            let ask = async |path| Call::get(path).send_to(process.address).await;
            let keys = ask("/.well-known/jwks.json").await;
            assert_eq!(keys.status, 503, "{ending} {replaced}");
            let told = ask("/readyz").await;
            assert_eq!(told.status, 503, "{ending} {replaced}");
            let detail = told.string_at("/detail");
            assert!(detail.contains("deleted or replaced"), "{detail}");
            std::fs::rename(&aside, &file).expect("it can be moved back");
        }
    }
    do_well(&mut doer, Deed::Issue).await;
    doer.journal
        .is_seen_by_another_connection(&site.database_url(), "moved back")
        .await;
    process.terminate();
}

#[tokio::test]
async fn readiness_is_proved_by_at_most_one_write_a_second() {
    let server = Tessera::start().await;
    let database = server.database().await;
    let before = epoch(&database).await;
    let started = Instant::now();
    let ask = async || Call::get("/readyz").send(&server).await;
    let asked = (0..50).map(|_| ask());
    for answer in futures_util::future::join_all(asked).await {
        assert_eq!(answer.status, 200);
    }
    let writes = epoch(&database).await - before;
    let most = i64::try_from(started.elapsed().as_secs()).expect("it is short") + 2;
    assert!((1..=most).contains(&writes), "{writes} writes");
    server.break_storage().await;
    let give_up = Instant::now() + PATIENCE;
    while Call::get("/readyz").send(&server).await.status != 503 {
        assert!(Instant::now() < give_up, "it stays ready");
    }
}

async fn epoch(database: &sea_orm::DatabaseConnection) -> i64 {
    use sea_orm::{ConnectionTrait as _, DatabaseBackend, Statement};
    let query = "SELECT value FROM epochs";
    let row = database.query_one_raw(Statement::from_string(DatabaseBackend::Sqlite, query));
    let row = row.await.expect("the table can be read").expect("one row");
    row.try_get_by_index(0).expect("a number")
}
