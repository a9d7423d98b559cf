//! Authenticating presented tokens: look-up, dialect binding, state, time, signature.

use super::{ClockNote, Core, LiveToken, TokenError, Tokens, Unavailable};
use crate::domain::{
    Dialect, KeyAlgorithm, KeyId, Principal, PrincipalId, ScopeSet, SecretPurpose, SecretState,
    TokenClass, TokenHash, TokenId, TokenRecord, TokenState,
};
use crate::keys::hash::sha256;
use crate::keys::jwt::{
    ACCESS_TOKEN_TYPE, ASSERTION_TYPE, MAX_TOKEN_BYTES, UnverifiedJwt, VerifyingKey,
};
use crate::keys::jwt_rules::{JwtFault, Rules, VerifiedJwt};

/// What is known about a presented token (RFC 7662).
#[derive(Clone, Debug, PartialEq)]
pub enum Introspection {
    /// Usable now, in its dialect.
    Active(Box<LiveToken>),
    /// Anything else: unknown, expired, revoked, malformed; deliberately not told apart.
    Inactive,
}

/// Class of the tokens that holders of registered secrets sign themselves.
const FOREIGN: TokenClass = TokenClass::new("secret");

/// A token that the holder of a registered secret signed.
pub(super) struct ForeignToken {
    /// What its row would be.
    pub(super) record: TokenRecord,
    /// The holder, who may be disabled.
    pub(super) owner: Principal,
    /// The JSON text of its claims.
    pub(super) claims_text: String,
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
            Ok(live) => Ok(Introspection::Active(Box::new(live))),
            Err(TokenError::Unavailable) => Err(Unavailable),
            Err(_) => Ok(Introspection::Inactive),
        }
    }
}

impl Core {
    /// The live token behind a presented text, in the dialect it belongs to.
    pub(super) async fn authenticate_anywhere(
        &self,
        presented: &str,
    ) -> Result<LiveToken, TokenError> {
        let hash = token_hash(presented)?;
        if let Some(record) = self.store.token_by_hash(hash).await? {
            return self.authenticate_row(record, presented).await;
        }
        self.authenticate_foreign(hash, presented).await
    }

    /// The live token that a holder of a registered secret signed.
    pub(super) async fn authenticate_foreign(
        &self,
        hash: TokenHash,
        presented: &str,
    ) -> Result<LiveToken, TokenError> {
        let leeway_secs = i64::from(self.settings.leeway_secs);
        let foreign = self.foreign(hash, presented, leeway_secs).await?;
        if !foreign.owner.enabled {
            return Err(TokenError::Disabled);
        }
        Ok(LiveToken {
            record: foreign.record,
            owner: foreign.owner,
            subject: None,
            stored: false,
            claims_text: Some(foreign.claims_text),
        })
    }

    /// The live token of a row, as presented.
    pub(super) async fn authenticate_row(
        &self,
        record: TokenRecord,
        presented: &str,
    ) -> Result<LiveToken, TokenError> {
        // Nobody is left to say what it is good for.
        if self.rules(record.dialect).is_none() {
            return Err(TokenError::Unknown);
        }
        if let Some(header) = &record.header {
            self.check_signature(&record, header, presented).await?;
        }
        if record.state != TokenState::Active {
            return Err(TokenError::Revoked);
        }
        let now_ms = self.now_ms();
        if record.expires_at_ms.is_some_and(|end| now_ms >= end) {
            return Err(TokenError::Expired);
        }
        if record.not_before_ms.is_some_and(|start| now_ms < start) {
            return Err(TokenError::NotYetValid);
        }
        let owner = self.enabled(record.principal).await?;
        let subject = match record.subject {
            Some(id) => Some(self.enabled(id).await?),
            None => None,
        };
        Ok(LiveToken {
            record,
            owner,
            subject,
            stored: true,
            claims_text: None,
        })
    }

    async fn enabled(&self, id: PrincipalId) -> Result<Principal, TokenError> {
        let principal = self.store.principal(id).await?.found;
        principal
            .filter(|principal| principal.enabled)
            .ok_or(TokenError::Disabled)
    }

