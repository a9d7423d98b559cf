//! Where the database of a test's server is: in a file of its own, or, with `TESSERA_TEST_BACKEND=postgres`, on a PostgreSQL of this
//! process.

use std::path::Path;

use postgres_cluster::{Cluster, Database};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};

use super::not_run;

/// The variable that says on which database all tests run.
const BACKEND: &str = "TESSERA_TEST_BACKEND";

/// Where a database is, until this is dropped.
pub enum Ground {
    /// In the folder of the server.
    File,
    /// On the server of this process.
    Postgres(Database),
}

impl Ground {
    /// An empty one.
    pub async fn fresh() -> Self {
        match cluster() {
            None => Self::File,
            Some(cluster) => Self::made(cluster.database().await),
        }
    }

    /// One that holds the same; of a file the server's folder has the content.
    pub async fn like(&self) -> Self {
        match (self, cluster()) {
            (Self::Postgres(template), Some(cluster)) => Self::made(cluster.copy(template).await),
            (Self::File, _) | (_, None) => Self::File,
        }
    }

    fn made(database: Result<Database, sea_orm::DbErr>) -> Self {
        Self::Postgres(database.expect("PostgreSQL makes a database"))
    }

    /// Its URL.
    pub fn url(&self, file: &Path) -> String {
        match self {
            Self::File => format!("sqlite://{}", file.display()),
            Self::Postgres(database) => database.url().to_owned(),
        }
    }
}

fn cluster() -> Option<&'static Cluster> {
    match std::env::var_os(BACKEND)
        .as_deref()
        .map(|name| name.to_str())
    {
        None | Some(Some("sqlite")) => None,
        Some(Some("postgres")) => {
            let cluster = Cluster::shared();
            Some(cluster.unwrap_or_else(|absent| panic!("{absent}")))
        }
        Some(other) => panic!("{BACKEND} is {other:?}: it is sqlite or postgres"),
    }
}

/// The names of all tables.
pub async fn tables(database: &DatabaseConnection) -> Vec<String> {
    let backend = database.get_database_backend();
    let select = match backend {
        sea_orm::DatabaseBackend::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        }
        sea_orm::DatabaseBackend::MySql | sea_orm::DatabaseBackend::Postgres | _ => {
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()"
        }
    };
    let rows = database.query_all_raw(Statement::from_string(backend, select));
    let rows = rows.await.expect("the catalogue can be read");
    let names = rows
        .iter()
        .map(|row| row.try_get_by_index(0).expect("a table has a name"));
    names.collect()
}

/// `cargo xtask test` runs the suites a second time, on PostgreSQL, unless this says that there is none.
#[test]
fn there_is_a_postgresql_to_run_the_suites_on() {
    if let Err(absent) = Cluster::shared() {
        not_run("the suites on PostgreSQL", &absent.to_string());
    }
}
