//! Who may ask and who may end, and what they are told of tokens that are dead or not theirs.

use std::time::Duration;

use serde_json::{Value, json};

use super::{INTROSPECT, REVOKE, asker, assert_refused, demo_asker};
use crate::{
    dialects::auth_api::{exchange, long_token, long_token_with, short_token},
    harness::{Call, Tessera},
};

fn inactive() -> Value {
    json!({ "active": false })
}

#[tokio::test]
async fn dead_tokens_are_told_apart_by_nothing() {
    let server = Tessera::start().await;
    let asker = demo_asker(&server);
    let expired = long_token_with(&server, json!({ "ttl_seconds": 3600 })).await;
    let revoked = long_token(&server).await;
    let short = short_token(&server, &revoked).await;
    asker.revoke(&server, &revoked.token).await;
    server.clock.advance(Duration::from_hours(1));
    let large = "a".repeat(5000);
    for dead in [
        &expired.token,
        &revoked.token,
        &short.token,
        "unknown",
        "a.b.c",
        " ",
        "\0",
        "\u{fc}",
        &large,
    ] {
        assert_eq!(asker.introspect(&server, dead).await, inactive());
    }
}

#[tokio::test]
async fn a_token_of_a_dialect_the_client_may_not_see_looks_dead() {
    let server = Tessera::start().await;
    let long = long_token(&server).await;
    let pnut_only = asker(&server, "pnut-only", &["introspect:pnut"]).await;
    assert_eq!(pnut_only.introspect(&server, &long.token).await, inactive());
    let ours = asker(&server, "ours", &["introspect:auth_api"]).await;
    assert_eq!(ours.introspect(&server, &long.token).await["active"], true);
}

#[tokio::test]
async fn a_client_without_the_right_may_not_ask() {
    let server = Tessera::start().await;
    let long = long_token(&server).await;
    for (index, scopes) in [
        &[][..],
        &["tokens:revoke:any"],
        &["introspect"],
        &["introspect:*"],
    ]
    .into_iter()
    .enumerate()
    {
        let nosy = asker(&server, &format!("nosy-{index}"), scopes).await;
        for token in [long.token.as_str(), "unknown"] {
            let answer = nosy.call(INTROSPECT, token).send(&server).await;
            assert_refused(&answer, 403, "access_denied");
        }
    }
}

#[tokio::test]
async fn ending_the_token_of_somebody_else_takes_a_right() {
    let server = Tessera::start().await;
    let long = long_token(&server).await;
    let weak = asker(&server, "weak", &["introspect:any"]).await;
    let answer = weak.call(REVOKE, &long.token).send(&server).await;
    assert_refused(&answer, 403, "insufficient_scope");
    exchange(&long.token).send(&server).await.expect(201);
    // What is not alive is nobody's: RFC 7009 §2.2.
    weak.revoke(&server, "unknown").await;
    demo_asker(&server).revoke(&server, &long.token).await;
    weak.revoke(&server, &long.token).await;
}

#[tokio::test]
async fn revocation_is_idempotent_and_ignores_the_hint() {
    let server = Tessera::start().await;
    let asker = demo_asker(&server);
    let long = long_token(&server).await;
    for hint in ["refresh_token", "nonsense", ""] {
        let call = Call::post(REVOKE).basic(&asker.id, &asker.secret).form(&[
            ("token", &long.token),
            ("token_type_hint", hint),
            ("other", "x"),
        ]);
        let answer = call.send(&server).await.expect(200);
        assert!(answer.body.is_empty());
        assert_eq!(answer.header("content-type"), None);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let answer = exchange(&long.token).send(&server).await.expect(401);
    assert_eq!(answer.string_at("/code"), "invalid_token");
}
