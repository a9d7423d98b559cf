//! What a database holds that proves a master key, also asked from outside, without writing to it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use sea_orm::sea_query::{Alias, Expr, Query};
use sea_orm::{
    ColumnTrait as _, ConnectOptions, ConnectionTrait, Database, EntityName as _, EntityTrait as _,
    QueryFilter as _, QuerySelect as _,
};

use super::backend::Text;
use super::checkpoint::MARKS;
use super::connection::{Role, connect};
use super::constant;
use super::entities::{key, secret, setting};
use super::failure::Failure;
use super::open_error::{OpenError, explain, told};
use super::source::Source;
use super::turn;
use crate::domain::{Contents, MASTER_KEY_CHECK, SealedRow, SecretPurpose};

/// Tables in which a schema without contents has rows: ours, and the list of migrations.
const OF_THE_SCHEMA: [&str; 4] = [
    "seaql_migrations",
    "epochs",
    "refusal_dialects",
    turn::TURNS,
];

/// Sealed secrets that are looked at in a database that has no check value yet.
const SOME: u64 = 16;

/// What an open database holds.
pub(super) async fn of(db: &impl ConnectionTrait) -> Result<Contents, Failure> {
    if !has_rows(db).await? {
        return Ok(Contents::Nothing);
    }
    let settings: Vec<(String, Vec<u8>)> = setting::Entity::find()
        .select_only()
        .column(setting::Column::Name)
        .column(setting::Column::Value)
        .into_tuple()
        .all(db)
        .await?;
    let mut sealed = of_table(setting::Entity.table_name(), settings);
    if let Some(at) = sealed.iter().position(|row| row.id == MASTER_KEY_CHECK) {
        return Ok(Contents::Rows(vec![sealed.swap_remove(at)]));
    }
    let keys = key::Entity::find()
        .select_only()
        .column(key::Column::Id)
        .column(key::Column::Sealed)
        .into_tuple()
        .all(db)
        .await?;
    sealed.extend(of_table(key::Entity.table_name(), keys));
    let readable = [SecretPurpose::HmacKey, SecretPurpose::TotpSeed].map(SecretPurpose::as_str);
    let secrets = secret::Entity::find()
        .select_only()
        .column(secret::Column::Id)
        .column(secret::Column::Material)
        .filter(secret::Column::Purpose.is_in(readable))
        .limit(SOME)
        .into_tuple()
        .all(db)
        .await?;
    sealed.extend(of_table(secret::Entity.table_name(), secrets));
    Ok(Contents::Rows(sealed))
}

fn of_table(table: &'static str, rows: Vec<(String, Vec<u8>)>) -> Vec<SealedRow> {
    let sealed = rows
        .into_iter()
        .map(|(id, sealed)| SealedRow { table, id, sealed });
    sealed.collect()
}

/// The names of all tables. (`PostgreSQL` has a type of its own for names.)
static TABLES: Text = Text::each(
    "SELECT name FROM sqlite_master WHERE type = 'table'",
    "SELECT table_name::text FROM information_schema.tables \
     WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'",
);

/// Whether any table has a row that the schema does not begin with, whoever made the table.
async fn has_rows(db: &impl ConnectionTrait) -> Result<bool, Failure> {
    for table in constant::all(db, &TABLES, vec![]).await? {
        let table: String = table.try_get_by_index(0)?;
        if table.starts_with("sqlite_")
            || OF_THE_SCHEMA.contains(&&*table)
            || MARKS.contains(&&*table)
        {
            continue;
        }
        let mut first = Query::select();
        first.expr(Expr::val(1)).from(Alias::new(table)).limit(1);
        if db.query_one(&first).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What the database at a `sqlite://path` or `postgres://` URL holds. Nothing is written to it: the files of the first stay as they are,
/// byte for byte, and none is made.
///
/// # Errors
/// [`OpenError`] with a text for the operator.
pub async fn look_at(url: &str) -> Result<Contents, OpenError> {
    let source = Source::parse(url)?;
    if let Source::Postgres(_) = &source {
        let connection = connect(&source, Role::Making).await.map_err(explain)?;
        let found = of(&connection).await;
        connection.close_by_ref().await.map_err(explain)?;
        return found.map_err(told);
    }
    let Some(path) = source.file() else {
        return Ok(Contents::Nothing);
    };
    match fs::metadata(path) {
        Ok(facts) if facts.len() == 0 && facts.is_file() => return Ok(Contents::Nothing),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Contents::Nothing),
        Ok(_) | Err(_) => {}
    }
    let way = Way::to(path);
    let mut options = ConnectOptions::new(source.url());
    options
        .max_connections(1)
        .connect_timeout(Duration::from_secs(10))
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_sqlite_opts(move |options| {
            options
                .create_if_missing(false)
                .read_only(way != Way::Repairing)
                .immutable(way == Way::Alone)
                .busy_timeout(Duration::from_secs(5))
        });
    let connection = Database::connect(options).await.map_err(explain)?;
    let found = of(&connection).await;
    connection.close_by_ref().await.map_err(explain)?;
    found.map_err(told)
}

/// How a database is read that is not to be changed. A reader makes files beside it unless it may rely on being alone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It was closed: nobody has it open, and everything is in the one file.
    Alone,
    /// It has a log: it is served now, or was not closed.
    WithLog,
    /// Making it was broken off: SQLite has to take back what was begun.
    Repairing,
}

impl Way {
    fn to(database: &Path) -> Self {
        let beside = |ending: &str| {
            let real = fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
            let mut name = real.into_os_string();
            name.push(ending);
            PathBuf::from(name).exists()
        };
        if beside("-journal") {
            Self::Repairing
        } else if beside("-wal") {
            Self::WithLog
        } else {
            Self::Alone
        }
    }
}
