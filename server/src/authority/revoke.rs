//! Ending tokens, asking about them, listing them: central operations over all dialects.

use super::{
    Actor, AuthorityError, LiveToken, PrincipalId, TokenAuthority, TokenFilter, TokenId,
    TokenRecord,
};

/// How far a revocation reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The token and what dies with it (a long token's short tokens).
    Token,
    /// Every token of the same owner and family.
    Family,
}

/// What a revocation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// Ended now.
    Ended,
    /// It had ended before; its first time stands.
    AlreadyEnded,
    /// Nobody issued that, or the caller may not touch it.
    Unknown,
}

/// What is known about a presented token (RFC 7662).
#[derive(Clone, Debug, PartialEq)]
pub enum Introspection {
    /// Usable now, in its dialect.
    Active(Box<LiveToken>),
    /// Anything else: unknown, expired, revoked, malformed; deliberately not told apart.
    Inactive,
}

impl TokenAuthority {
    /// Ends a token for every dialect at once; a second call keeps the first time.
    ///
    /// # Errors
    /// `Unavailable`; an unknown token is [`Revocation::Unknown`], not an error.
    pub async fn revoke(
        &self,
        actor: &Actor,
        id: &TokenId,
        extent: Extent,
        reason: Option<&str>,
    ) -> Result<Revocation, AuthorityError> {
        let _ = (actor, id, extent, reason);
        Err(AuthorityError::Unavailable)
    }

    /// Ends a token by its text, whatever its dialect, also a token-generator secret token that has no row yet.
    ///
    /// With `only_of` = some principal, tokens that neither belong to nor speak for it stay [`Revocation::Unknown`].
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn revoke_presented(
        &self,
        actor: &Actor,
        presented: &str,
        only_of: Option<PrincipalId>,
        reason: Option<&str>,
    ) -> Result<Revocation, AuthorityError> {
        let _ = (actor, presented, only_of, reason);
        Err(AuthorityError::Unavailable)
    }

    /// What a presented token is, whatever its dialect.
    ///
    /// # Errors
    /// `Unavailable` only.
    pub async fn introspect(&self, presented: &str) -> Result<Introspection, AuthorityError> {
        let _ = presented;
        Err(AuthorityError::Unavailable)
    }

    /// Token rows by filter, newest first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn list_tokens(
        &self,
        filter: TokenFilter,
    ) -> Result<Vec<TokenRecord>, AuthorityError> {
        Ok(self.core.store.tokens(filter).await?)
    }
}
