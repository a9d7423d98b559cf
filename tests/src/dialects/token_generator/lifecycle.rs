//! How long tokens live: expiry, sliding with its ceiling, revocation with what it takes along.

use std::time::Duration;

use serde_json::{Value, json};
use tessera_server::authority::TokenFilter;
use tessera_server::domain::{Actor, PrincipalKind};

use super::{
    USER_ID, assert_denied, assert_refused, call, claims, derive, now_secs, renewed_of, revoke,
    secret_token, token_of, user_call,
};
use crate::{
    dialects::oauth::{REVOKE, demo_asker},
    harness::{Call, Tessera, at_once},
};

const HOUR: u64 = 3600;

fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * HOUR)
}

async fn introspect(server: &Tessera, token: &str) -> Value {
    let answer = Call::post("/oauth/introspect")
        .basic(
            server.held("/oauth/client_id"),
            server.held("/oauth/client_secret"),
        )
        .form(&[("token", token)])
        .send(server)
        .await
        .expect(200);
    answer.json()
}

#[tokio::test]
async fn a_token_ends_to_the_second_after_four_hours() {
    let server = Tessera::start().await;
    let answer = user_call(&server).send(&server).await;
    let exp_ms = claims(&token_of(&answer))["exp"].as_i64().expect("exp") * 1000;
    let left = u64::try_from(exp_ms - server.clock.now_ms()).expect("ahead");
    server.clock.advance(Duration::from_millis(left - 1));
    token_of(&call(&token_of(&answer)).send(&server).await);
    server.clock.advance(Duration::from_millis(1));
    assert_denied(&call(&token_of(&answer)).send(&server).await);
    assert_denied(&call(&renewed_of(&answer)).send(&server).await);
}

#[tokio::test]
async fn a_caller_slides_on_by_its_renewed_token_and_the_old_one_lives_to_its_end() {
    let server = Tessera::start().await;
    let first = renewed_of(&user_call(&server).send(&server).await);
    server.clock.advance(hours(3));
    let second = renewed_of(&call(&first).send(&server).await);
    assert_eq!(claims(&second)["iat"], now_secs(&server));
    assert_eq!(claims(&second)["exp"], now_secs(&server) + 14_400);
    token_of(&call(&first).send(&server).await);
    server.clock.advance(hours(1));
    assert_denied(&call(&first).send(&server).await);
    server.clock.advance(hours(2));
    token_of(&call(&second).send(&server).await);
}

#[tokio::test]
async fn sliding_stops_at_the_ceiling() {
    let server = Tessera::start_with(|config| {
        config.policy.rates.enforced = false;
        config.policy.dialects.token_generator.sliding_ceiling_secs = 6 * 3600;
    })
    .await;
    let ceiling = now_secs(&server) + 6 * 3600;
    let mut token = renewed_of(&user_call(&server).send(&server).await);
    for _ in 0..2 {
        server.clock.advance(hours(2));
        let answer = call(&token).send(&server).await;
        let (derived, renewed) = (token_of(&answer), renewed_of(&answer));
        let expected = ceiling.min(now_secs(&server) + 14_400);
        assert_eq!(claims(&derived)["exp"], expected);
        assert_eq!(claims(&renewed)["exp"], expected);
        token = renewed;
    }
    // An end beyond the ceiling is no shortening.
    let beyond = json!({ "exp": ceiling + 1 });
    assert_denied(&derive(&server, &token, beyond).await);
    server.clock.advance(hours(2));
    assert_denied(&call(&token).send(&server).await);
    // The user's own token was given thirty days, which a ceiling does not take back.
    token_of(&user_call(&server).send(&server).await);
}

#[tokio::test]
async fn a_secret_token_without_an_end_is_renewed_with_one() {
    let server = Tessera::start().await;
    let caller = secret_token(&server, json!({}));
    let renewed = renewed_of(&call(&caller).send(&server).await);
    assert_eq!(claims(&renewed)["exp"], now_secs(&server) + 14_400);
    server.clock.advance(hours(24 * 60));
    assert_denied(&call(&renewed).send(&server).await);
    token_of(&call(&caller).send(&server).await);
}

