//! Servers as processes on a core of their own, which end with their owner.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::fault::Fault;
use crate::machine::SERVERS_CORE;

/// How long a server may take to come up.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(2);

/// A server's process.
#[derive(Debug)]
pub struct Served {
    child: Child,
    /// Where it answers.
    pub address: SocketAddr,
    /// From the start of the process until its port took a connection.
    pub took: Duration,
}

impl Served {
    /// Starts a command that serves on `address`, on the servers' core, and waits until the port takes connections.
    ///
    /// # Errors
    /// When it ends or takes too long; then what it said is told.
    pub fn start(
        program: &Path,
        arguments: &[&str],
        address: SocketAddr,
        log: &Path,
    ) -> Result<Self, Fault> {
        let name = program.display().to_string();
        let started = Instant::now();
        let mut child = pinned(program)
            .args(arguments)
            .env("TOKIO_WORKER_THREADS", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(log).map_err(Fault::io(log.display().to_string()))?)
            .spawn()
            .map_err(Fault::io(&name))?;
        loop {
            if TcpStream::connect(address).is_ok() {
                return Ok(Self {
                    child,
                    address,
                    took: started.elapsed(),
                });
            }
            let ended = child.try_wait().map_err(Fault::io(&name))?;
            if ended.is_some() || started.elapsed() > PATIENCE {
                let said = fs::read_to_string(log).unwrap_or_default();
                let _ = child.kill();
                let _ = child.wait();
                return Err(Fault::NotStarted(name, said));
            }
            thread::sleep(LOOK);
        }
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as `kill -9` does.
    ///
    /// # Errors
    /// The system's.
    pub fn kill(&mut self) -> Result<(), Fault> {
        let what = "killing a server";
        self.child.kill().map_err(Fault::io(what))?;
        self.child.wait().map_err(Fault::io(what))?;
        Ok(())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command on the servers' core, without settings from our own environment.
fn pinned(program: &Path) -> Command {
    let mut command = Command::new("taskset");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("TESSERA_") {
            command.env_remove(name);
        }
    }
    command.args(["-c", SERVERS_CORE]).arg(program);
    command
}

/// An address of this machine that nothing listens on.
///
/// # Errors
/// The system's.
pub fn free_address() -> Result<SocketAddr, Fault> {
    let what = "a free port";
    let listener = std::net::TcpListener::bind("127.0.0.1:0").map_err(Fault::io(what))?;
    listener.local_addr().map_err(Fault::io(what))
}

/// A database with the principals of the demo, and servers on it, one after the other.
#[derive(Debug)]
pub struct Site {
    program: PathBuf,
    folder: PathBuf,
    address: SocketAddr,
    /// What the demo's principals hold.
    pub held: Value,
}

impl Site {
    /// Makes and seeds a database in `folder`.
    ///
    /// # Errors
    /// When the server's own command does not.
    pub fn make(program: &Path, folder: &Path, more: &[&str]) -> Result<Self, Fault> {
        let name = program.display().to_string();
        let mut site = Self {
            program: program.to_owned(),
            folder: folder.to_owned(),
            address: free_address()?,
            held: Value::Null,
        };
        let credentials = folder.join("credentials.json");
        let seeded = pinned(program)
            .args([
                "admin",
                "seed",
                "--database-url",
                &site.url(),
                "--credentials-file",
            ])
            .arg(&credentials)
            .arg("--listen")
            .arg(site.address.to_string())
            .args(more)
            .output()
            .map_err(Fault::io(&name))?;
        if !seeded.status.success() {
            let said = String::from_utf8_lossy(&seeded.stderr).into_owned();
            return Err(Fault::NotStarted(format!("{name} admin seed"), said));
        }
        let text = fs::read_to_string(&credentials).map_err(Fault::io("the credentials"))?;
        site.held =
            serde_json::from_str(&text).map_err(|error| Fault::Answer(error.to_string()))?;
        Ok(site)
    }

    /// Its database.
    #[must_use]
    pub fn url(&self) -> String {
        format!("sqlite://{}", self.database().display())
    }

    /// The file of its database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.folder.join("tessera.db")
    }

    /// Starts a server on it that counts no requests against limits.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn serve(&self, more: &[&str]) -> Result<Served, Fault> {
        let (url, address) = (self.url(), self.address.to_string());
        let mut arguments = vec!["serve", "--database-url", &url, "--listen", &address];
        arguments.extend(["--rate-limits", "off", "--lockout", "off"]);
        arguments.extend(["--max-connections-per-address", "off"]);
        arguments.extend(more);
        Served::start(
            &self.program,
            &arguments,
            self.address,
            &self.folder.join("log"),
        )
    }

    /// A text of what a dialect's principals hold.
    ///
    /// # Errors
    /// When the demo has none of that name.
    pub fn text(&self, dialect: &str, name: &str) -> Result<&str, Fault> {
        self.held[dialect][name]
            .as_str()
            .ok_or_else(|| Fault::Answer(format!("the demo's {dialect} holds no {name}")))
    }
}
