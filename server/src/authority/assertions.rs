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

/// How far ahead `exp` may lie, seconds.
const MAX_LIFE_SECS: i64 = 300;
/// Longest `jti`, in bytes.
const MAX_JTI: usize = 256;
/// Keys tried for an assertion that names none.
const MAX_KEYS: usize = 8;

impl TokenAuthority {
    /// Checks a private-key JWT (RFC 7523) by the claimant's registered keys: RS256, ES256 or `EdDSA`; `iss` = `sub` = its
    /// name; `aud` exactly the one string `audience`; `exp` at most 5 minutes ahead; `jti` used once.
    ///
    /// # Errors
    /// `WrongSecret` (whatever is wrong with it), `Replayed`, `Unavailable`.
    pub async fn verify_assertion(
        &self,
        actor: &Actor,
        claimant: Claimant<'_>,
        assertion: &PlainSecret,
        audience: &str,
    ) -> Result<Principal, AuthorityError> {
        let (this, actor, claimant) = (self.clone(), actor.clone(), ClaimantName::from(claimant));
        let (assertion, audience) = (assertion.clone(), audience.to_owned());
        to_the_end(async move {
            this.check_assertion(&actor, &claimant, &assertion, &audience)
                .await
        })
        .await
    }

    async fn check_assertion(
        &self,
        actor: &Actor,
        claimant: &ClaimantName,
        assertion: &PlainSecret,
        audience: &str,
    ) -> Result<Principal, AuthorityError> {
        let (principal, keys) = self.claimed(claimant, SecretPurpose::AssertionKey).await?;
        let rules = Rules {
            other_types: &[ACCESS_TOKEN_TYPE],
            issuer: Some(&claimant.name),
            subject: Some(&claimant.name),
            audience: Some(audience),
            require_exp: true,
            zero_exp_is_none: false,
            max_life_secs: Some(MAX_LIFE_SECS),
            now_ms: self.now_ms(),
            leeway_secs: i64::from(self.core.settings.leeway_secs),
        };
        let spent = self
            .signed_claims(assertion, &keys, &rules)
            .and_then(|jwt| one_time(claimant, &jwt));
        let Some((principal, spent)) = principal.zip(spent) else {
            return Err(self
                .refuse(actor, "assertion.verify", claimant, None)
                .await?);
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
                Err(self.replayed(actor, "assertion.verify", &principal).await?)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The claims, if one of the keys signed them and every rule holds.
    fn signed_claims(
        &self,
        assertion: &PlainSecret,
        keys: &[SecretRecord],
        rules: &Rules<'_>,
    ) -> Option<VerifiedJwt> {
        let parse = || UnverifiedJwt::parse(assertion.expose());
        let unverified = parse().ok()?;
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
                Ok(jwt) => return Some(jwt),
                Err(JwtFault::Signature | JwtFault::Key) => {}
                Err(_) => return None,
            }
        }
        if !tried {
            // Unknown clients and keys cost a signature check as well.
            let _ = parse().and_then(|jwt| jwt.verify(&self.core.decoys.assertion_key, rules));
        }
        None
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