#[tokio::test]
async fn a_secret_token_is_bound_by_its_own_dates() {
    let server = Tessera::start().await;
    let now = now_secs(&server);
    let caller = secret_token(&server, json!({ "exp": now + 60 }));
    token_of(&call(&caller).send(&server).await);
    server.clock.advance(Duration::from_mins(1));
    assert_denied(&call(&caller).send(&server).await);
    for dates in [
        json!({ "nbf": now + 3600 }),
        json!({ "iat": now + 3600 }),
        json!({ "exp": "9999999999" }),
        json!({ "exp": 9_007_199_254_740_993_i64 }),
        json!({ "exp": -1 }),
        json!({ "exp": null }),
        json!({ "nbf": "0" }),
        json!({ "iat": [0] }),
    ] {
        let caller = secret_token(&server, dates);
        assert_denied(&call(&caller).send(&server).await);
    }
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_once_with_everything_made_from_it() {
    let mut server = Tessera::start().await;
    let parent = token_of(&user_call(&server).send(&server).await);
    let answer = call(&parent).send(&server).await;
    let (child, renewed) = (token_of(&answer), renewed_of(&answer));
    let grandchild = renewed_of(&call(&renewed).send(&server).await);
    let sibling = token_of(&user_call(&server).send(&server).await);
    let family = [parent.as_str(), &child, &renewed, &grandchild];
    for token in family {
        assert_eq!(introspect(&server, token).await["active"], true);
    }
    revoke(&server, &parent).await;
    for token in family {
        assert_denied(&call(token).send(&server).await);
        assert_eq!(introspect(&server, token).await, json!({ "active": false }));
    }
    token_of(&call(&sibling).send(&server).await);
    token_of(&user_call(&server).send(&server).await);
    // Again it is the same, and over a restart too.
    revoke(&server, &parent).await;
    server.restart().await;
    assert_denied(&call(&parent).send(&server).await);
    assert_denied(&call(&grandchild).send(&server).await);
    token_of(&call(&sibling).send(&server).await);
}

#[tokio::test]
async fn nothing_derived_while_its_parent_is_revoked_outlives_that() {
    // Who is first is chance, so it is tried until both were.
    const ROUNDS: usize = 50;
    let server = Tessera::start().await;
    let (mut before, mut after) = (0, 0);
    for _ in 0..ROUNDS {
        let parent = token_of(&user_call(&server).send(&server).await);
        let mut calls = vec![call(&parent); 24];
        calls.insert(12, demo_asker(&server).call(REVOKE, &parent));
        let mut answers = at_once(&server, &calls).await;
        assert_eq!(answers.remove(12).status, 200);
        for answer in answers {
            if answer.status == 200 {
                before += 1;
                for token in [token_of(&answer), renewed_of(&answer)] {
                    assert_denied(&call(&token).send(&server).await);
                }
            } else {
                after += 1;
                assert_denied(&answer);
            }
        }
        if before > 0 && after > 0 {
            return;
        }
    }
    panic!("{before} derivations before a revocation, {after} after it: they never met");
}

#[tokio::test]
async fn revoking_a_child_leaves_its_parent() {
    let server = Tessera::start().await;
    let parent = token_of(&user_call(&server).send(&server).await);
    let child = token_of(&call(&parent).send(&server).await);
    revoke(&server, &child).await;
    assert_denied(&call(&child).send(&server).await);
    token_of(&call(&parent).send(&server).await);
}

#[tokio::test]
async fn a_revoked_secret_token_takes_along_what_was_made_from_it() {
    let server = Tessera::start().await;
    let caller = secret_token(&server, json!({ "name": "one" }));
    let answer = call(&caller).send(&server).await;
    let (child, renewed) = (token_of(&answer), renewed_of(&answer));
    let grandchild = token_of(&call(&renewed).send(&server).await);
    revoke(&server, &caller).await;
    for token in [&caller, &child, &renewed, &grandchild] {
        assert_denied(&call(token).send(&server).await);
    }
    // Another token under the same secret is not meant.
    let other = secret_token(&server, json!({ "name": "two" }));
    token_of(&call(&other).send(&server).await);
}

#[tokio::test]
async fn nothing_of_a_disabled_user_or_holder_is_accepted() {
    let server = Tessera::start().await;
    let held = token_of(&user_call(&server).send(&server).await);
    let authority = server.authority();
    let operator = Actor::operator();
    for (kind, name) in [
        (PrincipalKind::User, USER_ID),
        (PrincipalKind::SecretHolder, "demo-holder"),
    ] {
        let found = authority
            .registry()
            .find_principal(super::DIALECT, kind, name);
        let principal = found.await.expect("storage").expect("seeded");
        authority
            .registry()
            .set_enabled(&operator, &principal, false)
            .await
            .expect("disabled");
    }
    assert_denied(&user_call(&server).send(&server).await);
    assert_denied(&call(&held).send(&server).await);
    let secret = secret_token(&server, json!({}));
    assert_denied(&call(&secret).send(&server).await);
}

#[tokio::test]
async fn tokens_live_over_a_restart() {
    let mut server = Tessera::start().await;
    let token = token_of(&user_call(&server).send(&server).await);
    server.restart().await;
    token_of(&call(&token).send(&server).await);
}

#[tokio::test]
async fn a_call_that_is_refused_leaves_no_token_behind() {
    let server = Tessera::start().await;
    let rows = async || {
        let filter = TokenFilter {
            dialect: Some(super::DIALECT),
            ..TokenFilter::default()
        };
        let rows = server.authority().tokens().list(filter).await;
        rows.expect("storage answers").rows.len()
    };
    let before = rows().await;
    // The permission makes the first token small; the second repeats the caller's claims and does not fit.
    let mut length = 3_000;
    let caller = loop {
        let caller = secret_token(&server, json!({ "x": "a".repeat(length) }));
        if caller.len() <= 4_096 {
            break caller;
        }
        length -= 1;
    };
    let answer = derive(&server, &caller, json!({ "x": 1 })).await;
    assert_refused(&answer, 400, "permission does not fit into a token");
    assert_eq!(rows().await, before);
    token_of(
        &derive(
            &server,
            &secret_token(&server, json!({})),
            json!({ "x": 1 }),
        )
        .await,
    );
    assert_eq!(rows().await, before + 2);
}
