//! Authenticating presented tokens: look-up, dialect binding, state, time, signature.

use super::{AuthorityError, Dialect, LiveToken, TokenAuthority, TokenId, TokenRecord};

impl TokenAuthority {
    /// The live token behind a presented text, in that dialect only.
    ///
    /// For [`Dialect::TokenGenerator`] this takes both kinds of caller: tokens issued here, and secret tokens
    /// that a holder signed (`iss` = id of a registered secret); the latter have [`LiveToken::stored`] = `false`,
    /// [`TokenRecord::key_id`] = the secret's id, and the claims as presented.
    ///
    /// # Errors
    /// `MalformedToken`, `UnknownToken`, `ExpiredToken`, `NotYetValid`, `RevokedToken`, `DisabledPrincipal`, `Unavailable`.
    pub async fn authenticate(
        &self,
        dialect: Dialect,
        presented: &str,
    ) -> Result<LiveToken, AuthorityError> {
        let _ = (dialect, presented);
        Err(AuthorityError::Unavailable)
    }

    /// The row of a token by its identifier, in any state.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn token(&self, id: &TokenId) -> Result<Option<TokenRecord>, AuthorityError> {
        Ok(self.core.store.token_by_id(id.clone()).await?)
    }
}
