//! The `tessera` binary as an operator runs it: a process with arguments, signals and files.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

/// Builds the binary and the SDK's tour once, and answers the folder they are in.
///
/// The build asks for what the test run itself was built with, so it is a look at time stamps.
pub fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let status = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--workspace",
                "--bin",
                "tessera",
                "--example",
                "tour",
            ])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .status()
            .expect("cargo runs");
        assert!(status.success(), "the binary does not build");
        let test = std::env::current_exe().expect("a test knows where it is");
        let folder = test
            .parent()
            .and_then(Path::parent)
            .expect("deps has a parent");
        folder.to_owned()
    })
}

/// A folder with a seeded database, and the server processes that run on it.
pub struct Installation {
    folder: TempDir,
    /// What `tessera admin seed` wrote.
    pub credentials: Value,
}

impl Installation {
    /// Seeds a new database.
    pub fn seeded() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mut seeded = Self {
            folder,
            credentials: Value::Null,
        };
        let status = Self::tessera()
            .args([
                "admin",
                "seed",
                "--database-url",
                &seeded.database_url(),
                "--credentials-file",
            ])
            .arg(seeded.credentials_file())
            .stdout(Stdio::null())
            .status()
            .expect("tessera runs");
        assert!(status.success(), "tessera admin seed fails");
        let text =
            fs::read_to_string(seeded.credentials_file()).expect("the credentials were written");
        seeded.credentials = serde_json::from_str(&text).expect("the credentials are JSON");
        seeded
    }

    fn tessera() -> Command {
        let mut command = Command::new(built().join("tessera"));
        command.env("RUST_LOG", "trace").stdin(Stdio::null());
        command
    }

    /// The URL of its database.
    pub fn database_url(&self) -> String {
        format!(
            "sqlite://{}",
            self.folder.path().join("tessera.db").display()
        )
    }

    /// Where the credentials are; the only file that may hold them.
    pub fn credentials_file(&self) -> PathBuf {
        self.folder.path().join("credentials.json")
    }

    /// Where a server of that name logs.
    pub fn log(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.log"))
    }

    /// Everything the server wrote: database, journals, logs; not the credentials.
    pub fn written(&self) -> Vec<(PathBuf, Vec<u8>)> {
        fs::read_dir(self.folder.path())
            .expect("the folder can be listed")
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .filter(|path| *path != self.credentials_file())
            .map(|path| {
                (
                    path.clone(),
                    fs::read(&path).expect("a file of ours can be read"),
                )
            })
            .collect()
    }

    /// The string at a pointer of the credentials.
    pub fn credential(&self, pointer: &str) -> String {
        let found = self.credentials.pointer(pointer).and_then(Value::as_str);
        found
            .unwrap_or_else(|| panic!("no credential {pointer}"))
            .to_owned()
    }

    /// Starts `tessera serve`, logging everything.
    pub fn serve(&self, name: &str) -> Process {
        self.serve_with(name, &[])
    }

    /// The same with further arguments.
    pub fn serve_with(&self, name: &str, arguments: &[&str]) -> Process {
        let log = self.log(name);
        let mut command = Self::tessera();
        serving(&mut command, &self.database_url());
        command.args(arguments);
        launch(command, &log).unwrap_or_else(|log| panic!("tessera serve does not listen: {log}"))
    }
}

/// The arguments of a server on a free port, without rate limits.
pub fn serving(command: &mut Command, database_url: &str) {
    command
        .args(["serve", "--rate-limits", "off", "--listen", "127.0.0.1:0"])
        .args(["--public-url", "http://tessera.test"])
        .args(["--database-url", database_url]);
}

/// Runs a server with its output in a file, until it listens; gives what it said if it ends before.
pub fn launch(mut command: Command, log: &Path) -> Result<Process, String> {
    let out = File::create(log).expect("a log can be made");
    let mut child = command
        .stdout(out.try_clone().expect("a file handle can be copied"))
        .stderr(out)
        .spawn()
        .expect("tessera runs");
    let address = announced(log, &mut child)?;
    Ok(Process { child, address })
}

/// Waits until the log names the address.
fn announced(log: &Path, child: &mut Child) -> Result<SocketAddr, String> {
    let give_up = Instant::now() + Duration::from_secs(60);
    loop {
        let text = fs::read_to_string(log).unwrap_or_default();
        let found = text.split("socket://").nth(1).and_then(|rest| {
            let end = rest.find(|sign: char| !(sign.is_ascii_digit() || ".:".contains(sign)))?;
            rest[..end].parse().ok()
        });
        if let Some(address) = found {
            return Ok(address);
        }
        let ended = child.try_wait().expect("a child can be asked");
        if ended.is_some() || Instant::now() >= give_up {
            return Err(fs::read_to_string(log).unwrap_or(text));
        }
        // A look at a file now and then; spinning would take a core from the server.
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A running `tessera serve`; killed when dropped.
pub struct Process {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Process {
    /// Ends it as `kill -9` does.
    pub fn kill(mut self) {
        self.child.kill().expect("a child of ours can be killed");
        self.child.wait().expect("a killed child ends");
    }

    /// Asks it to end (SIGTERM) and waits; it must end with success.
    pub fn terminate(mut self) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .expect("kill runs");
        assert!(sent.success(), "the signal was not sent");
        let ended = self.child.wait().expect("the child ends");
        assert!(ended.success(), "tessera serve ended with {ended}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail when it has ended already, and then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
