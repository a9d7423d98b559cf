//! Finding tokens: by owner and dialect, by slot, and the keys that verify them.

use std::sync::Arc;

use super::{Core, Page, TokenFilter, Tokens, Unavailable};
use crate::domain::{
    Dialect, PrincipalId, PublicKey, Secret, TokenClass, TokenHash, TokenId, TokenRecord,
};
use crate::keys::hash::sha256;

impl Tokens<'_> {
    /// The token of that identifier, in any state, if it is of that dialect and belongs to that owner.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn owned(
        self,
        dialect: Dialect,
        owner: PrincipalId,
        id: &TokenId,
    ) -> Result<Option<TokenRecord>, Unavailable> {
        let record = self.0.store.token_by_id(id.clone()).await?;
        Ok(record.filter(|record| record.dialect == dialect && record.principal == owner))
    }

    /// The live token in the slot of `(dialect, owner, class)`, if there is one.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn in_slot(
        self,
        dialect: Dialect,
        owner: PrincipalId,
        class: &TokenClass,
    ) -> Result<Option<TokenRecord>, Unavailable> {
        let store = &self.0.store;
        let record = store.token_in_slot(dialect, owner, class.clone()).await?;
        let now_ms = self.0.now_ms();
        Ok(record.filter(|record| record.expires_at_ms.is_none_or(|end| end > now_ms)))
    }

    /// By what the row of a token is found.
    #[must_use]
    pub fn hash_of(self, token: &Secret) -> TokenHash {
        TokenHash(sha256(token.as_bytes()))
    }

    /// The first token of a token's family, in any state; `None` once it was swept.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn first_of_family(
        self,
        member: &Arc<TokenRecord>,
    ) -> Result<Option<Arc<TokenRecord>>, Unavailable> {
        self.0.first_of_family(member).await
    }

    /// A page of token rows by filter, newest first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn list(self, filter: TokenFilter) -> Result<Page<TokenRecord>, Unavailable> {
        Ok(self.0.store.tokens(filter).await?)
    }

    /// The public halves of the keys that sign tokens of the dialects that are served, sorted by `kid`: asymmetric ones only.
    ///
    /// # Errors
    /// `Unavailable`: while storage cannot be asked, nobody can tell whether a key was withdrawn in it.
    pub async fn public_keys(self) -> Result<Vec<PublicKey>, Unavailable> {
        let ring = self.0.ring().await?.found;
        Ok(ring.public_keys(|dialect| self.0.rules(dialect).is_some()))
    }
}

impl Core {
    /// The first token of a token's family; of that one itself no more is read than was read already.
    pub(super) async fn first_of_family(
        &self,
        member: &Arc<TokenRecord>,
    ) -> Result<Option<Arc<TokenRecord>>, Unavailable> {
        if member.family == member.id {
            return Ok(Some(Arc::clone(member)));
        }
        let first = self.store.token_by_id(member.family.clone()).await?;
        Ok(first.map(Arc::new))
    }
}
