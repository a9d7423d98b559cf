//! Request rates: how many requests a client may make in a window, and how long it waits after.
//!
//! The windows are fixed ([`window`]), because the headers that report them (`X-RateLimit-Reset`) speak of such. Who the
//! client is, is the dialect's to say; in which bucket an operation counts is in the document (`x-rate-bucket`), and the
//! edge reads it there.

mod settings;
mod window;

use std::{
    fmt::{self, Display},
    num::{NonZeroU32, NonZeroU64},
    sync::Arc,
    time::Duration,
};

use crate::domain::Monotonic;
use window::{Counted, Terms, Windows};

pub use settings::{RateArg, RateArgError, RateArgs};

/// What a bucket allows one client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Requests per window.
    pub limit: NonZeroU32,
    /// Length of a window, which begins with the client's first request, in seconds.
    pub window_secs: NonZeroU64,
    /// How long a client that went over is refused, in seconds; `None` is until the window ends.
    pub lock_secs: Option<NonZeroU64>,
}

impl Quota {
    /// The most requests a window can allow.
    pub const MAX_LIMIT: u32 = 1_000_000;

    /// The longest window, in seconds.
    pub const MAX_WINDOW_SECS: u64 = 3600;
}

/// A bucket's state for one client, as it stands after the request that asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests per window.
    pub limit: u32,
    /// Requests left in this window.
    pub remaining: u32,
    /// Whole seconds until the window (or the lock) ends.
    pub reset_secs: u64,
    /// Set when the request is refused: whole seconds until one can succeed, at least 1.
    pub retry_after_secs: Option<u64>,
}

/// One bucket for many clients.
#[derive(Debug)]
pub struct Bucket {
    quota: Quota,
    enforced: Option<Enforced>,
}

struct Enforced {
    windows: Windows,
    clock: Arc<dyn Monotonic>,
}

impl fmt::Debug for Enforced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.windows.fmt(f)
    }
}

impl Bucket {
    /// A bucket that enforces `quota` on `clock`.
    #[must_use]
    pub fn new(quota: Quota, clock: Arc<dyn Monotonic>) -> Self {
        let limit = quota
            .limit
            .min(NonZeroU32::MIN.saturating_add(Quota::MAX_LIMIT - 1));
        let window_secs = quota
            .window_secs
            .min(NonZeroU64::MIN.saturating_add(Quota::MAX_WINDOW_SECS - 1));
        let windows = Windows::new(Terms {
            limit: limit.get(),
            length: Duration::from_secs(window_secs.get()),
            lock: quota.lock_secs.map(|secs| Duration::from_secs(secs.get())),
        });
        Self {
            quota: Quota {
                limit,
                window_secs,
                ..quota
            },
            enforced: Some(Enforced { windows, clock }),
        }
    }

    /// A bucket that reports `quota` and refuses nobody.
    #[must_use]
    pub fn unlimited(quota: Quota) -> Self {
        Self {
            quota,
            enforced: None,
        }
    }

    /// Counts one request of `client` and tells where that leaves it.
    #[must_use]
    pub fn count(&self, client: impl Display) -> Rate {
        let limit = self.quota.limit.get();
        let Some(Enforced { windows, clock }) = &self.enforced else {
            return Rate {
                limit,
                remaining: limit,
                reset_secs: self.quota.window_secs.get(),
                retry_after_secs: None,
            };
        };
        match windows.count(&client.to_string(), clock.elapsed()) {
            Counted::Taken { remaining, left } => Rate {
                limit,
                remaining,
                reset_secs: whole_secs(left),
                retry_after_secs: None,
            },
            Counted::Refused { left } => {
                let wait = whole_secs(left).max(1);
                Rate {
                    limit,
                    remaining: 0,
                    reset_secs: wait,
                    retry_after_secs: Some(wait),
                }
            }
        }
    }
}

/// The quotas of all buckets, and whether they are enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateQuotas {
    /// `false` counts nothing and refuses nobody; answers still report the quotas.
    pub enforced: bool,
    /// Reads, where these are counted apart, without a valid token: per address.
    pub anonymous_reads: Quota,
    /// Reads, where these are counted apart, with a token: per token.
    pub token_reads: Quota,
    /// Writes, where these are counted apart: per token, per client that has proved itself, or else per address.
    pub writes: Quota,
    /// Everything else: per principal that has proved itself, or else per address.
    pub general: Quota,
    /// Requests that no operation answers (404, 405), per address and dialect.
    pub unmatched: Quota,
}

#[cfg(test)]
impl RateQuotas {
    /// Every bucket allows a client one request a minute.
    pub(crate) fn one_a_minute() -> Self {
        let quota = Quota {
            limit: NonZeroU32::MIN,
            window_secs: NonZeroU64::MIN.saturating_add(59),
            lock_secs: None,
        };
        Self {
            enforced: true,
            anonymous_reads: quota,
            token_reads: quota,
            writes: quota,
            general: quota,
            unmatched: quota,
        }
    }
}

