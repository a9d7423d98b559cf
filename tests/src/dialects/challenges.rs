//! `WWW-Authenticate` in the dialects with bearer tokens (RFC 9110 §15.5.2, RFC 6750 §3): on every 401, and on 403 for scopes.

use serde_json::json;

use super::{auth_api, manis, pnut, token_generator};
use crate::harness::{Answer, Call, Tessera};

const ASKED: &str = "Bearer realm=\"tessera\"";
const INVALID: &str = "Bearer realm=\"tessera\", error=\"invalid_token\"";

#[track_caller]
fn assert_challenged(answer: &Answer, status: u16, challenge: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    let found = answer.header("www-authenticate");
    assert_eq!(found, Some(challenge), "{}", answer.text());
}

#[tokio::test]
async fn pnut_asks_for_a_bearer_token_and_blames_only_one_that_was_sent() {
    let server = Tessera::start().await;
    for method in ["GET", "DELETE", "HEAD"] {
        let call = || Call::new(method, pnut::TOKEN);
        let query = |value: &str| Call::new(method, &format!("{}?{value}", pnut::TOKEN));
        for without in [
            call(),
            call().header("Authorization", ""),
            call().header("Authorization", "Basic ZGVtbzpkZW1v"),
            call().header("Authorization", "Basic \u{f6}"),
            call().header("Authorization", "Token token=\"x\""),
            call().header("Authorization", "unknown"),
            call().header("Authorization", "Bearer"),
            call().header("Authorization", "Bearer "),
            query("access_token="),
            query("access_token"),
            query("token=unknown"),
        ] {
            assert_challenged(&without.send(&server).await, 401, ASKED);
        }
        for with in [
            call().bearer("unknown"),
            call().header("Authorization", "bearer unknown"),
            call().header("Authorization", "Bearer a b"),
            call().header("Authorization", "Bearer \u{f6}"),
            call().bearer("a".repeat(5000)),
            query("access_token=unknown"),
            query("access_token=%FF"),
        ] {
            assert_challenged(&with.send(&server).await, 401, INVALID);
        }
    }
    let token = pnut::user_token(&server, "").await;
    let ended = Call::delete(pnut::TOKEN).bearer(&token);
    ended.send(&server).await.expect(200);
    assert_challenged(&ended.send(&server).await, 401, INVALID);
}

#[tokio::test]
async fn pnut_asks_for_a_bearer_token_where_a_client_is_wrong() {
    let server = Tessera::start().await;
    let call = Call::post(pnut::ACCESS_TOKEN).form(&[
        ("grant_type", "client_credentials"),
        ("client_id", "nobody"),
        ("client_secret", "wrong"),
    ]);
    assert_challenged(&call.send(&server).await, 401, ASKED);
    // The operation looks at no token, so none is to blame.
    let call = call.bearer("unknown");
    assert_challenged(&call.send(&server).await, 401, ASKED);
}

#[tokio::test]
async fn pnut_says_that_an_app_token_is_not_enough() {
    let server = Tessera::start().await;
    let token = pnut::app_token(&server).await;
    for method in ["GET", "DELETE"] {
        let call = Call::new(method, pnut::TOKEN).bearer(&token);
        assert_challenged(
            &call.send(&server).await,
            403,
            "Bearer realm=\"tessera\", error=\"insufficient_scope\", scope=\"basic\"",
        );
    }
}

#[tokio::test]
async fn the_auth_api_asks_for_a_bearer_token_and_blames_only_one_that_was_sent() {
    let server = Tessera::start().await;
    let long = auth_api::long_token(&server).await;
    let revoke = auth_api::revoke_path(&long.id);
    let secret = || auth_api::with_secret(&server, json!({}));
    let client_id = &server.credentials.auth_api.client_id;
    for path in [auth_api::LONG, auth_api::SHORT, &revoke] {
        let call = || match path {
            auth_api::LONG => Call::post(path).json(&secret()),
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
        let answer = auth_api::long_call(&body).send(&server).await;
        assert_challenged(&answer, 401, ASKED);
    }
    let other = Call::post(auth_api::LONG).header("X-Client-Id", "other");
    assert_challenged(&other.json(&secret()).send(&server).await, 401, ASKED);
    // A long token in the body is a bearer token as well, only elsewhere.
    let in_body = Call::post(auth_api::SHORT).json(&json!({ "long_token": "unknown" }));
    assert_challenged(&in_body.send(&server).await, 401, INVALID);
}

#[tokio::test]
async fn the_auth_api_says_which_scope_is_missing() {
    let server = Tessera::start().await;
    let long = auth_api::long_token(&server).await;
    let weak = auth_api::short_token_with(&server, &long, &["jobs:submit"]).await;
    let missing = |scope: &str| {
        format!("Bearer realm=\"tessera\", error=\"insufficient_scope\", scope=\"{scope}\"")
    };
    let answer = auth_api::revoke(&weak, &long).send(&server).await;
    assert_challenged(&answer, 403, &missing("tokens:revoke"));
    let call = auth_api::long_call(&auth_api::body(&server, json!({})));
    let answer = call.bearer(&weak.token).send(&server).await;
    assert_challenged(&answer, 403, &missing("tokens:write"));
    // A client that has to prove itself more strongly lacks no scope.
    let strict = auth_api::client(&server, "strict", &["jobs:*"], true).await;
    let body = json!({
        "grant_type": "client_credentials",
        "client_id": strict.id,
        "client_secret": strict.secret,
    });
    let answer = auth_api::long_call(&body).send(&server).await.expect(403);
    assert_eq!(answer.header("www-authenticate"), None);
}

#[tokio::test]
async fn the_token_generator_and_manis_have_no_scheme_to_ask_for() {
    let server = Tessera::start().await;
    let answer = token_generator::call("unknown").send(&server).await;
    assert_eq!(answer.expect(401).header("www-authenticate"), None);
    let call = Call::post(manis::TOKEN);
    let call = call
        .header("x-merchant-id", "unknown")
        .header("x-secret", "x");
    let answer = call.send(&server).await.expect(401);
    assert_eq!(answer.header("www-authenticate"), None);
}
