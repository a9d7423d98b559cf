//! Why a token is good or not: for operators alone. Whoever presents a token is told no more than its dialect says.

use std::fmt;

use super::{AuditFilter, Core, Tokens, Unavailable};
use crate::domain::{
    AuditRecord, KeyState, Principal, SecretState, TokenId, TokenRecord, TokenState, text_enum,
};

text_enum! {
    /// What makes a token good for nothing, in the order in which it is looked at.
    Rule {
        /// Its dialect is not served.
        DialectNotServed = "dialect_not_served",
        /// The key that signed it is not there.
        KeyUnknown = "key_unknown",
        /// The key that signed it was retired.
        KeyRetired = "key_retired",
        /// The secret that signed it was ended as compromised.
        SecretRevoked = "secret_revoked",
        /// Somebody ended it.
        Revoked = "revoked",
        /// It ended with its family.
        FamilyEnded = "family_ended",
        /// It ended with the token that it was made from.
        ParentEnded = "parent_ended",
        /// A successor took its place.
        Superseded = "superseded",
        /// It is past its end.
        Expired = "expired",
        /// Its beginning lies ahead.
        NotYetValid = "not_yet_valid",
        /// Its owner is gone.
        OwnerGone = "owner_gone",
        /// Its owner is disabled.
        OwnerDisabled = "owner_disabled",
        /// The user it speaks for is gone.
        UserGone = "user_gone",
        /// The user it speaks for is disabled.
        UserDisabled = "user_disabled",
    }
}

/// One thing that makes a token good for nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// Which.
    pub rule: Rule,
    /// Since when, milliseconds; `None` where nobody noted it.
    pub since_ms: Option<i64>,
    /// What the audit has of it: who, and why.
    pub by: Option<AuditRecord>,
}

/// A token, and why it is good or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Its row.
    pub record: TokenRecord,
    /// Its owner.
    pub owner: Option<Principal>,
    /// The user it speaks for.
    pub subject: Option<Principal>,
    /// Everything that makes it good for nothing; empty for a good one. The first is what it is refused for.
    pub reasons: Vec<Reason>,
}

impl Tokens<'_> {
    /// Why the token of that identifier is good or not; `None` if it has no row.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn explain(self, id: &TokenId) -> Result<Option<Explanation>, Unavailable> {
        let Some(record) = self.0.store.token_by_id(id.clone()).await? else {
            return Ok(None);
        };
        let owner = self.0.store.principal(record.principal).await?.found;
        let subject = match record.subject {
            Some(id) => self.0.store.principal(id).await?.found,
            None => None,
        };
        let mut reasons = Vec::new();
        if self.0.rules(record.dialect).is_none() {
            reasons.push(bare(Rule::DialectNotServed, None));
        }
        reasons.extend(self.0.key_reason(&record).await?);
        reasons.extend(self.0.end_reason(&record).await?);
        let now_ms = self.0.now_ms();
        if let Some(end) = record.expires_at_ms.filter(|end| now_ms >= *end) {
            reasons.push(bare(Rule::Expired, Some(end)));
        }
        if record.not_before_ms.is_some_and(|start| now_ms < start) {
            reasons.push(bare(Rule::NotYetValid, None));
        }
        match &owner {
            None => reasons.push(bare(Rule::OwnerGone, None)),
            Some(owner) => reasons.extend(self.0.disabled(owner, Rule::OwnerDisabled).await?),
        }
        match (&subject, record.subject) {
            (Some(user), _) => reasons.extend(self.0.disabled(user, Rule::UserDisabled).await?),
            (None, Some(_)) => reasons.push(bare(Rule::UserGone, None)),
            (None, None) => {}
        }
        Ok(Some(Explanation {
            record,
            owner,
            subject,
            reasons,
        }))
    }
}

const fn bare(rule: Rule, since_ms: Option<i64>) -> Reason {
    Reason {
        rule,
        since_ms,
        by: None,
    }
}

