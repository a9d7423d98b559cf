//! Signals at every moment of a start: nothing is left behind, and the file of credentials says when a demo answers.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use super::binary::{Installation, built, end_of, send_signal};
use super::errands::Errands;

/// Signals and their numbers.
const SIGNALS: [(&str, i32); 3] = [("TERM", 15), ("INT", 2), ("HUP", 1)];

/// Moments of a start at which each signal is sent.
const MOMENTS: u32 = 24;

/// Demos at once.
const LANES: usize = 3;

/// A demo with a folder for temporary files of its own.
struct Demo {
    child: Child,
    desk: TempDir,
}

impl Demo {
    fn launch() -> Self {
        let desk = tempfile::tempdir().expect("a temporary folder can be made");
        fs::create_dir(desk.path().join("tmp")).expect("a folder can be made");
        let child = Command::new("env")
            // The tests may run under `nohup` themselves, or in the background of a script, and so ignore some of them.
            .arg("--default-signal=HUP,INT")
            .arg(built().join("tessera"))
            .args(["demo", "--listen", "127.0.0.1:0", "--credentials-file"])
            .arg(desk.path().join("credentials.json"))
            .env("TMPDIR", desk.path().join("tmp"))
            .env("TESSERA_PASSWORD_MEMORY_KIB", "7168")
            .env("TESSERA_PASSWORD_PASSES", "1")
            .env("RUST_LOG", "off")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("tessera runs");
        Self { child, desk }
    }

    /// The whole file of credentials, as soon as there is one.
    fn credentials(&mut self) -> Value {
        loop {
            if let Ok(text) = fs::read_to_string(self.desk.path().join("credentials.json")) {
                return serde_json::from_str(&text).expect("the file is whole when it is there");
            }
            let ended = self.child.try_wait().expect("a child can be asked");
            assert!(ended.is_none(), "the demo ended: {ended:?}");
            thread::sleep(Duration::from_micros(200));
        }
    }

