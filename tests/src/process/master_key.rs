//! The master key of a database: nothing is written before it is proved, and none is made beside a database with rows.

use std::{
    collections::BTreeMap,
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use sea_orm::{ConnectionTrait as _, Database};

use super::binary::{Installation, Starting, built, serving};
use super::errands::Errands;
use crate::harness::server::put_privately;

/// 64 digits that are the key of no database.
const WRONG: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn key_of(installed: &Installation) -> PathBuf {
    installed.database().with_extension("db.key")
}

fn put_anew(key: &Path, bytes: &[u8]) {
    fs::remove_file(key).expect("the key is there");
    put_privately(key, bytes);
}

/// Every command that opens a database, with the key file that is given, if any.
fn commands(url: &str, key: Option<&Path>) -> [(&'static str, Command); 3] {
    let new = || Command::new(built().join("tessera"));
    let (mut serve, mut demo, mut seed) = (new(), new(), new());
    serving(&mut serve, url);
    demo.args(["demo", "--listen", "127.0.0.1:0", "--database-url", url]);
    seed.args(["admin", "seed", "--database-url", url]);
    let all = [("serve", serve), ("demo", demo), ("seed", seed)];
    all.map(|(name, mut command)| {
        if let Some(key) = key {
            command.arg("--master-key-file").arg(key);
        }
        (name, command)
    })
}

/// What lies in the folder, except for locks, logs, and the index of the log, which every reader may make anew.
fn files(installed: &Installation) -> BTreeMap<PathBuf, Vec<u8>> {
    let written = installed.written().into_iter();
    let counts = |path: &Path| {
        let name = path.to_string_lossy();
        !["lock", ".log", "-shm"]
            .iter()
            .any(|end| name.ends_with(end))
    };
    written.filter(|(path, _)| counts(path)).collect()
}

/// Every command is refused with these words, and leaves every file as it was.
fn refused(installed: &Installation, url: &str, key: Option<&Path>, words: &[&str]) {
    let before = files(installed);
    for (name, command) in commands(url, key) {
        let (ended, log) = Starting::launch(command, installed.log(name)).ended();
        assert_eq!(ended.code(), Some(1), "{log}");
        let after = files(installed);
        let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&before), names(&after), "{name}: {log}");
        assert!(before == after, "{name} writes: {log}");
        let last = log.lines().last().unwrap_or_default();
        for said in words.iter().chain(&["tessera: the master key "]) {
            assert!(last.contains(said), "{name} does not say {said:?}: {log}");
        }
    }
}

