//! A clock that leaps and comes back: assertions and one-time codes that were used stay used.

use serde_json::json;

use super::{
    assertion, assertion_claims, body, long_call, long_token_with, one_time_code, short_token,
    with_assertion,
};
use crate::{
    harness::{Tessera, demo_asker},
    rules::clock::{DAY, HOUR, accept_a_leap, sweep_all},
};

async fn present(server: &Tessera, assertion: &str) -> u16 {
    let call = long_call(&with_assertion(server, assertion));
    call.send(server).await.status
}

async fn enter(server: &Tessera, code: &str) -> u16 {
    let call = long_call(&body(server, json!({ "otp_code": code })));
    call.send(server).await.status
}

async fn fresh_assertion(server: &Tessera, jti: &str) -> u16 {
    present(server, &assertion(server, &assertion_claims(server, jti))).await
}

#[tokio::test]
async fn what_was_swept_as_over_stays_over_when_the_clock_goes_back() {
    let server = Tessera::start().await;
    let used = assertion(&server, &assertion_claims(&server, "used"));
    let code = one_time_code(&server, 0);
    assert_eq!(present(&server, &used).await, 201);
    assert_eq!(enter(&server, &code).await, 201);
    let long = long_token_with(&server, json!({ "ttl_seconds": HOUR })).await;
    let short = short_token(&server, &long).await;
    let tokens = [long.token, short.token];
    let asker = demo_asker(&server);
    let are_used = async || {
        assert_eq!(present(&server, &used).await, 401, "the assertion lives");
        assert_eq!(enter(&server, &code).await, 401, "the code lives again");
    };

    // Less than a leap: what was spent is still noted.
    server.clock.step_wall(20 * HOUR);
    sweep_all(&server).await;
    server.clock.step_wall(-20 * HOUR);
    are_used().await;
    // Nothing else was bound.
    server.clock.advance(std::time::Duration::from_secs(1));
    assert_eq!(fresh_assertion(&server, "new").await, 201);
    for token in &tokens {
        assert!(asker.is_active(&server, token).await);
    }

    server.clock.step_wall(40 * DAY);
    accept_a_leap(&server).await;
    sweep_all(&server).await;
    server.clock.step_wall(-40 * DAY);
    are_used().await;
    for token in &tokens {
        assert!(!asker.is_active(&server, token).await, "{token} lives");
    }
    // And all that is new works.
    server.clock.advance(std::time::Duration::from_secs(30));
    assert_eq!(fresh_assertion(&server, "newer").await, 201);
    assert_eq!(enter(&server, &one_time_code(&server, 0)).await, 201);
}
