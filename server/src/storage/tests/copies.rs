//! Copying a whole database: nothing is left out, what is not finished is not opened, and what is not empty is not touched.

use std::sync::Mutex;

use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, Statement};
use tempfile::TempDir;

use super::ground::test_on;
use super::{Ground, Outcome};
use crate::domain::DatabaseUrl;
use crate::storage::{Copied, CopyError, OpenError, Progress, Side, SqlStore, copy, look_at};

const NOW_MS: i64 = 1_767_323_045_678;

/// Tables that are of one database only.
const OWN: [&str; 3] = ["checkpoints_even", "checkpoints_odd", "seaql_migrations"];

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn url(&self, name: &str) -> DatabaseUrl {
        format!("sqlite://{}", self.0.path().join(name).display()).into()
    }

    /// A database with rows in every table.
    async fn full(&self, rows: usize) -> DatabaseUrl {
        let url = self.url("from.db");
        let store = SqlStore::open(url.expose(), SqlStore::COMMITS_PER_CHECKPOINT).await;
        store.expect("it opens").close().await;
        let database = connected(&url).await;
        database
            .execute_unprepared("PRAGMA foreign_keys = off")
            .await
            .expect("they are off");
        for table in tables(&database).await {
            if !OWN.contains(&&*table) {
                fill(&database, &table, rows).await;
            }
        }
        database.close().await.expect("it closes");
        url
    }
}

async fn connected(url: &DatabaseUrl) -> DatabaseConnection {
    let mut options = sea_orm::ConnectOptions::new(url.expose());
    options.max_connections(1);
    Database::connect(options).await.expect("it opens")
}

async fn texts(database: &DatabaseConnection, sql: &str) -> Vec<String> {
    let select = Statement::from_string(database.get_database_backend(), sql);
    let rows = database.query_all_raw(select).await.expect("it is asked");
    let texts = rows
        .iter()
        .map(|row| row.try_get_by_index(0).expect("a text"));
    texts.collect()
}

async fn tables(database: &DatabaseConnection) -> Vec<String> {
    let all = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";
    texts(database, all).await
}

/// Adds rows to a table: each value is another one, of the column's own kind.
async fn fill(database: &DatabaseConnection, table: &str, rows: usize) {
    let kinds = texts(
        database,
        &format!("SELECT name || ' ' || lower(type) FROM pragma_table_info('{table}')"),
    )
    .await;
    let columns: Vec<_> = kinds
        .iter()
        .filter_map(|kind| kind.split_once(' '))
        .collect();
    let names: Vec<_> = columns
        .iter()
        .map(|(name, _)| format!("\"{name}\""))
        .collect();
    let values: Vec<_> = columns
        .iter()
        .map(|(name, kind)| match (*name, *kind) {
            ("state", "text") => "'retired' || n".to_owned(),
            ("checkpoint", _) => "0".to_owned(),
            (_, "blob_text" | "blob") => "randomblob(20)".to_owned(),
            (_, "boolean") => "n % 2".to_owned(),
            (_, "text" | "varchar") => "'ä''\"' || n".to_owned(),
            _ => "n + 1000".to_owned(),
        })
        .collect();
    let sql = format!(
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < {rows}) INSERT INTO \"{table}\" ({}) SELECT {} FROM r",
        names.join(", "),
        values.join(", ")
    );
    database.execute_unprepared(&sql).await.expect(&sql);
}

/// Everything in the tables, as text.
async fn dump(url: &DatabaseUrl) -> Vec<(String, Vec<String>)> {
    let database = connected(url).await;
    let mut all = Vec::new();
    for table in tables(&database).await {
        if OWN.contains(&&*table) {
            continue;
        }
        let columns =
            format!("SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('{table}')");
        let columns = texts(&database, &columns).await.join(" || ',' || ");
        let rows = format!("SELECT {columns} AS it FROM \"{table}\" ORDER BY it");
        all.push((table, texts(&database, &rows).await));
    }
    database.close().await.expect("it closes");
    all
}

async fn copied(from: &DatabaseUrl, to: &DatabaseUrl) -> Result<Copied, CopyError> {
    copy(from, to, NOW_MS, &|_| ()).await
}

/// Tables whose numbers the database gives, each with its key and the rest of a row.
const NUMBERED: [(&str, &str, &str); 3] = [
    (
        "audit",
        "id",
        "(at_ms, actor, action, target, outcome) VALUES (1, 'a', 'b', 'c', 'd')",
    ),
    (
        "token_shapes",
        "number",
        "(digest, kept_until_ms, dialect, class, scopes) SELECT name_hash, 1, 'a', 'b', 'c' FROM known_addresses LIMIT 1",
    ),
    (
        "tokens",
        "number",
        "(hash, id, shape, principal_id, state, issued_at_ms) SELECT name_hash, name_hash, 1, 1001, 0, 1 FROM known_addresses LIMIT 1",
    ),
];

