//! What can go wrong in the core, each variant one fact that a dialect maps to its own answer.

use super::ports::StoreError;

/// Why the core refused or could not act.
///
/// Dialects match on it exhaustively. Unknown principals are [`AuthorityError::WrongSecret`], so that
/// nobody can tell them from a wrong secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityError {
    /// Not shaped like any token (too long, wrong parts, wrong characters, forbidden header member).
    #[error("malformed token")]
    MalformedToken,
    /// No such token in this dialect; also: wrong signature, wrong audience, another dialect's token.
    #[error("unknown token")]
    UnknownToken,
    /// Issued here, past its end.
    #[error("expired token")]
    ExpiredToken,
    /// Its `nbf` (or `iat`) lies in the future.
    #[error("token not valid yet")]
    NotYetValid,
    /// Issued here, ended by somebody or replaced by a successor; also: the secret or session that the caller stood on has
    /// ended meanwhile.
    #[error("revoked token")]
    RevokedToken,
    /// The token's owner or subject (or a named principal) was disabled or is gone.
    #[error("disabled principal")]
    DisabledPrincipal,
    /// Wrong password, secret, one-time code or assertion; also an unknown or disabled principal.
    #[error("wrong secret")]
    WrongSecret,
    /// A one-time proof (code, assertion `jti`) that was used before.
    #[error("replayed proof")]
    Replayed,
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
    /// A principal of that name exists in the dialect.
    #[error("already exists")]
    AlreadyExists,
    /// The token would be longer than 4 KiB or nested too deeply to be accepted back.
    #[error("token too large")]
    TooLarge,
    /// A caller broke a rule of the core (a bug in a dialect, not in the request); the text says which.
    #[error("refused by the core: {0}")]
    Refused(&'static str),
    /// Storage or an internal part failed; details are in the log only. Answer 503 with `Retry-After`.
    #[error("unavailable")]
    Unavailable,
}

impl From<StoreError> for AuthorityError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::LockedUntil { retry_after_secs } => Self::LockedOut { retry_after_secs },
            StoreError::Replayed => Self::Replayed,
            StoreError::AlreadyExists => Self::AlreadyExists,
            StoreError::Ended | StoreError::Overtaken => Self::RevokedToken,
            StoreError::Conflict | StoreError::Unavailable => Self::Unavailable,
        }
    }
}
