//! Who has proved what: what the core hands out once it has let somebody in.

use std::sync::Arc;

use crate::domain::{Principal, SessionRecord, Standing, TokenRecord};

/// A token that authenticated just now, with who stands behind it. Cloning it is cheap.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveToken {
    /// Its row (for a foreign token: what the row would be).
    pub record: Arc<TokenRecord>,
    /// Its owner.
    pub owner: Arc<Principal>,
    /// The user it speaks for, if that is not the owner.
    pub subject: Option<Arc<Principal>>,
    /// `false` for a secret token that its holder signed and that has no row here.
    pub stored: bool,
    /// The JSON text of the claims of such a token, as its holder wrote it.
    pub claims_text: Option<Arc<str>>,
}

/// Somebody who has proved a password.
#[derive(Clone, Debug, PartialEq)]
pub struct ProvenUser {
    /// Who.
    pub user: Arc<Principal>,
    /// The password's secret.
    pub standing: Standing,
}

/// A session as found by its identifier.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Who logged in; `None` when that user is gone or disabled.
    pub principal: Option<Arc<Principal>>,
    /// First millisecond at which it is over, after sliding.
    pub expires_at_ms: i64,
    /// Its row, as it was before it slid.
    pub record: SessionRecord,
}

impl Session {
    /// The session as what its user was let in by.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing::Session(self.record.hash)
    }
}
