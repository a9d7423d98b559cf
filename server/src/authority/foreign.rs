//! Tokens that holders of registered secrets sign themselves: they have no row until they are ended.

use std::sync::Arc;

use super::cache::{Foreign, HeldToken, KeySeen, Reading};
use super::find::Found;
use super::{ClockNote, Core, Epoch, TokenError, Unavailable};
use crate::domain::{
    Dialect, KeyId, ScopeSet, SecretPurpose, TokenClass, TokenHash, TokenId, TokenRecord,
    TokenState,
};
use crate::keys::jwt::{ACCESS_TOKEN_TYPE, ASSERTION_TYPE, UnverifiedJwt, VerifyingKey};
use crate::keys::jwt_rules::{JwtFault, Rules, VerifiedJwt};

/// Class of the tokens that holders of registered secrets sign themselves.
const FOREIGN: TokenClass = TokenClass::new("secret");

impl Core {
    /// A token without a row: only holders of registered secrets may sign such. Its owner may be disabled, and it may not have
    /// begun.
    pub(super) async fn foreign(
        &self,
        (reading, seen): (Option<Reading>, Epoch),
        hash: TokenHash,
        jwt: UnverifiedJwt<'_>,
    ) -> Result<Found, TokenError> {
        let issuer = KeyId::new(jwt.unverified_issuer().unwrap_or_default());
        let claimed = self
            .claimed_by_secret(&issuer, SecretPurpose::HmacKey)
            .await?;
        let (_, key_seen) = claimed.read;
        let secret = claimed.secrets.first();
        let secret = secret.ok_or(Unavailable)?;
        let key = VerifyingKey::hs256(self.unseal_secret(secret)?.as_bytes());
        let header = jwt.header_text();
        let rules = self.foreign_rules(secret.id.as_str());
        let verified = jwt.verify(&key, &rules);
        // Not before the MAC: an unknown `iss` costs what a known one costs.
        let (holder, verified) = match (claimed.holder, verified) {
            (None, _) | (_, Err(JwtFault::Signature)) => {
                self.cache.keep_unknown(reading, seen, hash, Some(&issuer));
                return Err(TokenError::Unknown);
            }
            (Some(holder), verified) => (holder, verified?),
        };
        let begins_ms = verified.begins_ms(i64::from(self.settings.leeway_secs));
        let VerifiedJwt {
            claims,
            text,
            exp,
            nbf,
            iat,
        } = verified;
        // It may have had a row, as a token derived from it or one that was revoked has: what was swept stays over.
        if let Some(exp) = exp
            && let Some(swept) = self.store.clock_note(ClockNote::TokensSwept).await?
            && exp.saturating_mul(1000) <= swept
        {
            return Err(TokenError::Expired);
        }
        let owner = self.principal(holder).await?;
        let owner = owner
            .filter(|owner| self.takes_self_signed(owner.dialect))
            .ok_or(TokenError::Unknown)?;
        // RFC 7519 §4.1.3: what its holder signed for somebody else is not for us, whoever brings it.
        if claims.get("aud").is_some()
            && claims.get_str("aud") != Some(self.settings.issuer.as_str())
        {
            return Err(TokenError::Unknown);
        }
        let ms = |secs: i64| secs.saturating_mul(1000);
        let id = TokenId::foreign(&hash);
        let record = TokenRecord {
            hash,
            family: id.clone(),
            id,
            dialect: owner.dialect,
            class: FOREIGN,
            principal: owner.id,
            subject: None,
            scopes: ScopeSet::empty(),
            audience: None,
            header: Some(header),
            key_id: Some(issuer),
            parent: None,
            state: TokenState::Active,
            issued_at_ms: iat.map_or_else(|| self.now_ms(), ms),
            not_before_ms: nbf.map(ms),
            expires_at_ms: exp.map(ms),
            revoked_at_ms: None,
            claims,
        };
        let held = HeldToken {
            record: Arc::new(record),
            foreign: Some(Foreign {
                claims_text: text.into(),
                undated: iat.is_none(),
            }),
            begins_ms,
            seen,
            key_seen: Some(KeySeen::Registered(key_seen)),
        };
        self.cache.keep_token(reading, held.clone());
        Ok(Found {
            held: Arc::new(held),
            owner: Some(owner),
            subject: None,
        })
    }

    pub(super) fn takes_self_signed(&self, dialect: Dialect) -> bool {
        self.rules(dialect).is_some_and(|rules| rules.self_signed)
    }

    /// Whether it has begun is looked at on every request.
    fn foreign_rules<'a>(&self, issuer: &'a str) -> Rules<'a> {
        Rules {
            other_types: &[ACCESS_TOKEN_TYPE, ASSERTION_TYPE],
            issuer: Some(issuer),
            subject: None,
            audience: None,
            require_exp: false,
            zero_exp_is_none: true,
            max_life_secs: None,
            now_ms: Some(self.now_ms()),
            leeway_secs: i64::MAX,
        }
    }
}
