//! The token authority: issues, authenticates, introspects and revokes the tokens of every dialect.
//!
//! Nothing in here knows HTTP, SQL or a wire format. A dialect hands in who asks ([`Actor`]) and what
//! it wants ([`IssueRequest`]), and maps [`AuthorityError`] to its own answer. Storage, time and
//! randomness are ports ([`Store`], [`Clock`], [`Randomness`]).
//!
//! Invariants:
//! * One row per token in one table, whatever its dialect. The row holds the SHA-256 of the token,
//!   never the token; a JWT is signed again from its stored claims ([`TokenAuthority::reproduce`]).
//! * A token authenticates in the dialect it was issued for and nowhere else.
//! * An end is final, keeps its first time, and is durable before it is acknowledged.
//! * Every change writes an audit row in its own transaction, without secrets. (Sliding a session and sweeping
//!   what is over change nothing that anybody could do, and write none.) Refusals are counted, and written by the minute.
//! * A storage failure is [`AuthorityError::Unavailable`], never "unknown token".

mod assertions;
mod audit;
mod authenticate;
pub mod changes;
mod claimed;
mod decoys;
mod error;
mod issue;
mod leap;
mod mint;
mod open;
mod password_checks;
mod ports;
mod principals;
mod proofs;
mod proven;
mod provision;
mod refusals;
mod request;
mod revoke;
mod sessions;
mod settings;
mod upkeep;

#[cfg(test)]
mod tests;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use crate::domain::{Clock, NoRandomness, Randomness, Secret};
use crate::keys::Sealer;
use crate::keys::hash::random_text;
use crate::keys::ring::KeyRing;
use decoys::Decoys;
use leap::ClockWatch;
use password_checks::PasswordChecks;
use refusals::Refusals;

pub use assertions::{AssertionBounds, AssertionError};
pub use claimed::Claimant;
pub use error::AuthorityError;
pub use issue::IssuedToken;
pub use leap::{ClockNote, Sweeping};
pub use ports::{Epoch, NotReady, Store, StoreError, StoreFuture, TokenFilter};
pub use principals::profile_as;
pub use proven::{LiveToken, ProvenUser, Session};
pub use provision::{NewSecret, RegisteredSecret};
pub use refusals::{MAX_CELLS, Proof, RefusalCell, RefusalRow, RefusedTo, Source};
pub use request::{IssueRequest, TokenFacts};
pub use revoke::{Extent, Introspection, Revocation};
pub use sessions::OpenSession;
pub use settings::{AuditKept, AuthoritySettings, LockoutPolicy};

/// The one core behind all dialects; cloning is cheap and shares everything.
#[derive(Clone)]
pub struct TokenAuthority {
    core: Arc<Core>,
}

/// What the clones share.
struct Core {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    settings: AuthoritySettings,
    sealer: Sealer,
    ring: RwLock<KeyRing>,
    session_secret: RwLock<Secret>,
    password_checks: PasswordChecks,
    decoys: Decoys,
    refusals: Refusals,
    clock_watch: ClockWatch,
}

impl std::fmt::Debug for TokenAuthority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenAuthority")
    }
}

impl TokenAuthority {
    /// Now, milliseconds of the epoch, from the injected clock.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.core.clock.now_ms()
    }

    /// `iss` of the tokens that carry one (the public URL).
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.core.settings.issuer
    }

    /// The public signing keys as a JWK set (RFC 7517): asymmetric ones only, never a private member.
    #[must_use]
    pub fn jwks(&self) -> serde_json::Value {
        self.ring().jwks()
    }

    /// Fills a buffer with random bytes for a dialect's own needs (request ids and the like).
    ///
    /// # Errors
    /// [`AuthorityError::Unavailable`] when there are none.
    pub fn random_bytes(&self, buffer: &mut [u8]) -> Result<(), AuthorityError> {
        self.core
            .randomness
            .fill(buffer)
            .map_err(|NoRandomness| AuthorityError::Unavailable)
    }

    /// Whether storage can be written to and read, for readiness probes; it is tried at most once a second.
    ///
    /// # Errors
    /// [`NotReady`] says why not.
    pub async fn ready(&self) -> Result<(), NotReady> {
        self.core.store.probe().await
    }

    /// Whether storage answers a read now.
    ///
    /// # Errors
    /// [`AuthorityError::Unavailable`] when it does not.
    pub async fn reachable(&self) -> Result<(), AuthorityError> {
        self.core.store.setting(open::SESSION_SECRET).await?;
        Ok(())
    }

    fn ring(&self) -> RwLockReadGuard<'_, KeyRing> {
        // Nothing panics while it holds the lock; a poisoned one still guards whole data.
        self.core
            .ring
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn random_text<const N: usize>(&self) -> Result<Secret, AuthorityError> {
        random_text::<N>(self.core.randomness.as_ref())
            .map_err(|NoRandomness| AuthorityError::Unavailable)
    }
}
