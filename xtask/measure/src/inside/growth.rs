//! What many tokens in the database do to a server: look-up, issue, sweep, start, and the bytes of each.
//!
//! The rows are copies of one that the server has written, with hashes and identifiers by chance, and are added with SQL.

use std::fs;
use std::path::Path;
use std::time::Instant;

use measure::fault::Fault;
use measure::growth::{Grown, picture, table};
use measure::load::as_float;
use measure::median::median;
use measure::shot::Shot;
use sea_orm::{ConnectionTrait as _, Database, DatabaseBackend, DatabaseConnection, Statement};
use serde_json::Value;

use super::asked::Asked;

/// Tokens that are asked for once each, by a server that has just started.
const ASKED: usize = 500;
/// Tokens that are issued, one after the other.
const ISSUED: usize = 200;
/// Rows that one statement adds.
const CHUNK: u64 = 50_000;
/// Of so many rows one has been over for long enough to be swept.
const ONE_IS_OVER: u64 = 100;
/// How long ago that was, in milliseconds: rows stay for thirty days.
const AGO_MS: i64 = 40 * 24 * 3_600_000;

/// Prints a line for each number of tokens.
pub async fn print(tokens: &[u64], svg: Option<&Path>) -> Result<(), Fault> {
    let mut grown = Vec::new();
    for count in tokens {
        let one = measured(*count).await?;
        eprintln!("{count} tokens are done");
        grown.push(one);
    }
    let failed = |error: std::fmt::Error| Fault::Answer(error.to_string());
    print!("{}", table(&grown).map_err(failed)?);
    if let Some(path) = svg {
        measure::cli::put(path, &picture(&grown).map_err(failed)?)?;
    }
    Ok(())
}

async fn measured(count: u64) -> Result<Grown, Fault> {
    let folder = measure::cli::folder()?;
    let folder = tempfile::tempdir_in(folder).map_err(Fault::io("a folder"))?;
    let asked = Asked::open(folder.path()).await?;
    let held = asked.seed().await?;
    let issue = issue(&held)?;
    let mut known = Vec::with_capacity(ASKED);
    for _ in 0..ASKED {
        known.push(asked.answer(&issue).await?.text_at("/access_token")?);
    }
    let now_ms = asked.server.authority().now_ms();
    asked.server.close().await;
    let file = folder.path().join("tessera.db");
    let empty = size(&file)?;
    fill(&file, count.saturating_sub(ASKED as u64), now_ms).await?;
    let full = size(&file)?;
    let started = Instant::now();
    let asked = Asked::open(folder.path()).await?;
    let start_ms = milliseconds(started);
    let mut look_ups = Vec::with_capacity(ASKED);
    for token in &known {
        let shot = introspect(&held, token)?;
        let started = Instant::now();
        let answer = asked.answer(&shot).await?;
        look_ups.push(milliseconds(started) * 1e3);
        if !answer.body.starts_with(b"{\"active\":true") {
            return Err(Fault::Answer(answer.shown()));
        }
    }
    let mut issues = Vec::with_capacity(ISSUED);
    for _ in 0..ISSUED {
        let started = Instant::now();
        asked.answer(&issue).await?.text_at("/access_token")?;
        issues.push(milliseconds(started) * 1e3);
    }
    let started = Instant::now();
    let swept = asked.server.authority().upkeep().sweep().await;
    swept.map_err(|error| Fault::Answer(error.to_string()))?;
    let sweep_ms = milliseconds(started);
    asked.server.close().await;
    Ok(Grown {
        tokens: count,
        bytes_each: as_float(full.saturating_sub(empty)) / as_float(count),
        look_up_us: median(look_ups),
        issue_us: median(issues),
        sweep_ms,
        swept: count / ONE_IS_OVER,
        start_ms,
    })
}

fn issue(held: &Value) -> Result<Shot, Fault> {
    let text = |name: &str| held["pnut"][name].as_str().unwrap_or_default().to_owned();
    Shot::new("POST", "/v1/oauth/access_token").form(&[
        ("grant_type", "client_credentials"),
        ("client_id", &text("client_id")),
        ("client_secret", &text("client_secret")),
    ])
}

fn introspect(held: &Value, token: &str) -> Result<Shot, Fault> {
    let text = |name: &str| held["oauth"][name].as_str().unwrap_or_default();
    Shot::new("POST", "/oauth/introspect")
        .basic(text("client_id"), text("client_secret"))
        .form(&[("token", token)])
}

/// Adds copies of the newest token's row.
async fn fill(file: &Path, count: u64, now_ms: i64) -> Result<(), Fault> {
    let url = format!("sqlite://{}", file.display());
    let failed = |error: sea_orm::DbErr| Fault::Answer(error.to_string());
    let database = Database::connect(url).await.map_err(failed)?;
    for pragma in [
        "journal_mode = WAL",
        "synchronous = OFF",
        "cache_size = -1000000",
    ] {
        let pragma = format!("PRAGMA {pragma}");
        database.execute_unprepared(&pragma).await.map_err(failed)?;
    }
    let mut left = count;
    let insert = insert(&database, now_ms).await?;
    while left > 0 {
        let chunk = left.min(CHUNK);
        let these = insert.replace("{count}", &chunk.to_string());
        database.execute_unprepared(&these).await.map_err(failed)?;
        let folded = "PRAGMA wal_checkpoint(TRUNCATE)";
        database.execute_unprepared(folded).await.map_err(failed)?;
        left -= chunk;
    }
    database.close().await.map_err(failed)
}

/// The statement, for the columns that the table has.
async fn insert(database: &DatabaseConnection, now_ms: i64) -> Result<String, Fault> {
    let failed = |error: sea_orm::DbErr| Fault::Answer(error.to_string());
    let columns = "SELECT name, type FROM pragma_table_info('tokens')";
    let columns = Statement::from_string(DatabaseBackend::Sqlite, columns);
    let columns = database.query_all_raw(columns).await.map_err(failed)?;
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for column in columns {
        let name: String = column.try_get_by_index(0).map_err(failed)?;
        let kind: String = column.try_get_by_index(1).map_err(failed)?;
        let over = now_ms - AGO_MS;
        let value = match (name.as_str(), kind.to_ascii_lowercase().contains("blob")) {
            // The row's own number.
            ("number", _) => continue,
            ("hash", _) => "randomblob(32)".to_owned(),
            ("id", true) => "randomblob(length(id))".to_owned(),
            ("id", false) => "lower(hex(randomblob(16)))".to_owned(),
            ("expires_at_ms", _) => {
                format!(
                    "CASE n % {ONE_IS_OVER} WHEN 0 THEN {over} ELSE {now_ms} + 86400000 + n END"
                )
            }
            (other, _) => other.to_owned(),
        };
        names.push(name);
        values.push(value);
    }
    // The newest row has no member of its family beside it.
    Ok(format!(
        "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {{count}}), \
         model AS (SELECT * FROM tokens ORDER BY rowid DESC LIMIT 1) \
         INSERT INTO tokens ({}) SELECT {} FROM numbers, model",
        names.join(", "),
        values.join(", ")
    ))
}

fn size(file: &Path) -> Result<u64, Fault> {
    let facts = fs::metadata(file).map_err(Fault::io("the database"))?;
    Ok(facts.len())
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}
