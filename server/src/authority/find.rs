//! From a presented text to the token that it is, alive or dead, and those whom it concerns: from a copy, or with one look-up.

use std::sync::Arc;

use super::cache::{HeldToken, KeySeen, Reading};
use super::shape::{Shape, shape_of};
use super::{Core, Epoch, FoundToken, Seen, TokenError, Unavailable};
use crate::domain::{KeyAlgorithm, Principal, SecretState, TokenHash, TokenRecord};
use crate::keys::hash::sha256;
use crate::keys::jwt::{UnverifiedJwt, VerifyingKey};
use crate::keys::jwt_rules::Rules;

/// A token whose signature was checked, with those whom it concerns.
pub(super) struct Found {
    pub(super) held: Arc<HeldToken>,
    /// Its owner, who may be disabled; `None` for one who is gone.
    pub(super) owner: Option<Arc<Principal>>,
    /// The same for the user it speaks for.
    pub(super) subject: Option<Arc<Principal>>,
}

/// What the store has under a text, and the read that asked it.
pub(super) struct LookedUp {
    reading: Option<Reading>,
    pub(super) seen: Seen<Option<FoundToken>>,
}

/// A presented text by which a token may be found.
pub(super) struct Presented<'a> {
    text: &'a str,
    shape: Shape,
    hash: TokenHash,
}

impl<'a> Presented<'a> {
    /// # Errors
    /// For what is no token by its look alone.
    pub(super) fn new(text: &'a str) -> Result<Self, TokenError> {
        let shape = shape_of(text)?;
        let hash = TokenHash(sha256(text.as_bytes()));
        Ok(Self { text, shape, hash })
    }

    /// The JWT that it is, if it is no opaque token.
    pub(super) fn jwt(&self) -> Result<Option<UnverifiedJwt<'a>>, TokenError> {
        Ok(match self.shape {
            Shape::Opaque => None,
            Shape::Jwt => Some(UnverifiedJwt::parse(self.text)?),
        })
    }
}

impl Core {
    /// The token behind a presented text, in the dialect it belongs to.
    pub(super) async fn find(&self, text: &str) -> Result<Found, TokenError> {
        let presented = Presented::new(text)?;
        if let Some(found) = self.held(&presented).await? {
            return Ok(found);
        }
        // In a place of its own: what has a copy does not carry the room for a look-up around.
        Box::pin(self.ask(&presented)).await
    }

    /// The token behind a presented text of which there is no copy.
    async fn ask(&self, presented: &Presented<'_>) -> Result<Found, TokenError> {
        let jwt = presented.jwt()?;
        let looked_up = self.look_up(presented).await?;
        self.judged(presented, jwt, looked_up).await
    }

    /// What is told from a copy, which may be that it is no token.
    pub(super) async fn held(
        &self,
        presented: &Presented<'_>,
    ) -> Result<Option<Found>, TokenError> {
        if let Some(held) = self.cache.token(&presented.hash) {
            return Ok(Some(self.with_people(held).await?));
        }
        if self.cache.is_unknown(&presented.hash) {
            return Err(TokenError::Unknown);
        }
        Ok(None)
    }

    /// The row of a text.
    pub(super) async fn look_up(&self, presented: &Presented<'_>) -> Result<LookedUp, TokenError> {
        let reading = self.cache.reading();
        let seen = self.store.look_up(presented.hash).await?;
        Ok(LookedUp { reading, seen })
    }

    /// The token that a text is after its look-up, with a row or without one.
    pub(super) async fn judged(
        &self,
        presented: &Presented<'_>,
        jwt: Option<UnverifiedJwt<'_>>,
        LookedUp { reading, seen }: LookedUp,
    ) -> Result<Found, TokenError> {
        match (seen.found, jwt) {
            (Some(found), jwt) => {
                let checked = self.checked((reading, seen.epoch), found, jwt);
                checked.await
            }
            (None, Some(jwt)) => {
                let foreign = self.foreign((reading, seen.epoch), presented.hash, jwt);
                foreign.await
            }
            (None, None) => {
                self.cache
                    .keep_unknown(reading, seen.epoch, presented.hash, None);
                Err(TokenError::Unknown)
            }
        }
    }

