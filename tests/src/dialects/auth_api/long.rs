//! Long tokens: scopes, life, families. Who may ask for one is `proofs`' and `one_time_codes`'.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    ALL_SCOPES, Issued, LONG, assert_refused, body, client, exchange, long_call, long_token,
    long_token_with, short_token, short_token_with, with_secret,
};
use crate::harness::{Call, Tessera};

/// The call for a long token with a short one as bearer.
fn by_short_token(server: &Tessera, bearer: &Issued, more: Value) -> Call {
    Call::post(LONG)
        .bearer(&bearer.token)
        .json(&body(server, more))
}

#[tokio::test]
async fn each_issue_is_a_further_token() {
    let server = Tessera::start().await;
    let first = long_token(&server).await;
    let second = long_token(&server).await;
    assert_ne!(first.token, second.token);
    assert!(first.token.starts_with("lt_") && first.id.starts_with("tok_lt_"));
    exchange(&first.token).send(&server).await.expect(201);
    exchange(&second.token).send(&server).await.expect(201);
}

#[tokio::test]
async fn a_long_token_survives_a_restart() {
    let mut server = Tessera::start().await;
    let long = long_token(&server).await;
    server.restart().await;
    exchange(&long.token).send(&server).await.expect(201);
}

#[tokio::test]
async fn a_token_lives_exactly_as_long_as_was_asked() {
    let server = Tessera::start().await;
    let answer = long_call(&with_secret(&server, json!({ "ttl_seconds": 3600 })))
        .send(&server)
        .await
        .expect(201);
    assert_eq!(answer.json()["expires_in"], 3600);
    assert_eq!(answer.json()["expires_at"], "2026-01-02T04:04:05.678Z");
    let long = Issued::from(answer);
    server.clock.advance(Duration::from_secs(3599));
    let short = exchange(&long.token).send(&server).await.expect(201);
    // A short token never outlives its long one, and is dated in whole seconds.
    assert_eq!(short.json()["expires_at"], "2026-01-02T04:04:05.000Z");
    assert_eq!(short.json()["expires_in"], 1);
    server.clock.advance(Duration::from_millis(999));
    assert_refused(
        &exchange(&long.token).send(&server).await,
        401,
        "token_expired",
    );
    server.clock.advance(Duration::from_millis(1));
    assert_refused(
        &exchange(&long.token).send(&server).await,
        401,
        "token_expired",
    );
}

#[tokio::test]
async fn the_default_life_is_thirty_days_and_the_bounds_hold() {
    let server = Tessera::start().await;
    let ask = async |more: Value| long_call(&with_secret(&server, more)).send(&server).await;
    let answer = ask(json!({})).await.expect(201);
    assert_eq!(answer.json()["expires_in"], 2_592_000);
    for ttl in [3600, 7_776_000] {
        let answer = ask(json!({ "ttl_seconds": ttl })).await.expect(201);
        assert_eq!(answer.json()["expires_in"], ttl);
    }
    // To JSON Schema a number with a fraction of zero is an integer.
    let answer = ask(json!({ "ttl_seconds": 3600.0 })).await.expect(201);
    assert_eq!(answer.json()["expires_in"], 3600);
    for ttl in [
        json!(3599),
        json!(7_776_001),
        json!(0),
        json!(-3600),
        json!(3600.5),
        json!("3600"),
        json!(null),
        json!(9_223_372_036_854_775_808_u64),
    ] {
        let answer = ask(json!({ "ttl_seconds": ttl })).await;
        assert_refused(&answer, 400, "invalid_request");
        assert_eq!(answer.string_at("/details/pointer"), "/ttl_seconds");
    }
}

#[tokio::test]
async fn scopes_default_to_all_and_are_bounded_by_the_client() {
    let server = Tessera::start().await;
    let ask = async |scopes: Value| {
        long_call(&with_secret(&server, json!({ "scopes": scopes })))
            .send(&server)
            .await
    };
    let answer = long_call(&with_secret(&server, json!({})))
        .send(&server)
        .await
        .expect(201);
    assert_eq!(answer.json()["scopes"], json!(ALL_SCOPES));
    for within in [
        json!(["jobs:submit"]),
        json!(["jobs:*", "jobs:a:b"]),
        json!([]),
    ] {
        let answer = ask(within.clone()).await.expect(201);
        assert_eq!(answer.json()["scopes"], within);
    }
    for beyond in [
        "billing:read",
        "*",
        "jobs:",
        "jobs",
        "tokens:*",
        "jobs:a billing:read",
        "",
    ] {
        let answer = ask(json!(["jobs:submit", beyond])).await;
        assert_refused(&answer, 400, "invalid_scope");
    }
    for unfit in [json!("jobs:submit"), json!([1]), json!({}), json!(null)] {
        assert_refused(&ask(unfit).await, 400, "invalid_request");
    }
}

#[tokio::test]
async fn a_short_token_with_the_right_issues_within_its_family() {
    let server = Tessera::start().await;
    let first = long_token_with(&server, json!({ "ttl_seconds": 7200 })).await;
    server.clock.advance(Duration::from_mins(10));
    let short = short_token_with(&server, &first, &["jobs:*", "tokens:write"]).await;
    let answer = by_short_token(&server, &short, json!({ "ttl_seconds": 7_776_000 }))
        .send(&server)
        .await
        .expect(201);
    assert_eq!(answer.json()["expires_in"], 6600);
    assert_eq!(answer.json()["expires_at"], "2026-01-02T05:04:05.678Z");
    assert_eq!(answer.json()["scopes"], json!(["jobs:*", "tokens:write"]));
    let shorter = by_short_token(&server, &short, json!({ "ttl_seconds": 3600 }));
    assert_eq!(shorter.send(&server).await.json()["expires_in"], 3600);
    let beyond = by_short_token(&server, &short, json!({ "scopes": ["tokens:revoke"] }));
    assert_refused(&beyond.send(&server).await, 400, "invalid_scope");
    // Grandchildren end with the first long token too.
    let second = Issued::from(answer);
    server.clock.advance(Duration::from_mins(1));
    let again = short_token(&server, &second).await;
    let third = by_short_token(&server, &again, json!({}))
        .send(&server)
        .await;
    assert_eq!(third.json()["expires_at"], "2026-01-02T05:04:05.678Z");
}

#[tokio::test]
async fn a_short_token_without_the_right_or_of_another_client_does_not_issue() {
    let server = Tessera::start().await;
    let long = long_token(&server).await;
    let weak = short_token_with(&server, &long, &["jobs:*"]).await;
    let answer = by_short_token(&server, &weak, json!({}))
        .send(&server)
        .await;
    assert_refused(&answer, 403, "insufficient_scope");
    client(&server, "other", &ALL_SCOPES, false).await;
    let short = short_token(&server, &long).await;
    let stolen = by_short_token(&server, &short, json!({ "client_id": "other" }));
    assert_refused(&stolen.send(&server).await, 401, "invalid_client");
    // Both ways of saying who asks may be sent together.
    let both = by_short_token(&server, &short, json!({})).header("X-Client-Id", "cli_nightly");
    both.send(&server).await.expect(201);
}
