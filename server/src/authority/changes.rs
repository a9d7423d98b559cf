//! `ChangeSet`: what one transaction does, preconditions included.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{LockoutPolicy, RefusalRow};
use crate::domain::{
    AuditRecord, KeyRecord, Principal, SecretPurpose, SecretRecord, SecretState, SessionRecord,
    Standing, TokenHash, TokenRecord,
};
use crate::domain::{Dialect, KeyId, PrincipalId, ScopeSet, TokenId, TokenState};

/// Changes applied in order, all or none.
#[derive(Clone, Debug, Default)]
pub struct ChangeSet(pub Vec<Change>);

impl ChangeSet {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a change.
    #[must_use]
    pub fn with(mut self, change: impl Into<Change>) -> Self {
        self.0.push(change.into());
        self
    }

    /// Adds a change if there is one.
    #[must_use]
    pub fn with_some(mut self, change: Option<Change>) -> Self {
        self.0.extend(change);
        self
    }
}

/// Which tokens a change ends. Only active ones are touched, so a first end keeps its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSelection {
    /// The token and everything that dies with it, transitively.
    TokenAndChildren(TokenId),
    /// Every token of that family and owner.
    Family {
        /// Identifier of the family's first token.
        family: TokenId,
        /// The owner.
        principal: PrincipalId,
    },
    /// Every token of that owner, and every one that speaks for it.
    Person(PrincipalId),
}

/// A token of a list, to be ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Key of its row.
    pub hash: TokenHash,
    /// Public identifier.
    pub id: TokenId,
    /// Its dialect.
    pub dialect: Dialect,
}

/// Where a try at a claimed name is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tries {
    /// Key of the name and the address together.
    pub here: TokenHash,
    /// Key of the name, wherever it is claimed from.
    pub anywhere: TokenHash,
    /// When the try is made, milliseconds.
    pub at_ms: i64,
}

/// One change with its preconditions; [`super::StoreError`] says which one failed.
#[derive(Clone, Debug)]
pub enum Change {
    /// Adds a principal; `AlreadyExists` if the name is taken.
    InsertPrincipal(Principal),
    /// Replaces a profile.
    UpdateProfile(PrincipalId, Map<String, Value>),
    /// Puts a profile in the place of another; `Conflict` when it is not that one any more.
    ReplaceProfile {
        /// Whose.
        principal: PrincipalId,
        /// What it was.
        was: Map<String, Value>,
        /// What it becomes.
        is: Map<String, Value>,
    },
    /// Enables or disables a principal.
    SetEnabled(PrincipalId, bool),
    /// Adds a secret; `AlreadyExists` if its identifier is taken.
    InsertSecret(SecretRecord),
    /// Ends the live secrets of a principal for one purpose.
    EndSecrets(PrincipalId, SecretPurpose, SecretState),
    /// Ends one secret.
    EndSecret(KeyId, SecretState),
    /// Adds a token. `Ended` if its parent is not active or over (a foreign parent without a row is neither), or if owner or subject is disabled.
    InsertToken {
        /// The row.
        record: Arc<TokenRecord>,
        /// Whether it takes the one slot of `(dialect, owner, class)`, superseding the token there.
        takes_slot: bool,
    },
    /// Fails with `Ended` unless that token is active and not over at that moment (milliseconds).
    RequireLive(TokenId, i64),
    /// Fails with `Ended` unless that token is active, over or not.
    RequireActive(TokenId),
    /// Ends tokens for good.
    EndTokens {
        /// Which.
        selection: TokenSelection,
        /// [`TokenState::Revoked`] or [`TokenState::Superseded`].
        state: TokenState,
        /// When, milliseconds.
        at_ms: i64,
    },
    /// Ends the active ones among these tokens that no live one dies with, each with an audit row like the given one; `Ended` if there
    /// is none.
    EndListed {
        /// Which; a few hundred at most.
        tokens: Vec<Listed>,
        /// When, milliseconds.
        at_ms: i64,
        /// What the audit says of each; dialect and target are the token's.
        audit: AuditRecord,
    },
    /// Forgets the failed tries that are counted under a key, and with them its lock; `Conflict` if there are none.
    LiftLock(TokenHash),
    /// Raises the last accepted TOTP step of a secret; `Replayed` unless it grows.
    RaiseStep(KeyId, i64),
    /// Notes a one-time value; `Replayed` if it is noted already.
    SpendOnce {
        /// SHA-256 of its length-prefixed parts.
        hash: TokenHash,
        /// When the note may be swept, milliseconds.
        expires_at_ms: i64,
    },
    /// Fails with `LockedUntil` while such tries are locked.
    RequireUnlocked(Tries, LockoutPolicy),
    /// Counts a failed try, and locks at the limits.
    CountFailure(Tries, LockoutPolicy),
    /// Forgets the failed tries from this address, and remembers that it succeeded.
    NoteSuccess(Tries, LockoutPolicy),
    /// Fails with `Overtaken` unless the secret or session is still good.
    RequireStanding(Standing),
    /// Adds a session.
    InsertSession(SessionRecord),
    /// Moves a session's end.
    SlideSession(TokenHash, i64),
    /// Ends a session.
    DeleteSession(TokenHash),
    /// Ends all sessions of a principal.
    DeleteSessions(PrincipalId),
    /// Adds a signing key; `Conflict` if it is active and the dialect has an active one, `AlreadyExists` if it is to sign next and
    /// the dialect has one that is.
    InsertKey(KeyRecord),
    /// Lets the prepared key of that identifier sign in place of the one that does, from that moment on (milliseconds);
    /// `Conflict` unless it is prepared.
    ActivateKey(KeyId, i64),
    /// Ends a signing key that signs not, at that moment (milliseconds); `Conflict` if it is active, or has ended.
    RetireKey(KeyId, i64),
    /// Adds scopes to what a user has granted a client.
    MergeGrant {
        /// The user.
        user: PrincipalId,
        /// The client.
        client: PrincipalId,
        /// The scopes to add.
        scopes: ScopeSet,
        /// Now, milliseconds.
        at_ms: i64,
    },
    /// Drops everything that a user has granted.
    DropGrants(PrincipalId),
    /// Drops a grant when no live token of that user and client is left.
    DropGrantIfUnused {
        /// The user.
        user: PrincipalId,
        /// The client.
        client: PrincipalId,
        /// Now, milliseconds.
        at_ms: i64,
    },
    /// Writes a sealed setting.
    PutSetting(&'static str, Vec<u8>),
    /// Removes a bounded number of rows that are over.
    Sweep(Sweep),
    /// Notes that the operator accepted the clock at that moment, milliseconds.
    AcceptClock(i64),
    /// Writes an audit row.
    Audit(AuditRecord),
    /// Writes the refusals of minutes that are over.
    InsertRefusals(Vec<RefusalRow>),
    /// Panics where it is applied.
    #[cfg(test)]
    Panic,
}

/// What is over, and may go: sessions, one-time notes, forgotten tries, long-ended tokens, old audit rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// Now, milliseconds.
    pub at_ms: i64,
    /// Tokens whose own end lies before this go.
    pub tokens_ended_before_ms: i64,
    /// Refusals before this go.
    pub refusals_before_ms: i64,
    /// Audit rows of changes before this go.
    pub changes_before_ms: i64,
}
