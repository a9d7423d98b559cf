//! Against whom a request is counted: who has proved itself, or else the address it came from.

use std::{
    fmt::Display,
    net::IpAddr,
    sync::{Arc, OnceLock},
};

use super::EdgeFailure;
use crate::{
    domain::address_key,
    limits::{Lane, Rate, RateLimits},
};

/// A caller asked too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many requests")]
pub struct OverRate {
    /// Whole seconds until a request can succeed again, at least 1.
    pub retry_after_secs: u64,
}

impl From<OverRate> for EdgeFailure {
    fn from(over: OverRate) -> Self {
        Self::RateLimited {
            retry_after_secs: over.retry_after_secs,
        }
    }
}

/// The count of one request. It is made once, in the first bucket that is asked for.
///
/// A caller is counted when it has proved itself, not before. So nobody is refused for what others
/// do at its address, and a proof that fails is counted there all the same.
pub(super) struct Tally {
    limits: Arc<RateLimits>,
    lane: Lane,
    mount: &'static str,
    address: String,
    /// `None` in it: not to be counted.
    counted: OnceLock<Option<Rate>>,
}

impl Tally {
    /// `mount` keeps dialects from using up each other's rate.
    pub(super) fn new(
        limits: &Arc<RateLimits>,
        lane: Lane,
        mount: &'static str,
        address: IpAddr,
    ) -> Self {
        Self {
            limits: Arc::clone(limits),
            lane,
            mount,
            address: address_key(address),
            counted: OnceLock::new(),
        }
    }

    fn of_address(&self) -> String {
        format!("{} address {}", self.mount, self.address)
    }

    pub(super) fn prove(&self, who: impl Display) -> Result<(), OverRate> {
        self.settle(|| {
            let key = format!("{} proven {who}", self.mount);
            self.limits.proven(self.lane).count(&key)
        })
    }

    pub(super) fn count_anonymous(&self) -> Result<(), OverRate> {
        self.settle(|| self.limits.anonymous(self.lane).count(&self.of_address()))
    }

    pub(super) fn count_unmatched(&self) -> Result<(), OverRate> {
        self.settle(|| self.limits.unmatched.count(&self.of_address()))
    }

    /// Nobody could say whether the caller is who it says it is. It is not refused for that.
    pub(super) fn count_undecided(&self) {
        let _ = self.settle(|| {
            let key = format!("{} undecided {}", self.mount, self.address);
            self.limits.proven(self.lane).count(&key)
        });
    }

    pub(super) fn waive(&self) {
        let _ = self.counted.set(None);
    }

    pub(super) fn is_settled(&self) -> bool {
        self.counted.get().is_some()
    }

    pub(super) fn rate(&self) -> Option<Rate> {
        self.counted.get().copied().flatten()
    }

    fn settle(&self, count: impl FnOnce() -> Rate) -> Result<(), OverRate> {
        let rate = self.counted.get_or_init(|| Some(count()));
        match rate.and_then(|rate| rate.retry_after_secs) {
            Some(retry_after_secs) => Err(OverRate { retry_after_secs }),
            None => Ok(()),
        }
    }
}

impl Drop for Tally {
    /// A caller that hangs up before its answer is counted as well.
    fn drop(&mut self) {
        if !self.is_settled() {
            let _ = self.count_anonymous();
        }
    }
}
