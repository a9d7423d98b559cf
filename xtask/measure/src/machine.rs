//! What the operating system says of itself and of a process: load, processor time, memory, cores.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::fault::Fault;

/// The core of a server that is measured.
pub const SERVERS_CORE: &str = "0";
/// The core of whoever asks it.
pub const CLIENTS_CORE: &str = "1";

/// The mean number of runnable tasks over the last minute.
///
/// # Errors
/// Where the system has no `/proc/loadavg`.
pub fn load() -> Result<f64, Fault> {
    let text = read("/proc/loadavg")?;
    let first = text.split_whitespace().next();
    first
        .and_then(|word| word.parse().ok())
        .ok_or_else(|| Fault::Answer(format!("/proc/loadavg says {text:?}")))
}

/// Moves this process to the core of the clients; threads that it starts from now on stay there.
///
/// # Errors
/// When there is no `taskset` or no such core.
pub fn stay_with_the_clients() -> Result<(), Fault> {
    let status = Command::new("taskset")
        .args(["-cp", CLIENTS_CORE])
        .arg(std::process::id().to_string())
        .stdout(Stdio::null())
        .status()
        .map_err(Fault::io("taskset (of util-linux)"))?;
    if status.success() {
        Ok(())
    } else {
        Err(Fault::Answer(format!(
            "there is no core {CLIENTS_CORE}: a server and its clients need one each"
        )))
    }
}

/// Processor time of all threads that a process has now.
///
/// # Errors
/// When it is gone.
pub fn processor_time(process: u32) -> Result<Duration, Fault> {
    let folder = format!("/proc/{process}/task");
    let threads = fs::read_dir(&folder).map_err(Fault::io(&folder))?;
    let mut nanoseconds = 0;
    for thread in threads.flatten() {
        // A thread that has ended meanwhile has no figure.
        let Ok(text) = fs::read_to_string(thread.path().join("schedstat")) else {
            continue;
        };
        let on_a_core = text.split_whitespace().next();
        nanoseconds += on_a_core
            .and_then(|word| word.parse::<u64>().ok())
            .unwrap_or(0);
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// Memory of a process that is in RAM, in MiB.
///
/// # Errors
/// When it is gone.
pub fn resident_mib(process: u32) -> Result<f64, Fault> {
    let path = format!("/proc/{process}/status");
    let text = read(&path)?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kib.map(|kib| kib / 1024.0)
        .ok_or_else(|| Fault::Answer(format!("{path} has no VmRSS")))
}

fn read(path: &str) -> Result<String, Fault> {
    fs::read_to_string(path).map_err(Fault::io(path))
}
