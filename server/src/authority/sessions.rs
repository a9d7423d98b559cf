//! Cookie sessions: opening, finding (slides), closing, and the MAC that a cookie carries.

use super::{Actor, AuthorityError, Dialect, PlainSecret, Principal, Session, TokenAuthority};

/// A session just opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// 24 random bytes in base64url: 32 characters.
    pub sid: PlainSecret,
    /// First millisecond at which it is over unless used.
    pub expires_at_ms: i64,
}

impl TokenAuthority {
    /// Opens a session for a principal; the session `replaces`, if it is one of this dialect, ends in the same transaction.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn open_session(
        &self,
        actor: &Actor,
        dialect: Dialect,
        principal: &Principal,
        replaces: Option<&PlainSecret>,
    ) -> Result<OpenSession, AuthorityError> {
        let _ = (actor, dialect, principal, replaces);
        Err(AuthorityError::Unavailable)
    }

    /// The live session of that identifier, its life slid on; `None` if there is none or it is over.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn find_session(
        &self,
        dialect: Dialect,
        sid: &PlainSecret,
    ) -> Result<Option<Session>, AuthorityError> {
        let _ = (dialect, sid);
        Err(AuthorityError::Unavailable)
    }

    /// Ends a session; one that is not there is fine.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn close_session(
        &self,
        actor: &Actor,
        dialect: Dialect,
        sid: &PlainSecret,
    ) -> Result<(), AuthorityError> {
        let _ = (actor, dialect, sid);
        Err(AuthorityError::Unavailable)
    }

    /// HMAC-SHA256 of a session identifier under the session secret.
    #[must_use]
    pub fn session_mac(&self, sid: &str) -> [u8; 32] {
        let _ = sid;
        [0; 32]
    }

    /// Whether `mac` is that HMAC, compared in constant time.
    #[must_use]
    pub fn verify_session_mac(&self, sid: &str, mac: &[u8]) -> bool {
        let _ = (sid, mac);
        false
    }

    /// The session secret as text (its UTF-8 bytes are the key), for the demo's credentials.
    #[must_use]
    pub fn session_secret(&self) -> PlainSecret {
        PlainSecret::new("")
    }

    /// Sets the session secret, durably; sessions signed under the old one are no longer accepted.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn set_session_secret(
        &self,
        actor: &Actor,
        secret: PlainSecret,
    ) -> Result<(), AuthorityError> {
        let _ = (actor, secret);
        Err(AuthorityError::Unavailable)
    }
}
