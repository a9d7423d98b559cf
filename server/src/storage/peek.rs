//! A connection that only looks: a database's files stay as they are, byte for byte, and none is made.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use sea_orm::{ConnectOptions, Database, DatabaseConnection};

use super::connection::connect;
use super::open_error::{OpenError, explain};
use super::role::Role;
use super::source::Source;

/// Connects to what there is; `None` when there is no database yet, or it is in memory.
pub(super) async fn peek(source: &Source) -> Result<Option<DatabaseConnection>, OpenError> {
    if source.is_server() {
        return connect(source, Role::Making)
            .await
            .map(Some)
            .map_err(explain);
    }
    let Some(path) = source.file() else {
        return Ok(None);
    };
    match fs::metadata(path) {
        Ok(facts) if facts.len() == 0 && facts.is_file() => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
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
    Database::connect(options).await.map(Some).map_err(explain)
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
