//! A server of a test's own, in this process: fresh database, demo principals, a clock that
//! only the test moves.

use std::{
    io::Write as _,
    ops::{Deref, DerefMut},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use tempfile::TempDir;
use tessera_server::{
    authority::{Sweeping, TokenAuthority},
    config::Config,
    demo::{self, Credentials},
    domain::{Clock, Monotonic, PasswordCost, SystemClock},
    keys::SystemRandomness,
    serve::{Ports, Running, Server},
};
use tokio::sync::OnceCell;

use super::Reach;
use super::ground::{Ground, tables};

/// 2026-01-02T03:04:05.678Z, where every test's clock starts.
pub const START_MS: i64 = 1_767_323_045_678;

/// The clock of a test: it stands until it is moved, or it is the machine's.
#[derive(Debug)]
pub struct TestClock {
    /// Milliseconds of the epoch, or ahead of the machine's time.
    at: AtomicI64,
    /// How far the wall clock was put on, or back, milliseconds.
    stepped: AtomicI64,
    runs: bool,
}

impl TestClock {
    fn standing(at_ms: i64) -> Self {
        Self {
            at: AtomicI64::new(at_ms),
            stepped: AtomicI64::new(0),
            runs: false,
        }
    }

    pub(super) fn running() -> Self {
        Self {
            at: AtomicI64::new(0),
            stepped: AtomicI64::new(0),
            runs: true,
        }
    }

    /// Puts the wall clock on or back by seconds; the monotonic one goes on as before.
    pub fn step_wall(&self, by_secs: i64) {
        self.stepped.fetch_add(by_secs * 1000, Ordering::SeqCst);
    }

    /// Moves both clocks forward.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).expect("a test moves the clock by less than an age");
        self.at.fetch_add(by, Ordering::SeqCst);
    }

    /// Milliseconds of the epoch.
    pub fn now_ms(&self) -> i64 {
        self.steady_ms() + self.stepped.load(Ordering::SeqCst)
    }

    fn steady_ms(&self) -> i64 {
        let at = self.at.load(Ordering::SeqCst);
        if self.runs {
            SystemClock.now_ms() + at
        } else {
            at
        }
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        Self::now_ms(self)
    }
}

impl Monotonic for TestClock {
    fn elapsed(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.steady_ms()).unwrap_or_default())
    }
}

/// A running server and everything a test may know of it; what clients know is its [`Reach`].
pub struct Tessera {
    reach: Reach,
    config: Config,
    running: Option<Running>,
    folder: TempDir,
    /// Goes after what is connected to it.
    _ground: Ground,
}

impl Tessera {
    /// Starts with rate limits off.
    pub async fn start() -> Self {
        Self::start_with(|config| config.policy.rates.enforced = false).await
    }

    /// Starts with a configuration of the test's own; rate limits are on unless it turns them off.
    pub async fn start_with(configure: impl FnOnce(&mut Config)) -> Self {
        Self::start_at(TestClock::standing(START_MS), configure).await
    }

    /// Starts with rate limits off and the machine's clock, for callers with a clock of their own.
    pub async fn start_today() -> Self {
        Self::start_today_with(|config| config.policy.rates.enforced = false).await
    }

    /// Starts with the machine's clock and a configuration of the test's own.
    pub async fn start_today_with(configure: impl FnOnce(&mut Config)) -> Self {
        Self::start_at(TestClock::running(), configure).await
    }

    async fn start_at(clock: TestClock, configure: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let seeded = if clock.runs {
            None
        } else {
            Some(SEEDED.get_or_init(Seeded::new).await)
        };
        let ground = match seeded {
            Some(seeded) => seeded.put_into(&folder).await,
            None => Ground::fresh().await,
        };
        let mut config = config_in(&folder, &ground);
        configure(&mut config);
        // Any suite can be run against servers that hold their own answers against the document.
        if std::env::var_os("TESSERA_STRICT").is_some_and(|strict| strict == "on") {
            config.policy.strict = true;
        }
        let clock = Arc::new(clock);
        let server = prepare(&config, &clock).await;
        let credentials = match seeded {
            Some(seeded) => Credentials {
                base_url: server.public_url().as_str().to_owned(),
                ..seeded.credentials.clone()
            },
            None => seed(&server).await,
        };
        // The address stays the same over a restart.
        config.listen = server.local_addr();
        Self {
            reach: Reach::new(config.listen, credentials.to_json(), clock),
            config,
            running: Some(server.run()),
            folder,
            _ground: ground,
        }
    }

