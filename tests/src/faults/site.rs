//! A seeded database in a folder of one's own, and the servers that run on it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, OnceLock},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    harness::{Reach, server::put_privately},
    process::binary::{self, PUBLIC_URL, Process, launch, serving},
};

const DATABASE: &str = "tessera.db";

/// A database of a test's own. Logs and control files lie elsewhere, so that a full volume does not take them along.
pub struct Site {
    /// What the principals prove themselves with.
    pub credentials: Arc<Value>,
    /// The database file.
    pub database: PathBuf,
    /// Where logs and control files are.
    pub desk: TempDir,
}

/// What every site begins with; making it hashes passwords, so it is made once.
struct Seeded {
    files: Vec<(&'static str, Vec<u8>)>,
    credentials: Arc<Value>,
}

impl Site {
    /// Puts a seeded database into a folder.
    pub fn within(folder: &Path) -> Self {
        static SEEDED: OnceLock<Seeded> = OnceLock::new();
        let seeded = SEEDED.get_or_init(Seeded::new);
        for (name, bytes) in &seeded.files {
            put_privately(&folder.join(name), bytes);
        }
        Self {
            credentials: Arc::clone(&seeded.credentials),
            database: folder.join(DATABASE),
            desk: tempfile::tempdir().expect("a temporary folder can be made"),
        }
    }

    /// The URL of its database.
    pub fn database_url(&self) -> String {
        format!("sqlite://{}", self.database.display())
    }

    /// Starts a server; gives its log if it refuses.
    pub fn serve(&self, name: &str, prepare: impl FnOnce(&mut Command)) -> Result<Process, String> {
        let mut command = tessera();
        serving(&mut command, &self.database_url());
        prepare(&mut command);
        launch(command, &self.log(name))
    }

    /// A started server as its callers know it.
    pub fn reach(&self, process: &Process) -> Reach {
        let held = (*self.credentials).clone();
        Reach::today(process.address, held).known_as(PUBLIC_URL)
    }

    /// Where a server logs.
    pub fn log(&self, name: &str) -> PathBuf {
        self.desk.path().join(format!("{name}.log"))
    }
}

impl Seeded {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let database = folder.path().join(DATABASE);
        let credentials = folder.path().join("credentials.json");
        let status = tessera()
            .args(["admin", "seed", "--database-url"])
            .arg(format!("sqlite://{}", database.display()))
            .arg("--credentials-file")
            .arg(&credentials)
            .stdout(Stdio::null())
            .status()
            .expect("tessera runs");
        assert!(status.success(), "tessera admin seed fails");
        let read = |path: &Path| fs::read(path).expect("the file is there");
        Self {
            files: [DATABASE, "tessera.db.key"]
                .map(|name| (name, read(&folder.path().join(name))))
                .into(),
            credentials: Arc::new(
                serde_json::from_slice(&read(&credentials)).expect("credentials are JSON"),
            ),
        }
    }
}

/// The binary with passwords that cost as little as it allows.
fn tessera() -> Command {
    let mut command = Command::new(binary::built().join("tessera"));
    command
        .env("RUST_LOG", "info,tessera::request=off")
        .env("TESSERA_PASSWORD_MEMORY_KIB", "7168")
        .env("TESSERA_PASSWORD_PASSES", "1")
        .stdin(Stdio::null());
    command
}
