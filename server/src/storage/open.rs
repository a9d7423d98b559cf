//! Opening a database: the files, the readers and the writer, the migrations; and the roads to both halves.

use std::{
    num::NonZeroU32,
    path::Path,
    sync::{Arc, PoisonError, Weak},
    time::Duration,
};

use sea_orm::{DatabaseConnection, EntityTrait as _};
use sea_orm_migration::MigratorTrait as _;
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use super::checkpoint;
use super::connection::connect;
use super::entities::epoch;
use super::failure::{Failure, Fault};
use super::files::{self, Files};
use super::followers::Followers;
use super::health::Health;
use super::lock::Lock;
use super::migrations::Migrator;
use super::open_error::{OpenError, explain, told};
use super::source::Source;
use super::write::{Committed, Writer};
use crate::authority::changes::ChangeSet;
use crate::authority::{self, Epoch, Follower, NotReady, Seen, Store as _, StoreError};

/// The authority's store in an SQL database.
///
/// Writes go one at a time through one connection, reads through a few others, so that
/// `SQLite` never answers "busy" to a reader and every commit is durable when it returns.
#[derive(Clone)]
pub struct SqlStore {
    pub(super) reads: DatabaseConnection,
    shared: Arc<Shared>,
}

/// What the clones share.
struct Shared {
    writer: Mutex<Writer>,
    /// `None` for a database in memory.
    files: Option<Files>,
    health: Health,
    probed_at: Mutex<Option<Instant>>,
    /// What the store holds while it is open.
    serving: std::sync::Mutex<Option<Lock>>,
    followers: Followers,
}

/// Connections that read.
const READERS: u32 = 4;

/// How long a commit waits for those before it.
const QUEUE: Duration = Duration::from_secs(10);

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

    /// Opens (and makes, mode 0600) the database at a `sqlite://path` URL and migrates it to the newest schema.
    ///
    /// A database that was not closed is checked first, which takes longer the larger it is.
    /// `sqlite::memory:` keeps everything in memory, for tests.
    ///
    /// # Errors
    /// [`OpenError`] with a text for the operator; also for a damaged file.
    pub async fn open(url: &str, commits_per_checkpoint: NonZeroU32) -> Result<Self, OpenError> {
        let source = Source::parse(url)?;
        let of_path = |path: &Path, error| OpenError::new(format!("{}: {error}", path.display()));
        let left_open = match &source.path {
            Some(path) => {
                files::make_private(path).map_err(|error| of_path(path, error))?;
                files::was_left_open(path)
            }
            None => false,
        };
        let connection = connect(&source, 1).await.map_err(explain)?;
        if left_open {
            checkpoint::check_pages(&connection).await.map_err(told)?;
        }
        Migrator::up(&connection, None).await.map_err(explain)?;
        let stands_on = checkpoint::verify(&connection).await.map_err(told)?;
        let (reads, files) = match &source.path {
            Some(path) => {
                let reads = connect(&source, READERS).await.map_err(explain)?;
                let files = Files::of(path).map_err(|error| of_path(path, error))?;
                (reads, Some(files))
            }
            None => (connection.clone(), None),
        };
        let writer = Writer::new(source, connection, stands_on, commits_per_checkpoint);
        Ok(Self {
            reads,
            shared: Arc::new(Shared {
                writer: Mutex::new(writer),
                files,
                health: Health::new(),
                probed_at: Mutex::new(None),
                serving: std::sync::Mutex::new(None),
                followers: Followers::default(),
            }),
        })
    }

    /// Holds a lock until the store is closed, or until its last clone is dropped.
    pub fn hold(&self, lock: Lock) {
        *self.serving() = Some(lock);
    }

    fn serving(&self) -> std::sync::MutexGuard<'_, Option<Lock>> {
        let serving = &self.shared.serving;
        serving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes all connections, so that the write-ahead log is folded into the file, and lets the next server in.
    pub async fn close(self) {
        if let Err(error) = self.reads.close_by_ref().await {
            tracing::warn!(%error, "the database did not close cleanly");
        }
        self.shared.writer.lock().await.close().await;
        drop(self.serving().take());
    }

    /// Commits in a task of its own: a request that is given up does not break off what it had begun.
    pub(super) async fn commit_all(
        &self,
        changes: ChangeSet,
    ) -> Result<authority::Committed, StoreError> {
        let store = self.clone();
        let committed = tokio::spawn(async move { store.commit_in_turn(changes).await });
        // A panic was logged where it happened.
        committed.await.unwrap_or(Err(StoreError::Unavailable))
    }

    async fn commit_in_turn(&self, changes: ChangeSet) -> Result<authority::Committed, StoreError> {
        let Shared { files, health, .. } = &*self.shared;
        let Ok(mut writer) = timeout(QUEUE, self.shared.writer.lock()).await else {
            let late = Fault::new(NotReady::Failing, "a commit waited too long for its turn");
            health.writes.failed(&late);
            return Err(StoreError::Unavailable);
        };
        let committed = writer.commit(changes, &self.reads, files.as_ref()).await;
        match committed {
            Ok(Committed {
                epoch,
                changed,
                checkpointed,
            }) => {
                health.writes.worked();
                if let Err(fault) = checkpointed {
                    health.writes.failed(&fault);
                }
                let committed = authority::Committed { epoch, changed };
                // Still in turn, so that commits are told in their order.
                self.shared.followers.committed(&committed);
                drop(writer);
                Ok(committed)
            }
            Err(Failure::Precondition(error)) => Err(error),
            Err(Failure::Database(fault)) => {
                health.writes.failed(&fault);
                Err(StoreError::Unavailable)
            }
        }
    }

    /// From now on that follower is told of commits.
    pub(super) fn tell(&self, follower: Weak<dyn Follower>) {
        self.shared.followers.add(follower);
    }

    /// Runs a query, and says which commit it saw at least.
    pub(super) async fn read_seen<T>(
        &self,
        query: impl Future<Output = Result<T, Failure>>,
    ) -> Result<Seen<T>, StoreError> {
        self.read(async {
            let row = epoch::Entity::find_by_id(1).one(&self.reads).await?;
            let epoch = row.ok_or_else(|| Failure::unreadable("epochs"))?;
            let found = query.await?;
            Ok(Seen {
                epoch: Epoch(epoch.value),
                found,
            })
        })
        .await
    }

    /// Runs a query on the files that were opened.
    pub(super) async fn read<T>(
        &self,
        query: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, StoreError> {
        let Shared { files, health, .. } = &*self.shared;
        let found = match files.as_ref().map_or(Ok(()), Files::check) {
            Ok(()) => query.await,
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

    /// Whether both halves work. Whoever asks while a probe is under way or fresh gets its result.
    pub(super) async fn probe_at_most_once_a_second(&self) -> Result<(), NotReady> {
        let mut probed_at = self.shared.probed_at.lock().await;
        if probed_at.is_none_or(|at| at.elapsed() >= PROBE_PERIOD) {
            // Both tell the health what they met.
            let _ = self.commit_all(ChangeSet::new()).await;
            let _ = self.keys().await;
            *probed_at = Some(Instant::now());
        }
        self.shared.health.verdict()
    }
}
