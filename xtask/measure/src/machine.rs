//! What the operating system says of itself and of a process: load, processor time, memory, cores.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::errno::Errno;
use nix::time::ClockId;
use nix::unistd::Pid;

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

/// Processor time of a process so far, to the nanosecond: that of its threads which have ended too.
///
/// # Errors
/// When it is gone.
pub fn processor_time(process: u32) -> Result<Duration, Fault> {
    let clock = i32::try_from(process)
        .map_err(|_| Errno::ESRCH)
        .and_then(|id| ClockId::pid_cpu_clock_id(Pid::from_raw(id)));
    let time = clock.and_then(ClockId::now);
    time.map(Duration::from)
        .map_err(|errno| Fault::io(format!("the clock of process {process}"))(errno.into()))
}

/// What a process used between two readings of its clock.
///
/// # Errors
/// When the clock has not gone on: then it is no measure.
pub fn used(before: Duration, after: Duration) -> Result<Duration, Fault> {
    let used = after.checked_sub(before).filter(|used| !used.is_zero());
    used.ok_or_else(|| {
        Fault::Answer(format!(
            "a server's processor time went from {before:?} to {after:?} while it was asked"
        ))
    })
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

#[cfg(test)]
mod tests {
    use std::hint::black_box;
    use std::thread;
    use std::time::{Duration, Instant};

    use super::{processor_time, used};

    #[test]
    fn the_time_of_a_thread_that_has_ended_stays() {
        let own = std::process::id();
        let before = processor_time(own).expect("our clock");
        let busy = thread::spawn(|| {
            let started = Instant::now();
            while started.elapsed() < Duration::from_millis(20) {
                black_box(started);
            }
            processor_time(std::process::id()).expect("our clock")
        });
        let while_it_ran = busy.join().expect("the thread");
        let after = processor_time(own).expect("our clock");
        assert!(before < while_it_ran && while_it_ran <= after);
    }

    #[test]
    fn a_clock_that_does_not_go_on_is_no_measure() {
        let at = Duration::from_millis;
        assert!(used(at(5), at(4)).is_err());
        assert!(used(at(5), at(5)).is_err());
        assert_eq!(used(at(4), at(5)).expect("it went on"), at(1));
    }
}
