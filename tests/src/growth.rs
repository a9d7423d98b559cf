//! What callers without credentials leave behind, and how it goes again without anybody noticing.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    time::Duration,
};

use sea_orm::{ConnectionTrait as _, DatabaseBackend, DatabaseConnection, Statement};
use tessera_server::authority::{Claimant, SecretError};
use tessera_server::domain::{Actor, Dialect, MachineSecret, PrincipalKind};

use crate::harness::{Call, Tessera};

/// Names that nobody has, more than a minute has cells for.
const NAMES: usize = 130;

/// Guesses at each of them.
const GUESSES: u32 = 2;

/// Where the guesses come from.
const SOURCES: [[u8; 4]; 2] = [[127, 0, 0, 2], [127, 0, 0, 3]];

async fn number(database: &DatabaseConnection, sql: &str) -> i64 {
    let statement = Statement::from_string(DatabaseBackend::Sqlite, sql);
    let row = database.query_one_raw(statement).await.expect("a query");
    let row = row.expect("a row");
    row.try_get_by_index(0).expect("a number")
}

fn merchant(number: usize) -> String {
    format!("merchant-{number}")
}

/// One minute of guesses over sockets.
async fn guess_over_sockets(server: &Tessera) {
    for number in 0..NAMES {
        let guess = Call::post("/api/v1/auth/token")
            .header("x-merchant-id", merchant(number))
            .header("x-secret", "wrong");
        for _ in 0..GUESSES {
            for source in SOURCES {
                let answer = guess.send_from(source, server.address()).await;
                answer.expect(401);
            }
        }
    }
}

/// The same guesses, fed to the core.
async fn guess_at_the_core(server: &Tessera) {
    for number in 0..NAMES {
        let (name, wrong) = (merchant(number), "wrong".into());
        let claimant = Claimant {
            dialect: Dialect::new("manis"),
            kind: PrincipalKind::Merchant,
            name: &name,
        };
        for _ in 0..GUESSES {
            for [a, b, c, d] in SOURCES {
                let actor = Actor::anonymous(Some(format!("{a}.{b}.{c}.{d}")));
                let (authority, purpose) = (server.authority(), MachineSecret::Merchant);
                let refused = authority.proofs().secret(&actor, claimant, purpose, &wrong);
                assert_eq!(refused.await, Err(SecretError::Wrong));
            }
        }
    }
}

/// Every row of refusals but for its number, as text.
async fn refusals(database: &DatabaseConnection) -> Vec<String> {
    let columns = "proof || ' ' || dialect || ' ' || replayed || ' ' || count || ' ' || first_secs || ' ' || last_secs \
        || ' ' || ifnull(principal_id, '') || ' ' || ifnull(hex(name_hash), '') || ' ' || ifnull(hex(address), '')";
    let sql = format!("SELECT {columns} FROM refusals ORDER BY 1");
    let statement = Statement::from_string(DatabaseBackend::Sqlite, sql);
    let rows = database.query_all_raw(statement).await.expect("a query");
    let text = |row: &sea_orm::QueryResult| row.try_get_by_index(0).expect("text");
    rows.iter().map(text).collect()
}

#[tokio::test]
async fn a_minute_of_guesses_is_a_hundred_rows_and_one_for_the_rest() {
    let (asked, fed) = (Tessera::start().await, Tessera::start().await);
    let database = asked.database().await;
    let refused = "SELECT count(*) FROM audit WHERE outcome = 'refused'";
    guess_over_sockets(&asked).await;
    assert_eq!(
        number(&database, refused).await,
        0,
        "rows of single refusals"
    );
    guess_at_the_core(&fed).await;
    for server in [&asked, &fed] {
        server.clock.advance(Duration::from_mins(1));
        let written = server.authority().upkeep().write_ended_refusals().await;
        written.expect("the minute is written");
    }
    let all = NAMES * SOURCES.len() * usize::try_from(GUESSES).expect("few");
    let sum = "SELECT sum(count) FROM refusals";
    assert_eq!(
        number(&database, sum).await,
        i64::try_from(all).expect("few")
    );
    let rows = refusals(&database).await;
    assert_eq!(rows.len(), 101);
    assert_eq!(rows, refusals(&fed.database().await).await);
    // The operator's list tells the same.
    let listed = asked
        .authority()
        .upkeep()
        .audit_rows(1000)
        .await
        .expect("rows");
    let listed = listed.iter().filter(|row| row.outcome == "refused");
    let counts: Vec<_> = listed.map(|row| row.count).collect();
    assert_eq!(counts.len(), 101);
    assert_eq!(
        counts.iter().filter(|count| **count == GUESSES).count(),
        100
    );
}

#[tokio::test]
async fn refusals_of_the_last_minute_are_written_when_the_server_stops() {
    let mut server = Tessera::start().await;
    guess_over_sockets(&server).await;
    server.stop().await;
    let database = server.database().await;
    assert_eq!(
        number(&database, "SELECT count(*) FROM refusals").await,
        101
    );
}

/// Rows that are over, in the table of refusals and in each of the others.
const ENDED: [u32; 2] = [800_000, 40_000];

/// Fills tables with rows that were over long before a test's clock starts.
async fn fill(database: &DatabaseConnection) {
    let [many, few] = ENDED.map(|ended| {
        format!("WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {ended})")
    });
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
             {few} SELECT {hash}, 'animeloop', {somebody}, n, n FROM n"
        ),
        format!("INSERT INTO single_use (hash, expires_at_ms) {few} SELECT {hash}, n FROM n"),
        format!(
            "INSERT INTO attempts (hash, times, forget_at_ms, locked_until_ms) \
             {few} SELECT {hash}, zeroblob(8), n, 0 FROM n"
        ),
        format!(
            "INSERT INTO tokens (hash, id, dialect, class, principal_id, scopes, claims, family, \
             state, issued_at_ms, expires_at_ms) \
             {few} SELECT {hash}, 'old' || n, 'pnut', 'app', {somebody}, '', '{{}}', 'old' || n, 'active', n, n FROM n"
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
            let issue = Call::post("/v1/oauth/access_token").form(&[
                ("grant_type", "client_credentials"),
                ("client_id", server.held("/pnut/client_id")),
                ("client_secret", server.held("/pnut/client_secret")),
            ]);
            let issued = issue.send(&server).await.expect(200);
            let token = issued.string_at("/access_token");
            // An app's token is known, and is not the kind that this reads.
            let read = Call::get("/v1/token").header("Authorization", format!("Bearer {token}"));
            read.send(&server).await.expect(403);
            let bytes = std::fs::metadata(&log).map_or(0, |log| log.len());
            largest_log.fetch_max(bytes, Ordering::SeqCst);
            if !swept.load(Ordering::SeqCst) {
                answered.fetch_add(1, Ordering::SeqCst);
            }
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
