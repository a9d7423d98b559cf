//! Copies of what the hot paths read: tokens by hash, principals, callers that have proved themselves, registered keys, and texts
//! that are no token.
//!
//! Invariants:
//! * A copy is never older than the last acknowledged commit that changed it: the store tells of a commit before it acknowledges
//!   it ([`Follower`]), and what was read before a change is not put in after it (`guarded.rs`).
//! * Nothing is believed unless the store has said within the last second that everything was told (`trust.rs`).
//! * It takes no more memory than it was given (`weigh.rs`).
//! * A copy proves nothing by itself: whoever takes one checks state, times and who stands behind it, on every request.

mod caller;
mod guarded;
mod registered;
mod stamps;
mod token;
mod trust;
mod unknown;
mod weigh;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Instant;

use super::{Changed, Claimant, Committed, Epoch, Follower};
use crate::domain::{KeyId, MachineSecret, Principal, PrincipalId, SecretPurpose, TokenHash};
pub(super) use caller::{Caller, SecretHash};
use guarded::Guarded;
pub(super) use registered::RegisteredKey;
use stamps::{Sharded as _, Stamps};
pub(super) use token::{Foreign, HeldToken, KeySeen};
pub(super) use trust::Reading;
use trust::Trust;
pub(super) use unknown::Unknown;

/// See the module.
pub(super) struct Cache {
    trust: Trust,
    tokens: Guarded<TokenHash, HeldToken>,
    principals: Guarded<PrincipalId, Principal>,
    callers: Guarded<SecretHash, Caller>,
    registered: Guarded<KeyId, RegisteredKey>,
    unknown: Guarded<TokenHash, Unknown>,
    /// When a machine's secret was last changed, by its principal.
    machines: Stamps,
    /// When a registered HMAC secret was last changed, by its identifier.
    hmac_keys: Stamps,
    /// The last commit that changed a signing key.
    ring: AtomicI64,
    /// How many commits have changed a sealed setting.
    settings: AtomicU64,
    /// Up to which own end tokens may have been swept, milliseconds.
    swept_ms: AtomicI64,
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cache")
    }
}

impl Cache {
    /// An empty one that takes at most so many bytes; none keeps nothing.
    pub(super) fn new(bytes: usize) -> Self {
        // Of twenty parts. Tokens are many; of the others there are few, or they are small.
        let parts = |number: usize| bytes / 20 * number;
        Self {
            trust: Trust::new(),
            tokens: Guarded::new(parts(14)),
            principals: Guarded::new(parts(3)),
            callers: Guarded::new(parts(1)),
            registered: Guarded::new(parts(1)),
            unknown: Guarded::new(parts(1)),
            machines: Stamps::new(),
            hmac_keys: Stamps::new(),
            ring: AtomicI64::new(i64::MIN),
            settings: AtomicU64::new(0),
            swept_ms: AtomicI64::new(i64::MIN),
        }
    }

    /// Whether every commit up to a second ago is known here.
    pub(super) fn is_trusted(&self) -> bool {
        self.trust.holds_at(Instant::now())
    }

    /// Begins a read whose find may be kept; `None` while nothing is to be kept.
    pub(super) fn reading(&self) -> Option<Reading> {
        self.trust.reading()
    }

    /// The token of that hash, if a copy of it is as good as its row.
    pub(super) fn token(&self, hash: &TokenHash) -> Option<Arc<HeldToken>> {
        if !self.is_trusted() {
            return None;
        }
        let held = self.tokens.get(hash)?;
        // Nobody but the store knows whether its row was swept.
        let may_be_swept = |end: i64| end <= self.swept_ms.load(Ordering::Acquire);
        if held.record.expires_at_ms.is_some_and(may_be_swept) {
            return None;
        }
        let key_stands = match (&held.record.key_id, held.key_seen) {
            (None, None) => true,
            (Some(_), Some(KeySeen::Ring(seen))) => self.saw_ring(seen),
            (Some(key), Some(KeySeen::Registered(seen))) => self.hmac_keys.saw(key.shard(), seen),
            (None, Some(_)) | (Some(_), None) => false,
        };
        key_stands.then_some(held)
    }

    /// The principal of that identifier.
    pub(super) fn principal(&self, id: PrincipalId) -> Option<Arc<Principal>> {
        self.is_trusted()
            .then(|| self.principals.get(&id))
            .flatten()
    }

    /// Who has proved that claim by the secret of that hash.
    pub(super) fn caller(
        &self,
        hash: &SecretHash,
        claimant: Claimant<'_>,
        sort: MachineSecret,
    ) -> Option<PrincipalId> {
        if !self.is_trusted() {
            return None;
        }
        let caller = self.callers.get(hash)?;
        let stands = caller.proved(claimant, sort)
            && self.machines.saw(caller.principal.shard(), caller.seen);
        stands.then_some(caller.principal)
    }

    /// The registered HMAC secret of that identifier.
    pub(super) fn registered(&self, id: &KeyId) -> Option<Arc<RegisteredKey>> {
        self.is_trusted().then(|| self.registered.get(id)).flatten()
    }

