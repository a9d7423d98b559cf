//! What a commit did to what others may hold copies of, who is told of it, and which commit a read saw.

use std::time::Instant;

use crate::domain::{KeyId, PrincipalId, SecretPurpose, TokenHash, TokenState};

/// Number of the last committed change set; grows with every commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(pub i64);

/// A durable change set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Its commit, which it may share with others.
    pub epoch: Epoch,
    /// What it changed.
    pub changed: Changed,
}

/// What is not any more as somebody may have read it before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Tokens that have ended, or were added as ended ones.
    pub ended: Vec<EndedToken>,
    /// Tokens that were added and live. Told in the process that adds them, and not noted in the change log: nobody can have
    /// looked for a token that is made of fresh randomness.
    pub added: Vec<TokenHash>,
    /// Principals that were added, enabled, disabled or given another profile.
    pub principals: Vec<PrincipalId>,
    /// Secrets that were added, or have ended.
    pub secrets: Vec<ChangedSecret>,
    /// Whether a signing key was added or moved on.
    pub keys: bool,
    /// Whether a sealed setting was written, such as the session secret.
    pub settings: bool,
    /// Up to which own end tokens may have been swept, milliseconds.
    pub tokens_swept_ms: Option<i64>,
    /// More than could be told: whoever holds copies forgets them all. The store says so to followers itself, with
    /// [`Follower::lost`].
    pub everything: bool,
}

/// A token that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedToken {
    /// Key of its row.
    pub hash: TokenHash,
    /// How it ended.
    pub state: TokenState,
    /// When, milliseconds.
    pub at_ms: i64,
}

/// A secret that was added, or has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedSecret {
    /// Its identifier.
    pub id: KeyId,
    /// Whose it is.
    pub principal: PrincipalId,
    /// What it proves.
    pub purpose: SecretPurpose,
}

/// Whoever holds copies of what was read from a store. None of its calls may wait.
pub trait Follower: Send + Sync + 'static {
    /// A commit is durable, and not acknowledged yet. Commits of this process are told in their order, those of others when
    /// the change log shows them; one may be told twice.
    fn committed(&self, committed: &Committed);
    /// Copies may be older than what can be learned of changes: none is to be believed.
    fn lost(&self);
    /// Every commit that was acknowledged before that moment has been told.
    fn caught_up(&self, at: Instant);
}

/// What a read found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen<T> {
    /// A commit that the read saw, with everything before it. It may have seen more.
    pub epoch: Epoch,
    /// What was there.
    pub found: T,
}
