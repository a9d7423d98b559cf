//! The signals that end a server, heard from before anything is made that must not be left behind.

use std::{
    fs, io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGTERM, SIGINT (ctrl-c) and SIGHUP (a terminal that closes). None of them ends the process by itself once this is there.
#[derive(Debug)]
pub struct StopSignals {
    terminated: Signal,
    interrupted: Signal,
    /// `None` under `nohup`.
    hung_up: Option<Signal>,
    /// Set by each of them. `signal` hands out nothing that comes before it has returned, and so would lose it.
    came: Arc<AtomicBool>,
}

impl StopSignals {
    /// Listens from now on.
    ///
    /// # Errors
    /// Those of the system.
    pub fn listen() -> io::Result<Self> {
        let came = Arc::new(AtomicBool::new(false));
        let hear = |kind: SignalKind| {
            signal_hook::flag::register(kind.as_raw_value(), Arc::clone(&came))?;
            signal(kind)
        };
        let hung_up = if hang_up_is_ignored() {
            None
        } else {
            Some(hear(SignalKind::hangup())?)
        };
        Ok(Self {
            terminated: hear(SignalKind::terminate())?,
            interrupted: hear(SignalKind::interrupt())?,
            hung_up,
            came,
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
        let before = async {
            if !self.came.load(Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = before => {}
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_signal_that_came_before_the_listener_is_not_lost() {
        let mut signals = StopSignals::listen().expect("signals can be heard");
        // No listener is told of it.
        signals.came.store(true, Ordering::SeqCst);
        let broken_off = signals.unless_received(tokio::time::sleep(Duration::from_secs(60)));
        assert_eq!(broken_off.await, None);
    }
}
