//! The storage port of the core, handed in at construction.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Weak;

use super::changes::{ChangeSet, Sweep, Tries};
use super::{Committed, Follower, LockoutPolicy, RefusalRow, Seen};
use crate::domain::{
    AuditRecord, Claim, KeyRecord, Principal, SecretPurpose, SecretRecord, SessionRecord,
    TokenHash, TokenRecord,
};
use crate::domain::{
    Contents, Dialect, KeyId, PrincipalId, PrincipalKind, ScopeSet, TokenClass, TokenId, text_enum,
};

text_enum! {
    /// A moment that is kept in the database.
    ClockNote {
        /// The last end of the one-time values whose notes may have been swept.
        OneTimeSwept = "one_time_swept",
        /// The last end of the tokens whose rows may have been swept.
        TokensSwept = "tokens_swept",
        /// When the operator last accepted the clock.
        Accepted = "accepted",
    }
}

/// Why storage did not do as asked. A change set that fails leaves no trace.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A precondition no longer holds; reading again and retrying may help.
    #[error("conflict")]
    Conflict,
    /// A principal, secret or key of that name exists.
    #[error("already exists")]
    AlreadyExists,
    /// The parent, owner or subject of a new token has ended.
    #[error("ended")]
    Ended,
    /// The secret or session that the caller stood on has ended meanwhile.
    #[error("overtaken")]
    Overtaken,
    /// A one-time thing was used before.
    #[error("replayed")]
    Replayed,
    /// Locked out.
    #[error("locked for {retry_after_secs} s")]
    LockedUntil {
        /// Whole seconds left, at least 1.
        retry_after_secs: u64,
    },
    /// Too many change sets wait already; nothing was tried.
    #[error("busy")]
    Busy,
    /// The database failed; its own words are in the log.
    #[error("unavailable")]
    Unavailable,
}

/// Why storage cannot be relied on, in words for whoever may ask: no paths, nothing of the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// There is no room.
    #[error("the disk is full")]
    Full,
    /// A write, read or sync failed; writes are refused until a checkpoint has been synced and read back.
    #[error("the disk failed, and no checkpoint has been synced since")]
    Disk,
    /// Pages of the database do not fit each other.
    #[error("the database is damaged")]
    Damaged,
    /// The database's name leads to another file, or to none.
    #[error("the database file was deleted or replaced")]
    Replaced,
    /// Another process holds a lock for too long.
    #[error("another process holds the database")]
    Locked,
    /// Everything else; the log has the driver's words.
    #[error("the database refuses to work")]
    Failing,
}

/// What a store read or commit gives: a boxed future, so that the port can be a trait object.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A token with those it concerns.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundToken {
    /// Its row.
    pub record: TokenRecord,
    /// Its owner; `None` for a row whose owner is gone.
    pub owner: Option<Principal>,
    /// The user it speaks for, if that is not the owner.
    pub subject: Option<Principal>,
}

/// Which tokens to list; every given member narrows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenFilter {
    /// Only the one of this identifier.
    pub id: Option<TokenId>,
    /// Only the one of this hash.
    pub hash: Option<TokenHash>,
    /// Only of this dialect.
    pub dialect: Option<Dialect>,
    /// Only of this owner.
    pub principal: Option<PrincipalId>,
    /// Only speaking for this user.
    pub subject: Option<PrincipalId>,
    /// Only of this owner, or speaking for it.
    pub person: Option<PrincipalId>,
    /// Only of this class.
    pub class: Option<TokenClass>,
    /// Only of this family.
    pub family: Option<TokenId>,
    /// Only those that die with one of these; empty narrows nothing.
    pub parents: Vec<TokenId>,
    /// Only those issued before this moment, milliseconds.
    pub issued_before_ms: Option<i64>,
    /// Only active ones that are not over at this moment.
    pub live_at_ms: Option<i64>,
    /// Only active ones that are not over at this moment, or that others depend on.
    pub endable_at_ms: Option<i64>,
    /// Only those after a page that ended so.
    pub after: Option<i64>,
    /// At most so many, newest first; 0 means 100.
    pub limit: u64,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What is listed.
    pub rows: Vec<T>,
    /// By what the list goes on; `None` at its end.
    pub next: Option<i64>,
}

/// Which principals to list; every given member narrows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PrincipalFilter {
    /// Only of this dialect.
    pub dialect: Option<Dialect>,
    /// Only of this kind.
    pub kind: Option<PrincipalKind>,
    /// Only those that may prove themselves, or that may not.
    pub enabled: Option<bool>,
    /// Only those after a page that ended so.
    pub after: Option<i64>,
    /// At most so many, in the order of their identifiers; 0 means 100.
    pub limit: u64,
}

/// Which audit rows of changes to list; every given member narrows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only what that principal did, or what was done to the one of that name.
    pub principal: Option<(PrincipalId, Dialect, String)>,
    /// Only on that: a token id, principal name or key id.
    pub target: Option<String>,
    /// Only of that action.
    pub action: Option<String>,
    /// Only from this moment on, milliseconds.
    pub from_ms: Option<i64>,
    /// Only before this moment, milliseconds.
    pub before_ms: Option<i64>,
    /// Only those after a page that ended so.
    pub after: Option<i64>,
    /// At most so many, newest first; 0 means 100.
    pub limit: u64,
}

/// A lock-out that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// Of a name, or of a name and an address: a hash, nobody can tell of what.
    pub key: TokenHash,
    /// Failed tries that are counted.
    pub failures: usize,
    /// Until when it holds, milliseconds.
    pub until_ms: i64,
}

