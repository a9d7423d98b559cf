//! Where a storage test stands: each is written once and runs on every database.

use std::any::Any;
use std::path::PathBuf;
use std::sync::Once;

use postgres_cluster::Cluster;

use super::Error;
use crate::storage::{OpenError, SqlStore, database_file};

/// A fresh database of one kind, which goes when this is dropped.
pub(crate) struct Ground {
    url: String,
    /// A folder or a database: there as long as this.
    _held: Box<dyn Any + Send>,
}

impl Ground {
    /// What the run was asked for: a file, or PostgreSQL with `TESSERA_TEST_BACKEND=postgres`.
    pub(crate) async fn of_this_run() -> Result<Self, Error> {
        if std::env::var_os("TESSERA_TEST_BACKEND").is_none_or(|asked| asked != "postgres") {
            return Self::in_a_file();
        }
        let ground = Self::on_postgres().await?;
        ground.ok_or_else(|| "there is no PostgreSQL".into())
    }

    pub(crate) fn in_memory() -> Self {
        Self {
            url: "sqlite::memory:".to_owned(),
            _held: Box::new(()),
        }
    }

    pub(crate) fn in_a_file() -> Result<Self, Error> {
        let folder = tempfile::tempdir()?;
        Ok(Self {
            url: format!("sqlite://{}", folder.path().join("t.db").display()),
            _held: Box::new(folder),
        })
    }

    /// `None`, and it is said, where there is no PostgreSQL.
    pub(crate) async fn on_postgres() -> Result<Option<Self>, Error> {
        let cluster = match Cluster::shared() {
            Ok(cluster) => cluster,
            Err(absent) => {
                not_run(&absent.to_string());
                return Ok(None);
            }
        };
        let database = cluster.database().await?;
        Ok(Some(Self {
            url: database.url().to_owned(),
            _held: Box::new(database),
        }))
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Opens the store on it: once for each process that the test plays.
    pub(crate) async fn open(&self) -> Result<SqlStore, OpenError> {
        SqlStore::open(&self.url, SqlStore::COMMITS_PER_CHECKPOINT).await
    }

    /// The file, if it is one.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        database_file(&self.url)
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres:")
    }
}

/// Says it once. `cargo xtask test` knows the line by its first words; under `CI=true` it fails.
fn not_run(reason: &str) {
    use std::io::Write as _;
    static SAID: Once = Once::new();
    let line = format!("NOT RUN: storage on PostgreSQL: {reason}");
    assert!(
        std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "{line}"
    );
    SAID.call_once(|| {
        // The macros' output would be captured with a test that passes.
        let _ = writeln!(std::io::stderr(), "\n{line}");
    });
}

/// Makes tests of a function that takes a [`Ground`]: one for SQLite, in memory or in a file, and one for PostgreSQL.
macro_rules! on_each {
    (in_memory $name:ident $(, $($how:tt)*)?) => {
        mod $name {
            use crate::storage::tests::Ground;

            #[tokio::test$(($($how)*))?]
            async fn in_memory() -> crate::storage::tests::Outcome {
                super::$name(Ground::in_memory()).await
            }

            $crate::storage::tests::ground::on_postgres!($name $(, $($how)*)?);
        }
    };
    (in_a_file $name:ident $(, $($how:tt)*)?) => {
        mod $name {
            use crate::storage::tests::Ground;

            #[tokio::test$(($($how)*))?]
            async fn in_a_file() -> crate::storage::tests::Outcome {
                super::$name(Ground::in_a_file()?).await
            }

            $crate::storage::tests::ground::on_postgres!($name $(, $($how)*)?);
        }
    };
}

/// See [`on_each`].
macro_rules! on_postgres {
    ($name:ident $(, $($how:tt)*)?) => {
        #[tokio::test$(($($how)*))?]
        async fn on_postgres() -> crate::storage::tests::Outcome {
            match Ground::on_postgres().await? {
                Some(ground) => super::$name(ground).await,
                None => Ok(()),
            }
        }
    };
}

pub(crate) use {on_each, on_postgres};
