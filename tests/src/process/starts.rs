//! Several starts on one database: one server at a time, and nothing half-made, however they meet or end.

use std::{fs, os::unix::fs::PermissionsExt as _, thread, time::Duration};

use super::binary::{Installation, Starting};
use super::errands::Errands;

/// Those that must not listen, and what they say of the one that does.
fn refused(starting: Vec<Starting>, holder: u32) {
    // All of them wait at the same time.
    for one in starting {
        let (ended, log) = match one.listening() {
            Ok(process) => panic!("{} serves beside {holder}", process.id()),
            Err(refused) => refused,
        };
        let ended = ended.expect("it ends by itself");
        assert_eq!(ended.code(), Some(1), "{log}");
        let named = format!("is served by process {holder} (since ");
        let last = log.lines().last().unwrap_or_default();
        assert!(
            last.starts_with("tessera: the database ") && last.contains(&named),
            "{log}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_three_first_starts_one_serves_and_the_others_name_it() {
    let mut installed = Installation::empty();
    let mut starting: Vec<_> = ["one", "two", "three"]
        .map(|name| installed.start(name))
        .into();
    let place = loop {
        let listens = |one: &Starting| one.said().contains(" serving listen=");
        if let Some(place) = starting.iter().position(listens) {
            break place;
        }
        thread::sleep(Duration::from_millis(2));
    };
    let first = starting.remove(place).listening();
    let first = first.unwrap_or_else(|(_, log)| panic!("it listens: {log}"));
    refused(starting, first.id());

    installed.seed();
    let errands = Errands::new(&installed, first.address);
    let tokens = errands.one_of_each().await;
    first.terminate();
    let again = installed.serve("again");
    let errands = Errands::new(&installed, again.address);
    for issued in &tokens {
        assert!(errands.lives(issued).await, "{}", issued.name());
    }
    for ending in [".lock", ".making.lock", ".key", ""] {
        let file = format!("{}{ending}", installed.database().display());
        let mode = fs::metadata(&file)
            .expect("the file is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    again.terminate();
}

#[test]
fn a_database_is_one_under_all_of_its_names() {
    let installed = Installation::empty();
    let database = installed.database();
    let folder = database.parent().expect("a file has a folder");
    // It leads nowhere yet: the first server makes the database through it.
    let link = folder.join("link.db");
    std::os::unix::fs::symlink("tessera.db", &link).expect("a link can be made");
    let first = installed.start_on("first", &format!("sqlite://{}", link.display()));
    let first = first
        .listening()
        .unwrap_or_else(|(_, log)| panic!("it listens: {log}"));
    let names = [
        installed.database_url(),
        format!("sqlite://{}", link.display()),
        format!("sqlite:{}?mode=rwc", database.display()),
        "sqlite://tessera.db".to_owned(),
        "sqlite://./tessera%2Edb".to_owned(),
    ];
    let others = names.iter().enumerate();
    let others = others.map(|(index, name)| installed.start_on(&index.to_string(), name));
    refused(others.collect(), first.id());
    first.terminate();
}

#[test]
fn a_start_waits_for_the_server_that_is_ending() {
    let installed = Installation::seeded();
    let first = installed.serve("first");
    let mut second = installed.start("second");
    second.wait_until_it_says(&format!("served by process {}", first.id()));
    first.terminate();
    let second = second.listening();
    second
        .unwrap_or_else(|(_, log)| panic!("it serves when the first has ended: {log}"))
        .terminate();
}

#[test]
fn kill_9_lets_the_next_one_in_at_once() {
    let installed = Installation::seeded();
    for round in 0..3 {
        let killed = installed.serve(&format!("killed {round}"));
        killed.kill();
        let next = installed.start(&format!("next {round}"));
        let said = |log: &str| assert!(!log.contains("waiting"), "{log}");
        match next.listening() {
            Ok(process) => process.kill(),
            Err((_, log)) => panic!("it does not listen: {log}"),
        }
        said(
            &fs::read_to_string(
                installed
                    .database()
                    .with_file_name(format!("next {round}.log")),
            )
            .expect("the log is there"),
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_principals_are_seeded_beside_a_running_server() {
    let mut installed = Installation::empty();
    let process = installed.serve("serving");
    for _ in 0..2 {
        installed.seed();
        let errands = Errands::new(&installed, process.address);
        for issued in &errands.one_of_each().await {
            assert!(errands.lives(issued).await, "{}", issued.name());
        }
    }
    process.terminate();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_first_starts_beside_a_first_seed_leave_sound_databases() {
    for round in 0..10 {
        let mut installed = Installation::empty();
        let mut seeding = installed.seeding().spawn().expect("tessera runs");
        let process = installed.serve("first");
        let seeded = seeding.wait().expect("seeding ends");
        assert!(seeded.success(), "round {round}: tessera admin seed fails");
        installed.read_credentials();
        let errands = Errands::new(&installed, process.address);
        let before = errands.one_of_each().await;
        let keys = errands.keys().await;
        process.terminate();

        let again = installed.serve("again");
        let errands = Errands::new(&installed, again.address);
        assert_eq!(errands.keys().await, keys, "round {round}");
        // The session secret, too, is the one that was in use.
        for issued in &before {
            let name = issued.name();
            assert!(errands.lives(issued).await, "round {round}: {name}");
        }
        errands.one_of_each().await;
        again.terminate();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_start_that_is_killed_leaves_a_database_that_opens() {
    for moment in 0..20 {
        let installed = Installation::empty();
        let mut killed = installed.start("killed");
        if moment > 0 {
            // Just before, while and after the schema is made.
            killed.wait_until_it_says("Applying migration");
            thread::sleep(Duration::from_millis(moment));
        }
        killed.kill();
        let process = installed.serve("next");
        let errands = Errands::new(&installed, process.address);
        assert!(errands.is_ready().await, "{moment} ms");
        process.terminate();
    }
}