/// Live tokens that one key has signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignedTokens {
    /// How many.
    pub count: u64,
    /// The last of their ends, milliseconds; [`i64::MAX`] where one has no end.
    pub last_end_ms: i64,
}

/// Durable state. Reads see every commit acknowledged before they started.
pub trait Store: Send + Sync + 'static {
    /// Applies all changes in one durable transaction, or none; preconditions are part of the changes. Followers have been told
    /// when this returns.
    fn commit(&self, changes: ChangeSet) -> StoreFuture<'_, Committed>;
    /// From now on that follower is told of every commit, of this process and of others.
    fn follow(&self, follower: Weak<dyn Follower>);
    /// Whether a write can be made and a read answered, proved at most once a second.
    fn probe(&self) -> Pin<Box<dyn Future<Output = Result<(), NotReady>> + Send + '_>>;
    /// The token of that hash with its owner and the user it speaks for: one statement.
    fn look_up(&self, hash: TokenHash) -> StoreFuture<'_, Seen<Option<FoundToken>>>;
    /// The token row of that identifier.
    fn token_by_id(&self, id: TokenId) -> StoreFuture<'_, Option<TokenRecord>>;
    /// The active token in the slot of `(dialect, principal, class)`, expired or not.
    fn token_in_slot(
        &self,
        dialect: Dialect,
        principal: PrincipalId,
        class: TokenClass,
    ) -> StoreFuture<'_, Option<TokenRecord>>;
    /// A page of tokens by filter, newest first.
    fn tokens(&self, filter: TokenFilter) -> StoreFuture<'_, Page<TokenRecord>>;
    /// A principal by its internal identifier.
    fn principal(&self, id: PrincipalId) -> StoreFuture<'_, Seen<Option<Principal>>>;
    /// A page of principals by filter, in the order of their identifiers.
    fn principals(&self, filter: PrincipalFilter) -> StoreFuture<'_, Page<Principal>>;
    /// A principal by name.
    fn principal_by_name(
        &self,
        dialect: Dialect,
        kind: PrincipalKind,
        name: String,
    ) -> StoreFuture<'_, Option<Principal>>;
    /// Who has a claimed name, and the live secrets of the decoy's purpose, or the decoy: one statement, and one row
    /// unless there are several secrets.
    fn claim(
        &self,
        dialect: Dialect,
        kind: PrincipalKind,
        name: String,
        decoy: &SecretRecord,
    ) -> StoreFuture<'_, Seen<Claim>>;
    /// The same for the live secret of that identifier, whose owner may be disabled.
    fn claim_by_secret(&self, id: &KeyId, decoy: &SecretRecord) -> StoreFuture<'_, Seen<Claim>>;
    /// The name of the principal that is called so; or else of the one enabled principal whose profile has that `email`, ASCII
    /// letters in either case, none if several have it. One statement, one row.
    fn name_or_email(
        &self,
        dialect: Dialect,
        kind: PrincipalKind,
        text: String,
    ) -> StoreFuture<'_, Option<String>>;
    /// The live secrets of a principal for one purpose, oldest first.
    fn live_secrets(
        &self,
        principal: PrincipalId,
        purpose: SecretPurpose,
    ) -> StoreFuture<'_, Vec<SecretRecord>>;
    /// A secret by its identifier, in any state.
    fn secret(&self, id: KeyId) -> StoreFuture<'_, Seen<Option<SecretRecord>>>;
    /// A session by the hash of its identifier.
    fn session(&self, hash: TokenHash) -> StoreFuture<'_, Option<SessionRecord>>;
    /// All signing keys.
    fn keys(&self) -> StoreFuture<'_, Seen<Vec<KeyRecord>>>;
    /// The tokens that a signing key has signed and that live at that moment, milliseconds. It reads every token: for operators.
    fn signed_by(&self, key: KeyId, live_at_ms: i64) -> StoreFuture<'_, SignedTokens>;
    /// A sealed setting.
    fn setting(&self, name: &'static str) -> StoreFuture<'_, Option<Vec<u8>>>;
    /// A moment that was noted, milliseconds.
    fn clock_note(&self, note: ClockNote) -> StoreFuture<'_, Option<i64>>;
    /// What there is that proves a master key.
    fn contents(&self) -> StoreFuture<'_, Contents>;
    /// The scopes a user has granted a client.
    fn grant(&self, user: PrincipalId, client: PrincipalId) -> StoreFuture<'_, Option<ScopeSet>>;
    /// Seconds until such tries are looked at again; 0 = now.
    fn locked_for_secs(&self, tries: Tries, policy: LockoutPolicy) -> StoreFuture<'_, u64>;
    /// A page of the audit rows of changes by filter, newest first.
    fn audit(&self, filter: AuditFilter) -> StoreFuture<'_, Page<AuditRecord>>;
    /// A page of the rows of refusals, newest minute first, after a page that ended so.
    fn refusals(&self, after: Option<i64>, limit: u64) -> StoreFuture<'_, Page<RefusalRow>>;
    /// The locks that hold at a moment (milliseconds), in the order of their keys, after one of them.
    fn locks(&self, at_ms: i64, after: Option<TokenHash>, limit: u64)
    -> StoreFuture<'_, Vec<Lock>>;
    /// How many sessions of a principal are not over at a moment, milliseconds.
    fn session_count(&self, principal: PrincipalId, at_ms: i64) -> StoreFuture<'_, u64>;
    /// Whether there is anything that `Change::Sweep` would remove.
    fn left_to_sweep(&self, sweep: Sweep) -> StoreFuture<'_, bool>;
}
