//! A seeded database of PostgreSQL, its master key, and the servers that run on it.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    sync::Arc,
};

use postgres_cluster::{Cluster, Database};
use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use serde_json::Value;
use tempfile::TempDir;
use tessera_server::{
    config::Config,
    serve::{Ports, Server},
};

use crate::{
    harness::Reach,
    process::{
        binary::{PUBLIC_URL, Process, built, launch},
        operating::Operator,
    },
};

/// The database, and what its servers are started with.
pub struct Site {
    /// The database.
    pub database: Database,
    credentials: Value,
    folder: TempDir,
}

/// One server of several.
pub struct Replica {
    /// How callers reach it.
    pub reach: Arc<Reach>,
    process: Process,
}

impl Site {
    /// A new database with the demo's principals.
    pub async fn seeded(cluster: &Cluster) -> Self {
        let database = cluster.database().await.expect("a database can be made");
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mut site = Self {
            database,
            credentials: Value::Null,
            folder,
        };
        let written = site.folder.path().join("credentials.json");
        let seeded = site
            .tessera(site.database.url())
            .args(["admin", "seed", "--credentials-file"])
            .arg(&written)
            .output()
            .expect("tessera runs");
        let said = String::from_utf8_lossy(&seeded.stderr);
        assert!(seeded.status.success(), "tessera admin seed fails: {said}");
        let text = std::fs::read(written).expect("the credentials were written");
        site.credentials = serde_json::from_slice(&text).expect("the credentials are JSON");
        site
    }

    /// Starts a server on it.
    pub fn serve(&self, name: &str) -> Replica {
        self.serve_by(name, self.database.url())
    }

    /// Starts three, which share the work.
    pub fn serve_three(&self) -> Vec<Replica> {
        let names = ["first", "second", "third"];
        names.map(|name| self.serve(name)).into()
    }

    /// Starts a server that reaches the database by another URL.
    pub fn serve_by(&self, name: &str, url: &str) -> Replica {
        let mut command = self.tessera(url);
        command
            .args(["serve", "--rate-limits", "off", "--listen", "127.0.0.1:0"])
            .args(["--public-url", PUBLIC_URL]);
        let log = self.folder.path().join(format!("{name}.log"));
        let process = launch(command, &log);
        let process = process.unwrap_or_else(|log| panic!("{name} does not serve: {log}"));
        let reach = Reach::today(process.address, self.credentials.clone());
        Replica {
            reach: Arc::new(reach.known_as(PUBLIC_URL)),
            process,
        }
    }

    /// The library on the same database, for what the command line has no word for.
    pub async fn library(&self) -> Server {
        let mut config = Config::local(self.database.url());
        config.master_key_file = Some(self.key());
        config.public_url = PUBLIC_URL.parse().ok();
        let server = Server::prepare(&config, &Ports::system()).await;
        server.unwrap_or_else(|error| panic!("the library opens: {error}"))
    }

    /// A connection of the test's own.
    pub async fn connection(&self) -> DatabaseConnection {
        let connection = sea_orm::Database::connect(self.database.url()).await;
        connection.expect("the database takes connections")
    }

    /// From now on the database swallows what servers say to each other: their connections find another function of that
    /// name first, which counts what it swallows.
    pub async fn swallow_notifications(&self) {
        let name = self.database.name();
        let path = format!("ALTER DATABASE {name} SET search_path = public, pg_catalog");
        let done = self.database.administer(&path).await;
        done.expect("the database can be set up");
        let connection = self.connection().await;
        let function = "CREATE SEQUENCE public.swallowed; \
             CREATE FUNCTION public.pg_notify(text, text) RETURNS void LANGUAGE sql \
             AS 'SELECT nextval(''public.swallowed'')'";
        let done = connection.execute_unprepared(function).await;
        done.expect("a function can be made");
        connection.close().await.expect("the connection closes");
    }

    /// How often something was swallowed.
    pub async fn swallowed(&self) -> i64 {
        let connection = self.connection().await;
        let row = connection.query_one_raw(sea_orm::Statement::from_string(
            sea_orm::DatabaseBackend::Postgres,
            "SELECT last_value FROM public.swallowed WHERE is_called",
        ));
        let row = row.await.expect("the sequence can be read");
        connection.close().await.expect("the connection closes");
        row.map_or(0, |row| row.try_get_by_index(0).expect("a number"))
    }

    /// The command line on it.
    pub fn operator(&self) -> Operator {
        let (url, key) = (self.database.url().to_owned(), self.key());
        Operator::new(move || {
            let mut command = Command::new(built().join("tessera"));
            command
                .env("TESSERA_DATABASE_URL", &url)
                .env("TESSERA_MASTER_KEY_FILE", &key);
            command
        })
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("master.key")
    }

    /// The binary on a URL, with passwords that cost as little as it allows.
    fn tessera(&self, url: &str) -> Command {
        let mut command = Command::new(built().join("tessera"));
        command
            .env("RUST_LOG", "info,tessera::request=off")
            .env("TESSERA_DATABASE_URL", url)
            .env("TESSERA_MASTER_KEY_FILE", self.key())
            .env("TESSERA_PASSWORD_MEMORY_KIB", "7168")
            .env("TESSERA_PASSWORD_PASSES", "1")
            .stdin(Stdio::null());
        command
    }
}

impl Replica {
    /// How callers reach it, and the process, which ends when it is dropped.
    pub fn apart(self) -> (Reach, Process) {
        let reach = Arc::into_inner(self.reach).expect("nobody else calls it");
        (reach, self.process)
    }

    /// Ends it as `kill -9` does.
    pub fn kill(self) {
        self.process.kill();
    }
}
