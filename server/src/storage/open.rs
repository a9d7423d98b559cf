//! Opening a database: the files, the readers and the writer, the migrations; and the roads to both halves.

use std::{
    num::NonZeroU32,
    path::Path,
    sync::{Arc, PoisonError, Weak},
    time::Duration,
};

use tokio::{
    sync::{Mutex, oneshot},
    time::{Instant, timeout},
};

use super::change_log::{self, LogAge};
use super::checkpoint;
use super::connection::{connect, uncounted};
use super::failure::{Failure, Fault};
use super::files::{self, Files};
use super::known::Known;
use super::lock::Lock;
use super::open_error::{OpenError, explain, told};
use super::opened::Opened;
use super::pool::Pool;
use super::role::Role;
use super::schema;
use super::source::Source;
use super::turn::Turn;
use super::unfinished::is_finished;
use super::write::{self, NotCommitted, Queue, Writer};
use crate::authority::changes::ChangeSet;
use crate::authority::{Committed, Follower, NotReady, Seen, Store as _, StoreError};

/// The authority's store in an SQL database.
///
/// Writes are made by one task, many at once in one transaction, on one connection, and reads through a few others, so that
/// `SQLite` never answers "busy" to a reader and every commit is durable when it returns.
#[derive(Clone)]
pub struct SqlStore {
    pub(super) reads: Pool,
    shared: Arc<Shared>,
}

/// What the clones share.
struct Shared {
    opened: Arc<Opened>,
    queue: Queue,
    probed_at: Mutex<Option<Instant>>,
    /// Ends the following task when it is dropped.
    following: std::sync::Mutex<Option<oneshot::Sender<()>>>,
}

/// How long a read may take on a server, with all its statements: the network to it may swallow everything.
const READING: Duration = Duration::from_secs(5);

/// Between two probes.
const PROBE_PERIOD: Duration = Duration::from_secs(1);

impl std::fmt::Debug for SqlStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SqlStore")
    }
}

impl SqlStore {
    /// Commits between two checkpoints, unless the operator says otherwise.
    pub const COMMITS_PER_CHECKPOINT: NonZeroU32 = NonZeroU32::new(128).expect("128 is not zero");

    /// Opens the database at a `sqlite://path` or `postgres://` URL and migrates it to the newest schema. The file of the first is made
    /// if it is not there (mode 0600); the database of the second has to be there, and any number of processes may open it.
    ///
    /// A file that was not closed is checked first, which takes longer the larger it is.
    /// `sqlite::memory:` keeps everything in memory, for tests.
    ///
    /// # Errors
    /// [`OpenError`] with a text for the operator; also for a damaged file.
    pub async fn open(url: &str, commits_per_checkpoint: NonZeroU32) -> Result<Self, OpenError> {
        let source = Source::parse(url)?;
        let of_path = |path: &Path, error| OpenError::new(format!("{}: {error}", path.display()));
        let left_open = match source.file() {
            Some(path) => {
                files::make_private(path).map_err(|error| of_path(path, error))?;
                files::was_left_open(path)
            }
            None => false,
        };
        let turn = Turn::take(&source).await.map_err(told)?;
        let making = connect(&source, Role::Making).await.map_err(explain)?;
        if left_open {
            checkpoint::check_pages(&making).await.map_err(told)?;
        }
        is_finished(&making).await?;
        schema::bring_up(&making).await?;
        if let Some(turn) = turn {
            turn.end().await.map_err(told)?;
        }
        // What makes the schema may take its time; who writes may not.
        let connection = if source.is_server() {
            making.close().await.map_err(explain)?;
            connect(&source, Role::Writing).await.map_err(explain)?
        } else {
            making
        };
        let standing = checkpoint::verify(&connection).await.map_err(told)?;
        let (reads, follows) = if source.in_memory() {
            let follows = uncounted(&connection);
            (
                Pool::of(&source, Role::Reading, connection.clone()),
                Pool::of(&source, Role::Following, follows),
            )
        } else {
            let pool = |role| Pool::open(&source, role);
            (
                pool(Role::Reading).await.map_err(explain)?,
                pool(Role::Following).await.map_err(explain)?,
            )
        };
        let files = source.file().map(|path| {
            let files = Files::of(path);
            files.map_err(|error| of_path(path, error))
        });
        let files = files.transpose()?;
        let known = Known::new(standing.newest);
        let opened = Arc::new(Opened::new((reads.clone(), follows), files, known));
        let logged = change_log::count(&connection).await.map_err(explain)?;
        let writer = Writer::new(
            source,
            connection,
            standing.checkpoint,
            commits_per_checkpoint,
            LogAge::new(standing.newest, Instant::now(), logged),
        );
        let queue = write::start(writer, opened.clone());
        let (following, end) = oneshot::channel();
        tokio::spawn(change_log::follow(opened.clone(), standing.newest, end));
        Ok(Self {
            reads,
            shared: Arc::new(Shared {
                opened,
                queue,
                probed_at: Mutex::new(None),
                following: std::sync::Mutex::new(Some(following)),
            }),
        })
    }