/// The running buckets.
#[derive(Debug)]
pub struct RateLimits {
    /// Reads, where these are counted apart, without a valid token: per address.
    pub anonymous_reads: Bucket,
    /// Reads, where these are counted apart, with a token: per token.
    pub token_reads: Bucket,
    /// Writes, where these are counted apart: per token, per client that has proved itself, or else per address.
    pub writes: Bucket,
    /// Everything else: per principal that has proved itself, or else per address.
    pub general: Bucket,
    /// Requests that no operation answers (404, 405), per address and dialect.
    pub unmatched: Bucket,
}

/// The buckets of a sort of request: one for callers that have proved themselves, one for all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Operations in no bucket of their own.
    General,
    /// Those that only look, where these are counted apart.
    Reads,
    /// Those that change something, where these are counted apart.
    Writes,
}

impl RateLimits {
    /// Empty buckets for `quotas`.
    #[must_use]
    pub fn new(quotas: &RateQuotas, clock: &Arc<dyn Monotonic>) -> Self {
        let bucket = |quota| {
            if quotas.enforced {
                Bucket::new(quota, Arc::clone(clock))
            } else {
                Bucket::unlimited(quota)
            }
        };
        Self {
            anonymous_reads: bucket(quotas.anonymous_reads),
            token_reads: bucket(quotas.token_reads),
            writes: bucket(quotas.writes),
            general: bucket(quotas.general),
            unmatched: bucket(quotas.unmatched),
        }
    }

    /// Where a caller is counted that has proved itself.
    #[must_use]
    pub fn proven(&self, lane: Lane) -> &Bucket {
        match lane {
            Lane::General => &self.general,
            Lane::Reads => &self.token_reads,
            Lane::Writes => &self.writes,
        }
    }

    /// Where a caller is counted that has not.
    #[must_use]
    pub fn anonymous(&self, lane: Lane) -> &Bucket {
        match lane {
            Lane::General => &self.general,
            Lane::Reads => &self.anonymous_reads,
            Lane::Writes => &self.writes,
        }
    }
}

fn whole_secs(left: Duration) -> u64 {
    left.as_secs() + u64::from(left.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct HandClock(Mutex<Duration>);

    impl HandClock {
        fn advance(&self, secs: u64) {
            *self.0.lock().expect("one thread") += Duration::from_secs(secs);
        }
    }

    impl Monotonic for HandClock {
        fn elapsed(&self) -> Duration {
            *self.0.lock().expect("one thread")
        }
    }

    fn quota(limit: u32, window_secs: u64, lock_secs: Option<u64>) -> Quota {
        Quota {
            limit: NonZeroU32::new(limit).expect("not zero"),
            window_secs: NonZeroU64::new(window_secs).expect("not zero"),
            lock_secs: lock_secs.and_then(NonZeroU64::new),
        }
    }

    #[test]
    fn a_window_allows_exactly_its_limit_and_reports_what_is_left() {
        let clock = Arc::new(HandClock::default());
        let bucket = Bucket::new(quota(40, 60, None), clock.clone());
        for used in 1..=40 {
            let rate = bucket.count("a");
            assert_eq!((rate.remaining, rate.retry_after_secs), (40 - used, None));
            assert_eq!(rate.reset_secs, 60 - u64::from(used - 1));
            clock.advance(1);
        }
        let refused = bucket.count("a");
        assert_eq!(
            refused,
            Rate {
                limit: 40,
                remaining: 0,
                reset_secs: 20,
                retry_after_secs: Some(20),
            }
        );
        assert_eq!(bucket.count("b").remaining, 39);
        clock.advance(20);
        assert_eq!(bucket.count("a").remaining, 39);
    }

    #[test]
    fn a_client_that_went_over_stays_locked_for_the_lock_time() {
        let clock = Arc::new(HandClock::default());
        let bucket = Bucket::new(quota(2, 60, Some(600)), clock.clone());
        assert_eq!(bucket.count("a").retry_after_secs, None);
        assert_eq!(bucket.count("a").retry_after_secs, None);
        assert_eq!(bucket.count("a").retry_after_secs, Some(600));
        clock.advance(599);
        assert_eq!(bucket.count("a").retry_after_secs, Some(1));
        clock.advance(1);
        assert_eq!(bucket.count("a").remaining, 1);
    }

    #[test]
    fn of_requests_at_once_exactly_as_many_are_taken_as_the_window_has_room_for() {
        let bucket = Bucket::new(quota(100, 60, None), Arc::new(HandClock::default()));
        let count = || {
            let rates = (0..50).map(|_| bucket.count("a").retry_after_secs);
            rates.filter(Option::is_none).count()
        };
        let taken: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(count)).collect();
            let counts = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
            counts.map(|count| count.expect("it counts")).sum()
        });
        assert_eq!(taken, 100);
    }

    #[test]
    fn the_largest_quota_does_not_overflow() {
        let clock = Arc::new(HandClock::default());
        let bucket = Bucket::new(quota(u32::MAX, u64::MAX, None), clock);
        assert_eq!(bucket.count("a").remaining, Quota::MAX_LIMIT - 1);
    }
}
