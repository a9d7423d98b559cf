//! Where the database is, said in each way: no password leaves by the log, an error or the help.

use std::{fs, process::Command};

use super::binary::built;
use crate::harness::server::put_privately;

const PASSWORD: &str = "hunter2-of-the-database";

/// A URL with a password, at which nobody listens.
fn url() -> String {
    format!("postgres://tessera:{PASSWORD}@127.0.0.1:1/tokens")
}

/// Runs the binary; gives its exit code and all that it said.
fn said(change: impl FnOnce(&mut Command)) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let key = folder.path().join("master.key");
    put_privately(&key, "0a".repeat(32).as_bytes());
    let mut command = Command::new(built().join("tessera"));
    command
        .current_dir(folder.path())
        .env("RUST_LOG", "trace")
        .env("TESSERA_MASTER_KEY_FILE", key);
    change(&mut command);
    let output = command.output().expect("tessera runs");
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.push_str(&String::from_utf8_lossy(&output.stderr));
    (output.status.code(), said)
}

/// The commands that take a database, with the flags that each needs.
const COMMANDS: [&[&str]; 6] = [
    &["serve", "--listen", "127.0.0.1:0"],
    &["demo", "--listen", "127.0.0.1:0"],
    &["admin", "seed"],
    &["admin", "clock", "accept"],
    &["migrate", "status"],
    &["migrate", "up"],
];

#[test]
fn a_password_in_a_flag_is_refused_by_every_command() {
    for command in COMMANDS {
        let (code, said) = said(|tessera| {
            tessera.args(command).args(["--database-url", &url()]);
        });
        assert_eq!(code, Some(2), "{command:?}: {said}");
        assert!(
            said.contains("put the URL into a file"),
            "{command:?}: {said}"
        );
        assert!(!said.contains(PASSWORD), "{command:?}: {said}");
    }
}

#[test]
fn a_password_in_a_file_or_the_environment_is_taken_and_shown_nowhere() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("url");
    put_privately(&file, url().as_bytes());
    for command in COMMANDS {
        let by_file = said(|tessera| {
            tessera.args(command).arg("--database-url-file").arg(&file);
        });
        let by_environment = said(|tessera| {
            tessera.args(command).env("TESSERA_DATABASE_URL", url());
        });
        for (code, said) in [by_file, by_environment] {
            assert_eq!(code, Some(1), "{command:?}: {said}");
            assert!(said.contains("tessera: database: "), "{command:?}: {said}");
            assert!(!said.contains(PASSWORD), "{command:?}: {said}");
        }
    }
}

#[test]
fn the_help_does_not_show_what_the_environment_holds() {
    for command in COMMANDS {
        let (code, said) = said(|tessera| {
            tessera
                .args(command)
                .arg("--help")
                .env("TESSERA_DATABASE_URL", url());
        });
        assert_eq!(code, Some(0), "{command:?}: {said}");
        assert!(said.contains("TESSERA_DATABASE_URL"), "{command:?}: {said}");
        assert!(!said.contains(PASSWORD), "{command:?}: {said}");
    }
}

#[test]
fn a_flag_is_stronger_than_the_environment() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let database = folder.path().join("t.db");
    let (code, said) = said(|tessera| {
        tessera
            .args(["migrate", "up", "--database-url"])
            .arg(format!("sqlite://{}", database.display()))
            .env("TESSERA_DATABASE_URL_FILE", "nowhere")
            .env("TESSERA_DATABASE_URL", url());
    });
    assert_eq!(code, Some(0), "{said}");
    assert!(fs::metadata(database).is_ok(), "{said}");
}
