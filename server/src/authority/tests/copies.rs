//! What is asked of the database when everything was asked before: nothing.

use std::sync::Arc;
use std::time::Instant;

use super::endings::statements;
use super::{Bench, MAC, OPAQUE, Outcome, SELF_SIGNED, SIGNED, START_MS, TOKEN, mac_token, nobody};
use crate::authority::changes::{Change, ChangeSet};
use crate::authority::{
    Follower as _, Introspection, IssueRequest, NewSecret, RevokeError, TokenError, TokenFacts,
};
use crate::domain::work::take;
use crate::domain::{Actor, Claims, PrincipalKind, TokenHash, TokenRecord};
use crate::keys::hash::sha256;
use crate::keys::signing::SigningKey;

fn claims(facts: &TokenFacts) -> Claims {
    let claims = Claims::new().with("iss", "i").with("aud", "a");
    claims.with("jti", facts.id.as_str())
}

#[tokio::test]
async fn a_token_that_was_looked_at_is_looked_at_again_without_a_question() -> Outcome {
    let bench = Bench::warm().await?;
    let user = bench.principal(MAC, PrincipalKind::User, "alice").await?;
    let kind = PrincipalKind::Client;
    let app = bench.principal(OPAQUE, kind, "app").await?;
    let svc = bench.principal(SIGNED, kind, "svc").await?;
    let kind = PrincipalKind::SecretHolder;
    let holder = bench.principal(SELF_SIGNED, kind, "holder").await?;
    let secret = NewSecret::HmacKey(None);
    let registry = bench.authority.registry();
    let key = registry
        .add_secret(&Actor::operator(), &holder, secret)
        .await?;
    let foreign = SigningKey::hs256(key.value.ok_or("no secret")?.as_bytes()).sign(
        r#"{"alg":"HS256"}"#,
        &Claims::new().with("iss", key.id.as_str()).to_text(),
    )?;
    let tokens = bench.authority.tokens();
    let opaque = IssueRequest::opaque(OPAQUE, TOKEN, app.id, "lt_").subject(user.id);
    let signed = IssueRequest::jwt(SIGNED, TOKEN, svc.id, claims).audience("a");
    for (dialect, text) in [
        (OPAQUE, tokens.issue(&nobody(), opaque).await?.token),
        (SIGNED, tokens.issue(&nobody(), signed).await?.token),
        (MAC, tokens.issue(&nobody(), mac_token(&user)).await?.token),
        (SELF_SIGNED, foreign),
    ] {
        let first = tokens.authenticate(dialect, text.expose()).await?;
        take();
        let again = tokens.authenticate(dialect, text.expose()).await?;
        assert_eq!(again, first);
        let known = tokens.introspect(text.expose()).await?;
        assert_eq!(known, Introspection::Active(first));
        tokens.public_keys().await?;
        bench.authority.upkeep().reachable().await?;
        assert_eq!(statements(), 0, "{dialect}");
    }
    Ok(())
}

