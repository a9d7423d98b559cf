//! Ending tokens, asking about them, listing them: central operations over all dialects.

use super::authenticate::token_hash;
use super::changes::{Change, ChangeSet, TokenSelection};
use super::{AuthorityError, LiveToken, StoreError, TokenAuthority, TokenFilter, audit};
use crate::domain::{Actor, PrincipalId, TokenId, TokenRecord, TokenState};

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
        match self.core.store.token_by_id(id.clone()).await? {
            Some(record) => self.revoke_row(actor, &record, extent, reason).await,
            None => Ok(Revocation::Unknown),
        }
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
        let Ok(hash) = token_hash(presented) else {
            return Ok(Revocation::Unknown);
        };
        let may = |record: &TokenRecord| {
            only_of.is_none_or(|id| record.principal == id || record.subject == Some(id))
        };
        if let Some(record) = self.core.store.token_by_hash(hash).await? {
            return if may(&record) {
                self.revoke_row(actor, &record, Extent::Token, reason).await
            } else {
                Ok(Revocation::Unknown)
            };
        }
        // Ended now, it must not wake up later: neither when its `nbf` comes nor when its owner is enabled again.
        match self.foreign(hash, presented, i64::MAX).await {
            Ok(foreign) if may(&foreign.record) => self.bury(actor, foreign.record, reason).await,
            Err(AuthorityError::Unavailable) => Err(AuthorityError::Unavailable),
            Ok(_) | Err(_) => Ok(Revocation::Unknown),
        }
    }

    async fn revoke_row(
        &self,
        actor: &Actor,
        record: &TokenRecord,
        extent: Extent,
        reason: Option<&str>,
    ) -> Result<Revocation, AuthorityError> {
        let ended = record.state != TokenState::Active;
        let selection = match extent {
            // Its children ended with it, in the same transaction.
            Extent::Token if ended => return Ok(Revocation::AlreadyEnded),
            Extent::Token => TokenSelection::TokenAndChildren(record.id.clone()),
            Extent::Family => TokenSelection::Family {
                family: record.family.clone(),
                principal: record.principal,
            },
        };
        let at_ms = self.now_ms();
        let grant = record.subject.map(|user| Change::DropGrantIfUnused {
            user,
            client: record.principal,
            at_ms,
        });
        let action = match extent {
            Extent::Token => "token.revoke",
            Extent::Family => "token.revoke_family",
        };
        let changes = ChangeSet::new()
            .with(Change::EndTokens {
                selection,
                state: TokenState::Revoked,
                at_ms,
            })
            .with_some(grant)
            .with(audit::row(
                at_ms,
                actor,
                action,
                Some(record.dialect),
                record.id.as_str(),
                "done",
                reason,
            ));
        self.core.store.commit(changes).await?;
        Ok(if ended {
            Revocation::AlreadyEnded
        } else {
            Revocation::Ended
        })
    }

    /// Writes the row of a token that its holder signed, as revoked: from now on the hash is known and dead.
    async fn bury(
        &self,
        actor: &Actor,
        mut record: TokenRecord,
        reason: Option<&str>,
    ) -> Result<Revocation, AuthorityError> {
        let at_ms = self.now_ms();
        record.state = TokenState::Revoked;
        record.revoked_at_ms = Some(at_ms);
        let noted = audit::row(
            at_ms,
            actor,
            "token.revoke",
            Some(record.dialect),
            record.id.as_str(),
            "done",
            reason,
        );
        let made_from_it = Change::EndTokens {
            selection: TokenSelection::TokenAndChildren(record.id.clone()),
            state: TokenState::Revoked,
            at_ms,
        };
        let changes = ChangeSet::new()
            .with(Change::InsertToken {
                record: Box::new(record),
                takes_slot: false,
            })
            .with(made_from_it)
            .with(noted);
        match self.core.store.commit(changes).await {
            Ok(_) => Ok(Revocation::Ended),
            Err(StoreError::Conflict) => Ok(Revocation::AlreadyEnded),
            Err(error) => Err(error.into()),
        }
    }

    /// What a presented token is, whatever its dialect.
    ///
    /// # Errors
    /// `Unavailable` only.
    pub async fn introspect(&self, presented: &str) -> Result<Introspection, AuthorityError> {
        match self.authenticate_anywhere(presented).await {
            Ok(live) => Ok(Introspection::Active(Box::new(live))),
            Err(AuthorityError::Unavailable) => Err(AuthorityError::Unavailable),
            Err(_) => Ok(Introspection::Inactive),
        }
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