    async fn with_people(&self, held: Arc<HeldToken>) -> Result<Found, Unavailable> {
        let owner = self.principal(held.record.principal).await?;
        let subject = match held.record.subject {
            Some(id) => self.principal(id).await?,
            None => None,
        };
        Ok(Found {
            held,
            owner,
            subject,
        })
    }

    /// A row that was found, if the presented text is the token that it is of.
    async fn checked(
        &self,
        (reading, seen): (Option<Reading>, Epoch),
        found: FoundToken,
        jwt: Option<UnverifiedJwt<'_>>,
    ) -> Result<Found, TokenError> {
        let FoundToken {
            record,
            owner,
            subject,
        } = found;
        // Nobody is left to say what it is good for.
        if self.rules(record.dialect).is_none() {
            return Err(TokenError::Unknown);
        }
        let (begins_ms, key_seen) = match (&record.header, jwt) {
            (None, _) => (None, None),
            (Some(header), Some(jwt)) => {
                let (begins_ms, key_seen) = self.check_signature(&record, header, jwt).await?;
                (begins_ms, Some(key_seen))
            }
            (Some(_), None) => return Err(TokenError::Unknown),
        };
        let held = HeldToken {
            record: Arc::new(record),
            foreign: None,
            begins_ms,
            seen,
            key_seen,
        };
        self.cache.keep_token(reading, held.clone());
        let kept = |principal| {
            let principal = Arc::new(principal);
            self.cache.keep_principal(reading, seen, &principal);
            principal
        };
        Ok(Found {
            held: Arc::new(held),
            owner: owner.map(kept),
            subject: subject.map(kept),
        })
    }

    /// The hash has shown already that these are the bytes issued here; this proves it again from the key, so that
    /// a row that was written or changed behind the authority's back opens nothing. Gives when the token begins to count, milliseconds, and
    /// which read found the key.
    async fn check_signature(
        &self,
        record: &TokenRecord,
        header: &str,
        jwt: UnverifiedJwt<'_>,
    ) -> Result<(Option<i64>, KeySeen), TokenError> {
        let (key, key_seen) = self.key_of(record).await?;
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
            // State is said before time: a revoked token stays revoked after its end, and before its beginning.
            now_ms: None,
            leeway_secs: 0,
        };
        if jwt.header_text() != header {
            return Err(TokenError::Unknown);
        }
        match jwt.verify(&key, &rules) {
            Ok(jwt) if jwt.claims == record.claims => {
                let begins_ms = jwt.begins_ms(i64::from(self.settings.leeway_secs));
                Ok((begins_ms, key_seen))
            }
            Ok(_) => Err(TokenError::Unknown),
            Err(fault) => Err(fault.into()),
        }
    }

    /// The key that signed a token with a row: one of its dialect, or a registered secret of its owner.
    async fn key_of(&self, record: &TokenRecord) -> Result<(VerifyingKey, KeySeen), TokenError> {
        let id = record.key_id.as_ref().ok_or(TokenError::Unknown)?;
        let Seen { epoch, found: ring } = self.ring().await?;
        let from_ring = ring
            .verifying(id)
            .filter(|key| key.dialect == record.dialect);
        if let Some(key) = from_ring {
            return Ok((key.verifying.clone(), KeySeen::Ring(epoch)));
        }
        let registered = self.registered_key(id).await?;
        let registered = registered
            .filter(|key| {
                self.takes_self_signed(record.dialect) && key.principal == record.principal
            })
            .filter(|key| key.state != SecretState::Revoked);
        registered
            .map(|key| (key.verifying.clone(), KeySeen::Registered(key.seen)))
            .ok_or(TokenError::Unknown)
    }
}