async fn on_database(installed: &Installation, statements: &[&str]) {
    let database = Database::connect(installed.database_url()).await;
    let database = database.expect("the database opens");
    for statement in statements {
        let done = database.execute_unprepared(statement).await;
        done.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    database.close().await.expect("the database closes");
}

async fn issues_tokens_of_every_dialect(installed: &Installation, name: &str) {
    let process = installed.serve(name);
    let errands = Errands::new(installed, process.address);
    errands.one_of_each().await;
    process.terminate();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_key_beside_a_database_with_rows_is_named_and_none_is_made() {
    for ended_well in [true, false] {
        let installed = Installation::seeded();
        let process = installed.serve("before");
        let errands = Errands::new(&installed, process.address);
        errands.one_of_each().await;
        if ended_well {
            process.terminate();
        } else {
            process.kill();
        }
        let (key, url) = (key_of(&installed), installed.database_url());
        let away = key.with_extension("away");
        fs::rename(&key, &away).expect("the key can be moved");
        let (database, missing) = (installed.database(), key.display().to_string());
        let named = [&missing, &*database.to_string_lossy(), "is missing"];
        refused(&installed, &url, None, &named);
        let elsewhere = key.with_extension("elsewhere");
        let named = [&elsewhere.to_string_lossy(), named[1], "is missing"];
        refused(&installed, &url, Some(&elsewhere), &named);
        symlink(&elsewhere, &key).expect("a link can be made");
        for (name, command) in commands(&url, None) {
            let (_, log) = Starting::launch(command, installed.log(name)).ended();
            assert!(
                log.contains(&missing) && log.contains("is missing"),
                "{log}"
            );
            assert!(!elsewhere.exists(), "{name} makes a key through the link");
        }
        fs::remove_file(&key).expect("it is still a link");
        fs::rename(&away, &key).expect("the key can be moved");
        issues_tokens_of_every_dialect(&installed, "after").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_key_writes_nothing_even_where_a_key_is_to_be_made() {
    for old in [false, true] {
        for gone in [
            "DELETE FROM signing_keys WHERE dialect = (SELECT min(dialect) FROM signing_keys)",
            "DELETE FROM signing_keys WHERE dialect <> (SELECT max(dialect) FROM signing_keys)",
            "DELETE FROM settings WHERE name = 'session_secret'",
        ] {
            let installed = Installation::seeded();
            let unchecked = "DELETE FROM settings WHERE name = 'master_key_check'";
            let statements = [gone, unchecked];
            let statements = if old {
                &statements[..]
            } else {
                &statements[..1]
            };
            on_database(&installed, statements).await;
            let (key, url) = (key_of(&installed), installed.database_url());
            let right = fs::read(&key).expect("the key can be read");
            put_anew(&key, WRONG.as_bytes());
            let (database, file) = (installed.database(), key.display().to_string());
            let named = [&file, &*database.to_string_lossy(), "does not fit"];
            refused(&installed, &url, None, &named);
            put_anew(&key, &right);
            let other = key.with_extension("other");
            put_privately(&other, WRONG.as_bytes());
            let named = [&other.to_string_lossy(), named[1], "does not fit"];
            refused(&installed, &url, Some(&other), &named);
            issues_tokens_of_every_dialect(&installed, "after").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_database_gets_its_check_value_from_its_own_key() {
    let installed = Installation::seeded();
    on_database(
        &installed,
        &["DELETE FROM settings WHERE name = 'master_key_check'"],
    )
    .await;
    issues_tokens_of_every_dialect(&installed, "older").await;
    // From now on the check value proves the key: everything else that is sealed may be lost.
    on_database(
        &installed,
        &["DELETE FROM settings WHERE name <> 'master_key_check'"],
    )
    .await;
    let key = key_of(&installed);
    let right = fs::read(&key).expect("the key can be read");
    put_anew(&key, WRONG.as_bytes());
    refused(
        &installed,
        &installed.database_url(),
        None,
        &["does not fit"],
    );
    put_anew(&key, &right);
    installed.serve("after").terminate();
}

#[test]
fn a_key_file_that_is_none_is_named_and_left_as_it_is() {
    let installed = Installation::seeded();
    let (key, url) = (key_of(&installed), installed.database_url());
    let right = fs::read(&key).expect("the key can be read");
    let file = key.display().to_string();
    for text in [
        &b""[..],
        &right[..63],
        b"\xff\xfe",
        &[&right[..64], b"00"].concat(),
    ] {
        put_anew(&key, text);
        refused(&installed, &url, None, &[&file, "64 hexadecimal digits"]);
    }
    put_anew(&key, &right);
    fs::set_permissions(&key, Permissions::from_mode(0o644)).expect("a mode can be set");
    refused(&installed, &url, None, &[&file, "chmod 600"]);
    fs::set_permissions(&key, Permissions::from_mode(0o600)).expect("a mode can be set");
    let folder = key.parent().expect("a file has a folder");
    refused(
        &installed,
        &url,
        Some(folder),
        &[&*folder.to_string_lossy(), "is a directory"],
    );
    // A database that is not there yet is not made either.
    let fresh = Installation::empty();
    let key = key_of(&fresh);
    put_privately(&key, b"");
    refused(
        &fresh,
        &fresh.database_url(),
        None,
        &["64 hexadecimal digits"],
    );
    assert!(
        !fresh.database().exists(),
        "a database is made without a key"
    );
}

#[test]
fn a_database_behind_a_link_has_one_key_and_an_older_one_keeps_its_own() {
    let installed = Installation::empty();
    let folder = installed.database();
    let folder = folder.parent().expect("a file has a folder");
    let link = folder.join("link.db");
    symlink("tessera.db", &link).expect("a link can be made");
    let link_url = format!("sqlite://{}", link.display());
    let serves = |name: &str, url: &str| {
        let mut starting = installed.start_on(name, url);
        starting.wait_until_it_says("serving listen=");
        assert!(starting.stop("TERM").success(), "{name}");
    };
    serves("first, by the link", &link_url);
    let (real_key, link_key) = (key_of(&installed), link.with_extension("db.key"));
    assert!(real_key.exists() && !link_key.exists());
    serves("by its own name", &installed.database_url());
    // Older versions made the key beside the link.
    fs::rename(&real_key, &link_key).expect("the key can be moved");
    serves("an older one, by the link", &link_url);
    // And when such a database was started by its own name, they made a wrong one there.
    put_privately(&real_key, WRONG.as_bytes());
    serves("an older one with a wrong key beside", &link_url);
    refused(
        &installed,
        &installed.database_url(),
        None,
        &["does not fit"],
    );
}

#[test]
fn a_key_that_was_never_finished_is_cleared_away() {
    let installed = Installation::empty();
    let left = key_of(&installed).with_file_name(".tessera.db.key.abcdef.new");
    put_privately(&left, WRONG.as_bytes());
    installed.serve("first").terminate();
    assert!(!left.exists());
    let key = fs::read_to_string(key_of(&installed)).expect("the key is there");
    assert_ne!(key.trim(), WRONG);
    // Killed between the two names of one file.
    fs::hard_link(key_of(&installed), &left).expect("a file can have two names");
    installed.serve("second").terminate();
    assert!(!left.exists() && key_of(&installed).exists());
}
