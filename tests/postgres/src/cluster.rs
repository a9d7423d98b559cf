//! A cluster: its folder, its server, and how it is reached.

use std::env;
use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sea_orm::DbErr;
use url::Url;

use crate::binaries::Binaries;
use crate::server::{Server, Stop};
use crate::{Absent, Database};

/// The variable that names a server to be used instead.
const OUTSIDE: &str = "TESSERA_TEST_POSTGRES_URL";

/// Whether what is committed outlives a kill of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// As for real.
    Synced,
    /// Nothing is synced: quick, and for tests in which no server is killed.
    None,
}

/// A server for tests.
#[derive(Debug)]
pub struct Cluster {
    url: Url,
    own: Option<Own>,
}

/// A server of our own.
#[derive(Debug)]
struct Own {
    binaries: Binaries,
    folder: PathBuf,
    durability: Durability,
    server: Mutex<Option<Server>>,
}

impl Cluster {
    /// The one of this process; it is started by whoever asks first.
    ///
    /// # Errors
    /// [`Absent`], the same to everybody.
    pub fn shared() -> Result<&'static Self, &'static Absent> {
        static SHARED: OnceLock<Result<Cluster, Absent>> = OnceLock::new();
        let made = || match env::var_os(OUTSIDE) {
            Some(url) => Self::outside(url.to_str().unwrap_or_default()),
            None => Self::start(Durability::None),
        };
        SHARED.get_or_init(made).as_ref()
    }

    fn outside(url: &str) -> Result<Self, Absent> {
        let url = Url::parse(url).ok();
        let url = url.filter(|url| ["postgres", "postgresql"].contains(&url.scheme()));
        let url = url.ok_or(Absent::Url)?;
        Ok(Self { url, own: None })
    }

    /// One of the caller's own, which ends when it is dropped.
    ///
    /// # Errors
    /// [`Absent`].
    pub fn start(durability: Durability) -> Result<Self, Absent> {
        let binaries = Binaries::find()?;
        // Kept, because the guardian removes it: also when this process does not come to it.
        let folder = tempfile::Builder::new()
            .prefix("tessera-postgres-")
            .tempdir()?
            .keep();
        match Self::in_folder(binaries, &folder, durability) {
            Ok(cluster) => Ok(cluster),
            Err(error) => {
                let _ = fs::remove_dir_all(&folder);
                Err(error)
            }
        }
    }

    fn in_folder(
        binaries: Binaries,
        folder: &Path,
        durability: Durability,
    ) -> Result<Self, Absent> {
        if let Some((user, group)) = binaries.user {
            chown(folder, Some(user), Some(group))?;
        }
        let made = binaries
            .command(&binaries.path("initdb"))
            .arg("-D")
            .arg(folder.join("data"))
            // The folder lets nobody else in.
            .args(["--auth=trust", "--username=tessera", "--encoding=UTF8"])
            .args(["--locale=C.UTF-8", "--no-sync", "--no-instructions"])
            .output()?;
        if !made.status.success() {
            let words = String::from_utf8_lossy(&made.stderr).replace('\n', " / ");
            return Err(Absent::NotStarted(words));
        }
        let place = folder.to_string_lossy();
        let place = utf8_percent_encode(&place, NON_ALPHANUMERIC);
        let url = format!("postgres://tessera@localhost/postgres?host={place}");
        let own = Own {
            binaries,
            folder: folder.to_owned(),
            durability,
            server: Mutex::default(),
        };
        let cluster = Self {
            url: Url::parse(&url).map_err(|_| Absent::Url)?,
            own: Some(own),
        };
        cluster.start_again()?;
        Ok(cluster)
    }

    /// A fresh, empty database.
    ///
    /// # Errors
    /// When the server does not answer, or refuses.
    pub async fn database(&self) -> Result<Database, DbErr> {
        Database::make(&self.url, "template0", self.own.is_none()).await
    }

    /// A fresh database that holds what another one does, to which nobody may be connected.
    ///
    /// # Errors
    /// When the server does not answer, or refuses.
    pub async fn copy(&self, of: &Database) -> Result<Database, DbErr> {
        Database::make(&self.url, of.name(), self.own.is_none()).await
    }

    /// The folder of the socket; `None` for a server that is not our own.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.own.as_ref().map(|own| own.folder.as_path())
    }

    /// The server's first process; `None` while it is stopped, and for a server that is not our own.
    #[must_use]
    pub fn process(&self) -> Option<u32> {
        let own = self.own.as_ref()?;
        own.server().as_ref().map(Server::process)
    }

    /// Stops the server, if it is our own, and waits until it has ended.
    pub fn stop(&self, how: Stop) {
        if let Some(mut server) = self.own.as_ref().and_then(|own| own.server().take()) {
            server.stop(how);
        }
    }

    /// Starts the server again after a stop, and waits until it takes connections.
    ///
    /// # Errors
    /// [`Absent`].
    pub fn start_again(&self) -> Result<(), Absent> {
        let Some(own) = &self.own else {
            return Ok(());
        };
        let mut server = own.server();
        if server.is_none() {
            *server = Some(Server::start(
                &own.binaries,
                &own.folder,
                own.durability.settings(),
            )?);
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let Some(own) = &self.own else {
            return;
        };
        // Its guardian removes the folder; without one we do.
        drop(own.server().take());
        let _ = fs::remove_dir_all(&own.folder);
    }
}

impl Own {
    fn server(&self) -> MutexGuard<'_, Option<Server>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Durability {
    /// Settings of the server; nobody but its own folder reaches it.
    const fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Synced => &["listen_addresses=", "max_connections=500"],
            Self::None => &[
                "listen_addresses=",
                "max_connections=500",
                "fsync=off",
                "full_page_writes=off",
                "synchronous_commit=off",
                "autovacuum=off",
            ],
        }
    }
}
