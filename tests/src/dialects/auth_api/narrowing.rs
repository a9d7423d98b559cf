//! What takes rights away is refused in a spelling that is not read: scopes, lives, and how far a revocation reaches.

use serde_json::json;

use super::{
    LONG, SHORT, assert_refused, exchange, long_token, long_token_with, revoke_path, with_secret,
};
use crate::harness::{Call, Tessera};

#[tokio::test]
async fn scopes_of_a_short_token_in_another_spelling_are_refused() {
    let server = Tessera::start().await;
    let long = long_token(&server).await;
    for body in [
        json!({ "scope": ["jobs:submit"] }),
        json!({ "scope": "jobs:submit" }),
        json!({ "Scopes": ["jobs:submit"] }),
        json!({ "scopes[]": ["jobs:submit"] }),
        json!({ "scopes.0": "jobs:submit" }),
        json!({ "request": { "scopes": ["jobs:submit"] } }),
        json!({ "scopes": null }),
        json!({ "scopes": "jobs:submit" }),
        json!({ "scopes": { "0": "jobs:submit" } }),
        json!({ "scopes": ["jobs:submit"], "x": 1 }),
    ] {
        let answer = exchange(&long.token).json(&body).send(&server).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_refused(&answer, 400, "invalid_request");
    }
    let twice = exchange(&long.token).body(
        "application/json",
        r#"{"scopes":["jobs:submit"],"scopes":["jobs:*"]}"#,
    );
    assert_refused(&twice.send(&server).await, 400, "invalid_request");
    for (media_type, body) in [
        ("application/x-www-form-urlencoded", "scopes=jobs:submit"),
        ("text/plain", r#"{"scopes":["jobs:submit"]}"#),
        ("application/scim+json", r#"{"scopes":["jobs:submit"]}"#),
    ] {
        let answer = exchange(&long.token).body(media_type, body);
        assert_eq!(answer.send(&server).await.status, 415, "{media_type}");
    }
    let none = exchange(&long.token).json(&json!({ "scopes": [] }));
    let answer = none.send(&server).await.expect(201);
    assert_eq!(answer.json()["scopes"], json!([]));
}

#[tokio::test]
async fn what_narrows_is_refused_in_the_query() {
    let server = Tessera::start().await;
    let long = long_token(&server).await;
    let client = server.held("/auth_api/client_id");
    let ask = async |call: Call| {
        let shown = format!("{call:?}");
        let answer = call.send(&server).await;
        assert_eq!(answer.status, 400, "{shown}");
        assert_refused(&answer, 400, "invalid_request");
    };
    for query in [
        "scopes=jobs:submit",
        "scopes[]=jobs:submit",
        "scope=jobs:submit",
        "Scopes=jobs:submit",
        "scopes",
    ] {
        let call = |path: &str| Call::post(&format!("{path}?{query}"));
        ask(call(SHORT).bearer(&long.token)).await;
        ask(call(SHORT)
            .bearer(&long.token)
            .json(&json!({ "scopes": ["jobs:submit"] })))
        .await;
        let long_call = call(LONG).header("X-Client-Id", client);
        ask(long_call.json(&with_secret(&server, json!({})))).await;
    }
    for query in ["ttl_seconds=3600", "ttlSeconds=3600", "TTL_SECONDS[]=3600"] {
        let call = Call::post(&format!("{LONG}?{query}")).header("X-Client-Id", client);
        ask(call.json(&with_secret(&server, json!({})))).await;
    }
    for query in ["revoke_all_related=true", "revokeAllRelated=true"] {
        let path = format!("{}?{query}", revoke_path(&long.id));
        ask(Call::post(&path).bearer(&long.token)).await;
    }
    // None of these ended it, and what does not narrow is ignored.
    let call = Call::post(&format!("{SHORT}?x=1&scoped=y")).bearer(&long.token);
    call.send(&server).await.expect(201);
}

#[tokio::test]
async fn unknown_members_of_a_request_for_a_long_token_are_refused() {
    let server = Tessera::start().await;
    let client = server.held("/auth_api/client_id");
    for more in [
        json!({ "scope": "jobs:submit" }),
        json!({ "Scopes": ["jobs:submit"] }),
        json!({ "ttl": 3600 }),
        json!({ "ttlSeconds": 3600 }),
    ] {
        let call = Call::post(LONG).header("X-Client-Id", client);
        let answer = call.json(&with_secret(&server, more)).send(&server).await;
        assert_refused(&answer, 400, "invalid_request");
    }
    let narrowed = long_token_with(&server, json!({ "scopes": [] })).await;
    let answer = exchange(&narrowed.token).send(&server).await.expect(201);
    assert_eq!(answer.json()["scopes"], json!([]));
}
