//! Requests that are refused before a token is looked at: malformed, misdirected, too many, and without storage.

use std::num::NonZeroU32;

use serde_json::json;

use super::{INTROSPECT, KEYS, REVOKE, assert_refused, demo_asker};
use crate::{
    dialects::auth_api::long_token,
    harness::{Call, Tessera},
};

#[tokio::test]
async fn bodies_other_than_a_form_with_one_token_are_refused() {
    let server = Tessera::start().await;
    let asker = demo_asker(&server);
    for path in [INTROSPECT, REVOKE] {
        let call = || Call::post(path).basic(&asker.id, &asker.secret);
        let form = |text: &str| call().body("application/x-www-form-urlencoded", text);
        for text in ["", "token", "token=", "x=y", "token=a&token=b", "token=%FF"] {
            assert_refused(&form(text).send(&server).await, 400, "invalid_request");
        }
        let hints = form("token=a&token_type_hint=b&token_type_hint=c");
        assert_refused(&hints.send(&server).await, 400, "invalid_request");
        let json = call().json(&json!({ "token": "a" }));
        assert_refused(&json.send(&server).await, 415, "invalid_request");
        let untyped = call().untyped_body("token=a");
        assert_refused(&untyped.send(&server).await, 415, "invalid_request");
        let large = form(&format!("token={}", "a".repeat(70_000)));
        assert_refused(&large.send(&server).await, 413, "invalid_request");
        let header = form("token=a").header("X-Large", "x".repeat(9000));
        assert_refused(&header.send(&server).await, 400, "invalid_request");
    }
}

#[tokio::test]
async fn unmatched_paths_and_methods_are_oauth_errors() {
    let server = Tessera::start().await;
    for path in [
        "/oauth",
        "/oauth/token",
        "/oauth/introspect/x",
        "/.well-known/openid-configuration",
    ] {
        assert_refused(
            &Call::post(path).send(&server).await,
            404,
            "invalid_request",
        );
    }
    for path in [INTROSPECT, REVOKE] {
        let answer = Call::get(path).send(&server).await;
        assert_refused(&answer, 405, "invalid_request");
        assert_eq!(answer.header("allow"), Some("POST"));
    }
    let answer = Call::post(KEYS).send(&server).await;
    assert_refused(&answer, 405, "invalid_request");
    assert_eq!(answer.header("allow"), Some("GET, HEAD"));
}

#[tokio::test]
async fn a_failing_store_never_answers_dead_or_done() {
    let server = Tessera::start().await;
    let asker = demo_asker(&server);
    let long = long_token(&server).await;
    server.break_storage().await;
    for path in [INTROSPECT, REVOKE] {
        let answer = asker.call(path, &long.token).send(&server).await;
        assert_refused(&answer, 503, "temporarily_unavailable");
        assert!(answer.header("retry-after").is_some());
        assert!(!answer.text().contains("table"), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_client_is_counted_wherever_it_calls_from() {
    let server = Tessera::start_with(|config| {
        if let Some(limit) = NonZeroU32::new(2) {
            config.policy.rates.general.limit = limit;
        }
    })
    .await;
    let asker = demo_asker(&server);
    for _ in 0..2 {
        asker.introspect(&server, "unknown").await;
    }
    let answer = asker.call(INTROSPECT, "unknown").send(&server).await;
    assert_refused(&answer, 429, "rate_limited");
    assert_eq!(answer.header("retry-after"), Some("60"));
}
