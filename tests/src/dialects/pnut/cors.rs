//! Pages of other origins: every one may read pnut's answers, and a preflight is not counted.

use super::{TOKEN, user_token};
use crate::{
    harness::{Call, Tessera},
    rules::cors::{HOME, OTHERS, assert_readers, listing, one_request},
};

fn preflight() -> Call {
    Call::new("OPTIONS", TOKEN)
        .header("Origin", HOME)
        .header("Access-Control-Request-Method", "GET")
}

#[tokio::test]
async fn a_preflight_is_not_counted() {
    let server = Tessera::start_with(one_request).await;
    preflight().send(&server).await.expect(204);
    let counted = Call::get(TOKEN).send(&server).await.expect(401);
    assert_eq!(counted.header("x-ratelimit-remaining"), Some("0"));
    Call::get(TOKEN).send(&server).await.expect(429);
}

#[tokio::test]
async fn a_malformed_preflight_is_refused_in_its_own_words() {
    let server = Tessera::start().await;
    let call = preflight().header("X-Long", vec![b'a'; 9000]);
    let answer = call.send(&server).await.expect(400);
    assert_eq!(answer.json()["meta"]["code"], 400);
    assert_readers(&answer, Some("*"), "malformed");
}

#[tokio::test]
async fn a_listed_origin_may_read_more_than_everybody_may() {
    let server = Tessera::start_with(|config| {
        config.policy.strict = true;
        listing(config);
    })
    .await;
    let token = user_token(&server, "").await;
    for (bearer, status) in [(token.as_str(), 200), ("unknown", 401)] {
        for (origin, readers) in [(HOME, Some(HOME)), (OTHERS, Some("*"))] {
            let call = Call::get(TOKEN).bearer(bearer).header("Origin", origin);
            let answer = call.send(&server).await.expect(status);
            assert_readers(&answer, readers, origin);
        }
    }
}