    /// The hash has shown already that these are the bytes issued here; this proves it again from the key, so that
    /// a row that was written or changed behind the authority's back opens nothing.
    async fn check_signature(
        &self,
        record: &TokenRecord,
        header: &str,
        presented: &str,
    ) -> Result<(), TokenError> {
        let id = record.key_id.as_ref().ok_or(TokenError::Unknown)?;
        let from_ring = self
            .ring()
            .verifying(id)
            .filter(|key| key.dialect == record.dialect)
            .map(|key| key.verifying.clone());
        let key = match from_ring {
            Some(key) => key,
            None => self.registered_key(id, record).await?,
        };
        let asymmetric = key.algorithm() != KeyAlgorithm::Hs256;
        if asymmetric && record.audience.is_none() {
            return Err(TokenError::Unknown);
        }
        let rules = Rules {
            other_types: &[],
            issuer: if asymmetric {
                record.claims.get_str("iss")
            } else {
                None
            },
            subject: None,
            audience: record.audience.as_deref(),
            require_exp: record.expires_at_ms.is_some(),
            zero_exp_is_none: !asymmetric,
            max_life_secs: None,
            now_ms: self.now_ms(),
            leeway_secs: i64::from(self.settings.leeway_secs),
        };
        let jwt = UnverifiedJwt::parse(presented)?;
        if jwt.header_text() != header {
            return Err(TokenError::Unknown);
        }
        match jwt.verify(&key, &rules) {
            Ok(jwt) if jwt.claims == record.claims => Ok(()),
            Ok(_) => Err(TokenError::Unknown),
            // State is said before time: a revoked token stays revoked after its end.
            Err(JwtFault::Expired) => Ok(()),
            Err(fault) => Err(fault.into()),
        }
    }

    async fn registered_key(
        &self,
        id: &KeyId,
        record: &TokenRecord,
    ) -> Result<VerifyingKey, TokenError> {
        let secret = self.store.secret(id.clone()).await?.found;
        let secret = secret
            .filter(|secret| {
                self.takes_self_signed(record.dialect) && secret.principal == record.principal
            })
            .filter(|secret| {
                secret.purpose == SecretPurpose::HmacKey && secret.state != SecretState::Revoked
            })
            .ok_or(TokenError::Unknown)?;
        Ok(VerifyingKey::hs256(self.unseal_secret(&secret)?.as_bytes()))
    }

    /// A token without a row: only holders of registered secrets may sign such. Its owner may be disabled.
    ///
    /// `leeway_secs` is how far ahead it may begin.
    pub(super) async fn foreign(
        &self,
        hash: TokenHash,
        presented: &str,
        leeway_secs: i64,
    ) -> Result<ForeignToken, TokenError> {
        // Opaque tokens have no dots; a JWT that cannot be taken apart is malformed rather than unknown.
        if !presented.contains('.') {
            return Err(TokenError::Unknown);
        }
        let jwt = UnverifiedJwt::parse(presented)?;
        let issuer = KeyId::new(jwt.unverified_issuer().unwrap_or_default());
        let claimed = self
            .claimed_by_secret(&issuer, SecretPurpose::HmacKey)
            .await?;
        let secret = claimed.secrets.first();
        let secret = secret.ok_or(Unavailable)?;
        let key = VerifyingKey::hs256(self.unseal_secret(secret)?.as_bytes());
        let header = jwt.header_text();
        let rules = self.foreign_rules(secret.id.as_str(), leeway_secs);
        let verified = jwt.verify(&key, &rules);
        // Not before the MAC: an unknown `iss` costs what a known one costs.
        let holder = claimed.holder.ok_or(TokenError::Unknown)?;
        let VerifiedJwt {
            claims,
            text,
            exp,
            nbf,
            iat,
        } = verified?;
        // It may have had a row, as a token derived from it or one that was revoked has: what was swept stays over.
        if let Some(exp) = exp
            && let Some(swept) = self.store.clock_note(ClockNote::TokensSwept).await?
            && exp.saturating_mul(1000) <= swept
        {
            return Err(TokenError::Expired);
        }
        let owner = self.store.principal(holder).await?.found;
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
        Ok(ForeignToken {
            record,
            owner,
            claims_text: text,
        })
    }

    fn takes_self_signed(&self, dialect: Dialect) -> bool {
        self.rules(dialect).is_some_and(|rules| rules.self_signed)
    }

    fn foreign_rules<'a>(&self, issuer: &'a str, leeway_secs: i64) -> Rules<'a> {
        Rules {
            other_types: &[ACCESS_TOKEN_TYPE, ASSERTION_TYPE],
            issuer: Some(issuer),
            subject: None,
            audience: None,
            require_exp: false,
            zero_exp_is_none: true,
            max_life_secs: None,
            now_ms: self.now_ms(),
            leeway_secs,
        }
    }
}

/// The key of a presented token's row; nothing longer than a token can be is hashed.
pub(super) fn token_hash(presented: &str) -> Result<TokenHash, TokenError> {
    if presented.is_empty() || presented.len() > MAX_TOKEN_BYTES {
        return Err(TokenError::Malformed);
    }
    Ok(TokenHash(sha256(presented.as_bytes())))
}
