//! Keys that sign: prepared, activated, retired, and of each algorithm.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::{Bench, MAC, OPAQUE, Outcome, SIGNED, TOKEN, json_of, nobody};
use crate::authority::{Activation, IssueRequest, IssuedToken, KeyError, Retirement, TokenError};
use crate::domain::{Actor, Claims, KeyAlgorithm, KeyId, KeyState, Principal, PrincipalKind};
use crate::keys::jwt::{UnverifiedJwt, VerifyingKey};
use crate::keys::jwt_rules::Rules;

/// Whoever races.
const ALL_AT_ONCE: usize = 64;

impl Bench {
    async fn signed(&self, owner: &Principal, secs: i64) -> Result<IssuedToken, TestError> {
        let request = IssueRequest::jwt(SIGNED, TOKEN, owner.id, |facts| {
            Claims::new()
                .with("aud", "signed")
                .with("iat", facts.issued_at_secs())
                .with("exp", facts.expires_at_secs())
                .with("jti", facts.id.as_str())
        });
        let request = request.audience("signed").lifetime_secs(secs);
        Ok(self.authority.tokens().issue(&nobody(), request).await?)
    }

    async fn published(&self) -> Result<BTreeSet<KeyId>, TestError> {
        let keys = self.authority.tokens().public_keys().await?;
        Ok(keys.into_iter().map(|key| key.id).collect())
    }

    async fn takes(&self, token: &IssuedToken) -> Result<(), TokenError> {
        let tokens = self.authority.tokens();
        let live = tokens.authenticate(SIGNED, token.token.expose()).await;
        live.map(drop)
    }
}

type TestError = Box<dyn std::error::Error>;

