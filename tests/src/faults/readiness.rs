//! What `/readyz` says of a database that was moved away or fails, and what asking costs.

use std::time::Instant;

use super::{
    PATIENCE,
    deeds::{Deed, Doer},
    do_well,
    site::Site,
};
use crate::harness::{Call, Tessera, central};

#[tokio::test]
async fn a_database_that_is_deleted_or_replaced_is_not_ready_and_refuses() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let site = Site::within(folder.path());
    let process = site
        .serve("moved", |_| {})
        .unwrap_or_else(|log| panic!("the server starts: {log}"));
    let mut doer = Doer::new(site.reach(&process), "doer").await;
    for ending in ["", "-wal", "-shm"] {
        let file = site.database.with_file_name(format!("tessera.db{ending}"));
        let aside = folder.path().join("aside");
        for replaced in [false, true] {
            do_well(&mut doer, Deed::issue().await).await;
            std::fs::rename(&file, &aside).expect("it can be moved");
            if replaced {
                std::fs::copy(&aside, &file).expect("it can be copied");
            }
            for deed in Deed::all().await {
                assert!(!doer.attempt(deed).await, "{ending} {replaced} {deed:?}");
            }
            let ask = async |path| Call::get(path).send_to(process.address).await;
            // What was read before is believed for a second.
            let give_up = Instant::now() + PATIENCE;
            while ask(central().keys()).await.status != 503 {
                assert!(Instant::now() < give_up, "{ending} {replaced}");
            }
            let told = ask("/readyz").await;
            assert_eq!(told.status, 503, "{ending} {replaced}");
            let detail = told.string_at("/detail");
            assert!(detail.contains("deleted or replaced"), "{detail}");
            std::fs::rename(&aside, &file).expect("it can be moved back");
        }
    }
    do_well(&mut doer, Deed::issue().await).await;
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
