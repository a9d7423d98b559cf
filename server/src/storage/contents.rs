//! What a database holds that proves a master key, also asked from outside, without writing to it.

use sea_orm::sea_query::{Alias, Expr, Query};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityName as _, EntityTrait as _, QueryFilter as _,
    QuerySelect as _,
};

use super::backend::Text;
use super::checkpoint::MARKS;
use super::constant;
use super::entities::{key, secret, setting};
use super::failure::Failure;
use super::open_error::{OpenError, explain, told};
use super::peek::peek;
use super::schema::MIGRATIONS;
use super::source::Source;
use super::turn;
use super::unfinished::is_finished;
use crate::domain::{Contents, MASTER_KEY_CHECK, SealedRow, SecretPurpose};

/// Tables in which a schema without contents has rows: ours, and the list of migrations.
const OF_THE_SCHEMA: [&str; 4] = [MIGRATIONS, "epochs", "refusal_dialects", turn::TURNS];

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
    let Some(connection) = peek(&Source::parse(url)?).await? else {
        return Ok(Contents::Nothing);
    };
    let found = match is_finished(&connection).await {
        Ok(()) => of(&connection).await.map_err(told),
        Err(unfinished) => Err(unfinished),
    };
    connection.close_by_ref().await.map_err(explain)?;
    found
}