#[tokio::test]
async fn a_key_of_each_algorithm_is_published_before_it_signs_and_until_its_tokens_are_over()
-> Outcome {
    let bench = Bench::new().await?;
    let (registry, operator) = (bench.authority.registry(), Actor::operator());
    let owner = bench
        .principal(SIGNED, PrincipalKind::Client, "shop")
        .await?;
    for algorithm in KeyAlgorithm::PAIRS {
        let before = bench.signed(&owner, 60).await?;
        let old = before.record.key_id.clone().ok_or("no key")?;
        let prepared = registry.prepare_key(&operator, SIGNED, Some(algorithm));
        let key = prepared.await?;
        assert_eq!((key.algorithm, key.state), (algorithm, KeyState::Next));
        assert!(bench.published().await?.contains(&key.id), "{algorithm}");
        let meanwhile = bench.signed(&owner, 60).await?;
        assert_eq!(meanwhile.record.key_id.as_ref(), Some(&old), "{algorithm}");
        let activated = registry.activate_key(&operator, &key.id).await?;
        assert_eq!(activated, Activation::Activated);
        let after = bench.signed(&owner, 60).await?;
        let header = json_of(&after.token, 0).ok_or("no header")?;
        assert_eq!(header["alg"], algorithm.as_str());
        assert_eq!(header["kid"], key.id.as_str());
        for token in [&before, &meanwhile, &after] {
            bench.takes(token).await?;
        }
        assert_eq!(
            registry.retire_key(&operator, &old, false).await,
            Err(KeyError::StoppedJustNow { secs: 5 })
        );
        bench.pass(59);
        let in_use = registry.retire_key(&operator, &old, false).await;
        let until_ms = before.record.expires_at_ms;
        let tokens = 2;
        assert_eq!(in_use, Err(KeyError::InUse { tokens, until_ms }));
        bench.takes(&before).await?;
        bench.pass(1);
        let retired = registry.retire_key(&operator, &old, false).await?;
        assert_eq!(retired, Retirement::Retired);
        assert!(!bench.published().await?.contains(&old), "{algorithm}");
        assert_eq!(
            registry.retire_key(&operator, &old, false).await,
            Ok(Retirement::AlreadyRetired)
        );
        assert_eq!(
            registry.activate_key(&operator, &old).await,
            Err(KeyError::Over)
        );
    }
    Ok(())
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_leaves_nothing() -> Outcome {
    let bench = Bench::new().await?;
    let (registry, operator) = (bench.authority.registry(), Actor::operator());
    let before = registry.signing_keys().await?;
    for (dialect, algorithm, why) in [
        (OPAQUE, None, KeyError::SignsNothing),
        (MAC, Some(KeyAlgorithm::Es256), KeyError::Algorithm),
        (SIGNED, Some(KeyAlgorithm::Hs256), KeyError::Algorithm),
    ] {
        let refused = registry.prepare_key(&operator, dialect, algorithm).await;
        assert_eq!(refused, Err(why), "{dialect}");
    }
    let nothing = KeyId::new("nothing");
    assert_eq!(
        registry.activate_key(&operator, &nothing).await,
        Err(KeyError::NotFound)
    );
    assert_eq!(
        registry.retire_key(&operator, &nothing, true).await,
        Err(KeyError::NotFound)
    );
    assert_eq!(registry.signing_keys().await?, before);
    let given_up = registry.prepare_key(&operator, MAC, None).await?;
    assert_eq!(given_up.algorithm, KeyAlgorithm::Hs256);
    assert_eq!(
        registry.prepare_key(&operator, MAC, None).await,
        Err(KeyError::Prepared)
    );
    let ended = registry.retire_key(&operator, &given_up.id, false).await?;
    assert_eq!(ended, Retirement::Retired);
    registry.prepare_key(&operator, MAC, None).await?;
    Ok(())
}

#[tokio::test]
async fn of_many_who_move_a_key_on_at_once_one_is_told_that_it_did() -> Outcome {
    let bench = Bench::new().await?;
    let (registry, operator) = (bench.authority.registry(), Actor::operator());
    let all = || 0..ALL_AT_ONCE;
    let prepared = join_all(all().map(|_| registry.prepare_key(&operator, SIGNED, None))).await;
    let (made, refused): (Vec<_>, Vec<_>) = prepared.into_iter().partition(Result::is_ok);
    assert!(refused.iter().all(|told| *told == Err(KeyError::Prepared)));
    let [Ok(key)] = made.as_slice() else {
        return Err(format!("{made:?}").into());
    };
    let old = registry.signing_keys().await?;
    let signs =
        |key: &&crate::authority::KeyView| key.dialect == SIGNED && key.state == KeyState::Active;
    let old = old.iter().find(signs).ok_or("none signs")?.id.clone();
    let told = join_all(all().map(|_| registry.activate_key(&operator, &key.id))).await;
    let did = |told: &Vec<Result<_, _>>, won, lost| {
        let winners = told.iter().filter(|one| **one == Ok(won)).count();
        let losers = told.iter().filter(|one| **one == Ok(lost)).count();
        (winners, losers)
    };
    let one_and_others = (1, ALL_AT_ONCE - 1);
    let (won, lost) = (Activation::Activated, Activation::AlreadyActive);
    assert_eq!(did(&told, won, lost), one_and_others);
    let told = join_all(all().map(|_| registry.retire_key(&operator, &old, true))).await;
    let won = told.iter().filter(|one| **one == Ok(Retirement::Retired));
    let lost = told
        .iter()
        .filter(|one| **one == Ok(Retirement::AlreadyRetired));
    assert_eq!((won.count(), lost.count()), one_and_others);
    Ok(())
}

#[tokio::test]
async fn a_token_is_verified_with_its_own_sort_of_key_alone() -> Outcome {
    let bench = Bench::new().await?;
    let (registry, operator) = (bench.authority.registry(), Actor::operator());
    let owner = bench
        .principal(SIGNED, PrincipalKind::Client, "shop")
        .await?;
    let mut tokens = Vec::new();
    for algorithm in KeyAlgorithm::PAIRS {
        let key = registry.prepare_key(&operator, SIGNED, Some(algorithm));
        let key = key.await?.id;
        registry.activate_key(&operator, &key).await?;
        tokens.push((algorithm, bench.signed(&owner, 60).await?));
    }
    let rules = Rules {
        other_types: &[],
        issuer: None,
        subject: None,
        audience: Some("signed"),
        require_exp: true,
        zero_exp_is_none: false,
        max_life_secs: None,
        now_ms: None,
        leeway_secs: 0,
    };
    let keys = bench.authority.tokens().public_keys().await?;
    for (algorithm, token) in &tokens {
        let mut taken = 0;
        for key in &keys {
            let own = token.record.key_id.as_ref() == Some(&key.id);
            let verifying = VerifyingKey::public(&key.numbers);
            let jwt = UnverifiedJwt::parse(token.token.expose())?;
            let verified = jwt.verify(&verifying, &rules).is_ok();
            assert_eq!(verified, own, "{algorithm} by a key of {:?}", key.numbers);
            taken += usize::from(verified);
        }
        assert_eq!(taken, 1, "{algorithm}");
    }
    Ok(())
}
