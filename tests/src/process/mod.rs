//! The binary from outside: what survives a restart or a kill, and what never leaks.

pub mod binary;
mod clock;
mod errands;
mod master_key;
mod memory;
mod passwords;
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
};

use binary::Installation;
use errands::Errands;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_sessions_and_keys_survive_a_restart() {
    let installed = Installation::seeded();
    let first = installed.serve("first");
    let errands = Errands::new(&installed, first.address);
    let before = errands.one_token_of_each_dialect().await;
    let session = errands.animeloop_session().await;
    let live = errands.animeloop_token(&session).await;
    let keys = errands.keys().await;
    first.terminate();

    let second = installed.serve("second");
    let errands = Errands::new(&installed, second.address);
    for (dialect, token) in &before {
        assert!(errands.is_active(token).await, "{dialect}");
    }
    assert_eq!(errands.keys().await, keys);
    assert_eq!(
        errands.animeloop_token(&session).await,
        live,
        "byte for byte"
    );
    second.terminate();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kill_9_in_mid_load() {
    const CALLERS: usize = 8;
    const ENOUGH: usize = 200;
    let installed = Arc::new(Installation::seeded());
    let process = installed.serve("killed");
    let done = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (installed, done, address) =
                (Arc::clone(&installed), Arc::clone(&done), process.address);
            tokio::spawn(async move {
                let errands = Errands::new(&installed, address);
                let (mut kept, mut revoked) = (Vec::new(), Vec::new());
                while let Some(token) = errands.try_pnut_app_token().await {
                    // Until the server says otherwise the token of a revocation under way may be either.
                    if kept.len() > revoked.len() {
                        if !errands.try_revoke(&token).await {
                            break;
                        }
                        revoked.push(token);
                    } else {
                        kept.push(token);
                    }
                    done.fetch_add(1, Ordering::SeqCst);
                }
                (kept, revoked)
            })
        })
        .collect();
    while done.load(Ordering::SeqCst) < ENOUGH {
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
    let process = installed.serve("traced");
    let errands = Errands::new(&installed, process.address);
    let secrets = errands.every_secret().await;
    assert!(
        secrets.len() > 25,
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
        for (name, secret) in &secrets {
            assert!(secret.len() >= 6, "{name} is too short to search for");
            if bytes
                .windows(secret.len())
                .any(|window| window == secret.as_slice())
            {
                found.insert(format!("{name} in {}", path.display()));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tour_of_the_sdk_walks_every_operation() {
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
    for operation in crate::harness::document::operations() {
        assert!(
            said.contains(operation.id),
            "{} is not in the tour:\n{said}",
            operation.id
        );
    }
}
