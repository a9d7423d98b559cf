//! Opening a database: the file, the two pools, the migrations.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::time::Duration;

use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DbErr, SqlErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait as _,
};
use sea_orm_migration::MigratorTrait as _;

use super::apply;
use super::migrations::Migrator;
use crate::authority::changes::ChangeSet;
use crate::authority::{Epoch, StoreError};

/// Why a database cannot be opened; the text is for operators.
#[derive(Debug, thiserror::Error)]
#[error("database: {0}")]
pub struct OpenError(String);

/// The authority's store in an SQL database.
///
/// Writes go one at a time through a pool of one connection, reads through a few others, so that
/// `SQLite` never answers "busy" to a reader and every commit is durable when it returns.
#[derive(Clone, Debug)]
pub struct SqlStore {
    pub(super) writes: DatabaseConnection,
    pub(super) reads: DatabaseConnection,
}

/// Connections that read.
const READERS: u32 = 4;

impl SqlStore {
    /// Opens (and makes, mode 0600) the database at a `sqlite://path` URL and migrates it to the newest schema.
    ///
    /// `sqlite::memory:` keeps everything in memory, for tests.
    ///
    /// # Errors
    /// [`OpenError`] with a text for the operator.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let Some(rest) = url.strip_prefix("sqlite:") else {
            return Err(OpenError(format!(
                "only sqlite:// URLs are supported, not {}",
                url.split(':').next().unwrap_or_default()
            )));
        };
        let in_memory = rest == ":memory:" || rest == "//:memory:";
        if !in_memory {
            make_private(
                rest.trim_start_matches("//")
                    .split('?')
                    .next()
                    .unwrap_or_default(),
            )?;
        }
        let writes = connect(url, 1).await?;
        Migrator::up(&writes, None).await.map_err(explain)?;
        let reads = if in_memory {
            writes.clone()
        } else {
            connect(url, READERS).await?
        };
        Ok(Self { writes, reads })
    }

    /// Closes both pools, so that the write-ahead log is folded into the file.
    pub async fn close(self) {
        for pool in [self.reads, self.writes] {
            if let Err(error) = pool.close().await {
                tracing::warn!(%error, "database did not close cleanly");
            }
        }
    }

    pub(super) async fn commit_all(&self, changes: ChangeSet) -> Result<Epoch, StoreError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = self
            .writes
            .begin_with_options(options)
            .await
            .map_err(refused)?;
        let applied = async {
            for change in changes.0 {
                apply::change(&transaction, change).await?;
            }
            apply::next_epoch(&transaction).await
        };
        match applied.await {
            Ok(epoch) => {
                transaction.commit().await.map_err(refused)?;
                Ok(epoch)
            }
            Err(error) => {
                transaction.rollback().await.map_err(refused)?;
                Err(error)
            }
        }
    }
}

/// The file exists with mode 0600 before `SQLite` sees it; its WAL files take the same mode.
fn make_private(path: &str) -> Result<(), OpenError> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(|error| OpenError(format!("{path}: {error}")))
}

async fn connect(url: &str, connections: u32) -> Result<DatabaseConnection, OpenError> {
    let mut options = ConnectOptions::new(url);
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
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(5))
        });
    Database::connect(options).await.map_err(explain)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `map_err` takes"
)]
fn explain(error: DbErr) -> OpenError {
    OpenError(error.to_string())
}

/// Logs the driver's words and keeps them from everybody else.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `map_err` takes"
)]
pub(super) fn refused(error: DbErr) -> StoreError {
    if let Some(SqlErr::UniqueConstraintViolation(_)) = error.sql_err() {
        return StoreError::AlreadyExists;
    }
    tracing::error!(%error, "database refused");
    StoreError::Unavailable
}
