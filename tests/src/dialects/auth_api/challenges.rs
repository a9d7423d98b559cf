//! The auth API's `WWW-Authenticate` (RFC 9110 §15.5.2, RFC 6750 §3): on every 401, and on 403 for scopes.

use serde_json::json;

use super::{
    LONG, SHORT, body, client, long_call, long_token, revoke, revoke_path, short_token_with,
    with_secret,
};
use crate::{
    harness::{Call, Tessera},
    rules::assert_challenged,
};

const ASKED: &str = "Bearer realm=\"tessera\"";
const INVALID: &str = "Bearer realm=\"tessera\", error=\"invalid_token\"";

#[tokio::test]
async fn it_asks_for_a_bearer_token_and_blames_only_one_that_was_sent() {
    let server = Tessera::start().await;
    let long = long_token(&server).await;
    let revocation = revoke_path(&long.id);
    let secret = || with_secret(&server, json!({}));
    let client_id = server.held("/auth_api/client_id");
    for path in [LONG, SHORT, &revocation] {
        let call = || match path {
            LONG => Call::post(path).json(&secret()),
            _ => Call::post(path),
        };
        for without in [
            call(),
            call().header("Authorization", ""),
            call().header("Authorization", "Basic ZGVtbzpkZW1v"),
            call().header("Authorization", "Basic \u{f6}"),
            call().header("Authorization", "Bearer"),
            call().header("Authorization", "unknown"),
        ] {
            assert_challenged(&without.send(&server).await, 401, ASKED);
        }
        for with in [
            call().bearer("unknown"),
            call().header("Authorization", "Bearer a b"),
            call().header("Authorization", "Bearer \u{f6}"),
            call().header("X-Client-Id", client_id).bearer("unknown"),
        ] {
            assert_challenged(&with.send(&server).await, 401, INVALID);
        }
    }
    let wrong =
        json!({ "grant_type": "client_credentials", "client_id": client_id, "client_secret": "x" });
    let none = json!({ "grant_type": "client_credentials", "client_id": client_id });
    for body in [wrong, none] {
        let answer = long_call(&body).send(&server).await;
        assert_challenged(&answer, 401, ASKED);
    }
    let other = Call::post(LONG).header("X-Client-Id", "other");
    assert_challenged(&other.json(&secret()).send(&server).await, 401, ASKED);
    // A long token in the body is a bearer token as well, only elsewhere.
    let in_body = Call::post(SHORT).json(&json!({ "long_token": "unknown" }));
    assert_challenged(&in_body.send(&server).await, 401, INVALID);
}

#[tokio::test]
async fn it_says_which_scope_is_missing() {
    let server = Tessera::start().await;
    let long = long_token(&server).await;
    let weak = short_token_with(&server, &long, &["jobs:submit"]).await;
    let missing = |scope: &str| {
        format!("Bearer realm=\"tessera\", error=\"insufficient_scope\", scope=\"{scope}\"")
    };
    let answer = revoke(&weak, &long).send(&server).await;
    assert_challenged(&answer, 403, &missing("tokens:revoke"));
    let call = long_call(&body(&server, json!({})));
    let answer = call.bearer(&weak.token).send(&server).await;
    assert_challenged(&answer, 403, &missing("tokens:write"));
    // A client that has to prove itself more strongly lacks no scope.
    let strict = client(&server, "strict", &["jobs:*"], true).await;
    let body = json!({
        "grant_type": "client_credentials",
        "client_id": strict.id,
        "client_secret": strict.secret,
    });
    let answer = long_call(&body).send(&server).await.expect(403);
    assert_eq!(answer.header("www-authenticate"), None);
}
