//! Passwords, one-time codes and assertions: what is accepted, locked, replayed.

use serde_json::json;

use super::{Bench, MAC, Outcome, SIGNED, START_MS, by_name, nobody, secret};
use crate::authority::{
    AssertionBounds, AssertionError, Claimant, CodeError, NewSecret, PasswordError, Unavailable,
};
use crate::domain::{Actor, Claims, KeyAlgorithm, Principal, PrincipalKind, Secret};
use crate::keys::signing::SigningKey;
use crate::keys::totp;

const AUDIENCE: &str = "http://127.0.0.1:8080/v1/auth/tokens/long";

const BOUNDS: AssertionBounds<'_> = AssertionBounds {
    audience: AUDIENCE,
    max_life_secs: 300,
};

/// The newest audit row.
async fn last_row(bench: &Bench) -> Result<String, Unavailable> {
    let rows = bench.authority.upkeep().audit_rows(1).await?;
    Ok(rows.first().map_or_else(String::new, |row| {
        let reason = row.reason.as_deref().unwrap_or_default();
        format!("{} {} {} {reason}", row.action, row.target, row.outcome)
    }))
}

#[tokio::test]
async fn five_wrong_passwords_lock_and_a_restart_does_not_unlock() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench.user("alice", "right").await?;
    for _ in 0..4 {
        let wrong = bench
            .authority
            .proofs()
            .password(&nobody(), by_name(&user), &secret("wrong"))
            .await;
        assert_eq!(wrong, Err(PasswordError::Wrong));
    }
    // A success starts the count again.
    bench
        .authority
        .proofs()
        .password(&nobody(), by_name(&user), &secret("right"))
        .await?;
    for _ in 0..5 {
        let wrong = bench
            .authority
            .proofs()
            .password(&nobody(), by_name(&user), &secret("wrong"))
            .await;
        assert_eq!(wrong, Err(PasswordError::Wrong));
    }
    bench.pass(10);
    let again = bench.reopened().await?;
    let locked = again
        .proofs()
        .password(&nobody(), by_name(&user), &secret("right"))
        .await;
    assert_eq!(
        locked,
        Err(PasswordError::LockedOut {
            retry_after_secs: 890
        })
    );
    bench.pass(890);
    again
        .proofs()
        .password(&nobody(), by_name(&user), &secret("right"))
        .await?;
    Ok(())
}

#[tokio::test]
async fn unknown_names_answer_like_wrong_passwords_and_lock_alike() -> Outcome {
    let bench = Bench::new().await?;
    let nobody_there = Claimant {
        dialect: MAC,
        kind: PrincipalKind::User,
        name: "nobody",
    };
    for _ in 0..5 {
        let refused = bench
            .authority
            .proofs()
            .password(&nobody(), nobody_there, &secret("x"))
            .await;
        assert_eq!(refused, Err(PasswordError::Wrong));
    }
    let locked = bench
        .authority
        .proofs()
        .password(&nobody(), nobody_there, &secret("x"))
        .await;
    assert!(matches!(locked, Err(PasswordError::LockedOut { .. })));
    // The five are one row, without the name: it may be a password in the wrong field.
    let rows = bench.authority.upkeep().audit_rows(10).await?;
    let row = rows.first().ok_or("no row")?;
    assert_eq!((row.count, row.outcome.as_ref()), (5, "refused"));
    assert!(row.target.starts_with("unknown:"), "{row:?}");
    assert!(!format!("{rows:?}").contains("nobody"), "{rows:?}");
    Ok(())
}

#[tokio::test]
async fn codes_work_once_within_their_window_and_in_order() -> Outcome {
    let bench = Bench::new().await?;
    let client = bench
        .principal(SIGNED, PrincipalKind::Client, "svc")
        .await?;
    let seed = bench
        .authority
        .registry()
        .add_secret(&Actor::operator(), &client, NewSecret::TotpSeed(None))
        .await?
        .value
        .ok_or("no seed")?;
    assert_eq!(seed.expose().len(), 32);
    let now = START_MS / 1000;
    let code = |at| totp::code_at(&seed, at).unwrap_or_else(|| secret("none"));
    let verify = |code: Secret| {
        let (authority, client) = (bench.authority.clone(), client.clone());
        async move {
            authority
                .proofs()
                .totp(&nobody(), by_name(&client), &code)
                .await
        }
    };
    verify(code(now)).await?;
    assert_eq!(verify(code(now)).await, Err(CodeError::Replayed));
    assert_eq!(
        last_row(&bench).await?,
        "totp.verify svc refused used before"
    );
    // A code of an earlier step is dead once a later one was used.
    assert_eq!(verify(code(now - 30)).await, Err(CodeError::Replayed));
    verify(code(now + 30)).await?;
    let again = bench.reopened().await?;
    assert_eq!(
        again
            .proofs()
            .totp(&nobody(), by_name(&client), &code(now + 30))
            .await,
        Err(CodeError::Replayed)
    );
    for wrong in [
        code(now + 90),
        secret(&format!(" {}", code(now).expose())),
        secret("12345"),
        secret("１２３４５６"),
        secret(""),
    ] {
        assert_eq!(verify(wrong).await, Err(CodeError::Wrong));
    }
    assert!(matches!(
        verify(code(now + 60)).await,
        Err(CodeError::LockedOut { .. })
    ));
    Ok(())
}

