//! A script of `tests/clients` as a process: settings on its stdin, one line of facts on its stdout.

use std::{
    ffi::OsStr,
    fs,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

use super::install;
use crate::harness;

/// How long a client may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(120);

/// A script whose packages are installed. Get it before the server starts: the first installation takes a while.
pub struct Script {
    name: &'static str,
    program: PathBuf,
    file: PathBuf,
    /// Node looks for packages beside the script, so it runs a copy that lies there.
    _copy: Option<TempDir>,
}

impl Script {
    /// Installs what a script needs; `None`, and `NOT RUN`, when this machine cannot.
    pub fn ready(test: &str, name: &'static str) -> Option<Self> {
        Self::try_ready(name)
            .map_err(|reason| harness::not_run(test, &reason))
            .ok()
    }

    fn try_ready(name: &'static str) -> Result<Self, String> {
        let source = Path::new(install::SOURCES).join(name);
        let (program, copy) = match source.extension().and_then(OsStr::to_str) {
            Some("cjs" | "mjs") => {
                let copy =
                    TempDir::new_in(install::node()?).expect("the target folder is writable");
                fs::copy(&source, copy.path().join(name)).expect("the script can be copied");
                (Path::new("node"), Some(copy))
            }
            Some("py") => (install::python()?, None),
            Some("java") => (install::java()?, None),
            kind => panic!("nothing here runs a script of the kind {kind:?}"),
        };
        Ok(Self {
            name,
            program: program.to_owned(),
            file: copy.as_ref().map_or(source, |copy| copy.path().join(name)),
            _copy: copy,
        })
    }

    /// Starts it with its settings as one line of JSON; its stdin stays open.
    pub fn start(&self, settings: &Value, stderr: Stdio) -> Child {
        let mut child = Command::new(&self.program)
            .arg(&self.file)
            // A proxy that the machine is set to would be asked for a server on this machine.
            .env("NO_PROXY", "127.0.0.1")
            .env("no_proxy", "127.0.0.1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", self.program.display()));
        let stdin = child.stdin.as_mut().expect("stdin is piped");
        writeln!(stdin, "{settings}").expect("the client reads its settings");
        child
    }

    /// Runs it to its end and reads the one line that it prints.
    pub async fn facts(&self, settings: &Value) -> Value {
        let mut running = Running(self.start(settings, Stdio::piped()));
        drop(running.0.stdin.take());
        let mut stdout = running.0.stdout.take().expect("stdout is piped");
        let mut stderr = running.0.stderr.take().expect("stderr is piped");
        // The server runs on the test's own thread, so no read may hold that up.
        let told = tokio::task::spawn_blocking(move || {
            let mut text = String::new();
            stdout.read_to_string(&mut text).map(|_| text)
        });
        let complaints = tokio::task::spawn_blocking(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).map(|_| text)
        });
        let both = tokio::time::timeout(PATIENCE, futures_util::future::join(told, complaints));
        let Ok((told, complaints)) = both.await else {
            panic!("{} does not end", self.name);
        };
        let told = told.expect("reading ends").expect("stdout is text");
        let complaints = complaints.expect("reading ends").expect("stderr is text");
        let status = running.0.wait().expect("the client ends");
        assert!(status.success(), "{}: {status}\n{complaints}", self.name);
        assert_eq!(told.lines().count(), 1, "{}: {told}", self.name);
        serde_json::from_str(&told).unwrap_or_else(|error| panic!("{}: {error}: {told}", self.name))
    }
}

/// A client that is ended with its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
