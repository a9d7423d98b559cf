//! Who may work on a database: one server for as long as it serves, and one process at a time while it makes or opens it.
//!
//! Both are locks of the operating system on files beside the database. They end with the process, however it ends.
//! The files stay: whoever deleted one would let two processes lock two files of one name.

use std::{
    fmt,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Seek as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, SecondsFormat, Utc};
use rustix::fs::OFlags;
use tokio::time::{Instant, sleep};

use super::open_error::OpenError;
use super::source::{Source, SqliteSource};

/// Between two looks at a lock that another process holds.
const POLL: Duration = Duration::from_millis(20);

/// Links that are followed from one name of a database to its file.
const MOST_LINKS: u32 = 40;

/// What a lock is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// `serve` and `demo`, from before the database is touched until it is closed.
    Serving,
    /// Everybody, while the files, the schema, the keys and the session secret are made or opened.
    Making,
}

impl Purpose {
    const fn ending(self) -> &'static str {
        match self {
            Self::Serving => ".lock",
            Self::Making => ".making.lock",
        }
    }

    /// How long another holder is waited for. Opening may check every page first.
    const fn patience(self) -> Duration {
        match self {
            Self::Serving => Duration::from_secs(5),
            Self::Making => Duration::from_secs(30),
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Serving => "is served by",
            Self::Making => "is being made or opened by",
        }
    }
}

/// Who holds a lock, as it has written into the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder(Option<(u32, DateTime<Utc>)>);

impl Holder {
    /// Process id and time, a line each.
    fn read(file: &mut File) -> Self {
        let mut text = String::new();
        // Unreadable, half-written or foreign: then it has no name.
        let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
        let mut lines = text.lines();
        let mut named = || {
            let pid = lines.next()?.parse().ok()?;
            Some((pid, lines.next()?.parse().ok()?))
        };
        Self(read.ok().and_then(|_| named()))
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => f.write_str("another process"),
            Some((pid, since)) => {
                let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
                write!(f, "process {pid} (since {since})")
            }
        }
    }
}

/// Why a lock was not had; the text is for operators.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process kept it.
    #[error("the database {} {} {holder}", .database.display(), .purpose.words())]
    Held {
        /// The database.
        database: PathBuf,
        /// What the lock is for.
        purpose: Purpose,
        /// Who has it.
        holder: Holder,
    },
    /// The file cannot be made, or its file system has no locks.
    #[error("cannot lock {path}: {reason}")]
    File {
        /// The lock file.
        path: PathBuf,
        /// The system's words.
        reason: io::Error,
    },
    /// A second name leads to a log of its own: two servers would write one file and never meet.
    #[error(
        "the database {} has another name (a hard link), under which it could be served too: \
         leave one of them", .0.display()
    )]
    Linked(PathBuf),
    /// The database has no place.
    #[error(transparent)]
    Place(#[from] OpenError),
}

/// A lock that is held until this is dropped; none for a database in memory, which nobody else can reach, and none for a server, which
/// any number of processes work on at once.
#[derive(Debug)]
pub struct Lock(Option<File>);

impl Lock {
    /// Takes the lock of a database by its URL, and waits for another holder: five seconds for one that
    /// serves, thirty for one that makes or opens.
    ///
    /// # Errors
    /// [`LockError`], which names the holder.
    pub async fn take(
        database_url: &str,
        purpose: Purpose,
        now_ms: i64,
    ) -> Result<Self, LockError> {
        let Source::Sqlite(SqliteSource {
            path: Some(path), ..
        }) = Source::parse(database_url)?
        else {
            return Ok(Self(None));
        };
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |reason| LockError::File { path, reason }
        };
        let database = one_name(path.clone()).map_err(failed(&path))?;
        if fs::metadata(&database).is_ok_and(|file| file.is_file() && file.nlink() > 1) {
            return Err(LockError::Linked(database));
        }
        let mut name = database.clone().into_os_string();
        name.push(purpose.ending());
        let path = PathBuf::from(name);
        let mut file = open(&path).map_err(failed(&path))?;
        let give_up = Instant::now() + purpose.patience();
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(reason)) => return Err(failed(&path)(reason)),
                Err(TryLockError::WouldBlock) => {}
            }
            let holder = Holder::read(&mut file);
            if Instant::now() >= give_up {
                return Err(LockError::Held {
                    database,
                    purpose,
                    holder,
                });
            }
            if !told {
                let words = purpose.words();
                tracing::info!("waiting: the database {words} {holder}");
                told = true;
            }
            sleep(POLL).await;
        }
        // On a full disk the lock is held all the same, by a process without a name.
        let _ = sign(&mut file, now_ms);
        Ok(Self(Some(file)))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(file) = &self.0 {
            // The next holder may be asked for its name before it has written it. Closing the file unlocks it.
            let _ = file.set_len(0);
        }
    }
}

