//! Ending tokens: one that was looked up, or one that is presented, whatever its dialect.

use std::sync::Arc;

use super::changes::{Change, ChangeSet, TokenSelection};
use super::find::{Found, Presented};
use super::{Core, RevokeError, StoreError, TokenError, Tokens, Unavailable, audit};
use crate::domain::{Actor, PrincipalId, TokenRecord, TokenState};

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
}

impl Tokens<'_> {
    /// Ends a token that was looked up or authenticated, for every dialect at once; a second call keeps the first time.
    /// Of several at once exactly one is told [`Revocation::Ended`].
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn revoke(
        self,
        actor: &Actor,
        record: &TokenRecord,
        extent: Extent,
        reason: Option<&str>,
    ) -> Result<Revocation, Unavailable> {
        match extent {
            Extent::Token => self.0.revoke_one(actor, record, reason).await,
            Extent::Family => self.0.revoke_family(actor, record, reason).await,
        }
    }

    /// Ends a token by its text, whatever its dialect, also one that its holder signed and that has no row yet.
    ///
    /// With `only_of` = some principal, tokens that neither belong to nor speak for it are left alone.
    ///
    /// # Errors
    /// [`RevokeError`].
    pub async fn revoke_presented(
        self,
        actor: &Actor,
        presented: &str,
        only_of: Option<PrincipalId>,
        reason: Option<&str>,
    ) -> Result<Revocation, RevokeError> {
        let may = |record: &TokenRecord| {
            only_of.is_none_or(|id| record.principal == id || record.subject == Some(id))
        };
        let refusal = match self.0.known(presented, may).await {
            Ok(Known::Row(record)) => {
                return Ok(self.0.revoke_one(actor, &record, reason).await?);
            }
            Ok(Known::NoRow(record)) => return Ok(self.0.bury(actor, &record, reason).await?),
            Ok(Known::OfOthers(found)) => self.0.live(found).map(drop),
            Err(error) => Err(error),
        };
        Err(match refusal {
            // Only of a live one it is said that it is there (RFC 7009 §2.2).
            Ok(()) => RevokeError::NotOwner,
            Err(TokenError::Unavailable) => RevokeError::Unavailable,
            Err(_) => RevokeError::Unknown,
        })
    }
}

/// A token that was presented to be ended.
enum Known {
    /// It has a row. Whether that still verifies is of no account: who has the token may end it.
    Row(Arc<TokenRecord>),
    /// Its holder signed it. Ended now, it must not wake up later: neither when its `nbf` comes nor when its owner is enabled again.
    NoRow(Arc<TokenRecord>),
    /// The caller may not end it.
    OfOthers(Found),
}

impl Core {
    /// What is presented, and whether whoever presents it may end it.
    async fn known(
        &self,
        text: &str,
        may: impl Fn(&TokenRecord) -> bool,
    ) -> Result<Known, TokenError> {
        let presented = Presented::new(text)?;
        let found = if let Some(found) = self.held(&presented).await? {
            found
        } else {
            let mut looked_up = self.look_up(&presented).await?;
            let row = &mut looked_up.seen.found;
            if let Some(found) = row.take_if(|found| may(&found.record)) {
                return Ok(Known::Row(Arc::new(found.record)));
            }
            let jwt = presented.jwt()?;
            self.judged(&presented, jwt, looked_up).await?
        };
        let record = Arc::clone(&found.held.record);
        Ok(match &found.held.foreign {
            _ if !may(&record) => Known::OfOthers(found),
            None => Known::Row(record),
            Some(_) => Known::NoRow(record),
        })
    }

    pub(super) async fn revoke_one(
        &self,
        actor: &Actor,
        record: &TokenRecord,
        reason: Option<&str>,
    ) -> Result<Revocation, Unavailable> {
        // Its children ended with it, in the same transaction.
        if record.state != TokenState::Active {
            return Ok(Revocation::AlreadyEnded);
        }
        let selection = TokenSelection::TokenAndChildren(record.id.clone());
        let changes = ChangeSet::new().with(Change::RequireActive(record.id.clone()));
        let changes = self.ending(changes, actor, (record, selection, "token.revoke"), reason);
        match self.store.commit(changes).await {
            Ok(_) => Ok(Revocation::Ended),
            // Somebody else has ended it since it was read.
            Err(StoreError::Ended) => Ok(Revocation::AlreadyEnded),
            Err(error) => Err(error.into()),
        }
    }

    async fn revoke_family(
        &self,
        actor: &Actor,
        record: &TokenRecord,
        reason: Option<&str>,
    ) -> Result<Revocation, Unavailable> {
        let selection = TokenSelection::Family {
            family: record.family.clone(),
            principal: record.principal,
        };
        let ended = (record, selection, "token.revoke_family");
        let changes = self.ending(ChangeSet::new(), actor, ended, reason);
        self.store.commit(changes).await?;
        Ok(if record.state == TokenState::Active {
            Revocation::Ended
        } else {
            Revocation::AlreadyEnded
        })
    }

    /// Ends the tokens selected on account of `record`, and the grant that nobody uses any more.
    fn ending(
        &self,
        changes: ChangeSet,
        actor: &Actor,
        (record, selection, action): (&TokenRecord, TokenSelection, &'static str),
        reason: Option<&str>,
    ) -> ChangeSet {
        let at_ms = self.now_ms();
        let grant = record.subject.map(|user| Change::DropGrantIfUnused {
            user,
            client: record.principal,
            at_ms,
        });
        changes
            .with(Change::EndTokens {
                selection,
                state: TokenState::Revoked,
                at_ms,
            })
            .with_some(grant)
            .with(
                audit::done(at_ms, actor, action)
                    .on(record.dialect, record.id.as_str())
                    .because(reason),
            )
    }

    /// Writes the row of a token that its holder signed, as revoked: from now on the hash is known and dead.
    async fn bury(
        &self,
        actor: &Actor,
        record: &TokenRecord,
        reason: Option<&str>,
    ) -> Result<Revocation, Unavailable> {
        let mut record = record.clone();
        let at_ms = self.now_ms();
        record.state = TokenState::Revoked;
        record.revoked_at_ms = Some(at_ms);
        let noted = audit::done(at_ms, actor, "token.revoke")
            .on(record.dialect, record.id.as_str())
            .because(reason);
        let made_from_it = Change::EndTokens {
            selection: TokenSelection::TokenAndChildren(record.id.clone()),
            state: TokenState::Revoked,
            at_ms,
        };
        let changes = ChangeSet::new()
            .with(Change::InsertToken {
                record: Arc::new(record),
                takes_slot: false,
            })
            .with(made_from_it)
            .with(noted);
        match self.store.commit(changes).await {
            Ok(_) => Ok(Revocation::Ended),
            Err(StoreError::Conflict) => Ok(Revocation::AlreadyEnded),
            Err(error) => Err(error.into()),
        }
    }
}
