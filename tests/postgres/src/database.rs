//! A database of one test: made empty, and removed when it is dropped.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait as _, DatabaseConnection, DbErr};
use tokio::runtime;
use url::Url;

/// A database, which is there until this is dropped.
#[derive(Debug)]
pub struct Database {
    server: Url,
    name: String,
    url: String,
    /// Whether the server stays when this process ends.
    outside: bool,
}

impl Database {
    /// A database with what the template holds, to which nobody is connected meanwhile.
    pub(crate) async fn make(server: &Url, template: &str, outside: bool) -> Result<Self, DbErr> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("tessera_test_{}_{number}", process::id());
        run(
            server,
            &format!("CREATE DATABASE {name} TEMPLATE {template}"),
        )
        .await?;
        let mut url = server.clone();
        url.set_path(&name);
        Ok(Self {
            server: server.clone(),
            name,
            url: url.into(),
            outside,
        })
    }

    /// Its `postgres://` URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What an operator of the server would run, outside of this database.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn administer(&self, sql: &str) -> Result<(), DbErr> {
        run(&self.server, sql).await
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // A runtime of its own: that of the test may be waiting for this.
        let removing = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            // A server that was stopped takes the database along.
            let _ = runtime.map(|runtime| runtime.block_on(run(&server, &sql)));
        });
        // Our own server takes along whatever is left when it ends.
        if self.outside {
            let _ = removing.join();
        }
    }
}

async fn run(server: &Url, sql: &str) -> Result<(), DbErr> {
    let mut options = ConnectOptions::new(server.as_str());
    options
        .max_connections(1)
        .connect_timeout(Duration::from_secs(10))
        .acquire_timeout(Duration::from_secs(10))
        .sqlx_logging(false);
    let connection: DatabaseConnection = sea_orm::Database::connect(options).await?;
    let done = connection.execute_unprepared(sql).await;
    connection.close().await?;
    done.map(|_| ())
}