    /// Stops the server and starts another one on the same database and address.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.running = Some(prepare(&self.config, &self.reach.clock).await.run());
    }

    /// Stops the server; open requests are finished.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.shutdown().await.expect("the server stops cleanly");
        }
    }

    /// Does what the server does once a minute.
    pub async fn sweep(&self) -> Sweeping {
        let swept = self
            .authority()
            .upkeep()
            .sweep_unless_leapt(self.clock.elapsed());
        swept.await.expect("it can be swept")
    }

    /// The core behind the dialects.
    pub fn authority(&self) -> &TokenAuthority {
        self.running.as_ref().expect("the server runs").authority()
    }

    /// A connection of the test's own to the database file.
    pub async fn database(&self) -> DatabaseConnection {
        Database::connect(self.config.database_url.expose())
            .await
            .expect("the database file opens")
    }

    /// Every byte of the database's files, the log of what is not yet folded in included.
    pub fn stored(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.folder.path()).expect("the folder can be listed");
        let paths = files.map(|file| file.expect("the folder can be listed").path());
        let bytes = paths.map(|path| std::fs::read(path).expect("the file can be read"));
        bytes.flatten().collect()
    }

    /// Breaks the database from outside: every table is renamed away, so each statement of the server fails. Returns when the
    /// server believes nothing any more that it read before, which takes it a second.
    pub async fn break_storage(&self) {
        let database = self.database().await;
        for name in tables(&database).await {
            database
                .execute_unprepared(&format!("ALTER TABLE \"{name}\" RENAME TO \"gone_{name}\""))
                .await
                .expect("a table can be renamed");
        }
        database.close().await.expect("the connection closes");
        while self.authority().upkeep().reachable().await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Deref for Tessera {
    type Target = Reach;

    fn deref(&self) -> &Reach {
        &self.reach
    }
}

impl DerefMut for Tessera {
    fn deref_mut(&mut self) -> &mut Reach {
        &mut self.reach
    }
}

/// A database with the demo's principals in it. Making them is most of what a start takes, so it is done once
/// for all servers that start at [`START_MS`].
struct Seeded {
    files: Vec<(&'static str, Vec<u8>)>,
    ground: Ground,
    credentials: Credentials,
}

static SEEDED: OnceCell<Seeded> = OnceCell::const_new();

const DATABASE: &str = "tessera.db";

/// Where the key of a file is looked for; of a server it is said.
const KEY: &str = "tessera.db.key";

/// The defaults on a database of its own, except that a password is hashed in no time: a start hashes one, and
/// there are hundreds of them. The binary's tests hash at full cost.
fn config_in(folder: &TempDir, ground: &Ground) -> Config {
    Config {
        master_key_file: Some(folder.path().join(KEY)),
        password_cost: PasswordCost {
            memory_kib: 64,
            passes: 1,
        },
        ..Config::local(ground.url(&folder.path().join(DATABASE)))
    }
}

impl Seeded {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let ground = Ground::fresh().await;
        let config = config_in(&folder, &ground);
        let clock = Arc::new(TestClock::standing(START_MS));
        let server = prepare(&config, &clock).await;
        let credentials = seed(&server).await;
        // Closing the database folds its log into the one file.
        server.run().shutdown().await.expect("the server stops");
        let files = [DATABASE, KEY].into_iter().filter_map(|name| {
            // On PostgreSQL there is the key alone.
            let bytes = std::fs::read(folder.path().join(name)).ok()?;
            Some((name, bytes))
        });
        Self {
            files: files.collect(),
            ground,
            credentials,
        }
    }

    async fn put_into(&self, folder: &TempDir) -> Ground {
        for (name, bytes) in &self.files {
            put_privately(&folder.path().join(name), bytes);
        }
        self.ground.like().await
    }
}

/// Makes a file that nobody else may read, as the server wants its key to be.
pub fn put_privately(path: &Path, bytes: &[u8]) {
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(bytes))
        .expect("the file can be written");
}

async fn seed(server: &Server) -> Credentials {
    demo::seed(server.authority(), server.public_url(), false)
        .await
        .expect("the demo principals can be seeded")
}

async fn prepare(config: &Config, clock: &Arc<TestClock>) -> Server {
    let ports = Ports {
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        monotonic: Arc::clone(clock) as Arc<dyn Monotonic>,
        randomness: Arc::new(SystemRandomness::default()),
    };
    Server::prepare(config, &ports)
        .await
        .unwrap_or_else(|error| panic!("the server starts: {error}"))
}
