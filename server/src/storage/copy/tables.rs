//! What is copied: every table and column of the schema, as the migrations make it in memory, but for SQLite's own book-keeping.

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr};
use sea_orm_migration::MigratorTrait as _;

use super::catalogue;
use super::rows::ROWS;
use super::table::Table;
use crate::storage::connection::connect;
use crate::storage::migrations::Migrator;
use crate::storage::open_error::{OpenError, explain};
use crate::storage::role::Role;
use crate::storage::source::Source;

/// The most marks that a statement may have, of the two databases together.
const MOST_MARKS: usize = 32_766;

/// All tables, those first that others refer to.
pub(super) async fn all() -> Result<Vec<Table>, OpenError> {
    let source = Source::parse("sqlite::memory:")?;
    let fresh = connect(&source, Role::Making).await.map_err(explain)?;
    let found = of(&fresh).await;
    fresh.close_by_ref().await.map_err(explain)?;
    found
}

async fn of(fresh: &DatabaseConnection) -> Result<Vec<Table>, OpenError> {
    Migrator::up(fresh, None).await.map_err(explain)?;
    let mut left = catalogue::typed(fresh).await?;
    let mut sorted: Vec<Table> = Vec::with_capacity(left.len());
    let references = references(fresh).await.map_err(explain)?;
    while !left.is_empty() {
        let waits = |table: &Table| {
            let mut to = references
                .iter()
                .filter(|(from, to)| *from == table.name && from != to);
            to.any(|(_, to)| left.iter().any(|other| other.name == *to))
        };
        let (later, now): (Vec<_>, Vec<_>) = left.iter().cloned().partition(waits);
        if now.is_empty() {
            return Err(OpenError::new("its tables refer to each other in a circle"));
        }
        sorted.extend(now);
        left = later;
    }
    for table in &sorted {
        if table.columns.len() * ROWS > MOST_MARKS || !table.columns.iter().any(|one| one.key) {
            return Err(OpenError::new(format!("{} cannot be copied", table.name)));
        }
    }
    Ok(sorted)
}

/// Which table refers to which.
async fn references(fresh: &DatabaseConnection) -> Result<Vec<(String, String)>, DbErr> {
    let rows = fresh.query_all_raw(sea_orm::Statement::from_string(
        fresh.get_database_backend(),
        "SELECT m.name, f.\"table\" FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'",
    ));
    let rows = rows.await?;
    let pairs = rows
        .iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)));
    pairs.collect()
}