async fn every_table_is_copied_row_by_row_and_back(ground: Ground) -> Outcome {
    let folder = Folder::new();
    // More than are written at once, and no multiple of it.
    let (from, there) = (folder.full(2_345).await, DatabaseUrl::from(ground.url()));
    let watched = Mutex::new((0, 0));
    let count = |progress: Progress<'_>| {
        let mut watched = watched.lock().expect("nobody panics");
        match progress {
            Progress::Steps(steps) => watched.0 = steps,
            Progress::Made(steps) => watched.1 += steps,
            Progress::Table(..) => {}
        }
    };
    let done = copy(&from, &there, NOW_MS, &count).await?;
    let steps = (2 * done.rows, 2 * done.rows);
    assert_eq!(watched.into_inner()?, steps);
    // The checks of a start find nothing wrong. It writes, so that the way back is from what was used.
    let store = SqlStore::open(there.expose(), SqlStore::COMMITS_PER_CHECKPOINT).await?;
    store.close().await;
    let back = folder.url("back.db");
    assert_eq!(copied(&there, &back).await?, done);
    let (before, after) = (dump(&from).await, dump(&back).await);
    assert!(before.iter().all(|(_, rows)| rows.len() >= 2_345));
    assert!(before == after, "what came back is something else");
    let rows: usize = before.iter().map(|(_, rows)| rows.len()).sum();
    assert_eq!(
        (done.tables, done.rows),
        (before.len(), u64::try_from(rows)?)
    );
    SqlStore::open(back.expose(), SqlStore::COMMITS_PER_CHECKPOINT)
        .await?
        .close()
        .await;

    for url in [&there, &back] {
        let database = connected(url).await;
        for (table, key, row) in NUMBERED {
            let sql = format!("INSERT INTO {table} {row} RETURNING CAST({key} AS text)");
            assert_eq!(texts(&database, &sql).await, ["3346"], "{url}: {sql}");
        }
        database.close().await?;
    }
    Ok(())
}

test_on!(in_a_file every_table_is_copied_row_by_row_and_back);

#[tokio::test]
async fn a_table_or_a_column_that_is_not_known_is_not_left_out() {
    for (change, named) in [
        (
            "CREATE TABLE mine (number integer PRIMARY KEY)",
            "mine.number is not known",
        ),
        (
            "ALTER TABLE tokens ADD COLUMN mine text",
            "tokens.mine is not known",
        ),
        (
            "ALTER TABLE sessions DROP COLUMN created_at_ms",
            "sessions.created_at_ms is missing",
        ),
    ] {
        let folder = Folder::new();
        let (from, to) = (folder.full(3).await, folder.url("to.db"));
        let database = connected(&from).await;
        database.execute_unprepared(change).await.expect(change);
        database.close().await.expect("it closes");
        let refused = copied(&from, &to).await.expect_err(change);
        assert!(matches!(
            refused,
            CopyError::Unknown {
                side: Side::Source,
                ..
            }
        ));
        assert!(refused.to_string().contains(named), "{refused}");
        look_at(to.expose()).await.expect("nothing was begun");
    }
}

async fn what_is_not_finished_is_opened_by_nobody_and_says_what_to_do(ground: Ground) -> Outcome {
    let folder = Folder::new();
    let (from, to) = (folder.full(3).await, DatabaseUrl::from(ground.url()));
    let database = connected(&from).await;
    // A key that refers to nobody is noticed when it is written.
    let change =
        "PRAGMA foreign_keys = off; UPDATE secrets SET principal_id = 77 WHERE id LIKE '%1'";
    database.execute_unprepared(change).await?;
    database.close().await?;
    let broken = copied(&from, &to).await.expect_err("it refers to nobody");
    let side = Side::Target;
    assert!(matches!(&broken, CopyError::Broke { side: found, .. } if *found == side));
    let opened = SqlStore::open(to.expose(), SqlStore::COMMITS_PER_CHECKPOINT).await;
    let refused = opened.expect_err("it is not whole");
    assert!(matches!(&refused, OpenError::Unfinished(source) if *source == from.to_string()));
    let refused = look_at(to.expose()).await.expect_err("it is not whole");
    assert!(refused.to_string().contains("make it anew, and copy again"));
    for (from, to) in [(&from, &to), (&to, &folder.url("third.db"))] {
        let refused = copied(from, to).await.expect_err("it is not whole");
        assert!(
            refused.to_string().contains("was not finished"),
            "{refused}"
        );
    }
    Ok(())
}

test_on!(in_a_file what_is_not_finished_is_opened_by_nobody_and_says_what_to_do);

async fn a_target_with_rows_and_the_source_itself_are_refused(ground: Ground) -> Outcome {
    let folder = Folder::new();
    let (from, to) = (folder.full(3).await, DatabaseUrl::from(ground.url()));
    copied(&from, &to).await?;
    let refused = copied(&from, &to).await.expect_err("it has rows");
    assert!(matches!(refused, CopyError::NotEmpty(_)));
    let back = folder.url("back.db");
    copied(&to, &back).await?;
    assert_eq!(dump(&back).await, dump(&from).await, "it was touched");
    let refused = copied(&from, &from).await.expect_err("it is one");
    assert!(matches!(refused, CopyError::Same));
    let refused = copied(&folder.url("nowhere.db"), &folder.url("new.db")).await;
    let refused = refused.expect_err("there is nothing").to_string();
    assert!(refused.contains("there is nothing to copy"), "{refused}");
    Ok(())
}

test_on!(in_a_file a_target_with_rows_and_the_source_itself_are_refused);
