//! The `tessera` binary as an operator runs it: a process with arguments, signals and files.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

/// Builds the binary and the SDK's tour once, and answers the folder they are in.
///
/// The build asks for what the test run itself was built with, so it is a look at time stamps. Cargo says where it puts
/// them, which need not be where this test is.
pub fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let build = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--workspace",
                "--bin",
                "tessera",
                "--example",
                "tour",
                "--message-format=json",
            ])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .stderr(Stdio::inherit())
            .output()
            .expect("cargo runs");
        assert!(build.status.success(), "the binary does not build");
        let messages = String::from_utf8_lossy(&build.stdout);
        let mut messages = messages.lines().map(serde_json::from_str::<Value>);
        let binary = messages.find_map(|message| {
            let executable = PathBuf::from(message.ok()?["executable"].as_str()?);
            (executable.file_stem()? == "tessera").then_some(executable)
        });
        let folder = binary.as_deref().and_then(Path::parent);
        folder.expect("cargo says where the binary is").to_owned()
    })
}

/// A folder with a seeded database, and the server processes that run on it.
pub struct Installation {
    folder: TempDir,
    /// What `tessera admin seed` wrote.
    pub credentials: Value,
}

impl Installation {
    /// A folder without a database.
    pub fn empty() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder can be made"),
            credentials: Value::Null,
        }
    }

    /// Seeds a new database.
    pub fn seeded() -> Self {
        let mut seeded = Self::empty();
        seeded.seed();
        seeded
    }

    /// Gives the principals new secrets, as `tessera admin seed` does.
    pub fn seed(&mut self) {
        let status = self.seeding().status().expect("tessera runs");
        assert!(status.success(), "tessera admin seed fails");
        self.read_credentials();
    }

    /// `tessera admin seed`.
    pub fn seeding(&self) -> Command {
        let mut command = Self::tessera();
        command
            .env("RUST_LOG", "warn")
            .args(["admin", "seed", "--database-url", &self.database_url()])
            .arg("--credentials-file")
            .arg(self.credentials_file())
            .stdout(Stdio::null());
        command
    }

    /// Reads what `tessera admin seed` wrote.
    pub fn read_credentials(&mut self) {
        let text = fs::read_to_string(self.credentials_file());
        let text = text.expect("the credentials were written");
        self.credentials = serde_json::from_str(&text).expect("the credentials are JSON");
    }

    fn tessera() -> Command {
        let mut command = Command::new(built().join("tessera"));
        command.env("RUST_LOG", "trace").stdin(Stdio::null());
        command
    }

    /// Gives the folder to another user.
    pub fn give_to(&self, user: u32) {
        let given = std::os::unix::fs::chown(self.folder.path(), Some(user), Some(user));
        given.expect("root gives files away");
    }

    /// The file of its database.
    pub fn database(&self) -> PathBuf {
        self.folder.path().join("tessera.db")
    }

    /// The URL of its database.
    pub fn database_url(&self) -> String {
        format!("sqlite://{}", self.database().display())
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

    /// Starts `tessera serve`, logging everything, and waits until it listens.
    pub fn serve(&self, name: &str) -> Process {
        let listening = self.start(name).listening();
        listening.unwrap_or_else(|(_, log)| panic!("tessera serve does not listen: {log}"))
    }

    /// Starts `tessera serve` as the last arguments of another program.
    pub fn start_under(&self, program: &[&str], name: &str) -> Starting {
        let mut command = Command::new(program[0]);
        command.args(&program[1..]).arg(built().join("tessera"));
        serving(&mut command, &self.database_url());
        Starting::launch(command, self.log(name))
    }

    /// The same as [`serve`](Self::serve) with further arguments.
    pub fn serve_with(&self, name: &str, arguments: &[&str]) -> Process {
        let log = self.log(name);
        let mut command = Self::tessera();
        serving(&mut command, &self.database_url());
        command.args(arguments);
        launch(command, &log).unwrap_or_else(|log| panic!("tessera serve does not listen: {log}"))
    }

    /// Starts `tessera serve`.
    pub fn start(&self, name: &str) -> Starting {
        self.start_on(name, &self.database_url())
    }

    /// Starts `tessera serve` on its database under another URL.
    pub fn start_on(&self, name: &str, database_url: &str) -> Starting {
        let mut command = Self::tessera();
        serving(&mut command, database_url);
        command.current_dir(self.folder.path());
        Starting::launch(command, self.folder.path().join(format!("{name}.log")))
    }
}

