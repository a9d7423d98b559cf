//! One running server, and a guardian that ends it when the test process is gone.
//!
//! The guardian is a shell that has started the server and reads from a pipe. A word on it says by which signal the server is to
//! end. The end of the pipe says that the test process has gone, in whatever way: then it ends the server and removes the folder.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Absent;
use crate::binaries::Binaries;

/// How a server is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// It breaks off what is under way, and writes everything down.
    Fast,
    /// It ends at once, and recovers at its next start.
    Immediate,
    /// The system ends it, and it learns nothing of that.
    Killed,
}

impl Stop {
    const fn signal(self) -> &'static str {
        match self {
            Self::Fast => "INT",
            Self::Immediate => "QUIT",
            Self::Killed => "KILL",
        }
    }
}

/// How long a server may take to start. One that was killed leaves processes behind, which have to notice it first.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks.
const POLL: Duration = Duration::from_millis(10);

/// `$1`: the folder, `$2`: the program; its arguments follow.
const GUARDIAN: &str = r#"
folder=$1
shift
"$@" </dev/null >>"$folder/log" 2>&1 &
server=$!
echo "$server"
if read -r signal; then
  kill -s "$signal" "$server"
  wait "$server"
else
  kill -s QUIT "$server"
  wait "$server"
  rm -rf "$folder"
fi
"#;

/// One running server.
#[derive(Debug)]
pub(crate) struct Server {
    guardian: Child,
    words: Option<ChildStdin>,
    process: u32,
}

impl Server {
    /// Starts the server of a folder, and waits until it takes connections.
    pub(crate) fn start(
        binaries: &Binaries,
        folder: &Path,
        settings: &[&str],
    ) -> Result<Self, Absent> {
        let give_up = Instant::now() + PATIENCE;
        loop {
            let mut server = Self::spawn(binaries, folder, settings)?;
            if server.is_ready(folder, give_up) {
                return Ok(server);
            }
            server.stop(Stop::Immediate);
            if Instant::now() >= give_up {
                let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
                let last: Vec<_> = log.lines().rev().take(5).collect();
                return Err(Absent::NotStarted(last.join(" / ")));
            }
            sleep(POLL);
        }
    }

    fn spawn(binaries: &Binaries, folder: &Path, settings: &[&str]) -> Result<Self, Absent> {
        let mut command = binaries.command(Path::new("/bin/sh"));
        command
            .args(["-c", GUARDIAN, "guardian"])
            .arg(folder)
            .arg(binaries.path("postgres"))
            .arg("-D")
            .arg(folder.join("data"))
            .arg("-k")
            .arg(folder);
        for setting in settings {
            command.args(["-c", setting]);
        }
        let mut guardian = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Who breaks the tests off at a terminal does not break the guardian off.
            .process_group(0)
            .spawn()?;
        let words = guardian.stdin.take();
        let mut said = String::new();
        if let Some(out) = guardian.stdout.take() {
            BufReader::new(out).read_line(&mut said)?;
        }
        let unclear = |_| Absent::NotStarted(format!("the guardian said {said:?}"));
        Ok(Self {
            guardian,
            words,
            process: said.trim_end().parse().map_err(unclear)?,
        })
    }

    /// Whether it takes connections; not when it has ended, or time is up.
    fn is_ready(&self, folder: &Path, give_up: Instant) -> bool {
        let own = self.process.to_string();
        while Instant::now() < give_up && self.runs() {
            let said = fs::read_to_string(folder.join("data/postmaster.pid"));
            let said = said.unwrap_or_default();
            let mut lines = said.lines();
            // The first line is the process, the eighth its state.
            if lines.next() == Some(&own)
                && lines.nth(6).is_some_and(|state| state.trim() == "ready")
            {
                return true;
            }
            sleep(POLL);
        }
        false
    }

    /// Whether the process is there and is no zombie.
    fn runs(&self) -> bool {
        let state = fs::read_to_string(format!("/proc/{}/stat", self.process));
        state.is_ok_and(|state| {
            let after_name = state.rsplit_once(") ").map(|(_, rest)| rest);
            after_name.is_some_and(|rest| !rest.starts_with('Z'))
        })
    }

    pub(crate) const fn process(&self) -> u32 {
        self.process
    }

    /// Ends it, and waits until it has ended.
    pub(crate) fn stop(&mut self, how: Stop) {
        if let Some(mut words) = self.words.take() {
            // A guardian that has gone cannot be told.
            let _ = writeln!(words, "{}", how.signal());
            let _ = self.guardian.wait();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The pipe ends here: the guardian removes the folder as well.
        drop(self.words.take());
        let _ = self.guardian.wait();
    }
}
