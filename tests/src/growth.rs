//! What callers leave behind, and how it goes again without anybody noticing.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use sea_orm::{ConnectionTrait as _, DatabaseBackend, DatabaseConnection, Statement};

use crate::{
    dialects::TRIALS,
    harness::{Tessera, asked, demo_asker},
    rules::makers::{Made, makers},
};

/// The one number that a query gives.
pub async fn number(database: &DatabaseConnection, sql: &str) -> i64 {
    let statement = Statement::from_string(DatabaseBackend::Sqlite, sql);
    let row = database.query_one_raw(statement).await.expect("a query");
    let row = row.expect("a row");
    row.try_get_by_index(0).expect("a number")
}

/// Rows that are over, in the table of refusals and in each of the others.
const ENDED: [u32; 2] = [800_000, 40_000];

/// Fills tables with rows that were over long before a test's clock starts.
async fn fill(database: &DatabaseConnection) {
    let [many, few] = ENDED.map(|ended| {
        format!("WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {ended})")
    });
    let dialect = TRIALS[0].dialect();
    let (hash, somebody) = ("randomblob(32)", "(SELECT min(id) FROM principals)");
    for insert in [
        format!(
            "INSERT INTO refusals (id, proof, replayed, dialect, count, first_secs, last_secs, name_hash) \
             {many} SELECT n, 2, 0, 5, 1, 1, 1, randomblob(8) FROM n"
        ),
        format!(
            "INSERT INTO audit (at_ms, actor, action, target, outcome) \
             {few} SELECT n, 'anonymous', 'totp.verify', 'unknown', iif(n % 2, 'refused', 'done') FROM n"
        ),
        format!(
            "INSERT INTO sessions (hash, dialect, principal_id, created_at_ms, expires_at_ms) \
             {few} SELECT {hash}, '{dialect}', {somebody}, n, n FROM n"
        ),
        format!("INSERT INTO single_use (hash, expires_at_ms) {few} SELECT {hash}, n FROM n"),
        format!(
            "INSERT INTO attempts (hash, times, forget_at_ms, locked_until_ms) \
             {few} SELECT {hash}, zeroblob(8), n, 0 FROM n"
        ),
        format!(
            "INSERT INTO token_shapes (digest, kept_until_ms, dialect, class, scopes) \
             VALUES (randomblob(16), 40000, '{dialect}', 'app', '')"
        ),
        format!(
            "INSERT INTO tokens (hash, id, shape, principal_id, state, issued_at_ms, expires_at_ms) \
             {few} SELECT {hash}, randomblob(16), (SELECT max(number) FROM token_shapes), {somebody}, 0, n, n FROM n"
        ),
    ] {
        database.execute_unprepared(&insert).await.expect("rows");
    }
}

/// The rows that [`fill`] has made.
async fn ended(database: &DatabaseConnection) -> i64 {
    let mut all = 0;
    for ended in [
        "refusals WHERE id <= 800000",
        "audit WHERE at_ms <= 40000",
        "sessions WHERE expires_at_ms <= 40000",
        "single_use WHERE expires_at_ms <= 40000",
        "attempts WHERE forget_at_ms <= 40000",
        "tokens WHERE expires_at_ms <= 40000",
    ] {
        let sql = format!("SELECT count(*) FROM {ended}");
        all += number(database, &sql).await;
    }
    all
}

/// Where the write-ahead log is.
async fn log(database: &DatabaseConnection) -> String {
    let sql = "SELECT file || '-wal' FROM pragma_database_list WHERE name = 'main'";
    let statement = Statement::from_string(DatabaseBackend::Sqlite, sql);
    let row = database.query_one_raw(statement).await.expect("a query");
    row.expect("a row").try_get_by_index(0).expect("text")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_and_issues_are_answered_while_a_million_rows_are_swept() {
    let server = Tessera::start().await;
    let (asker, mut calls) = (demo_asker(&server), Vec::new());
    for maker in &makers().await.all {
        asked("growth", maker.way.dialect(), &maker.way.operation.id);
        calls.push((maker, maker.call(&server).await));
    }
    let database = server.database().await;
    fill(&database).await;
    assert_eq!(ended(&database).await, 1_000_000);
    let log = log(&database).await;
    let (swept, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let largest_log = AtomicU64::new(0);
    let sweep = async {
        server.authority().upkeep().sweep().await.expect("a sweep");
        swept.store(true, Ordering::SeqCst);
    };
    let callers = async {
        while !swept.load(Ordering::SeqCst) {
            for (maker, call) in &calls {
                let issued = call.send(&server).await;
                let made = maker.acknowledged(&issued).expect("storage works");
                if matches!(maker.made, Made::Token { .. }) {
                    assert!(asker.is_active(&server, &made).await);
                }
                if !swept.load(Ordering::SeqCst) {
                    answered.fetch_add(1, Ordering::SeqCst);
                }
            }
            let bytes = std::fs::metadata(&log).map_or(0, |log| log.len());
            largest_log.fetch_max(bytes, Ordering::SeqCst);
        }
    };
    tokio::join!(sweep, callers);
    assert_eq!(ended(&database).await, 0, "rows that are over");
    let answered = answered.load(Ordering::SeqCst);
    assert!(
        answered >= 100,
        "{answered} callers were answered meanwhile"
    );
    let largest_log = largest_log.into_inner();
    assert!(largest_log <= 32 << 20, "{largest_log} bytes of log");
}
