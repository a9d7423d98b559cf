//! The binary from outside: what survives a restart or a kill, and what never leaks.

pub mod binary;
mod clock;
mod copies;
mod database_urls;
mod demo;
mod errands;
mod leaks;
mod master_key;
mod memory;
mod migrations;
pub mod operating;
mod passwords;
pub mod providing;
mod proxies;
mod signals;
mod starts;

use std::{
    collections::BTreeSet,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use binary::Installation;
use errands::Errands;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_sessions_and_keys_survive_a_restart() {
    let installed = Installation::seeded();
    let first = installed.serve("first");
    let errands = Errands::new(&installed, first.address);
    let before = errands.one_of_each().await;
    let keys = errands.keys().await;
    first.terminate();

    let second = installed.serve("second");
    let errands = Errands::new(&installed, second.address);
    for issued in &before {
        assert!(errands.lives(issued).await, "{}", issued.name());
    }
    assert_eq!(errands.keys().await, keys);
    second.terminate();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kill_9_in_mid_load() {
    const CALLERS: usize = 8;
    const ENOUGH: usize = 200;
    let installed = Arc::new(Installation::seeded());
    let process = installed.serve("killed");
    let done = Arc::new(AtomicUsize::new(0));
    let kinds = Errands::new(&installed, process.address);
    let kinds = Arc::new(kinds.one_of_each_that_stays().await);
    let callers: Vec<_> = (0..CALLERS.max(kinds.len()))
        .map(|index| {
            let (installed, done, address) =
                (Arc::clone(&installed), Arc::clone(&done), process.address);
            let kinds = Arc::clone(&kinds);
            tokio::spawn(async move {
                let errands = Errands::new(&installed, address);
                let kind = &kinds[index % kinds.len()];
                let (mut kept, mut revoked) = (Vec::new(), Vec::new());
                while let Some(token) = errands.try_another(kind).await {
                    // Until the server says otherwise the token of a revocation under way may be either.
                    if kept.len() > revoked.len() {
                        if !errands.try_revoke(&token.text).await {
                            break;
                        }
                        revoked.push(token.text);
                    } else {
                        kept.push(token.text);
                    }
                    done.fetch_add(1, Ordering::SeqCst);
                }
                (kept, revoked)
            })
        })
        .collect();
    let patience = Instant::now() + Duration::from_secs(120);
    while done.load(Ordering::SeqCst) < ENOUGH {
        assert!(
            Instant::now() < patience,
            "{done:?} of {ENOUGH} deeds were done"
        );
        tokio::task::yield_now().await;
    }
    process.kill();
    let mut kept = Vec::new();
    let mut revoked = Vec::new();
    for caller in callers {
        let (some_kept, some_revoked) = caller.await.expect("a caller does not panic");
        kept.extend(some_kept);
        revoked.extend(some_revoked);
    }
    assert!(kept.len() + revoked.len() >= ENOUGH);

    let again = installed.serve("again");
    let errands = Errands::new(&installed, again.address);
    for token in &kept {
        assert!(
            errands.is_active(token).await,
            "an acknowledged token is gone"
        );
    }
    for token in &revoked {
        assert!(
            !errands.is_active(token).await,
            "an acknowledged revocation is gone"
        );
    }
    again.terminate();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_in_the_database_or_in_the_log_at_trace_level() {
    let installed = Installation::seeded();
    // Every credential is wrong more often than a lock-out suffers.
    let patient = ["--lockout-per-address", "0", "--lockout-per-name", "0"];
    let process = installed.serve_with("traced", &patient);
    let errands = Errands::new(&installed, process.address);
    let secrets = leaks::every_secret(&errands).await;
    assert!(
        secrets.len() > 100,
        "{} secrets are too few to prove anything",
        secrets.len()
    );
    process.terminate();
    let written = installed.written();
    assert!(written.iter().any(|(path, _)| path.ends_with("tessera.db")));
    let log = written
        .iter()
        .find(|(path, _)| path.ends_with("traced.log"));
    let log = log.map(|(_, bytes)| String::from_utf8_lossy(bytes));
    // Dependencies are silent below INFO by design; our own lines must be there.
    assert!(
        log.is_some_and(|text| text.contains("tessera::request")),
        "nothing was logged"
    );
    let mut found = BTreeSet::new();
    for (path, bytes) in &written {
        let text = String::from_utf8_lossy(bytes);
        for (name, secret) in &secrets {
            if text.contains(secret.as_str()) {
                found.insert(format!("{name} in {}", path.display()));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tour_of_the_sdk_walks_through() {
    let installed = Installation::seeded();
    let process = installed.serve("toured");
    let mut credentials = installed.credentials.clone();
    credentials["base_url"] = format!("http://{}", process.address).into();
    let file = tempfile::NamedTempFile::new().expect("a file can be made");
    serde_json::to_writer(file.as_file(), &credentials).expect("the credentials can be written");
    let tour = Command::new(binary::built().join("examples/tour"))
        .arg(file.path())
        .output()
        .expect("the tour runs");
    let said = String::from_utf8_lossy(&tour.stdout);
    assert!(
        tour.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&tour.stderr)
    );
}
