//! Private-key JWT assertions (RFC 7523), each usable once.

use super::changes::{Change, ChangeSet};
use super::proofs::{ClaimantName, to_the_end};
use super::{
    Actor, AuthorityError, Claimant, PlainSecret, Principal, SecretPurpose, SecretRecord,
    StoreError, TokenAuthority, TokenHash, audit,
};
use crate::keys::hash::sha256_of_parts;
use crate::keys::jwt::{
    ACCESS_TOKEN_TYPE, JwtFault, Rules, UnverifiedJwt, VerifiedJwt, VerifyingKey,
};

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

/// Why an assertion is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// One of the claimant's keys signed it, but `exp` lies too far ahead. Told to holders of the key alone.
    #[error("an assertion that ends more than {max_secs} s ahead")]
    TooLong {
        /// How far ahead `exp` may lie, seconds.
        max_secs: u32,
    },
    /// `WrongSecret` (whatever else is wrong with it), `Replayed`, `Unavailable`.
    #[error(transparent)]
    Refused(#[from] AuthorityError),
}

impl TokenAuthority {
    /// Checks a private-key JWT (RFC 7523) by the claimant's registered keys: RS256, ES256 or `EdDSA`; `iss` = `sub` = its
    /// name; `aud` and `exp` within `bounds`; `jti` used once, and remembered until the assertion is over.
    ///
    /// # Errors
    /// [`AssertionError`].
    pub async fn verify_assertion(
        &self,
        actor: &Actor,
        claimant: Claimant<'_>,
        assertion: &PlainSecret,
        bounds: AssertionBounds<'_>,
    ) -> Result<Principal, AssertionError> {
        let (this, actor, claimant) = (self.clone(), actor.clone(), ClaimantName::from(claimant));
        let (assertion, audience) = (assertion.clone(), bounds.audience.to_owned());
        let max_life_secs = bounds.max_life_secs;
        to_the_end(async move {
            let bounds = AssertionBounds {
                audience: &audience,
                max_life_secs,
            };
            this.check_assertion(&actor, &claimant, &assertion, bounds)
                .await
        })
        .await
    }

    async fn check_assertion(
        &self,
        actor: &Actor,
        claimant: &ClaimantName,
        assertion: &PlainSecret,
        bounds: AssertionBounds<'_>,
    ) -> Result<Principal, AssertionError> {
        let (principal, keys) = self.claimed(claimant, SecretPurpose::AssertionKey).await?;
        let rules = Rules {
            other_types: &[ACCESS_TOKEN_TYPE],
            issuer: Some(&claimant.name),
            subject: Some(&claimant.name),
            audience: Some(bounds.audience),
            require_exp: true,
            zero_exp_is_none: false,
            max_life_secs: Some(i64::from(bounds.max_life_secs)),
            now_ms: self.now_ms(),
            leeway_secs: i64::from(self.core.settings.leeway_secs),
        };
        let signed = self.signed_claims(assertion, &keys, &rules);
        let too_long = signed == Err(JwtFault::TooLong);
        let spent = signed.ok().and_then(|jwt| one_time(claimant, &jwt));
        let Some((principal, spent)) = principal.zip(spent) else {
            let refused = self.refuse(actor, "assertion.verify", claimant, None);
            let refused = refused.await?;
            let max_secs = bounds.max_life_secs;
            return Err(if too_long {
                AssertionError::TooLong { max_secs }
            } else {
                refused.into()
            });
        };
        let noted = audit::row(
            rules.now_ms,
            actor,
            "assertion.verify",
            Some(principal.dialect),
            &principal.name,
            "done",
            None,
        );
        match self
            .core
            .store
            .commit(ChangeSet::new().with(spent).with(noted))
            .await
        {
            Ok(_) => Ok(principal),
            Err(StoreError::Replayed) => {
                let replayed = self.replayed(actor, "assertion.verify", &principal);
                Err(replayed.await?.into())
            }
            Err(error) => Err(AuthorityError::from(error).into()),
        }
    }

    /// The claims, if one of the keys signed them and every rule holds. Without a fitting key the fault is the signature.
    fn signed_claims(
        &self,
        assertion: &PlainSecret,
        keys: &[SecretRecord],
        rules: &Rules<'_>,
    ) -> Result<VerifiedJwt, JwtFault> {
        let parse = || UnverifiedJwt::parse(assertion.expose());
        let unverified = parse()?;
        let fitting = keys
            .iter()
            .filter(|key| unverified.may_be_by(key.kid.as_deref()))
            .take(MAX_KEYS);
        let mut tried = false;
        for key in fitting {
            tried = true;
            let Some(algorithm) = key.algorithm else {
                continue;
            };
            let verified = VerifyingKey::from_public_pem(algorithm, &key.material)
                .and_then(|key| parse()?.verify(&key, rules));
            match verified {
                Err(JwtFault::Signature | JwtFault::Key) => {}
                decided => return decided,
            }
        }
        if !tried {
            // Unknown clients and keys cost a signature check as well.
            let _ = parse().and_then(|jwt| jwt.verify(&self.core.decoys.assertion_key, rules));
        }
        Err(JwtFault::Signature)
    }
}

/// The note that spends the assertion's `jti`; kept until the assertion itself is over.
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
        expires_at_ms: exp.saturating_add(60).saturating_mul(1000),
    })
}
