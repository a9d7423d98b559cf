//! A token as it is held: its row, or what its row would be, with what a look at the clock needs.

use std::sync::Arc;

use super::weigh::{self, Weigh};
use crate::authority::{EndedToken, Epoch};
use crate::domain::{TokenRecord, TokenState};

/// A token whose signature was checked, alive or dead: a dead one stays, so that it costs no more than a live one.
#[derive(Clone, Debug)]
pub(in crate::authority) struct HeldToken {
    /// Its row (for one that its holder signed: what the row would be).
    pub(in crate::authority) record: Arc<TokenRecord>,
    /// Of one that its holder signed and that has no row.
    pub(in crate::authority) foreign: Option<Foreign>,
    /// The first moment at which its claims count, after the leeway; milliseconds.
    pub(in crate::authority) begins_ms: Option<i64>,
    /// A commit that the read saw which found it.
    pub(in crate::authority) seen: Epoch,
    /// Where the key came from that its signature was checked with; `None` for one that nobody signed.
    pub(in crate::authority) key_seen: Option<KeySeen>,
}

/// Which read found a key, by a commit that it saw. The key may be from a copy, which is older than the token's own read; and what
/// changes keys of the one sort says nothing about those of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::authority) enum KeySeen {
    /// A signing key of a dialect.
    Ring(Epoch),
    /// A registered HMAC secret.
    Registered(Epoch),
}

/// What is known of a token without a row.
#[derive(Clone, Debug)]
pub(in crate::authority) struct Foreign {
    /// The JSON text of its claims, as its holder wrote it.
    pub(in crate::authority) claims_text: Arc<str>,
    /// Whether it does not say when it was issued, so that it counts as issued whenever it is looked at.
    pub(in crate::authority) undated: bool,
}

impl HeldToken {
    /// The same token after its end, which gives it a row if it had none.
    pub(super) fn ended(&self, end: &EndedToken) -> Self {
        let record = if self.record.state == TokenState::Active {
            let mut record = TokenRecord::clone(&self.record);
            record.state = end.state;
            record.revoked_at_ms = Some(end.at_ms);
            Arc::new(record)
        } else {
            // The first end stands.
            Arc::clone(&self.record)
        };
        Self {
            record,
            foreign: None,
            begins_ms: self.begins_ms,
            seen: self.seen,
            key_seen: self.key_seen,
        }
    }
}

impl Weigh for HeldToken {
    fn heap_bytes(&self) -> usize {
        let claims_text = self.foreign.as_ref().map(|foreign| &*foreign.claims_text);
        weigh::token(&self.record) + claims_text.map_or(0, weigh::text)
    }
}
