//! The one token of a user: fetched, renewed, revoked.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use tessera_server::authority::{Introspection, Revocation};
use tessera_server::domain::Actor;

use super::{LOGOUT, NEW, REVOKE, TOKEN, assert_code, new_token, post, session};
use crate::harness::{Tessera, at_once};

const NO_TOKEN: i64 = 1_340_401;

async fn is_active(server: &Tessera, token: &str) -> bool {
    let found = server.authority().tokens().introspect(token).await;
    matches!(found.expect("storage answers"), Introspection::Active(_))
}

fn part(token: &str, index: usize) -> String {
    let part = token.split('.').nth(index).expect("three parts");
    let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64url");
    String::from_utf8(bytes).expect("UTF-8")
}

#[tokio::test]
async fn a_token_has_the_header_and_claims_of_the_original_in_order() {
    let server = Tessera::start().await;
    let token = new_token(&server, &session(&server).await).await;
    assert_eq!(part(&token, 0), r#"{"typ":"JWT","alg":"HS256"}"#);
    let Introspection::Active(live) = server
        .authority()
        .tokens()
        .introspect(&token)
        .await
        .expect("storage answers")
    else {
        panic!("a new token is active");
    };
    assert_eq!(
        part(&token, 1),
        format!(
            r#"{{"uid":{},"username":"demo_user","date":"2026-01-02T03:04:05.678Z","jti":"{}"}}"#,
            live.owner.id, live.record.id
        )
    );
    assert_eq!(live.record.expires_at_ms, None);
}

#[tokio::test]
async fn the_live_token_is_handed_out_byte_for_byte() {
    let mut server = Tessera::start().await;
    let cookie = session(&server).await;
    assert_code(&post(TOKEN, &cookie).send(&server).await, NO_TOKEN);
    let token = new_token(&server, &cookie).await;
    server.clock.advance(Duration::from_hours(1));
    let again = post(TOKEN, &cookie).send(&server).await;
    assert_eq!(
        again.text(),
        format!(
            r#"{{"status":"success","code":1320001,"message":"request token successfully.","data":{{"token":"{token}"}}}}"#
        )
    );
    server.restart().await;
    let other = session(&server).await;
    let after = post(TOKEN, &other).send(&server).await;
    assert_eq!(after.string_at("/data/token"), token);
}

#[tokio::test]
async fn a_new_token_supersedes_the_old_one_at_once() {
    let server = Tessera::start().await;
    let cookie = session(&server).await;
    let old = new_token(&server, &cookie).await;
    assert!(is_active(&server, &old).await);
    let new = new_token(&server, &cookie).await;
    assert_ne!(old, new);
    assert!(!is_active(&server, &old).await);
    assert!(is_active(&server, &new).await);
    let answer = post(TOKEN, &cookie).send(&server).await;
    assert_eq!(answer.string_at("/data/token"), new);
}

#[tokio::test]
async fn revocation_is_idempotent_and_final() {
    let server = Tessera::start().await;
    let cookie = session(&server).await;
    let none = post(REVOKE, &cookie).send(&server).await;
    assert_eq!(
        none.text(),
        r#"{"status":"success","code":1320003,"message":"revoke the token successfully.","data":{}}"#
    );
    let token = new_token(&server, &cookie).await;
    for _ in 0..2 {
        assert_code(&post(REVOKE, &cookie).send(&server).await, 1_320_003);
        assert!(!is_active(&server, &token).await);
        assert_code(&post(TOKEN, &cookie).send(&server).await, NO_TOKEN);
    }
    let next = new_token(&server, &cookie).await;
    assert_ne!(next, token);
    assert!(is_active(&server, &next).await && !is_active(&server, &token).await);
}

#[tokio::test]
async fn a_token_revoked_centrally_is_gone_here() {
    let server = Tessera::start().await;
    let cookie = session(&server).await;
    let token = new_token(&server, &cookie).await;
    let revoked = server
        .authority()
        .tokens()
        .revoke_presented(&Actor::operator(), &token, None, None)
        .await;
    assert_eq!(revoked, Ok(Revocation::Ended));
    assert_code(&post(TOKEN, &cookie).send(&server).await, NO_TOKEN);
}

#[tokio::test]
async fn the_token_outlives_the_session_it_was_made_in() {
    let server = Tessera::start().await;
    let cookie = session(&server).await;
    let token = new_token(&server, &cookie).await;
    post(LOGOUT, &cookie).send(&server).await.expect(200);
    assert!(is_active(&server, &token).await);
    server.clock.advance(Duration::from_hours(24 * 365));
    assert!(is_active(&server, &token).await);
}

#[tokio::test]
async fn of_many_renewals_at_once_exactly_one_token_stays_live() {
    let server = Tessera::start().await;
    let cookie = session(&server).await;
    let answers = at_once(&server, &vec![post(NEW, &cookie); 16]).await;
    let mut live = Vec::new();
    for answer in &answers {
        assert_code(answer, 1_320_002);
        let token = answer.string_at("/data/token");
        if is_active(&server, &token).await {
            live.push(token);
        }
    }
    let handed_out = post(TOKEN, &cookie).send(&server).await;
    assert_eq!(live, [handed_out.string_at("/data/token")]);
}
