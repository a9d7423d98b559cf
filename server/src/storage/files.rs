//! The files of a database: made private, and watched for being deleted or replaced under the server.
//!
//! They are looked at by name only. Opening and closing one of them here would end the locks that the driver
//! holds on it (POSIX record locks belong to the process).

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use super::failure::Fault;
use crate::authority::NotReady;

/// The endings of the files beside a database in WAL mode.
const COMPANIONS: [&str; 2] = ["-wal", "-shm"];

/// Device and inode.
type Identity = (u64, u64);

/// The files that the connections have open.
pub(super) struct Files(Vec<(PathBuf, Identity)>);

impl Files {
    /// Remembers which files a database consists of now. Every connection must be open by then.
    pub(super) fn of(database: &Path) -> io::Result<Self> {
        let companions = COMPANIONS.map(|ending| companion(database, ending));
        let named = [Ok(database.to_owned())].into_iter().chain(companions);
        let identified = named.map(|path| {
            let path = path?;
            let identity = identity(&path)?;
            Ok((path, identity))
        });
        Ok(Self(identified.collect::<io::Result<_>>()?))
    }

    /// Fails when one of the names leads elsewhere: what is written would be invisible to everybody else.
    pub(super) fn check(&self) -> Result<(), Fault> {
        for (path, known) in &self.0 {
            let found = identity(path);
            if found.as_ref().ok() != Some(known) {
                let words = match found {
                    Ok(_) => "is another file now".to_owned(),
                    Err(error) => error.to_string(),
                };
                let words = format!("{}: {words}", path.display());
                return Err(Fault::new(NotReady::Replaced, words));
            }
        }
        Ok(())
    }
}

/// Makes the database's file with mode 0600 before the driver sees it; its companions take the same mode.
pub(super) fn make_private(database: &Path) -> io::Result<()> {
    let fresh = !database.exists();
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(database)?;
    if fresh {
        // The name must outlive a loss of power as the content does.
        let folder = database
            .parent()
            .filter(|path| !path.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

/// Whether the last server on this database ended without closing it.
pub(super) fn was_left_open(database: &Path) -> bool {
    let log = companion(database, "-wal").and_then(fs::metadata);
    log.is_ok_and(|facts| facts.len() > 0)
}

/// SQLite puts its companions beside the file that a symbolic link leads to.
fn companion(database: &Path, ending: &str) -> io::Result<PathBuf> {
    let mut name = fs::canonicalize(database)?.into_os_string();
    name.push(ending);
    Ok(name.into())
}

fn identity(path: &Path) -> io::Result<Identity> {
    fs::metadata(path).map(|facts| (facts.dev(), facts.ino()))
}