    /// Whether that text was found to be no token less than a second ago.
    pub(super) fn is_unknown(&self, hash: &TokenHash) -> bool {
        let now = Instant::now();
        self.trust.holds_at(now)
            && self.unknown.get(hash).is_some_and(|unknown| {
                let issuer = unknown.issuer;
                unknown.holds_at(now)
                    && issuer.is_none_or(|shard| self.hmac_keys.saw(shard, unknown.seen))
            })
    }

    /// Whether a read that saw that commit saw the signing keys as they are.
    pub(super) fn saw_ring(&self, seen: Epoch) -> bool {
        seen.0 >= self.ring.load(Ordering::Acquire)
    }

    /// Whether nothing was lost since that read began.
    pub(super) fn still(&self, reading: Reading) -> bool {
        self.trust.still(reading)
    }

    /// How many commits have changed a sealed setting.
    pub(super) fn settings_changed(&self) -> u64 {
        self.settings.load(Ordering::Acquire)
    }

    /// Keeps a token whose signature was checked.
    pub(super) fn keep_token(&self, reading: Option<Reading>, held: HeldToken) {
        if let Some(reading) = reading {
            let (hash, seen) = (held.record.hash, held.seen);
            self.tokens
                .fill(hash, Arc::new(held), seen, (reading, &self.trust));
        }
    }

    /// Keeps a principal.
    pub(super) fn keep_principal(
        &self,
        reading: Option<Reading>,
        seen: Epoch,
        principal: &Arc<Principal>,
    ) {
        if let Some(reading) = reading {
            let (id, principal) = (principal.id, Arc::clone(principal));
            self.principals
                .fill(id, principal, seen, (reading, &self.trust));
        }
    }

    /// Keeps who has proved a claim by the secret of that hash.
    pub(super) fn keep_caller(
        &self,
        reading: Option<Reading>,
        seen: Epoch,
        hash: SecretHash,
        (claimant, sort, principal): (Claimant<'_>, MachineSecret, PrincipalId),
    ) {
        if let Some(reading) = reading {
            let caller = Arc::new(Caller::new(claimant, sort, principal, seen));
            self.callers
                .fill(hash, caller, seen, (reading, &self.trust));
        }
    }

    /// Keeps a registered HMAC secret.
    pub(super) fn keep_registered(&self, reading: Option<Reading>, key: &Arc<RegisteredKey>) {
        if let Some(reading) = reading {
            let (id, seen, key) = (key.id.clone(), key.seen, Arc::clone(key));
            self.registered.fill(id, key, seen, (reading, &self.trust));
        }
    }

    /// Remembers that a text is no token; `issuer` is the secret that it claims to be signed with.
    pub(super) fn keep_unknown(
        &self,
        reading: Option<Reading>,
        seen: Epoch,
        hash: TokenHash,
        issuer: Option<&KeyId>,
    ) {
        if let Some(reading) = reading {
            let unknown = Arc::new(Unknown::new(reading.began, seen, issuer));
            self.unknown
                .fill(hash, unknown, seen, (reading, &self.trust));
        }
    }

    fn apply(&self, changed: &Changed, epoch: Epoch) {
        let Changed {
            ended,
            added,
            principals,
            secrets,
            keys,
            settings,
            tokens_swept_ms,
            // Told as `lost`.
            everything: _,
        } = changed;
        for end in ended {
            self.tokens
                .change(&end.hash, epoch, |held| Some(held.ended(end)));
            self.unknown.change(&end.hash, epoch, |_| None);
        }
        for hash in added {
            self.unknown.change(hash, epoch, |_| None);
        }
        for id in principals {
            self.principals.change(id, epoch, |_| None);
        }
        for secret in secrets {
            match secret.purpose {
                SecretPurpose::ClientSecret
                | SecretPurpose::PasswordGrantSecret
                | SecretPurpose::MerchantSecret => {
                    self.machines.raise(secret.principal.shard(), epoch);
                }
                SecretPurpose::HmacKey => {
                    self.hmac_keys.raise(secret.id.shard(), epoch);
                    self.registered.change(&secret.id, epoch, |_| None);
                }
                // No copies are made of what these are checked against.
                SecretPurpose::Password | SecretPurpose::TotpSeed | SecretPurpose::AssertionKey => {
                }
            }
        }
        if *keys {
            self.ring.fetch_max(epoch.0, Ordering::AcqRel);
        }
        if *settings {
            self.settings.fetch_add(1, Ordering::AcqRel);
        }
        if let Some(swept_ms) = *tokens_swept_ms {
            self.swept_ms.fetch_max(swept_ms, Ordering::AcqRel);
        }
    }
}

impl Follower for Cache {
    fn committed(&self, committed: &Committed) {
        self.apply(&committed.changed, committed.epoch);
    }

    fn lost(&self) {
        self.trust.lose(Instant::now());
        self.tokens.clear();
        self.principals.clear();
        self.callers.clear();
        self.registered.clear();
        self.unknown.clear();
        self.machines.clear();
        self.hmac_keys.clear();
        self.ring.store(i64::MIN, Ordering::Release);
        self.swept_ms.store(i64::MIN, Ordering::Release);
    }

    fn caught_up(&self, at: Instant) {
        self.trust.caught_up(at);
    }
}
