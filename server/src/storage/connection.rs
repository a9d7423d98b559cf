//! Makes the connections, whatever the database: what each is for says how many there are and how long anything may take on them.

use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};

use super::backend;
use super::role::Role;
use super::source::Source;
use crate::domain::work::statement;

/// Opens a pool. Its connections are thrown away, not handed out, while a transaction is open on them.
pub(super) async fn connect(source: &Source, role: Role) -> Result<DatabaseConnection, DbErr> {
    open(source, role, false).await
}

/// The same, without a connection until one is asked for.
pub(super) async fn connect_lazily(
    source: &Source,
    role: Role,
) -> Result<DatabaseConnection, DbErr> {
    open(source, role, true).await
}

async fn open(source: &Source, role: Role, lazily: bool) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(source.url());
    options
        .connect_lazy(lazily)
        .max_connections(source.connections(role))
        .min_connections(1)
        .connect_timeout(Duration::from_secs(10))
        .acquire_timeout(Duration::from_secs(10))
        // One in-memory database lives as long as its one connection.
        .idle_timeout(None)
        .max_lifetime(None)
        .sqlx_logging(false)
        .record_stmt_in_spans(false);
    match source {
        Source::Sqlite(file) => backend::of_sqlite(&mut options, role, file.in_memory()),
        Source::Postgres(_) => backend::of_postgres(&mut options, role),
    }
    // The driver's is long, and would make everybody's future as long.
    let mut connection = Box::pin(Database::connect(options)).await?;
    if role != Role::Following {
        connection.set_metric_callback(|done| statement(&done.statement.sql));
    }
    Ok(connection)
}

/// The one connection of a database in memory, for the following task.
pub(super) fn uncounted(connection: &DatabaseConnection) -> DatabaseConnection {
    connection.get_sqlite_connection_pool().clone().into()
}
