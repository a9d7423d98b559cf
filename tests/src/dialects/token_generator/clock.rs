//! A clock that leaps and comes back: what a holder signs itself, and what is derived from it, lives on or stays over.

use serde_json::json;

use super::{
    assert_denied, call, derive, now_secs, renewed_of, revoke, secret_token, token_of, user_call,
};
use crate::{
    harness::{Tessera, demo_asker},
    rules::clock::{DAY, HOUR, accept_a_leap, sweep_all},
};

#[tokio::test]
async fn what_was_swept_as_over_stays_over_when_the_clock_goes_back() {
    let server = Tessera::start().await;
    let derived = user_call(&server).send(&server).await;
    // Signed with the holder's secret, as what the holder signs itself is, which needs no row.
    let in_an_hour = json!({ "exp": now_secs(&server) + HOUR });
    let of_a_secret = derive(&server, &secret_token(&server, in_an_hour), json!({})).await;
    let revoked = json!({ "exp": now_secs(&server) + HOUR, "n": "revoked" });
    let revoked = secret_token(&server, revoked);
    revoke(&server, &revoked).await;
    let endless = secret_token(&server, json!({}));
    let tokens = [
        token_of(&derived),
        renewed_of(&derived),
        token_of(&of_a_secret),
        renewed_of(&of_a_secret),
    ];
    let asker = demo_asker(&server);
    for token in &tokens {
        assert!(asker.is_active(&server, token).await);
    }

    // Less than a leap.
    server.clock.step_wall(20 * HOUR);
    sweep_all(&server).await;
    server.clock.step_wall(-20 * HOUR);
    for token in &tokens {
        assert!(asker.is_active(&server, token).await);
    }

    server.clock.step_wall(40 * DAY);
    accept_a_leap(&server).await;
    sweep_all(&server).await;
    server.clock.step_wall(-40 * DAY);
    for token in tokens.iter().chain([&revoked]) {
        let is_active = asker.is_active(&server, token).await;
        assert!(!is_active, "{token} lives again");
    }
    for dead in [&revoked, &tokens[2], &tokens[3]] {
        assert_denied(&call(dead).send(&server).await);
    }
    // And all that is new works.
    token_of(&call(&endless).send(&server).await);
    let later = json!({ "exp": now_secs(&server) + 5 * HOUR });
    token_of(&call(&secret_token(&server, later)).send(&server).await);
}
