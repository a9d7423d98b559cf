//! Private-key JWT assertions (RFC 7523), each usable once.

use std::sync::Arc;

use super::changes::{Change, ChangeSet};
use super::claimed::{ClaimantName, Claimed};
use super::leap::LEAP_MS;
use super::proofs::to_the_end;
use super::refusal_row::Proof;
use super::{AssertionError, Claimant, Core, Proofs, StoreError, audit};
use crate::domain::{Actor, Principal, Secret, SecretPurpose, SecretRecord, TokenHash};
use crate::keys::hash::sha256_of_parts;
use crate::keys::jwt::{ACCESS_TOKEN_TYPE, UnverifiedJwt, VerifyingKey};
use crate::keys::jwt_rules::{JwtFault, Rules, VerifiedJwt};

/// Longest `jti`, in bytes.
const MAX_JTI: usize = 256;
/// Keys tried for an assertion that names none.
const MAX_KEYS: usize = 8;

/// What an assertion must keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssertionBounds<'a> {
    /// `aud` has to be this one string.
    pub audience: &'a str,
    /// How far ahead `exp` may lie, seconds.
    pub max_life_secs: u32,
}

impl Proofs<'_> {
    /// Checks a private-key JWT (RFC 7523) by the claimant's registered keys: RS256, ES256 or `EdDSA`; `iss` = `sub` = its
    /// name; `aud` and `exp` within `bounds`; `jti` used once, and remembered until the assertion is over.
    ///
    /// # Errors
    /// [`AssertionError`].
    pub async fn assertion(
        self,
        actor: &Actor,
        claimant: Claimant<'_>,
        assertion: &Secret,
        bounds: AssertionBounds<'_>,
    ) -> Result<Arc<Principal>, AssertionError> {
        let (shared, actor, claimant) = (
            Arc::clone(self.0),
            actor.clone(),
            ClaimantName::from(claimant),
        );
        let (assertion, audience) = (assertion.clone(), bounds.audience.to_owned());
        let max_life_secs = bounds.max_life_secs;
        to_the_end(async move {
            let bounds = AssertionBounds {
                audience: &audience,
                max_life_secs,
            };
            shared
                .check_assertion(&actor, &claimant, &assertion, bounds)
                .await
        })
        .await
    }
}

impl Core {
    async fn check_assertion(
        &self,
        actor: &Actor,
        claimant: &ClaimantName,
        assertion: &Secret,
        bounds: AssertionBounds<'_>,
    ) -> Result<Arc<Principal>, AssertionError> {
        let claimed = self.claimed(claimant, SecretPurpose::AssertionKey).await?;
        let now_ms = self.now_ms();
        let rules = Rules {
            other_types: &[ACCESS_TOKEN_TYPE],
            issuer: Some(&claimant.name),
            subject: Some(&claimant.name),
            audience: Some(bounds.audience),
            require_exp: true,
            zero_exp_is_none: false,
            max_life_secs: Some(i64::from(bounds.max_life_secs)),
            now_ms: Some(now_ms),
            leeway_secs: i64::from(self.settings.leeway_secs),
        };
        let signed = self.signed_claims(assertion, &claimed, &rules);
        let too_long = signed == Err(JwtFault::TooLong);
        let spent = signed.ok().and_then(|jwt| one_time(claimant, &jwt));
        let proved = self.proved(&claimed, spent.is_some()).await?;
        let Some((principal, spent)) = proved.zip(spent) else {
            self.note_refusal(actor, Proof::Assertion, false, claimant, &claimed);
            let max_secs = bounds.max_life_secs;
            return Err(if too_long {
                AssertionError::TooLong { max_secs }
            } else {
                AssertionError::Wrong
            });
        };
        let noted = audit::done(now_ms, actor, Proof::Assertion.as_str())
            .on(principal.dialect, &principal.name);
        match self
            .store
            .commit(ChangeSet::new().with(spent).with(noted))
            .await
        {
            Ok(_) => Ok(principal),
            Err(StoreError::Replayed) => {
                self.note_refusal(actor, Proof::Assertion, true, claimant, &claimed);
                Err(AssertionError::Replayed)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The claims, if one of the claimant's own keys signed them and every rule holds. Without a fitting key the fault is
    /// the signature.
    fn signed_claims(
        &self,
        assertion: &Secret,
        claimed: &Claimed,
        rules: &Rules<'_>,
    ) -> Result<VerifiedJwt, JwtFault> {
        let unverified = UnverifiedJwt::parse(assertion.expose())?;
        let of_algorithm =
            |key: &&SecretRecord| key.algorithm.is_some_and(|of| unverified.is_by(of));
        let mut keys: Vec<_> = claimed
            .secrets
            .iter()
            .filter(|key| unverified.may_be_by(key.kid.as_deref()))
            .filter(of_algorithm)
            .take(MAX_KEYS)
            .collect();
        let own = claimed.holder.is_some() && !keys.is_empty();
        if keys.is_empty() {
            // A client without a key that fits costs the signature that the header names as well.
            let decoys = self.decoys.of(SecretPurpose::AssertionKey);
            keys.extend(decoys.filter(of_algorithm));
        }
        let mut signed = Err(JwtFault::Signature);
        for key in keys {
            signed = claims_signed_by(key, assertion, rules);
            if !matches!(signed, Err(JwtFault::Signature | JwtFault::Key)) {
                break;
            }
        }
        if own {
            signed
        } else {
            Err(JwtFault::Signature)
        }
    }
}

fn claims_signed_by(
    key: &SecretRecord,
    assertion: &Secret,
    rules: &Rules<'_>,
) -> Result<VerifiedJwt, JwtFault> {
    let algorithm = key.algorithm.ok_or(JwtFault::Key)?;
    let key = VerifyingKey::from_public_pem(algorithm, &key.material)?;
    UnverifiedJwt::parse(assertion.expose())?.verify(&key, rules)
}

/// The note that spends the assertion's `jti`. It is kept for a day longer than the assertion lives: a clock that is put on
/// by less and put back, as many are, finds it in its place.
fn one_time(claimant: &ClaimantName, jwt: &VerifiedJwt) -> Option<Change> {
    let jti = jwt
        .claims
        .get_str("jti")
        .filter(|jti| (1..=MAX_JTI).contains(&jti.len()))?;
    let exp = jwt.exp?;
    let parts = [
        "assertion",
        claimant.dialect.as_str(),
        claimant.kind.as_str(),
        &claimant.name,
        jti,
    ];
    let hash = TokenHash(sha256_of_parts(&parts.map(str::as_bytes)));
    Some(Change::SpendOnce {
        hash,
        expires_at_ms: exp
            .saturating_add(60)
            .saturating_mul(1000)
            .saturating_add(LEAP_MS),
    })
}
