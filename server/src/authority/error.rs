//! What can go wrong in the core: a small type for each sort of question, each variant one fact that a dialect maps.
//!
//! Unknown principals are `Wrong`, so that nobody can tell them from a wrong secret.

use super::ports::StoreError;
use crate::domain::NoRandomness;
use crate::keys::SealError;
use crate::keys::jwt_rules::JwtFault;

/// Storage or an internal part failed; details are in the log only. Answer 503 with `Retry-After`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unavailable")]
pub struct Unavailable;

/// Why a presented token does not authenticate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not shaped like any token (too long, wrong parts, wrong characters, forbidden header member).
    #[error("malformed token")]
    Malformed,
    /// No such token in this dialect; also: wrong signature, wrong audience, another dialect's token.
    #[error("unknown token")]
    Unknown,
    /// Issued here, past its end.
    #[error("expired token")]
    Expired,
    /// Its `nbf` (or `iat`) lies in the future.
    #[error("token not valid yet")]
    NotYetValid,
    /// Issued here, ended by somebody or replaced by a successor.
    #[error("revoked token")]
    Revoked,
    /// The token's owner or subject was disabled or is gone.
    #[error("disabled principal")]
    Disabled,
    /// See [`Unavailable`].
    #[error("unavailable")]
    Unavailable,
}

/// Why a token is not issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// The token would be longer than 4 KiB or nested too deeply to be accepted back.
    #[error("token too large")]
    TooLarge,
    /// What it was to hang on, or what its caller was let in by, has been ended: a token, a session, a secret.
    #[error("what the token stands on has ended")]
    Ended,
    /// What it was to hang on is past its end, so that the new token would be over at once.
    #[error("what the token stands on has expired")]
    Expired,
    /// The token's owner or subject was disabled or is gone.
    #[error("disabled principal")]
    Disabled,
    /// See [`Unavailable`].
    #[error("unavailable")]
    Unavailable,
}

/// Why a token that was presented to be revoked was left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevokeError {
    /// Nobody issued it; or it is somebody else's, and dead.
    #[error("unknown token")]
    Unknown,
    /// It is live, and neither belongs to the caller nor speaks for it.
    #[error("the token of somebody else")]
    NotOwner,
    /// See [`Unavailable`].
    #[error("unavailable")]
    Unavailable,
}

/// Why a machine's secret proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Another secret than the client's; also an unknown or disabled client.
    #[error("wrong secret")]
    Wrong,
    /// See [`Unavailable`].
    #[error("unavailable")]
    Unavailable,
}

/// Why a password proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Another password than the user's; also an unknown or disabled user.
    #[error("wrong password")]
    Wrong,
    /// Too many wrong tries; nothing is checked until the time is over.
    #[error("locked out for {retry_after_secs} s")]
    LockedOut {
        /// Whole seconds until the next try is looked at, at least 1.
        retry_after_secs: u64,
    },
    /// Too many password checks are queued already.
    #[error("busy, retry in {retry_after_secs} s")]
    Busy {
        /// Whole seconds to wait, at least 1.
        retry_after_secs: u64,
    },
    /// See [`Unavailable`].
    #[error("unavailable")]
    Unavailable,
}

/// Why a one-time code proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Not the code of this moment; also an unknown or disabled client.
    #[error("wrong code")]
    Wrong,
    /// The right code, used before.
    #[error("replayed code")]
    Replayed,
    /// Too many wrong tries; nothing is checked until the time is over.
    #[error("locked out for {retry_after_secs} s")]
    LockedOut {
        /// Whole seconds until the next try is looked at, at least 1.
        retry_after_secs: u64,
    },
    /// See [`Unavailable`].
    #[error("unavailable")]
    Unavailable,
}

/// Why an assertion proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// Whatever is wrong with it; also an unknown or disabled client.
    #[error("wrong assertion")]
    Wrong,
    /// Its `jti` was used before.
    #[error("replayed assertion")]
    Replayed,
    /// One of the claimant's keys signed it, but `exp` lies too far ahead. Told to holders of the key alone.
    #[error("an assertion that ends more than {max_secs} s ahead")]
    TooLong {
        /// How far ahead `exp` may lie, seconds.
        max_secs: u32,
    },
    /// See [`Unavailable`].
    #[error("unavailable")]
    Unavailable,
}

/// Why no session is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// The password was changed since it was proved.
    #[error("the password was changed meanwhile")]
    Overtaken,
    /// See [`Unavailable`].
    #[error("unavailable")]
    Unavailable,
}

