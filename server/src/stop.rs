//! The signals that end a server, heard from before anything is made that must not be left behind.

use std::{fs, io};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGTERM, SIGINT (ctrl-c) and SIGHUP (a terminal that closes). None of them ends the process by itself once this is there.
#[derive(Debug)]
pub struct StopSignals {
    terminated: Signal,
    interrupted: Signal,
    /// `None` under `nohup`.
    hung_up: Option<Signal>,
}

impl StopSignals {
    /// Listens from now on.
    ///
    /// # Errors
    /// Those of the system.
    pub fn listen() -> io::Result<Self> {
        let hung_up = if hang_up_is_ignored() {
            None
        } else {
            Some(signal(SignalKind::hangup())?)
        };
        Ok(Self {
            terminated: signal(SignalKind::terminate())?,
            interrupted: signal(SignalKind::interrupt())?,
            hung_up,
        })
    }

    /// Returns when the operator wants the server to end.
    pub async fn received(&mut self) {
        let hung_up = async {
            match &mut self.hung_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminated.recv() => {}
            _ = self.interrupted.recv() => {}
            _ = hung_up => {}
        }
        tracing::info!("stopping");
    }

    /// What the work gives; `None` when a signal came first, and then the work is broken off.
    pub async fn unless_received<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.received() => None,
            done = work => Some(done),
        }
    }
}

/// `nohup` starts a process so. Only Linux tells without unsafe code; elsewhere a hang-up ends the server.
fn hang_up_is_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // Signal 1 is the lowest bit.
    ignored.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).is_ok_and(|mask| mask & 1 == 1))
}