#[tokio::test]
async fn garbage_is_looked_up_once_at_most() -> Outcome {
    let bench = Bench::warm().await?;
    let ask = async |text: &str| {
        take();
        let told = bench.authenticated(OPAQUE, text).await;
        (told.err(), statements())
    };
    let malformed = (Some(TokenError::Malformed), 0);
    let unknown = (Some(TokenError::Unknown), 0);
    let (older, newer) = ("a".repeat(43), "a".repeat(49));
    for (garbage, told) in [
        ("", malformed),
        ("garbage", unknown),
        ("a.b.c", malformed),
        (newer.as_str(), unknown),
    ] {
        assert_eq!(ask(garbage).await, told, "{garbage:?}");
    }
    // It may be one from before there was a checksum.
    assert_eq!(ask(&older).await, (Some(TokenError::Unknown), 1));
    assert_eq!(ask(&older).await, unknown);
    // Of somebody whom nobody knows, and of somebody who is known: the same.
    let kind = PrincipalKind::SecretHolder;
    let holder = bench.principal(SELF_SIGNED, kind, "holder").await?;
    let registry = bench.authority.registry();
    let hmac = NewSecret::HmacKey(None);
    let key = registry
        .add_secret(&Actor::operator(), &holder, hmac)
        .await?;
    for issuer in ["nobody", key.id.as_str()] {
        let claims = Claims::new().with("iss", issuer).to_text();
        let forged = SigningKey::hs256(b"forged").sign(r#"{"alg":"HS256"}"#, &claims)?;
        let (told, asked) = ask(forged.expose()).await;
        assert_eq!((told, asked), (Some(TokenError::Unknown), 2), "{issuer}");
        assert_eq!(ask(forged.expose()).await, unknown, "{issuer}");
    }
    Ok(())
}

#[tokio::test]
async fn a_text_that_becomes_a_token_is_one_at_once() -> Outcome {
    let bench = Bench::warm().await?;
    let kind = PrincipalKind::Client;
    let app = bench.principal(OPAQUE, kind, "app").await?;
    let text = "b".repeat(43);
    let unknown = Err(TokenError::Unknown);
    assert_eq!(bench.authenticated(OPAQUE, &text).await, unknown);
    let request = IssueRequest::opaque(OPAQUE, TOKEN, app.id, "");
    let made = bench.authority.tokens().issue(&nobody(), request).await?;
    let mut record = TokenRecord::clone(&made.record);
    record.hash = TokenHash(sha256(text.as_bytes()));
    record.id = crate::domain::TokenId::new("imported");
    record.family = record.id.clone();
    let imported = ChangeSet::new().with(Change::InsertToken {
        record: Arc::new(record),
        takes_slot: false,
    });
    bench.authority.core.store.commit(imported).await?;
    assert_eq!(
        bench.authenticated(OPAQUE, &text).await.as_deref(),
        Ok("app")
    );
    Ok(())
}

#[tokio::test]
async fn time_is_looked_at_on_every_request_and_a_clock_put_back_wakes_nothing_that_was_swept()
-> Outcome {
    let bench = Bench::warm().await?;
    let kind = PrincipalKind::Client;
    let app = bench.principal(OPAQUE, kind, "app").await?;
    let request = IssueRequest::opaque(OPAQUE, TOKEN, app.id, "").lifetime_secs(60);
    let token = bench.authority.tokens().issue(&nobody(), request).await?;
    let told = async || bench.authenticated(OPAQUE, token.token.expose()).await;
    assert!(told().await.is_ok());
    bench.pass(60);
    assert_eq!(told().await, Err(TokenError::Expired));
    bench.pass(-1);
    assert!(told().await.is_ok(), "its row is there");
    bench.pass(40 * 24 * 3600);
    assert_eq!(told().await, Err(TokenError::Expired));
    bench.authority.upkeep().sweep().await?;
    bench.pass(-40 * 24 * 3600);
    assert!(bench.authority.now_ms() < START_MS + 60_000);
    assert_eq!(told().await, Err(TokenError::Unknown), "its row is gone");
    Ok(())
}

#[tokio::test]
async fn while_nothing_is_told_the_database_is_asked_each_time() -> Outcome {
    let bench = Bench::warm().await?;
    let user = bench.principal(MAC, PrincipalKind::User, "alice").await?;
    let tokens = bench.authority.tokens();
    let token = tokens.issue(&nobody(), mac_token(&user)).await?.token;
    bench.authenticated(MAC, token.expose()).await?;
    let cache = &bench.authority.core.cache;
    cache.lost();
    for _ in 0..2 {
        take();
        bench.authenticated(MAC, token.expose()).await?;
        assert!(statements() >= 2, "the token and the keys");
        bench.authority.upkeep().reachable().await?;
        assert_eq!(statements(), 1);
    }
    cache.caught_up(Instant::now());
    bench.authority.believe();
    bench.authenticated(MAC, token.expose()).await?;
    take();
    bench.authenticated(MAC, token.expose()).await?;
    assert_eq!(statements(), 0);
    Ok(())
}

#[tokio::test]
async fn whoever_waits_for_the_keys_while_nothing_is_told_shares_the_next_read() -> Outcome {
    let bench = Bench::new().await?;
    bench.store.follow_no_more();
    bench.authority.core.cache.lost();
    take();
    let asking: Vec<_> = (0..16)
        .map(|_| {
            let authority = bench.authority.clone();
            tokio::spawn(async move { authority.tokens().public_keys().await })
        })
        .collect();
    for asked in asking {
        assert_eq!(asked.await??.len(), 2);
    }
    // Two reads, unless one ends before the last has come.
    assert!(statements() < 8, "they share what is read");
    Ok(())
}

#[tokio::test]
async fn garbage_that_is_to_be_ended_is_looked_up_once_at_most() -> Outcome {
    let bench = Bench::warm().await?;
    let claims = Claims::new().with("iss", "nobody").to_text();
    let forged = SigningKey::hs256(b"forged").sign(r#"{"alg":"HS256"}"#, &claims)?;
    for (garbage, first) in [
        ("garbage", 0),
        (&"a".repeat(43), 1),
        (&"a".repeat(49), 0),
        (forged.expose(), 2),
    ] {
        for asked in [first, 0] {
            take();
            let (tokens, actor) = (bench.authority.tokens(), nobody());
            let told = tokens.revoke_presented(&actor, garbage, None, None);
            assert_eq!(told.await, Err(RevokeError::Unknown), "{garbage}");
            assert_eq!(statements(), asked, "{garbage}");
        }
    }
    Ok(())
}
