//! Which migrations a database has, which it lacks, and which this program does not know; and applying them.

use sea_orm::sea_query::{Alias, Order, Query};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr};
use sea_orm_migration::{MigratorTrait as _, SchemaManager};
use serde::Serialize;

use super::migrations::Migrator;
use super::open_error::{OpenError, explain};
use super::peek::peek;
use super::source::Source;
use super::unfinished::is_finished;

/// The table in which the migrations note themselves.
pub(super) const MIGRATIONS: &str = "seaql_migrations";

/// How the schema of a database stands to this program. The names are in the order in which migrations are applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Schema {
    /// Migrations that the database has.
    pub applied: Vec<String>,
    /// Migrations that it lacks.
    pub pending: Vec<String>,
    /// Migrations that it has and this program does not know.
    pub newer: Vec<String>,
}

impl Schema {
    /// The schema of the database at that URL. Nothing is written, and no file is made.
    ///
    /// # Errors
    /// [`OpenError`] when the database cannot be read.
    pub async fn at(url: &str) -> Result<Self, OpenError> {
        let Some(connection) = peek(&Source::parse(url)?).await? else {
            return Ok(Self::of_names(&[]));
        };
        let found = match is_finished(&connection).await {
            Ok(()) => Self::of(&connection).await.map_err(explain),
            Err(unfinished) => Err(unfinished),
        };
        connection.close_by_ref().await.map_err(explain)?;
        found
    }

    /// The schema of an open database.
    pub(super) async fn of(db: &DatabaseConnection) -> Result<Self, DbErr> {
        if !SchemaManager::new(db).has_table(MIGRATIONS).await? {
            return Ok(Self::of_names(&[]));
        }
        let version = Alias::new("version");
        let mut noted = Query::select();
        noted
            .column(version.clone())
            .from(Alias::new(MIGRATIONS))
            .order_by(version, Order::Asc);
        let rows = db.query_all(&noted).await?;
        let names: Result<Vec<String>, _> =
            rows.iter().map(|row| row.try_get_by_index(0)).collect();
        let names = names?;
        Ok(Self::of_names(&names))
    }

    fn of_names(noted: &[String]) -> Self {
        let all = Migrator::migrations();
        let known: Vec<String> = all.iter().map(|one| one.name().to_owned()).collect();
        let newer = noted.iter().filter(|name| !known.contains(name)).cloned();
        let newer = newer.collect();
        let (applied, pending) = known.into_iter().partition(|name| noted.contains(name));
        Self {
            applied,
            pending,
            newer,
        }
    }

    /// # Errors
    /// [`OpenError::Newer`] when a newer program has migrated the database.
    pub fn is_known(&self) -> Result<(), OpenError> {
        match self.newer.as_slice() {
            [] => Ok(()),
            newer => Err(OpenError::Newer(newer.join(", "))),
        }
    }

    /// # Errors
    /// [`OpenError::Newer`], or [`OpenError::Pending`] when a migration is still to be applied.
    pub fn is_whole(&self) -> Result<(), OpenError> {
        self.is_known()?;
        match self.pending.as_slice() {
            [] => Ok(()),
            pending => Err(OpenError::Pending(pending.join(", "))),
        }
    }
}

/// Applies what is pending. Whoever calls it has a turn at the schema, or the lock of a file.
pub(super) async fn bring_up(db: &DatabaseConnection) -> Result<(), OpenError> {
    let schema = Schema::of(db).await.map_err(explain)?;
    schema.is_known()?;
    if schema.pending.is_empty() {
        // Looking into its list, the library would make the list: a right that nobody needs who only serves.
        return Ok(());
    }
    Migrator::up(db, None).await.map_err(explain)
}