/// Why the registry of principals, secrets and keys was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// A principal or secret of that name exists.
    #[error("already exists")]
    Exists,
    /// Nothing has that name.
    #[error("not found")]
    NotFound,
    /// What is to be registered cannot be; the text says why.
    #[error("{0}")]
    Invalid(&'static str),
    /// See [`Unavailable`].
    #[error("unavailable")]
    Unavailable,
}

/// Why the authority does not open on a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// What the store holds is sealed under another master key.
    #[error("the master key does not fit the database")]
    MasterKey,
    /// A setting that cannot be; the text says why.
    #[error("{0}")]
    Setting(&'static str),
    /// See [`Unavailable`].
    #[error("unavailable")]
    Unavailable,
}

/// A part that failed makes every question unanswerable.
macro_rules! unavailable {
    ($($error:ty),+ $(,)?) => {$(
        impl From<Unavailable> for $error {
            fn from(Unavailable: Unavailable) -> Self {
                Self::Unavailable
            }
        }
    )+};
}

unavailable!(
    TokenError,
    IssueError,
    RevokeError,
    SecretError,
    PasswordError,
    CodeError,
    AssertionError,
    SessionError,
    RegistryError,
    OpenError,
);

/// A store that fails does too. What a precondition gives, whoever sets one matches on first.
macro_rules! unavailable_store {
    ($($error:ty),+ $(,)?) => {$(
        impl From<StoreError> for $error {
            fn from(error: StoreError) -> Self {
                Unavailable::from(error).into()
            }
        }
    )+};
}

unavailable_store!(
    TokenError,
    IssueError,
    RevokeError,
    SecretError,
    AssertionError,
    SessionError,
    OpenError,
);

impl From<StoreError> for Unavailable {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict | StoreError::Busy | StoreError::Unavailable => Self,
            StoreError::AlreadyExists
            | StoreError::Ended
            | StoreError::Overtaken
            | StoreError::Replayed
            | StoreError::LockedUntil { .. } => misuse("what a precondition gives is matched on"),
        }
    }
}

impl From<NoRandomness> for Unavailable {
    fn from(NoRandomness: NoRandomness) -> Self {
        Self
    }
}

impl From<SealError> for Unavailable {
    fn from(SealError: SealError) -> Self {
        Self
    }
}

/// A key of our own that cannot sign.
impl From<JwtFault> for Unavailable {
    fn from(fault: JwtFault) -> Self {
        tracing::error!(%fault, "a key does not sign");
        Self
    }
}

impl From<JwtFault> for TokenError {
    fn from(fault: JwtFault) -> Self {
        match fault {
            JwtFault::Malformed | JwtFault::Header => Self::Malformed,
            JwtFault::Signature | JwtFault::Claim | JwtFault::TooLong | JwtFault::Key => {
                Self::Unknown
            }
            JwtFault::Expired => Self::Expired,
            JwtFault::NotYetValid => Self::NotYetValid,
        }
    }
}

impl From<StoreError> for PasswordError {
    fn from(error: StoreError) -> Self {
        match error {
            // The password was changed while it was checked.
            StoreError::Overtaken => Self::Wrong,
            StoreError::LockedUntil { retry_after_secs } => Self::LockedOut { retry_after_secs },
            StoreError::Conflict
            | StoreError::AlreadyExists
            | StoreError::Ended
            | StoreError::Replayed
            | StoreError::Busy
            | StoreError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<StoreError> for CodeError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Replayed => Self::Replayed,
            StoreError::LockedUntil { retry_after_secs } => Self::LockedOut { retry_after_secs },
            StoreError::Conflict
            | StoreError::AlreadyExists
            | StoreError::Ended
            | StoreError::Overtaken
            | StoreError::Busy
            | StoreError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<StoreError> for RegistryError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::AlreadyExists => Self::Exists,
            StoreError::Conflict
            | StoreError::Ended
            | StoreError::Overtaken
            | StoreError::Replayed
            | StoreError::LockedUntil { .. }
            | StoreError::Busy
            | StoreError::Unavailable => Self::Unavailable,
        }
    }
}

/// A rule of the core that a caller in this package broke: a bug in a dialect, not in the request. It is said in the log.
pub(super) fn misuse(rule: &'static str) -> Unavailable {
    tracing::error!(rule, "a dialect asked the authority for what cannot be");
    Unavailable
}