    /// Holds a lock until the store is closed, or until its last clone is dropped and what was begun has ended.
    pub fn hold(&self, lock: Lock) {
        self.shared.opened.hold(lock);
    }

    /// Commits what waits, and closes all connections, so that the write-ahead log is folded into the file; then lets the next
    /// server in. Followers are told that they are lost.
    pub async fn close(self) {
        let following = self.shared.following.lock();
        drop(following.unwrap_or_else(PoisonError::into_inner).take());
        self.shared.queue.close().await;
        for connections in [&self.shared.opened.follows, &self.reads] {
            connections.close().await;
        }
        self.shared.opened.let_go();
    }

    /// From now on followers learn from nobody what other processes commit, after they were told that they are lost.
    #[cfg(test)]
    pub(crate) fn follow_no_more(&self) {
        let following = self.shared.following.lock();
        drop(following.unwrap_or_else(PoisonError::into_inner).take());
    }

    /// From now on nothing that other processes say is heard.
    #[cfg(test)]
    pub(super) fn hear_nothing(&self) {
        self.shared.opened.hear_nothing();
    }

    pub(super) async fn commit_all(&self, changes: ChangeSet) -> Result<Committed, StoreError> {
        match self.shared.queue.commit(changes).await {
            Ok(committed) => Ok(committed),
            Err(NotCommitted::Refused(error)) => Err(error),
            Err(NotCommitted::Late) => Err(self.fails("a commit waited too long for its turn")),
            Err(NotCommitted::Gone) => Err(self.fails("nobody commits any more")),
        }
    }

    /// Notes that writes do not work.
    fn fails(&self, words: &str) -> StoreError {
        let fault = Fault::new(NotReady::Failing, words);
        self.shared.opened.health.writes.failed(&fault);
        StoreError::Unavailable
    }

    /// From now on that follower is told of commits, and very soon that it is up to date.
    pub(super) fn tell(&self, follower: Weak<dyn Follower>) {
        self.shared.opened.followers.add(follower);
        self.shared.opened.followed.notify_one();
    }

    /// Runs a query, and says which commit it saw at least.
    pub(super) async fn read_seen<T>(
        &self,
        query: impl Future<Output = Result<T, Failure>>,
    ) -> Result<Seen<T>, StoreError> {
        // Before the query: see `known.rs`.
        let epoch = self.shared.opened.known.newest();
        let found = self.read(query).await?;
        Ok(Seen { epoch, found })
    }

    /// Runs a query on the files that were opened.
    pub(super) async fn read<T>(
        &self,
        query: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, StoreError> {
        let Opened { files, health, .. } = &*self.shared.opened;
        let found = match files.as_ref().map_or(Ok(()), Files::check) {
            Ok(()) => self.in_time(query).await,
            Err(fault) => Err(fault.into()),
        };
        match found {
            Ok(found) => {
                health.reads.worked();
                Ok(found)
            }
            Err(Failure::Precondition(error)) => Err(error),
            Err(Failure::Database(fault)) => {
                health.reads.failed(&fault);
                Err(StoreError::Unavailable)
            }
        }
    }

    /// Waits for a server only so long. Whoever waits longer waits on a connection that hangs.
    async fn in_time<T>(
        &self,
        query: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        if !self.reads.may_hang() {
            return query.await;
        }
        if let Ok(found) = timeout(READING, query).await {
            return found;
        }
        self.reads.replace().await;
        let words = "the database does not answer in time";
        Err(Fault::new(NotReady::Failing, words).into())
    }

    /// Whether both halves work. Whoever asks while a probe is under way or fresh gets its result.
    pub(super) async fn probe_at_most_once_a_second(&self) -> Result<(), NotReady> {
        let mut probed_at = self.shared.probed_at.lock().await;
        if probed_at.is_none_or(|at| at.elapsed() >= PROBE_PERIOD) {
            // Both tell the health what they met.
            let _ = self.commit_all(ChangeSet::new()).await;
            let _ = self.keys().await;
            *probed_at = Some(Instant::now());
        }
        self.shared.opened.health.verdict()
    }
}
