//! The operator says that the machine's clock is right: `tessera admin clock accept`.

use std::process::{Command, Stdio};

use sea_orm::{ConnectionTrait as _, Database, DatabaseBackend, Statement};

use super::binary::{Installation, built};
use super::errands::Errands;

/// How often the operator has accepted the clock, as the audit tells.
async fn accepted(installed: &Installation) -> i64 {
    let database = Database::connect(installed.database_url())
        .await
        .expect("the database opens");
    let count =
        "SELECT count(*) AS n FROM audit WHERE action = 'clock.accept' AND actor = 'operator'";
    let row = database
        .query_one_raw(Statement::from_string(DatabaseBackend::Sqlite, count))
        .await
        .expect("the audit is there")
        .expect("a count");
    database.close().await.expect("the connection closes");
    row.try_get("", "n").expect("a number")
}

fn accept(installed: &Installation) -> bool {
    let status = Command::new(built().join("tessera"))
        .args(["admin", "clock", "accept", "--database-url"])
        .arg(installed.database_url())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.expect("tessera runs").success()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_clock_is_accepted_with_and_without_a_server_beside() {
    let installed = Installation::seeded();
    assert_eq!(accepted(&installed).await, 0);
    assert!(accept(&installed));
    assert_eq!(accepted(&installed).await, 1);
    let process = installed.serve("running");
    assert!(accept(&installed));
    assert_eq!(accepted(&installed).await, 2);
    // The server has noticed nothing that keeps it from working.
    let errands = Errands::new(&installed, process.address);
    errands.one_of_each().await;
    process.terminate();
}
