//! Principals and their secrets: names, re-seeding, many secrets at once.

use serde_json::{Map, json};

use super::{Bench, MAC, OPAQUE, Outcome, SIGNED, by_name, mac_token, nobody, secret};
use crate::authority::{NewSecret, PasswordError, RegistryError, SecretError};
use crate::domain::{Actor, KeyAlgorithm, MachineSecret, PrincipalKind, Secret};

#[tokio::test]
async fn names_are_unique_per_dialect_and_kind() -> Outcome {
    let bench = Bench::new().await?;
    let first = bench
        .principal(OPAQUE, PrincipalKind::Client, "same")
        .await?;
    let clash = bench.principal(OPAQUE, PrincipalKind::Client, "same").await;
    assert_eq!(clash, Err(RegistryError::Exists));
    bench.principal(OPAQUE, PrincipalKind::User, "same").await?;
    bench
        .principal(SIGNED, PrincipalKind::Client, "same")
        .await?;
    let mut profile = Map::new();
    profile.insert("z".to_owned(), json!(1));
    profile.insert("a".to_owned(), json!({ "y": 1, "b": 2 }));
    let ensured = bench
        .authority
        .registry()
        .ensure_principal(
            &Actor::operator(),
            OPAQUE,
            PrincipalKind::Client,
            "same",
            profile.clone(),
        )
        .await?;
    assert_eq!(ensured.id, first.id);
    let found = bench
        .authority
        .registry()
        .find_principal(OPAQUE, PrincipalKind::Client, "same")
        .await?
        .ok_or("gone")?;
    // The order of members survives storage.
    assert_eq!(
        serde_json::to_string(&found.profile)?,
        r#"{"z":1,"a":{"y":1,"b":2}}"#
    );
    assert!((1..(1 << 53)).contains(&found.id.0));
    Ok(())
}

#[tokio::test]
async fn every_live_secret_of_the_purpose_works_and_replaced_ones_do_not() -> Outcome {
    let bench = Bench::new().await?;
    let (authority, operator) = (&bench.authority, Actor::operator());
    let client = bench
        .principal(OPAQUE, PrincipalKind::Client, "app")
        .await?;
    let random = || NewSecret::Random(MachineSecret::Client);
    let first = authority
        .registry()
        .add_secret(&operator, &client, random())
        .await?
        .value
        .ok_or("none")?;
    let second = authority
        .registry()
        .add_secret(&operator, &client, random())
        .await?
        .value
        .ok_or("none")?;
    assert_eq!(first.expose().len(), 43);
    let verify = |purpose, presented: &Secret| {
        let (authority, client, presented) = (authority.clone(), client.clone(), presented.clone());
        async move {
            authority
                .proofs()
                .secret(&nobody(), by_name(&client), purpose, &presented)
                .await
        }
    };
    verify(MachineSecret::Client, &first).await?;
    verify(MachineSecret::Client, &second).await?;
    assert_eq!(
        verify(MachineSecret::PasswordGrant, &first).await,
        Err(SecretError::Wrong)
    );
    let third = authority
        .registry()
        .replace_secret(&operator, &client, random())
        .await?
        .value
        .ok_or("none")?;
    assert_eq!(
        verify(MachineSecret::Client, &first).await,
        Err(SecretError::Wrong)
    );
    assert_eq!(
        verify(MachineSecret::Client, &second).await,
        Err(SecretError::Wrong)
    );
    verify(MachineSecret::Client, &third).await?;
    for wrong in [
        "",
        "x",
        &third.expose()[..42],
        &format!("{} ", third.expose()),
    ] {
        let wrong = secret(wrong);
        assert_eq!(
            verify(MachineSecret::Client, &wrong).await,
            Err(SecretError::Wrong)
        );
    }
    Ok(())
}

#[tokio::test]
async fn tokens_live_on_when_secrets_are_replaced() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench.user("alice", "old").await?;
    let issued = bench
        .authority
        .tokens()
        .issue(&nobody(), mac_token(&user))
        .await?;
    bench
        .authority
        .registry()
        .replace_secret(
            &Actor::operator(),
            &user,
            NewSecret::Password {
                password: "new".into(),
                keep_tokens: true,
            },
        )
        .await?;
    let old = bench
        .authority
        .proofs()
        .password(&nobody(), by_name(&user), &secret("old"))
        .await;
    assert_eq!(old, Err(PasswordError::Wrong));
    bench
        .authority
        .proofs()
        .password(&nobody(), by_name(&user), &secret("new"))
        .await?;
    bench
        .authority
        .tokens()
        .authenticate(MAC, issued.token.expose())
        .await?;
    Ok(())
}

#[tokio::test]
async fn unusable_secrets_are_refused() -> Outcome {
    let bench = Bench::new().await?;
    let client = bench
        .principal(SIGNED, PrincipalKind::Client, "svc")
        .await?;
    let (_, public_pem) = bench.authority.registry().generate_assertion_key()?;
    let key = |kid: &str, algorithm, public_pem: &str| NewSecret::AssertionKey {
        kid: kid.to_owned(),
        algorithm,
        public_pem: public_pem.to_owned(),
    };
    for unusable in [
        key("k", KeyAlgorithm::Hs256, &public_pem),
        key("k", KeyAlgorithm::Rs256, &public_pem),
        key("../k", KeyAlgorithm::EdDsa, &public_pem),
        key("k", KeyAlgorithm::EdDsa, "nonsense"),
    ] {
        let refused = bench
            .authority
            .registry()
            .add_secret(&Actor::operator(), &client, unusable)
            .await;
        assert!(matches!(refused, Err(RegistryError::Invalid(_))));
    }
    Ok(())
}
