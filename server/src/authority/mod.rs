//! The token authority: issues, authenticates, introspects and revokes the tokens of every dialect.
//!
//! Nothing in here knows HTTP, SQL or a wire format. A dialect hands in who asks ([`Actor`]) and what
//! it wants ([`IssueRequest`]), and maps the small error of what it asked to its own answer. What can be asked stands in
//! five facets of one core: [`TokenAuthority::tokens`], [`proofs`](TokenAuthority::proofs),
//! [`sessions`](TokenAuthority::sessions), [`registry`](TokenAuthority::registry) and [`upkeep`](TokenAuthority::upkeep). Storage, time and
//! randomness are ports ([`Store`], [`Clock`], [`Randomness`]).
//!
//! Invariants:
//! * One row per token in one table, whatever its dialect. The row holds the SHA-256 of the token,
//!   never the token; a JWT is signed again from its stored claims ([`Tokens::reproduce`]).
//! * A token authenticates in the dialect it was issued for and nowhere else; in none, once that is served no more.
//! * An end is final, keeps its first time, and is durable before it is acknowledged.
//! * Every change writes an audit row in its own transaction, without secrets. (Sliding a session and sweeping
//!   what is over change nothing that anybody could do, and write none.) Refusals are counted, and written by the minute.
//! * A storage failure is [`Unavailable`], never "unknown token".

mod assertions;
mod audit;
mod authenticate;
mod cache;
pub mod changes;
mod claimed;
mod committed;
mod decoys;
mod end_many;
mod error;
mod explain;
mod find;
mod flags;
mod foreign;
mod issue;
mod leap;
mod loaded;
mod locks;
mod lookup;
mod mint;
mod new_secret;
mod open;
mod password_checks;
mod people;
mod ports;
mod principals;
mod proofs;
mod proven;
mod provision;
mod refusal_row;
mod refusals;
mod registered;
mod request;
mod revoke;
mod rotation;
mod sessions;
mod settings;
mod shape;
mod upkeep;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::domain::{Clock, Dialect, Randomness, Secret};
use crate::keys::Sealer;
use crate::keys::hash::random_text;
use crate::keys::ring::KeyRing;
use cache::Cache;
use decoys::Decoys;
use leap::ClockWatch;
use loaded::{Loaded, RingReads};
use password_checks::PasswordChecks;
use refusals::Refusals;

pub use assertions::AssertionBounds;
pub use authenticate::Introspection;
pub use claimed::Claimant;
pub use committed::{Changed, ChangedSecret, Committed, EndedToken, Epoch, Follower, Seen};
pub use end_many::Radius;
pub use error::{
    AssertionError, CodeError, IssueError, OpenError, PasswordError, RegistryError, RevokeError,
    SecretError, SessionError, TokenError, Unavailable,
};
pub use explain::{Explanation, Reason, Rule};
pub use flags::{AuditArgs, CacheArgs, LockoutArgs, PasswordArgs};
pub use issue::IssuedToken;
pub use leap::Sweeping;
pub use new_secret::{NewSecret, RegisteredSecret};
pub use ports::{
    AuditFilter, ClockNote, FoundToken, Lock, NotReady, Page, PrincipalFilter, SignedTokens, Store,
    StoreError, StoreFuture, TokenFilter,
};
pub use principals::{ProfileError, profile_as};
pub use proven::{LiveToken, ProvenUser, Session};
pub use provision::SecretView;
pub use refusal_row::{Proof, RefusalCell, RefusalRow, RefusedTo, Source};
pub use refusals::MAX_CELLS;
pub use request::{IssueRequest, TokenFacts};
pub use revoke::{Extent, Revocation};
pub use rotation::{Activation, KeyError, KeyView, Retirement};
pub use sessions::{OpenSession, SignedSid};
pub use settings::{AuditKept, AuthoritySettings, CacheSize, DialectRules, LockoutPolicy};

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
    cache: Arc<Cache>,
    ring: Loaded<KeyRing, Epoch>,
    ring_reads: RingReads,
    session_secret: Loaded<Secret, u64>,
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

/// Tokens: issuing, authenticating, introspecting, revoking and finding them.
#[derive(Clone, Copy)]
pub struct Tokens<'a>(&'a Arc<Core>);

/// Proofs of identity: passwords, machines' secrets, one-time codes, assertions.
#[derive(Clone, Copy)]
pub struct Proofs<'a>(&'a Arc<Core>);

/// Cookie sessions.
#[derive(Clone, Copy)]
pub struct Sessions<'a>(&'a Arc<Core>);

/// Principals, their secrets, and the keys that sign tokens.
#[derive(Clone, Copy)]
pub struct Registry<'a>(&'a Arc<Core>);

/// What a running server does for the core now and then, and what is asked about its state.
#[derive(Clone, Copy)]
pub struct Upkeep<'a>(&'a Arc<Core>);

impl TokenAuthority {
    /// Issues, authenticates, introspects, revokes and finds tokens.
    #[must_use]
    pub fn tokens(&self) -> Tokens<'_> {
        Tokens(&self.core)
    }

    /// Checks who somebody is.
    #[must_use]
    pub fn proofs(&self) -> Proofs<'_> {
        Proofs(&self.core)
    }

    /// Opens, finds and closes cookie sessions.
    #[must_use]
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions(&self.core)
    }

    /// Registers principals, secrets and keys.
    #[must_use]
    pub fn registry(&self) -> Registry<'_> {
        Registry(&self.core)
    }

    /// Sweeps, watches the clock, writes and reads the audit, tells whether storage works.
    #[must_use]
    pub fn upkeep(&self) -> Upkeep<'_> {
        Upkeep(&self.core)
    }

    /// Now, milliseconds of the epoch, from the injected clock.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.core.now_ms()
    }

    /// `iss` of the tokens that carry one (the public URL).
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.core.settings.issuer
    }
}

impl Core {
    /// The rules of a dialect; `None` if it is not served, so that nothing of it is good for anything.
    fn rules(&self, dialect: Dialect) -> Option<&DialectRules> {
        self.settings.dialects.get(&dialect)
    }

    fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    fn random_text<const N: usize>(&self) -> Result<Secret, Unavailable> {
        Ok(random_text::<N>(self.randomness.as_ref())?)
    }
}
