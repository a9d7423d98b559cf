//! The moment at which something happens on a connection, as coarse as the system's tick: it is asked for six times a
//! request, and the deadlines that are made of it are seconds away.

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

/// Now, some milliseconds early or late.
pub(super) fn now() -> Instant {
    static ORIGIN: OnceLock<(Instant, Duration)> = OnceLock::new();
    let (origin, then) = ORIGIN.get_or_init(|| (Instant::now(), ticks()));
    *origin + ticks().saturating_sub(*then)
}

/// The monotonic clock at its last tick.
#[cfg(target_os = "linux")]
fn ticks() -> Duration {
    use rustix::time::{ClockId, clock_gettime};

    // It counts from the start of the machine, so there is no negative time that could fail.
    Duration::try_from(clock_gettime(ClockId::MonotonicCoarse)).unwrap_or_default()
}

/// Other systems have no clock that is cheaper.
#[cfg(not(target_os = "linux"))]
fn ticks() -> Duration {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    ORIGIN.get_or_init(Instant::now).elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_with_the_clock_that_is_exact() {
        let (first, began) = (now(), Instant::now());
        std::thread::sleep(Duration::from_millis(60));
        let (passed, really) = (now() - first, began.elapsed());
        // A tick is ten milliseconds at most.
        let tick = Duration::from_millis(10);
        assert!(passed + tick >= Duration::from_millis(60), "{passed:?}");
        assert!(passed <= really + tick, "{passed:?} of {really:?}");
    }
}
