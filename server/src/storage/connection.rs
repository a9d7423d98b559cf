//! Makes the connections: how SQLite is set up, and which ones are handed out.

use std::time::Duration;

use sea_orm::sqlx::Connection as _;
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};

use super::source::Source;
use crate::domain::work::statement;

/// Bytes that the log keeps when it starts anew.
const LOG_KEPT: &str = "4194304";

/// Opens a pool. Its connections are thrown away, not handed out, while a transaction is open on them.
pub(super) async fn connect(
    source: &Source,
    connections: u32,
) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(&source.url);
    options
        .max_connections(connections)
        .min_connections(1)
        .connect_timeout(Duration::from_secs(10))
        .acquire_timeout(Duration::from_secs(10))
        // One in-memory database lives as long as its one connection.
        .idle_timeout(None)
        .max_lifetime(None)
        // A local file does not go away; the ping costs a thread hop per statement.
        .test_before_acquire(false)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_sqlite_opts(|options| {
            options
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "FULL")
                // `checkpoint.rs` does it.
                .pragma("wal_autocheckpoint", "0")
                // What a statement may have to take back is kept in memory: else it is a file of its own, and tokens stand in it.
                .pragma("temp_store", "MEMORY")
                // What a burst has made of the log is given back when it starts anew.
                .pragma("journal_size_limit", LOG_KEPT)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(5))
        });
    if !source.in_memory() {
        options.map_sqlx_sqlite_before_acquire(|connection, _| {
            Box::pin(async move { Ok(!connection.is_in_transaction()) })
        });
    }
    let mut connection = Database::connect(options).await?;
    connection.set_metric_callback(|done| statement(&done.statement.sql));
    Ok(connection)
}