    /// What is in its folder for temporary files.
    fn left_behind(&self) -> Vec<PathBuf> {
        everything_in(&self.desk.path().join("tmp"))
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Both fail when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn everything_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder can be listed");
    let paths = entries.map(|entry| entry.expect("the folder can be listed").path());
    paths
        .flat_map(|path| {
            let inside = if path.is_dir() {
                everything_in(&path)
            } else {
                Vec::new()
            };
            [vec![path], inside].concat()
        })
        .collect()
}

/// How long a demo takes until it answers, on this machine and now.
fn time_until_ready() -> Duration {
    let began = Instant::now();
    let mut demo = Demo::launch();
    demo.credentials();
    began.elapsed()
}

fn end_at(name: &str, number: i32, after: Duration) {
    let mut demo = Demo::launch();
    thread::sleep(after);
    send_signal(name, demo.child.id());
    let ended = end_of(&mut demo.child);
    // Before it hears signals it is ended by the first, and has made nothing.
    let early = ended.signal() == Some(number);
    assert!(
        ended.success() || early,
        "SIG{name} after {after:?}: {ended}"
    );
    assert_eq!(
        demo.left_behind(),
        Vec::<PathBuf>::new(),
        "SIG{name} after {after:?}"
    );
    let desk = everything_in(demo.desk.path());
    let written = desk.iter().filter(|path| path.is_file());
    for file in written {
        assert!(
            file.ends_with("credentials.json") && !early,
            "{}",
            file.display()
        );
        let text = fs::read(file).expect("the file can be read");
        serde_json::from_slice::<Value>(&text).expect("the file is whole when it is there");
    }
}

#[test]
fn a_demo_that_cannot_start_leaves_the_credentials_of_the_one_that_runs() {
    let mut demo = Demo::launch();
    let credentials = demo.credentials();
    let address = credentials["base_url"].as_str().expect("a URL");
    let address = address.trim_start_matches("http://");
    let file = demo.desk.path().join("credentials.json");
    let second = Command::new(built().join("tessera"))
        .args(["demo", "--listen", address, "--credentials-file"])
        .arg(&file)
        .env("TMPDIR", demo.desk.path().join("tmp"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("tessera runs");
    assert!(!second.success(), "the address is taken");
    let text = fs::read_to_string(&file).expect("the file is still there");
    assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(credentials));
}

#[test]
fn a_demo_that_is_stopped_at_any_moment_leaves_nothing_behind() {
    let ready = time_until_ready();
    let mut moments: Vec<_> = (0..MOMENTS)
        .flat_map(|moment| SIGNALS.map(|(name, number)| (name, number, ready * moment / MOMENTS)))
        .collect();
    let share = moments.len().div_ceil(LANES);
    thread::scope(|scope| {
        while !moments.is_empty() {
            let lane = moments.split_off(moments.len().saturating_sub(share));
            scope.spawn(|| {
                for (name, number, after) in lane {
                    // A start takes longer in company.
                    end_at(name, number, after * 2);
                }
            });
        }
    });
}

#[test]
fn the_file_of_credentials_says_that_the_first_request_is_answered() {
    for (name, _) in SIGNALS {
        let mut demo = Demo::launch();
        let credentials = demo.credentials();
        let address = credentials["base_url"]
            .as_str()
            .and_then(|url| url.strip_prefix("http://"));
        let address = address.expect("the demo names its address");
        let mut stream = TcpStream::connect(address).expect("the first connection is taken");
        let request =
            format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream
            .write_all(request.as_bytes())
            .expect("the request is taken");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .expect("the first request is answered");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        send_signal(name, demo.child.id());
        let ended = end_of(&mut demo.child);
        assert!(ended.success(), "SIG{name}: {ended}");
        assert_eq!(demo.left_behind(), Vec::<PathBuf>::new());
    }
}

#[test]
fn a_demo_hears_signals_when_its_credentials_are_there() {
    for (name, _) in SIGNALS.iter().cycle().take(6) {
        let mut demo = Demo::launch();
        demo.credentials();
        send_signal(name, demo.child.id());
        let ended = end_of(&mut demo.child);
        assert_eq!(
            (ended.code(), demo.left_behind()),
            (Some(0), vec![]),
            "SIG{name}"
        );
    }
}

#[test]
fn a_demo_that_cannot_write_its_credentials_ends_and_leaves_nothing_behind() {
    let desk = tempfile::tempdir().expect("a temporary folder can be made");
    fs::create_dir(desk.path().join("tmp")).expect("a folder can be made");
    let ended = Command::new(built().join("tessera"))
        .args(["demo", "--listen", "127.0.0.1:0", "--credentials-file"])
        .arg(desk.path().join("nowhere/credentials.json"))
        .env("TMPDIR", desk.path().join("tmp"))
        .stdin(Stdio::null())
        .output()
        .expect("tessera runs");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot write the credentials to"), "{said}");
    assert_eq!(everything_in(desk.path()), [desk.path().join("tmp")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_stopped_at_any_moment_leaves_a_database_that_opens() {
    let began = Instant::now();
    Installation::empty().serve("ready").terminate();
    let ready = began.elapsed();
    for moment in 0..MOMENTS {
        let (name, number) = SIGNALS[moment as usize % SIGNALS.len()];
        let installed = Installation::empty();
        let stopped = installed.start_under(&["env", "--default-signal=HUP"], "stopped");
        thread::sleep(ready * moment / MOMENTS);
        let ended = stopped.stop(name);
        let early = ended.signal() == Some(number) && !installed.database().exists();
        assert!(ended.success() || early, "SIG{name} at {moment}: {ended}");
        let process = installed.serve("next");
        assert!(Errands::new(&installed, process.address).is_ready().await);
        process.terminate();
    }
}

#[test]
fn a_server_under_nohup_outlives_its_terminal() {
    let installed = Installation::empty();
    let starting = installed.start_under(&["env", "--ignore-signal=HUP"], "nohup");
    let process = starting
        .listening()
        .unwrap_or_else(|(_, log)| panic!("it listens: {log}"));
    send_signal("HUP", process.id());
    let mut stream = TcpStream::connect(process.address).expect("it listens");
    let request = b"GET /healthz HTTP/1.1\r\nHost: tessera.test\r\nConnection: close\r\n\r\n";
    stream.write_all(request).expect("the request is taken");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    process.terminate();
}
