//! New passwords from the command line: they end sessions and tokens, unless they are to be kept.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::binary::{Installation, built, end_of, send_signal};
use super::errands::{Errands, Issued};
use crate::harness::New;

/// Which of the tokens still live.
async fn living(errands: &Errands, tokens: &[Issued]) -> Vec<String> {
    let mut living = Vec::new();
    for issued in tokens {
        if errands.lives(issued).await {
            living.push(issued.name());
        }
    }
    living
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_seed_ends_what_the_old_passwords_opened_unless_it_is_to_be_kept() {
    let mut installed = Installation::seeded();
    let process = installed.serve("serving");
    let tokens = Errands::new(&installed, process.address)
        .one_of_each()
        .await;
    let but = |ends: &[New]| -> Vec<String> {
        let ended = |one: &&Issued| one.class.ends_upon.is_some_and(|new| ends.contains(&new));
        tokens
            .iter()
            .filter(|one| !ended(one))
            .map(Issued::name)
            .collect()
    };
    let (kept, of_clients) = (but(&[New::Secret]), but(&[New::Secret, New::Password]));
    assert!(!of_clients.is_empty() && of_clients.len() < kept.len());
    let reseed = |installed: &mut Installation, arguments: &[&str]| {
        let status = installed.seeding().args(arguments).status();
        assert!(status.expect("tessera runs").success());
        installed.read_credentials();
    };

    reseed(&mut installed, &["--keep-tokens"]);
    let errands = Errands::new(&installed, process.address);
    assert_eq!(living(&errands, &tokens).await, kept);

    reseed(&mut installed, &[]);
    // What another process has changed counts within a second.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let errands = Errands::new(&installed, process.address);
    assert_eq!(living(&errands, &tokens).await, of_clients);
    process.terminate();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demo_on_a_database_that_stays_keeps_its_tokens() {
    let mut installed = Installation::seeded();
    let process = installed.serve("first");
    let tokens = Errands::new(&installed, process.address)
        .one_of_each()
        .await;
    process.terminate();
    let credentials = installed.credentials_file();
    let mut demo = Command::new(built().join("tessera"))
        .args(["demo", "--listen", "127.0.0.1:0", "--database-url"])
        .arg(installed.database_url())
        .arg("--credentials-file")
        .arg(&credentials)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("tessera runs");
    let before = installed.credentials.clone();
    loop {
        if credentials.exists() {
            installed.read_credentials();
            if installed.credentials != before {
                break;
            }
        }
        let ended = demo.try_wait().expect("a child can be asked");
        assert!(ended.is_none(), "the demo ended: {ended:?}");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let address = installed.credential("/base_url");
    let address = address.trim_start_matches("http://").parse();
    let errands = Errands::new(&installed, address.expect("the demo names its address"));
    let signed = |one: &&Issued| one.class.ends_upon == Some(New::Secret);
    let kept: Vec<String> = tokens
        .iter()
        .filter(|one| !signed(one))
        .map(Issued::name)
        .collect();
    assert_eq!(living(&errands, &tokens).await, kept);
    send_signal("TERM", demo.id());
    assert!(end_of(&mut demo).success());
}
