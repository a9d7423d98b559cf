//! The mark of a database into which a copy was begun and not finished: a table of its own, which stands there before the schema does.

use sea_orm::sea_query::{Alias, ColumnDef, Query, Table};
use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use sea_orm_migration::SchemaManager;

use super::open_error::{OpenError, explain};
use crate::domain::DatabaseUrl;

/// The table.
pub(super) const UNFINISHED: &str = "unfinished_copy";

/// Its one column: where it is copied from, without a password.
const SOURCE: &str = "source";

/// Marks the target.
pub(super) async fn put(db: &DatabaseConnection, from: &DatabaseUrl) -> Result<(), OpenError> {
    let mut source = ColumnDef::new(Alias::new(SOURCE));
    source.text().not_null();
    let mut table = Table::create();
    table.table(Alias::new(UNFINISHED)).col(source);
    db.execute(&table).await.map_err(explain)?;
    let mut row = Query::insert();
    row.into_table(Alias::new(UNFINISHED))
        .columns([Alias::new(SOURCE)])
        .values_panic([from.to_string().into()]);
    db.execute(&row).await.map_err(explain)?;
    Ok(())
}

/// It is whole.
pub(super) async fn take_away(db: &DatabaseConnection) -> Result<(), OpenError> {
    let mut table = Table::drop();
    table.table(Alias::new(UNFINISHED));
    db.execute(&table).await.map_err(explain)?;
    Ok(())
}

/// # Errors
/// [`OpenError::Unfinished`] when a copy into that database was begun and not finished.
pub(super) async fn is_finished(db: &DatabaseConnection) -> Result<(), OpenError> {
    let manager = SchemaManager::new(db);
    if !manager.has_table(UNFINISHED).await.map_err(explain)? {
        return Ok(());
    }
    let mut row = Query::select();
    row.column(Alias::new(SOURCE)).from(Alias::new(UNFINISHED));
    let row = db.query_one(&row).await.map_err(explain)?;
    let source = row.map_or_else(
        || Ok("another database".to_owned()),
        |row| row.try_get_by_index(0),
    );
    Err(OpenError::Unfinished(source.map_err(explain)?))
}
