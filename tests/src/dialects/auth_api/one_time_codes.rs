//! One-time codes: which are accepted, once each, and what wrong ones lock.

use std::time::Duration;

use serde_json::json;

use super::{assert_refused, body, long_call, long_token, one_time_code};
use crate::harness::{Tessera, at_once};

#[tokio::test]
async fn a_one_time_code_works_once_and_within_one_step() {
    let server = Tessera::start().await;
    let ask = async |code: &str| {
        long_call(&body(&server, json!({ "otp_code": code })))
            .send(&server)
            .await
    };
    for step in [-2, 2] {
        assert_refused(
            &ask(&one_time_code(&server, step)).await,
            401,
            "invalid_client",
        );
    }
    let early = one_time_code(&server, -1);
    ask(&early).await.expect(201);
    let now = one_time_code(&server, 0);
    ask(&now).await.expect(201);
    assert_refused(&ask(&now).await, 401, "invalid_client");
    assert_refused(&ask(&early).await, 401, "invalid_client");
}

#[tokio::test]
async fn of_many_uses_of_a_code_at_once_exactly_one_is_accepted() {
    let server = Tessera::start_with(|config| {
        config.policy.rates.enforced = false;
        config.policy.lockout = None;
    })
    .await;
    let call = long_call(&body(
        &server,
        json!({ "otp_code": one_time_code(&server, 0) }),
    ));
    let answers = at_once(&server, &vec![call; 16]).await;
    let count = |status| {
        answers
            .iter()
            .filter(|answer| answer.status == status)
            .count()
    };
    assert_eq!((count(201), count(401)), (1, 15));
}

#[tokio::test]
async fn only_six_plain_digits_are_a_code() {
    let server = Tessera::start_with(|config| {
        config.policy.rates.enforced = false;
        config.policy.lockout = None;
    })
    .await;
    let code = one_time_code(&server, 0);
    let full_width: String = code
        .bytes()
        .filter_map(|digit| char::from_u32(0xff10 + u32::from(digit - b'0')))
        .collect();
    for spelling in [
        format!(" {code}"),
        format!("{code}\n"),
        full_width,
        format!("0{code}"),
    ] {
        let call = long_call(&body(&server, json!({ "otp_code": spelling })));
        assert_refused(&call.send(&server).await, 401, "invalid_client");
    }
    let call = long_call(&body(&server, json!({ "otp_code": code })));
    call.send(&server).await.expect(201);
}

#[tokio::test]
async fn wrong_codes_lock_the_client_and_the_right_one_waits() {
    let server = Tessera::start().await;
    let ask = async |code: &str| {
        long_call(&body(&server, json!({ "otp_code": code })))
            .send(&server)
            .await
    };
    let wrong = if one_time_code(&server, 0) == "000000" {
        "000001"
    } else {
        "000000"
    };
    for _ in 0..5 {
        assert_refused(&ask(wrong).await, 401, "invalid_client");
    }
    let locked = ask(&one_time_code(&server, 0)).await;
    assert_refused(&locked, 429, "rate_limited");
    assert!(locked.string_at("/message").contains("retry"));
    let wait: u64 = locked
        .header("retry-after")
        .and_then(|secs| secs.parse().ok())
        .expect("Retry-After is a number");
    assert!((1..=900).contains(&wait), "{wait}");
    // The secret is another proof; it is not locked.
    long_token(&server).await;
    server.clock.advance(Duration::from_secs(wait));
    ask(&one_time_code(&server, 0)).await.expect(201);
}
