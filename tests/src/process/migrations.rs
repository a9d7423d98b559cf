//! `tessera migrate`, and what a server does with a schema that is not its own.

use std::process::Command;

use sea_orm::{ConnectionTrait as _, Database};
use serde_json::Value;

use super::binary::{Installation, built};

/// Runs `tessera` on the database of the installation; gives its exit code, what it printed, and what it said of an error.
fn tessera(installed: &Installation, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(built().join("tessera"))
        .args(arguments)
        .args(["--database-url", &installed.database_url()])
        .env("RUST_LOG", "off")
        .output()
        .expect("tessera runs");
    let [printed, told] = [output.stdout, output.stderr]
        .map(|text| String::from_utf8(text).expect("tessera writes text"));
    (output.status.code(), printed, told)
}

/// The schema, as `migrate status --json` prints it.
fn schema(installed: &Installation) -> [Vec<String>; 3] {
    let (_, printed, _) = tessera(installed, &["migrate", "status", "--json"]);
    let schema: Value = serde_json::from_str(&printed).expect("it is JSON");
    ["applied", "pending", "newer"].map(|word| {
        let names = schema[word].as_array().expect("a list").iter();
        names
            .map(|name| name.as_str().expect("a name").to_owned())
            .collect()
    })
}

async fn execute(installed: &Installation, sql: &str) {
    let database = Database::connect(installed.database_url()).await;
    let database = database.expect("the database opens");
    database.execute_unprepared(sql).await.expect(sql);
    database.close().await.expect("it closes");
}

#[test]
fn what_is_pending_is_told_and_applied_once() {
    let installed = Installation::empty();
    let [applied, pending, newer] = schema(&installed);
    assert!(applied.is_empty() && newer.is_empty() && pending.len() >= 9);
    assert!(!installed.database().exists(), "a look makes nothing");

    let (code, printed, told) = tessera(&installed, &["migrate", "up"]);
    let lines: Vec<String> = pending
        .iter()
        .map(|name| format!("applied {name}"))
        .collect();
    assert_eq!(
        (code, printed.trim_end()),
        (Some(0), &*lines.join("\n")),
        "{told}"
    );
    assert_eq!(schema(&installed), [pending.clone(), vec![], vec![]]);
    let (code, printed, _) = tessera(&installed, &["migrate", "status"]);
    assert_eq!((code, printed.trim_end()), (Some(0), &*lines.join("\n")));

    let (code, printed, _) = tessera(&installed, &["migrate", "up"]);
    assert_eq!((code, &*printed), (Some(0), "nothing is pending\n"));
    let (code, printed, _) = tessera(&installed, &["migrate", "up", "--json"]);
    assert_eq!((code, &*printed), (Some(0), "{\"applied\":[]}\n"));
    // The schema alone has no rows, so the first server makes a key and serves.
    installed
        .serve_with("first", &["--migrate", "off"])
        .terminate();
}

#[tokio::test]
async fn a_newer_schema_is_refused_by_everybody() {
    let installed = Installation::seeded();
    execute(
        &installed,
        "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 1)",
    )
    .await;
    assert_eq!(schema(&installed)[2], ["m9999_future"]);
    for command in [
        ["migrate", "status"],
        ["migrate", "up"],
        ["admin", "seed"],
        ["serve", "--listen=127.0.0.1:0"],
        ["demo", "--listen=127.0.0.1:0"],
    ] {
        let (code, printed, told) = tessera(&installed, &command);
        assert_eq!(code, Some(3), "{command:?}: {told}");
        assert!(
            told.contains("newer than this program") && told.contains("m9999_future"),
            "{command:?}: {told}"
        );
        let shown = printed.ends_with("newer m9999_future\n");
        assert_eq!(shown, command == ["migrate", "status"], "{command:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_to_migrate_refuses_an_older_schema_and_makes_nothing() {
    let installed = Installation::empty();
    for command in [
        ["serve", "--listen=127.0.0.1:0", "--migrate=off"],
        ["admin", "seed", "--migrate=off"],
    ] {
        let (code, _, told) = tessera(&installed, &command);
        assert_eq!(code, Some(4), "{told}");
        assert!(told.contains("tessera migrate up"), "{told}");
    }
    let key = installed.database().with_extension("db.key");
    assert!(!installed.database().exists() && !key.exists());
}

#[test]
fn a_served_database_is_not_migrated() {
    let installed = Installation::seeded();
    let server = installed.serve("served");
    let (code, _, told) = tessera(&installed, &["migrate", "up"]);
    assert_eq!(code, Some(1));
    assert!(
        told.contains(&format!("is served by process {}", server.id())),
        "{told}"
    );
    let (code, ..) = tessera(&installed, &["migrate", "status"]);
    assert_eq!(code, Some(0), "a look is for everybody");
    server.terminate();
}
