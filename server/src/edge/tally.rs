//! Against whom a request is counted: who has proved itself, or else the address it came from.

use std::{
    fmt::Display,
    net::IpAddr,
    sync::{Arc, OnceLock},
};

use super::EdgeFailure;
use crate::{
    domain::address_key,
    limits::{Bucket, Lane, Rate, RateLimits},
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

/// In which buckets a request is counted.
#[derive(Clone, Copy)]
pub(super) struct Counting<'a> {
    pub(super) limits: &'a Arc<RateLimits>,
    pub(super) lane: Lane,
    pub(super) mount: &'static str,
}

/// The count of one request. It is made once, in the first bucket that is asked for.
///
/// A caller is counted when it has proved itself, not before. So nobody is refused for what others
/// do at its address, and a proof that fails is counted there all the same.
pub(super) struct Tally {
    limits: Arc<RateLimits>,
    lane: Lane,
    /// It keeps dialects from using up each other's rate.
    mount: &'static str,
    address: IpAddr,
    /// `None` in it: not to be counted.
    counted: OnceLock<Option<Rate>>,
}

impl Tally {
    pub(super) fn new(counting: Counting<'_>, address: IpAddr) -> Self {
        let Counting {
            limits,
            lane,
            mount,
        } = counting;
        Self {
            limits: Arc::clone(limits),
            lane,
            mount,
            address,
            counted: OnceLock::new(),
        }
    }

    pub(super) fn prove(&self, who: impl Display) -> Result<(), OverRate> {
        self.settle(|| {
            let client = format_args!("{} proven {who}", self.mount);
            self.limits.proven(self.lane).count(client)
        })
    }

    pub(super) fn count_anonymous(&self) -> Result<(), OverRate> {
        self.settle(|| self.count_address(self.limits.anonymous(self.lane)))
    }

    pub(super) fn count_unmatched(&self) -> Result<(), OverRate> {
        self.settle(|| self.count_address(&self.limits.unmatched))
    }

    fn count_address(&self, bucket: &Bucket) -> Rate {
        bucket.count(format_args!(
            "{} address {}",
            self.mount,
            address_key(self.address)
        ))
    }

    /// Nobody could say whether the caller is who it says it is. It is not refused for that.
    pub(super) fn count_undecided(&self) {
        let _ = self.settle(|| {
            let client = format_args!("{} undecided {}", self.mount, address_key(self.address));
            self.limits.proven(self.lane).count(client)
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
