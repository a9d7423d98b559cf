//! Whether reads and writes work, and why not; tells the log once when that changes.

use std::{
    num::NonZeroU32,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use super::failure::Fault;
use crate::authority::NotReady;

/// Faults that are logged at once; after them one in each [`LOG_PERIOD`], so that a database that fails and
/// recovers by turns does not fill the log as well.
const LOG_BURST: NonZeroU32 = NonZeroU32::new(16).expect("16 is not zero");
const LOG_PERIOD: Duration = Duration::from_secs(10);

/// The state of both halves of the store.
pub(super) struct Health {
    /// Transactions.
    pub(super) writes: Half,
    /// Queries outside of them.
    pub(super) reads: Half,
}

/// One half of the store.
pub(super) struct Half {
    name: &'static str,
    trouble: Mutex<Option<Trouble>>,
    budget: DefaultDirectRateLimiter,
}

/// A fault that is not over.
#[derive(Clone, Copy)]
struct Trouble {
    reason: NotReady,
    logged: bool,
}

impl Health {
    pub(super) fn new() -> Self {
        Self {
            writes: Half::new("writes"),
            reads: Half::new("reads"),
        }
    }

    /// Whether both halves work; the reason when one does not.
    pub(super) fn verdict(&self) -> Result<(), NotReady> {
        match self.writes.reason().or(self.reads.reason()) {
            None => Ok(()),
            Some(reason) => Err(reason),
        }
    }
}

impl Half {
    fn new(name: &'static str) -> Self {
        let quota = Quota::with_period(LOG_PERIOD).map_or(Quota::per_second(LOG_BURST), |quota| {
            quota.allow_burst(LOG_BURST)
        });
        Self {
            name,
            trouble: Mutex::new(None),
            budget: RateLimiter::direct(quota),
        }
    }

    /// Notes a fault, and logs it unless the same trouble is known already.
    pub(super) fn failed(&self, fault: &Fault) {
        let mut trouble = self.trouble();
        if trouble.is_some_and(|known| known.reason == fault.reason) {
            return;
        }
        let logged = self.budget.check().is_ok();
        if logged {
            let (half, reason, words) = (self.name, fault.reason, &fault.words);
            tracing::error!(half, %reason, database = words, "the database fails");
        }
        // A trouble that changes its reason ends once.
        let logged = logged || trouble.is_some_and(|known| known.logged);
        *trouble = Some(Trouble {
            reason: fault.reason,
            logged,
        });
    }

    /// Notes a success, and logs that a fault is over.
    pub(super) fn worked(&self) {
        if let Some(over) = self.trouble().take()
            && over.logged
        {
            let (half, reason) = (self.name, over.reason);
            tracing::info!(half, %reason, "the database works again");
        }
    }

    /// Why this half does not work; `None` while it does.
    pub(super) fn reason(&self) -> Option<NotReady> {
        self.trouble().map(|trouble| trouble.reason)
    }

    fn trouble(&self) -> MutexGuard<'_, Option<Trouble>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