/// What the servers call themselves.
pub const PUBLIC_URL: &str = "http://tessera.test";

/// The arguments of a server on a free port, without rate limits.
pub fn serving(command: &mut Command, database_url: &str) {
    command
        .args(["serve", "--rate-limits", "off", "--listen", "127.0.0.1:0"])
        .args(["--public-url", PUBLIC_URL])
        .args(["--database-url", database_url]);
}

/// Runs a server with its output in a file, until it listens; gives what it said if it ends before.
pub fn launch(command: Command, log: &Path) -> Result<Process, String> {
    let starting = Starting::launch(command, log.to_owned());
    starting.listening().map_err(|(_, log)| log)
}

/// A server that may listen some day.
pub struct Starting {
    process: Process,
    log: PathBuf,
}

impl Starting {
    /// Runs it with its output in a file.
    pub fn launch(mut command: Command, log: PathBuf) -> Self {
        let out = File::create(&log).expect("a log can be made");
        let child = command
            .stdout(out.try_clone().expect("a file handle can be copied"))
            .stderr(out)
            .spawn()
            .expect("tessera runs");
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let process = Process { child, address };
        Self { process, log }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Ends it as `kill -9` does.
    pub fn kill(self) {
        self.process.kill();
    }

    /// Sends it a signal and waits for its end.
    pub fn stop(self, signal: &str) -> ExitStatus {
        send_signal(signal, self.id());
        self.process.end()
    }

    /// Waits until it ends by itself; gives how, and what it said.
    pub fn ended(mut self) -> (ExitStatus, String) {
        let ended = end_of(&mut self.process.child);
        (ended, self.said())
    }

    /// What it has said until now.
    pub fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until it has said that.
    pub fn wait_until_it_says(&mut self, words: &str) {
        let said = self.wait_for(|said| said.contains(words).then_some(()));
        said.unwrap_or_else(|(_, log)| panic!("it never says {words:?}: {log}"));
    }

    /// Waits until it names its address; gives how it ended and what it said if it ends before.
    pub fn listening(mut self) -> Result<Process, (Option<ExitStatus>, String)> {
        self.process.address = self.wait_for(|said| {
            let rest = said.split(" serving listen=").nth(1)?;
            let (address, _) = rest.split_once(' ')?;
            address.parse().ok()
        })?;
        Ok(self.process)
    }

    fn wait_for<T>(
        &mut self,
        find: impl Fn(&str) -> Option<T>,
    ) -> Result<T, (Option<ExitStatus>, String)> {
        let give_up = Instant::now() + Duration::from_secs(60);
        loop {
            let ended = self.process.child.try_wait().expect("a child can be asked");
            // Read after the end, so that what it said last counts.
            let said = self.said();
            if let Some(found) = find(&said) {
                return Ok(found);
            }
            if ended.is_some() || Instant::now() >= give_up {
                return Err((ended, said));
            }
            // A look at a file now and then; spinning would take a core from the server.
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

/// A running `tessera serve`; killed when dropped.
pub struct Process {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Process {
    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as `kill -9` does.
    pub fn kill(mut self) {
        self.child.kill().expect("a child of ours can be killed");
        self.child.wait().expect("a killed child ends");
    }

    /// Asks it to end (SIGTERM) and waits; it must end with success.
    pub fn terminate(self) {
        send_signal("TERM", self.id());
        let ended = self.end();
        assert!(ended.success(), "tessera serve ended with {ended}");
    }

    /// Waits for its end.
    pub fn end(mut self) -> ExitStatus {
        end_of(&mut self.child)
    }
}

/// Waits for the end of a child, which a signal that is not heard must not make a wait without end.
pub fn end_of(child: &mut Child) -> ExitStatus {
    let give_up = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(ended) = child.try_wait().expect("a child can be asked") {
            return ended;
        }
        assert!(Instant::now() < give_up, "{} does not end", child.id());
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Sends a signal to a child that has not been waited for.
pub fn send_signal(name: &str, pid: u32) {
    let signal = format!("-{name}");
    let sent = Command::new("kill")
        .args([&signal, &pid.to_string()])
        .status();
    assert!(
        sent.expect("kill runs").success(),
        "the signal was not sent"
    );
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail when it has ended already, and then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
