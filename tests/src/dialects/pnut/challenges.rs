//! pnut's `WWW-Authenticate` (RFC 9110 §15.5.2, RFC 6750 §3): on every 401, and on 403 for scopes.

use super::{ACCESS_TOKEN, TOKEN, app_token, user_token};
use crate::{
    harness::{Call, Tessera},
    rules::assert_challenged,
};

const ASKED: &str = "Bearer realm=\"tessera\"";
const INVALID: &str = "Bearer realm=\"tessera\", error=\"invalid_token\"";

#[tokio::test]
async fn it_asks_for_a_bearer_token_and_blames_only_one_that_was_sent() {
    let server = Tessera::start().await;
    for method in ["GET", "DELETE", "HEAD"] {
        let call = || Call::new(method, TOKEN);
        let query = |value: &str| Call::new(method, &format!("{TOKEN}?{value}"));
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
    let token = user_token(&server, "").await;
    let ended = Call::delete(TOKEN).bearer(&token);
    ended.send(&server).await.expect(200);
    assert_challenged(&ended.send(&server).await, 401, INVALID);
}

#[tokio::test]
async fn it_asks_for_a_bearer_token_where_a_client_is_wrong() {
    let server = Tessera::start().await;
    let call = Call::post(ACCESS_TOKEN).form(&[
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
async fn it_says_that_an_app_token_is_not_enough() {
    let server = Tessera::start().await;
    let token = app_token(&server).await;
    for method in ["GET", "DELETE"] {
        let call = Call::new(method, TOKEN).bearer(&token);
        assert_challenged(
            &call.send(&server).await,
            403,
            "Bearer realm=\"tessera\", error=\"insufficient_scope\", scope=\"basic\"",
        );
    }
}