impl Core {
    /// The newest audit row of that action on a target.
    async fn noted(&self, action: &str, target: &str) -> Result<Option<AuditRecord>, Unavailable> {
        let filter = AuditFilter {
            target: Some(target.to_owned()),
            action: Some(action.to_owned()),
            limit: 1,
            ..AuditFilter::default()
        };
        Ok(self.store.audit(filter).await?.rows.into_iter().next())
    }

    async fn key_reason(&self, record: &TokenRecord) -> Result<Option<Reason>, Unavailable> {
        let Some(id) = &record.key_id else {
            return Ok(None);
        };
        let keys = self.store.keys().await?.found;
        let key = keys
            .into_iter()
            .find(|key| key.id == *id && key.dialect == record.dialect);
        if let Some(key) = key {
            if key.state != KeyState::Retired {
                return Ok(None);
            }
            let by = self.noted("key.retire", id.as_str()).await?;
            let since_ms = by.as_ref().map(|by| by.at_ms).or(key.retired_at_ms);
            let rule = Rule::KeyRetired;
            return Ok(Some(Reason { rule, since_ms, by }));
        }
        match self.store.secret(id.clone()).await?.found {
            None => Ok(Some(bare(Rule::KeyUnknown, None))),
            Some(secret) if secret.state == SecretState::Revoked => {
                let by = self.noted("secret.revoke", id.as_str()).await?;
                let since_ms = by.as_ref().map(|by| by.at_ms);
                let rule = Rule::SecretRevoked;
                Ok(Some(Reason { rule, since_ms, by }))
            }
            Some(_) => Ok(None),
        }
    }

    /// Whoever ended it wrote an audit row in the same transaction, on the token itself, on what it hangs on, or on whose it is.
    async fn end_reason(&self, record: &TokenRecord) -> Result<Option<Reason>, Unavailable> {
        let rule = match record.state {
            TokenState::Active => return Ok(None),
            TokenState::Revoked => Rule::Revoked,
            TokenState::Superseded => Rule::Superseded,
        };
        let Some(at_ms) = record.revoked_at_ms else {
            return Ok(Some(bare(rule, None)));
        };
        let ended = |target: &str| AuditFilter {
            target: Some(target.to_owned()),
            from_ms: Some(at_ms),
            before_ms: Some(at_ms.saturating_add(1)),
            limit: 10,
            ..AuditFilter::default()
        };
        let mut targets = vec![(record.id.as_str().to_owned(), rule)];
        if rule == Rule::Revoked {
            targets.push((record.family.as_str().to_owned(), Rule::FamilyEnded));
            if let Some(parent) = &record.parent {
                targets.push((parent.as_str().to_owned(), Rule::ParentEnded));
            }
            for id in [Some(record.principal), record.subject]
                .into_iter()
                .flatten()
            {
                let person = self.store.principal(id).await?.found;
                targets.extend(person.map(|person| (person.name, rule)));
            }
        }
        for (target, rule) in targets {
            let rows = self.store.audit(ended(&target)).await?.rows;
            let by = rows.into_iter().find(|row| row.action != "token.issue");
            if by.is_some() {
                let rule = match &by {
                    Some(by) if by.action == "token.revoke_family" => Rule::FamilyEnded,
                    Some(_) | None => rule,
                };
                let since_ms = Some(at_ms);
                return Ok(Some(Reason { rule, since_ms, by }));
            }
        }
        Ok(Some(bare(rule, Some(at_ms))))
    }

    async fn disabled(
        &self,
        principal: &Principal,
        rule: Rule,
    ) -> Result<Option<Reason>, Unavailable> {
        if principal.enabled {
            return Ok(None);
        }
        let by = self.noted("principal.disable", &principal.name).await?;
        let by = by.filter(|by| by.dialect == Some(principal.dialect));
        let since_ms = by.as_ref().map(|by| by.at_ms);
        Ok(Some(Reason { rule, since_ms, by }))
    }
}
