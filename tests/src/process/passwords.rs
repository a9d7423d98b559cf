//! New passwords from the command line: they end sessions and tokens, unless they are to be kept.

use std::process::{Command, Stdio};

use super::binary::{Installation, built, end_of, send_signal};
use super::errands::Errands;

/// Which of the tokens still live, by dialect.
async fn living(errands: &Errands<'_>, tokens: &[(&'static str, String)]) -> Vec<&'static str> {
    let mut living = Vec::new();
    for (dialect, token) in tokens {
        if errands.is_active(token).await {
            living.push(*dialect);
        }
    }
    living
}

const OF_CLIENTS: [&str; 4] = [
    "token_generator",
    "auth_api short",
    "auth_api long",
    "manis",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_seed_ends_what_the_old_passwords_opened_unless_it_is_to_be_kept() {
    let mut installed = Installation::seeded();
    let process = installed.serve("serving");
    let tokens = Errands::new(&installed, process.address)
        .one_token_of_each_dialect()
        .await;
    let all: Vec<_> = tokens.iter().map(|(dialect, _)| *dialect).collect();
    let reseed = |installed: &mut Installation, arguments: &[&str]| {
        let status = installed.seeding().args(arguments).status();
        assert!(status.expect("tessera runs").success());
        installed.read_credentials();
    };

    reseed(&mut installed, &["--keep-tokens"]);
    let errands = Errands::new(&installed, process.address);
    assert_eq!(living(&errands, &tokens).await, all);
    let session = errands.animeloop_session().await;
    let errands = Errands::new(&installed, process.address);
    assert!(errands.is_session(&session).await);

    reseed(&mut installed, &[]);
    let errands = Errands::new(&installed, process.address);
    assert_eq!(living(&errands, &tokens).await, OF_CLIENTS);
    assert!(!errands.is_session(&session).await);
    process.terminate();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demo_on_a_database_that_stays_keeps_its_tokens() {
    let mut installed = Installation::seeded();
    let process = installed.serve("first");
    let tokens = Errands::new(&installed, process.address)
        .one_token_of_each_dialect()
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
    let before = installed.credential("/animeloop/password");
    loop {
        if credentials.exists() {
            installed.read_credentials();
            if installed.credential("/animeloop/password") != before {
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
    assert_eq!(living(&errands, &tokens).await.len(), tokens.len());
    send_signal("TERM", demo.id());
    assert!(end_of(&mut demo).success());
}