fn sign(file: &mut File, now_ms: i64) -> io::Result<()> {
    let since = DateTime::from_timestamp_millis(now_ms).unwrap_or_default();
    let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(format!("{}\n{since}\n", std::process::id()).as_bytes())
}

/// A link in this place could make us write into somebody's file: it is not followed.
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(path)
}

/// The one name of a database that may have several, and may not be there yet.
///
/// # Errors
/// When there is no such folder, or too many links.
pub fn one_name(mut path: PathBuf) -> io::Result<PathBuf> {
    for _ in 0..MOST_LINKS {
        match fs::canonicalize(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            found => return found,
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let folder = fs::canonicalize(folder)?;
        let Ok(target) = fs::read_link(&path) else {
            let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
            return Ok(folder.join(name));
        };
        // A link to a file that is not there yet; SQLite makes that file.
        path = folder.join(target);
    }
    Err(io::Error::other("too many links"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    const NOW_MS: i64 = 1_767_323_045_678;

    async fn take(url: &str, purpose: Purpose) -> Result<Lock, LockError> {
        Lock::take(url, purpose, NOW_MS).await
    }

    #[tokio::test]
    async fn a_database_with_a_second_name_of_its_own_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let [one, other] = ["a.db", "b.db"].map(|name| folder.path().join(name));
        File::create(&one).expect("a file");
        fs::hard_link(&one, &other).expect("a second name");
        for name in [&one, &other] {
            let refused = take(&format!("sqlite://{}", name.display()), Purpose::Serving).await;
            assert!(matches!(refused, Err(LockError::Linked(_))));
        }
        fs::remove_file(&other).expect("one name is left");
        let taken = take(&format!("sqlite://{}", one.display()), Purpose::Serving).await;
        assert!(taken.is_ok());
    }

    #[tokio::test]
    async fn a_lock_names_its_holder_until_it_is_dropped() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.db");
        let url = format!("sqlite://{}", path.display());
        let first = take(&url, Purpose::Serving).await.expect("it is free");
        let file = folder.path().join("t.db.lock");
        let facts = fs::metadata(&file).expect("a file");
        assert_eq!(facts.permissions().mode() & 0o777, 0o600);
        let named = Holder::read(&mut File::open(&file).expect("a file")).to_string();
        let named_as = format!(
            "process {} (since 2026-01-02T03:04:05Z)",
            std::process::id()
        );
        assert_eq!(named, named_as);
        let making = take(&url, Purpose::Making).await;
        making.expect("the other lock is another lock");

        let second = take(&url, Purpose::Serving);
        let (mut second, mut first) = (std::pin::pin!(second), Some(first));
        let second = std::future::poll_fn(|context| {
            let second = second.as_mut().poll(context);
            // It has waited; let it in.
            drop(first.take());
            second
        });
        second.await.expect("it is free again");
        let unnamed = Holder::read(&mut File::open(&file).expect("the file stays"));
        assert_eq!(unnamed.to_string(), "another process");
    }

    #[tokio::test]
    async fn a_link_in_the_place_of_the_lock_file_is_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let theirs = folder.path().join("theirs");
        File::create(&theirs)
            .and_then(|mut file| file.write_all(b"theirs"))
            .expect("a file");
        symlink(&theirs, folder.path().join("t.db.lock")).expect("a link");
        let url = format!("sqlite://{}", folder.path().join("t.db").display());
        let refused = take(&url, Purpose::Serving).await;
        assert!(
            matches!(refused, Err(LockError::File { .. })),
            "{refused:?}"
        );
        assert_eq!(fs::read(&theirs).expect("a file"), b"theirs");
    }

    #[tokio::test]
    async fn a_database_in_memory_is_nobody_elses() {
        for _ in 0..2 {
            let lock = take("sqlite::memory:", Purpose::Serving).await;
            assert!(lock.expect("it is free").0.is_none());
        }
    }

    #[test]
    fn a_name_that_leads_to_a_file_that_is_not_there_yet_is_that_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let real = fs::canonicalize(folder.path()).expect("a folder");
        symlink("t.db", real.join("one.db")).expect("a link");
        symlink(real.join("one.db"), real.join("two.db")).expect("a link");
        symlink("loop.db", real.join("loop.db")).expect("a link");
        for name in ["t.db", "one.db", "two.db", "./two.db"] {
            let found = one_name(folder.path().join(name)).expect("a name");
            assert_eq!(found, real.join("t.db"), "{name}");
        }
        one_name(real.join("loop.db")).expect_err("it leads nowhere");
        one_name(real.join("nowhere/t.db")).expect_err("there is no such folder");
    }
}
