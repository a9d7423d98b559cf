//! Authenticating presented tokens: dialect binding, state, time, and who stands behind them.

use std::sync::Arc;

use super::find::Found;
use super::{Core, LiveToken, TokenError, Tokens, Unavailable};
use crate::domain::{Dialect, Principal, TokenRecord, TokenState};

/// What is known about a presented token (RFC 7662).
#[derive(Clone, Debug, PartialEq)]
pub enum Introspection {
    /// Usable now, in its dialect.
    Active(LiveToken),
    /// Anything else: unknown, expired, revoked, malformed; deliberately not told apart.
    Inactive,
}

impl Tokens<'_> {
    /// The live token behind a presented text, in that dialect only.
    ///
    /// Where holders sign tokens of their own ([`DialectRules::self_signed`](super::DialectRules)) this takes both kinds of caller:
    /// tokens issued here, and tokens that a holder signed (`iss` = id of a registered secret); the latter have
    /// [`LiveToken::stored`] = `false`, [`TokenRecord::key_id`] = the secret's id, and the claims as presented.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn authenticate(
        self,
        dialect: Dialect,
        presented: &str,
    ) -> Result<LiveToken, TokenError> {
        let live = self.0.authenticate_anywhere(presented).await?;
        if live.record.dialect == dialect {
            Ok(live)
        } else {
            Err(TokenError::Unknown)
        }
    }

    /// What a presented token is, whatever its dialect.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn introspect(self, presented: &str) -> Result<Introspection, Unavailable> {
        match self.0.authenticate_anywhere(presented).await {
            Ok(live) => Ok(Introspection::Active(live)),
            Err(TokenError::Unavailable) => Err(Unavailable),
            Err(_) => Ok(Introspection::Inactive),
        }
    }
}

impl Core {
    /// The live token behind a presented text, in the dialect it belongs to.
    async fn authenticate_anywhere(&self, presented: &str) -> Result<LiveToken, TokenError> {
        let found = self.find(presented).await?;
        self.live(found)
    }

    /// A token that was found, if it is good now.
    pub(super) fn live(&self, found: Found) -> Result<LiveToken, TokenError> {
        let Found {
            held,
            owner,
            subject,
        } = found;
        let record = &held.record;
        if record.state != TokenState::Active {
            return Err(TokenError::Revoked);
        }
        let now_ms = self.now_ms();
        if record.expires_at_ms.is_some_and(|end| now_ms >= end) {
            return Err(TokenError::Expired);
        }
        // Of one without a row it is what its holder wrote, which has the leeway.
        let by_row = record.not_before_ms.filter(|_| held.foreign.is_none());
        let mut beginnings = [held.begins_ms, by_row].into_iter().flatten();
        if beginnings.any(|start| now_ms < start) {
            return Err(TokenError::NotYetValid);
        }
        let owner = enabled(owner)?;
        let subject = match record.subject {
            Some(_) => Some(enabled(subject)?),
            None => None,
        };
        let undated = held.foreign.as_ref().is_some_and(|foreign| foreign.undated);
        let record = if undated {
            let mut record = TokenRecord::clone(record);
            record.issued_at_ms = now_ms;
            Arc::new(record)
        } else {
            Arc::clone(record)
        };
        let foreign = held.foreign.as_ref();
        Ok(LiveToken {
            record,
            owner,
            subject,
            stored: foreign.is_none(),
            claims_text: foreign.map(|foreign| Arc::clone(&foreign.claims_text)),
        })
    }
}

fn enabled(principal: Option<Arc<Principal>>) -> Result<Arc<Principal>, TokenError> {
    principal
        .filter(|principal| principal.enabled)
        .ok_or(TokenError::Disabled)
}
