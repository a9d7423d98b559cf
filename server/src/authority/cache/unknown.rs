//! A text that is no token: what was asked in vain is not asked again for a second.
//!
//! Tokens that another process adds are not in the change log, so that such an entry cannot be dropped when one of them turns
//! out to be it. That is why it is good for a second, and no longer.

use std::time::{Duration, Instant};

use super::weigh::Weigh;
use crate::authority::Epoch;
use crate::domain::KeyId;

/// How long nobody is asked again.
const KEPT: Duration = Duration::from_secs(1);

/// A text that is no token.
#[derive(Clone, Debug)]
pub(in crate::authority) struct Unknown {
    /// Before the read: what was added after it is not taken for garbage any longer than that.
    asked_at: Instant,
    pub(super) seen: Epoch,
    /// The shard of the secret that it claims to be signed with: a new secret may make a token of it.
    pub(super) issuer: Option<u8>,
}

impl Unknown {
    pub(super) fn new(asked_at: Instant, seen: Epoch, issuer: Option<&KeyId>) -> Self {
        Self {
            asked_at,
            seen,
            issuer: issuer.map(super::stamps::Sharded::shard),
        }
    }

    pub(super) fn holds_at(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.asked_at) < KEPT
    }
}

impl Weigh for Unknown {
    fn heap_bytes(&self) -> usize {
        2 * size_of::<usize>()
    }
}
