//! Proofs of identity: passwords, client secrets, one-time codes, private-key assertions.

use super::{
    Actor, AuthorityError, Dialect, PlainSecret, Principal, PrincipalKind, SecretPurpose,
    TokenAuthority,
};

/// Who somebody claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimant<'a> {
    /// In which dialect.
    pub dialect: Dialect,
    /// As what.
    pub kind: PrincipalKind,
    /// Under which name.
    pub name: &'a str,
}

impl TokenAuthority {
    /// Checks a human's password (argon2id, off the async threads). An unknown name costs the same.
    ///
    /// # Errors
    /// `WrongSecret`, `LockedOut`, `Busy`, `Unavailable`.
    pub async fn verify_password(
        &self,
        actor: &Actor,
        claimant: Claimant<'_>,
        password: &PlainSecret,
    ) -> Result<Principal, AuthorityError> {
        let _ = (actor, claimant, password);
        Err(AuthorityError::Unavailable)
    }

    /// Checks a machine's secret against every live one of that purpose, in constant time. An unknown name costs the same.
    ///
    /// `purpose` is `ClientSecret`, `PasswordGrantSecret` or `MerchantSecret`.
    ///
    /// # Errors
    /// `WrongSecret`, `Unavailable`.
    pub async fn verify_secret(
        &self,
        actor: &Actor,
        claimant: Claimant<'_>,
        purpose: SecretPurpose,
        presented: &PlainSecret,
    ) -> Result<Principal, AuthorityError> {
        let _ = (actor, claimant, purpose, presented);
        Err(AuthorityError::Unavailable)
    }

    /// Checks a one-time code (RFC 6238: SHA-1, six digits `[0-9]`, 30 s, one step either way); each code works once.
    ///
    /// # Errors
    /// `WrongSecret`, `Replayed`, `LockedOut`, `Unavailable`.
    pub async fn verify_totp(
        &self,
        actor: &Actor,
        claimant: Claimant<'_>,
        code: &PlainSecret,
    ) -> Result<Principal, AuthorityError> {
        let _ = (actor, claimant, code);
        Err(AuthorityError::Unavailable)
    }

    /// Checks a private-key JWT (RFC 7523) by the claimant's registered keys: RS256, ES256 or `EdDSA`; `iss` = `sub` = its
    /// name; `aud` exactly the one string `audience`; `exp` at most 5 minutes ahead; `jti` used once.
    ///
    /// # Errors
    /// `WrongSecret` (whatever is wrong with it), `Replayed`, `Unavailable`.
    pub async fn verify_assertion(
        &self,
        actor: &Actor,
        claimant: Claimant<'_>,
        assertion: &PlainSecret,
        audience: &str,
    ) -> Result<Principal, AuthorityError> {
        let _ = (actor, claimant, assertion, audience);
        Err(AuthorityError::Unavailable)
    }
}
