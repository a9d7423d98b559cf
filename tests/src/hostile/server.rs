//! The server process that is attacked: its memory and descriptors as the system counts them, and a regular client.

use std::{
    fs,
    io::Write as _,
    net::SocketAddr,
    path::PathBuf,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::{
    faults::site::Site,
    harness::{Call, Reach, asked, central},
    process::binary::Process,
    rules::makers::makers,
};

/// When waiting is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks at the system's counts.
const LOOK: Duration = Duration::from_millis(5);

pub struct Victim {
    process: Process,
    log: PathBuf,
    site: Site,
    _folder: TempDir,
}

/// The counts of a server that nobody is connected to.
pub struct Counts {
    descriptors: usize,
    resident_kib: u64,
}

impl Victim {
    /// Starts a server with further arguments.
    pub fn start(arguments: &[&str]) -> Self {
        Self::prepared(|command| {
            command.args(arguments);
        })
    }

    /// Starts a server that may have so many open files.
    pub fn with_open_files(limit: u32, arguments: &[&str]) -> Self {
        Self::prepared(|command| {
            command.args(arguments);
            let inner = std::mem::replace(command, Command::new("sh"));
            command
                .args(["-c", &format!("ulimit -n {limit}; exec \"$0\" \"$@\"")])
                .arg(inner.get_program())
                .args(inner.get_args());
            for (name, value) in inner.get_envs() {
                if let Some(value) = value {
                    command.env(name, value);
                }
            }
        })
    }

    fn prepared(prepare: impl FnOnce(&mut Command)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let site = Site::within(folder.path());
        let process = site
            .serve("victim", |command| {
                command.env("RUST_LOG", "warn,tessera_server::cli=info");
                prepare(command);
            })
            .unwrap_or_else(|log| panic!("tessera does not serve: {log}"));
        Self {
            process,
            log: site.desk.path().join("victim.log"),
            site,
            _folder: folder,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.process.address
    }

    /// As its callers know it.
    pub fn reach(&self) -> Reach {
        self.site.reach(&self.process)
    }

    fn proc_file(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.process.id()))
    }

    /// The sockets at its address: the listening one, and each connection that was accepted and not closed.
    ///
    /// The system's table is asked, because a process that keeps its memory to itself shows its descriptors to root alone.
    fn sockets(&self) -> usize {
        sockets_at(self.address())
    }

    fn memory(&self, what: &str) -> u64 {
        let status = fs::read_to_string(self.proc_file("status")).expect("the process lives");
        let line = status.lines().find_map(|line| line.strip_prefix(what));
        line.and_then(|line| {
            line.trim_matches([':', ' ', '\t'])
                .split(' ')
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or_else(|| panic!("no {what} in {status}"))
    }

    /// Processor time used so far, in hundredths of a second.
    pub fn processor_time(&self) -> u64 {
        let stat = fs::read_to_string(self.proc_file("stat")).expect("the process lives");
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        fields[11..=12]
            .iter()
            .map(|ticks| ticks.parse::<u64>().expect("a number"))
            .sum()
    }

    /// The counts before the crowd comes.
    pub async fn quiet(&self) -> Counts {
        // The regular client's own connections come and go: the least of some looks has none of them.
        let mut least = usize::MAX;
        for _ in 0..50 {
            least = least.min(self.sockets());
            tokio::time::sleep(LOOK).await;
        }
        // From now on the kernel notes a new peak: that of the start is none of the crowd's.
        let peak = fs::File::options()
            .write(true)
            .open(self.proc_file("clear_refs"));
        let reset = peak.and_then(|mut file| file.write_all(b"5"));
        reset.expect("the peak can be reset");
        Counts {
            descriptors: least,
            resident_kib: self.memory("VmRSS"),
        }
    }

    /// How many more connections there are than before.
    pub fn connections(&self, before: &Counts) -> usize {
        self.sockets().saturating_sub(before.descriptors)
    }

    /// The most connections that there are at once, looked at until the count is dropped.
    pub fn count_most(&self, before: &Counts) -> Most {
        let most = Arc::<AtomicUsize>::default();
        let (counted, server, descriptors) =
            (Arc::clone(&most), self.address(), before.descriptors);
        let task = tokio::spawn(async move {
            loop {
                let now = sockets_at(server).saturating_sub(descriptors);
                counted.fetch_max(now, Ordering::SeqCst);
                tokio::time::sleep(LOOK).await;
            }
        });
        Most { most, task }
    }

    /// Waits until no more connections are there than before, the regular client's own aside.
    pub async fn lets_go(&self, before: &Counts) {
        let begun = Instant::now();
        loop {
            let left = self.connections(before);
            if left <= 1 {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{left} are still connected");
            tokio::time::sleep(LOOK).await;
        }
    }

    /// How much more memory was used at some time than before, in KiB.
    pub fn grown(&self, before: &Counts) -> u64 {
        self.memory("VmHWM").saturating_sub(before.resident_kib)
    }

    /// Waits for a line in the log.
    pub async fn says(&self, text: &str) {
        let begun = Instant::now();
        while self.lines_with(text) == 0 {
            assert!(begun.elapsed() < PATIENCE, "the log does not say {text:?}");
            tokio::time::sleep(LOOK).await;
        }
    }

    pub fn lines_with(&self, text: &str) -> usize {
        let log = fs::read_to_string(&self.log).expect("the log can be read");
        log.lines().filter(|line| line.contains(text)).count()
    }

    /// A client that does nothing wrong, and goes on until it is asked.
    pub fn regular(&self) -> Regular {
        Regular::start(self)
    }
}

pub struct Regular {
    answered: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Regular {
    fn start(victim: &Victim) -> Self {
        let (answered, stop) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let (counted, stopped, server) = (Arc::clone(&answered), Arc::clone(&stop), victim.reach());
        let task = tokio::spawn(async move {
            let mut calls = Vec::new();
            for maker in &makers().await.all {
                asked("hostile", maker.way.dialect(), &maker.way.operation.id);
                calls.push((maker, maker.call(&server).await));
            }
            let keys = Call::get(central().keys());
            while !stopped.load(Ordering::SeqCst) {
                for (maker, call) in &calls {
                    let answer = call.send(&server).await;
                    maker.acknowledged(&answer).expect("storage works");
                    counted.fetch_add(1, Ordering::SeqCst);
                }
                let _ = keys.send(&server).await.expect(200);
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self {
            answered,
            stop,
            task,
        }
    }

    /// Waits until it was answered twice more.
    pub async fn is_answered(&self) {
        let wanted = self.answered.load(Ordering::SeqCst) + 2;
        let begun = Instant::now();
        while self.answered.load(Ordering::SeqCst) < wanted {
            assert!(!self.task.is_finished(), "the regular client failed");
            assert!(begun.elapsed() < PATIENCE, "the regular client is kept out");
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Ends it; every one of its calls must have been answered.
    pub async fn was_answered_throughout(self) {
        self.is_answered().await;
        self.stop.store(true, Ordering::SeqCst);
        self.task.await.expect("each call was answered");
    }
}

/// The sockets at a server's own address that its process holds. A client at another address may have the same port.
fn sockets_at(server: SocketAddr) -> usize {
    let SocketAddr::V4(server) = server else {
        panic!("the table is that of IPv4");
    };
    let table = fs::read_to_string("/proc/net/tcp").expect("the system lists its connections");
    let address = u32::from_ne_bytes(server.ip().octets());
    let local = format!("{address:08X}:{:04X}", server.port());
    let held = table.lines().skip(1).filter(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields.get(1) == Some(&local.as_str()) && fields.get(9) != Some(&"0")
    });
    held.count()
}

/// Counts connections until it is dropped.
pub struct Most {
    most: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Most {
    /// Waits until there have been so many: connections wait in the system's queue before the server has them.
    pub async fn reaches(&self, enough: usize) {
        let begun = Instant::now();
        loop {
            let most = self.most.load(Ordering::SeqCst);
            if most >= enough {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "only {most} were held at once");
            tokio::time::sleep(LOOK).await;
        }
    }
}

impl Drop for Most {
    fn drop(&mut self) {
        self.task.abort();
    }
}