struct Signer {
    client: Principal,
    key: SigningKey,
}

async fn signer(bench: &Bench) -> Result<Signer, Box<dyn std::error::Error>> {
    let client = bench
        .principal(SIGNED, PrincipalKind::Client, "svc")
        .await?;
    let (private_pem, public_pem) = bench.authority.registry().generate_assertion_key()?;
    let key = NewSecret::AssertionKey {
        kid: "k1".to_owned(),
        algorithm: KeyAlgorithm::EdDsa,
        public_pem,
    };
    bench
        .authority
        .registry()
        .add_secret(&Actor::operator(), &client, key)
        .await?;
    Ok(Signer {
        client,
        key: SigningKey::ed25519_pem(&private_pem)?,
    })
}

fn assertion(jti: &str) -> Claims {
    let now = START_MS / 1000;
    Claims::new()
        .with("iss", "svc")
        .with("sub", "svc")
        .with("aud", AUDIENCE)
        .with("exp", now + 300)
        .with("iat", now)
        .with("jti", jti)
}

const HEADER: &str = r#"{"alg":"EdDSA","kid":"k1"}"#;

#[tokio::test]
async fn assertion_is_accepted_once() -> Outcome {
    let bench = Bench::new().await?;
    let holder = signer(&bench).await?;
    let signed = holder.key.sign(HEADER, &assertion("a").to_text())?;
    let verify = |assertion: &Secret| {
        let (authority, client, assertion) = (
            bench.authority.clone(),
            holder.client.clone(),
            assertion.clone(),
        );
        async move {
            authority
                .proofs()
                .assertion(&nobody(), by_name(&client), &assertion, BOUNDS)
                .await
        }
    };
    assert_eq!(verify(&signed).await?.id, holder.client.id);
    assert_eq!(verify(&signed).await, Err(AssertionError::Replayed));
    // The same `jti` in another assertion, also under another header.
    let other = holder
        .key
        .sign(r#"{"typ":"JWT","alg":"EdDSA"}"#, &assertion("a").to_text())?;
    assert_eq!(verify(&other).await, Err(AssertionError::Replayed));
    let again = bench.reopened().await?;
    let replayed = again
        .proofs()
        .assertion(&nobody(), by_name(&holder.client), &signed, BOUNDS)
        .await;
    assert_eq!(replayed, Err(AssertionError::Replayed));
    verify(&holder.key.sign(HEADER, &assertion("b").to_text())?).await?;
    Ok(())
}

#[tokio::test]
async fn wrong_assertions_are_refused_and_spend_nothing() -> Outcome {
    let bench = Bench::new().await?;
    let holder = signer(&bench).await?;
    let now = START_MS / 1000;
    let verify = |header: &str, claims: Claims| {
        let (authority, client) = (bench.authority.clone(), holder.client.clone());
        let signed = holder
            .key
            .sign(header, &claims.to_text())
            .expect("a signature");
        async move {
            authority
                .proofs()
                .assertion(&nobody(), by_name(&client), &signed, BOUNDS)
                .await
        }
    };
    let bent = |name: &str, value: serde_json::Value| assertion("j").with(name, value);
    for claims in [
        bent("iss", json!("other")),
        bent("sub", json!("other")),
        bent("aud", json!([AUDIENCE])),
        bent("aud", json!(format!("{AUDIENCE}/"))),
        bent("aud", json!("http://127.0.0.1:8080")),
        bent("exp", json!(now)),
        bent("exp", json!((now + 300).to_string())),
        bent("iat", json!(now + 60)),
        bent("nbf", json!(now + 60)),
        bent("jti", json!("")),
        bent("jti", json!(7)),
        bent("jti", json!("x".repeat(257))),
        Claims::new()
            .with("iss", "svc")
            .with("sub", "svc")
            .with("aud", AUDIENCE)
            .with("jti", "j"),
    ] {
        let text = claims.to_text();
        assert_eq!(
            verify(HEADER, claims).await,
            Err(AssertionError::Wrong),
            "{text}"
        );
    }
    // The leeway is not part of the cap that is told.
    assert_eq!(
        verify(HEADER, bent("exp", json!(now + 311))).await,
        Err(AssertionError::TooLong { max_secs: 300 })
    );
    for header in [
        r#"{"alg":"EdDSA","kid":"k2"}"#,
        r#"{"alg":"ES256","kid":"k1"}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt"}"#,
        r#"{"alg":"none"}"#,
    ] {
        assert_eq!(
            verify(header, assertion("j")).await,
            Err(AssertionError::Wrong),
            "{header}"
        );
    }
    let (stranger, _) = bench.authority.registry().generate_assertion_key()?;
    let forged = SigningKey::ed25519_pem(&stranger)?.sign(HEADER, &assertion("j").to_text())?;
    let refused = bench
        .authority
        .proofs()
        .assertion(&nobody(), by_name(&holder.client), &forged, BOUNDS)
        .await;
    assert_eq!(refused, Err(AssertionError::Wrong));
    // After all of these, the `jti` is still unspent.
    verify(HEADER, assertion("j")).await?;
    Ok(())
}
