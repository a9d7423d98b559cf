//! The two clocks, and the only place that reads them: dates from the wall clock, durations from the monotonic one.

use std::time::{Duration, Instant};

/// Milliseconds of the epoch, from the one clock there is.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now_ms(&self) -> i64;
}

/// The system's wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one clock")]
    fn now_ms(&self) -> i64 {
        // A clock before 1970 is treated as 1970: every token would then look not yet valid, none too long valid.
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .ok()
            .and_then(|since| i64::try_from(since.as_millis()).ok())
            .unwrap_or(0)
    }
}

/// A clock that only runs forward: durations, rates and lock-outs, never dates.
pub trait Monotonic: Send + Sync + 'static {
    /// Time since an arbitrary, fixed origin.
    fn elapsed(&self) -> Duration;
}

/// The machine's monotonic clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemMonotonic {
    origin: Instant,
}

impl Default for SystemMonotonic {
    fn default() -> Self {
        Self {
            origin: Instant::now(),
        }
    }
}

impl Monotonic for SystemMonotonic {
    fn elapsed(&self) -> Duration {
        self.origin.elapsed()
    }
}
