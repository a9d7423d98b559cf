//! pnut: which bucket a request is counted in, and what an empty one answers.

use std::{num::NonZeroU32, time::Duration};

use serde_json::json;

use super::{ACCESS_TOKEN, TOKEN, app_token, password_grant, user_token};
use crate::harness::{Answer, Call, Tessera};

async fn start() -> Tessera {
    Tessera::start_with(|config| config.policy.rates.enforced = true).await
}

/// Limit, remaining and reset.
#[track_caller]
fn rate(answer: &Answer) -> [u64; 3] {
    ["limit", "remaining", "reset"].map(|name| {
        let value = answer.header(&format!("x-ratelimit-{name}"));
        let value = value.unwrap_or_else(|| panic!("{name} is missing: {:?}", answer.headers));
        value.parse().expect("a number")
    })
}

async fn get(server: &Tessera, token: &str) -> Answer {
    Call::get(TOKEN).bearer(token).send(server).await
}

/// Asserts a 429 of the `meta` envelope that is over in `secs`.
#[track_caller]
fn assert_locked(answer: &Answer, limit: u64, secs: u64) {
    assert_eq!(answer.status, 429, "{}", answer.text());
    let expected = json!({
        "meta": {
            "code": 429,
            "error_message": "Too many requests. Please wait before trying again.",
            "retry_in": secs,
        }
    });
    assert_eq!(answer.text(), expected.to_string());
    let seconds = secs.to_string();
    assert_eq!(answer.header("retry-after"), Some(seconds.as_str()));
    assert_eq!(rate(answer), [limit, 0, secs]);
}

#[tokio::test]
async fn every_answer_reports_the_bucket_it_was_counted_in() {
    let server = start().await;
    let token = user_token(&server, "").await;
    let app = app_token(&server).await;
    assert_eq!(rate(&get(&server, &token).await), [5000, 4999, 3600]);
    assert_eq!(rate(&get(&server, &app).await), [5000, 4999, 3600]);
    let head = Call::new("HEAD", TOKEN).bearer(&token);
    assert_eq!(rate(&head.send(&server).await), [5000, 4998, 3600]);

    let anonymous = [
        Call::get(TOKEN),
        Call::get(TOKEN).bearer("unknown"),
        Call::get(TOKEN).bearer(&token).bearer(&token),
        Call::get(&format!("{TOKEN}?access_token={app}")).bearer(&token),
        Call::get(TOKEN).header("X-Large", "x".repeat(9000)),
    ];
    for (used, call) in (1..).zip(anonymous) {
        assert_eq!(rate(&call.send(&server).await), [40, 40 - used, 60]);
    }

    let unmatched = [
        Call::get("/v1/nothing").bearer(&token),
        Call::post("/v1/nothing"),
        Call::get(ACCESS_TOKEN),
        Call::new("PUT", TOKEN),
    ];
    for (used, call) in (1..).zip(unmatched) {
        assert_eq!(rate(&call.send(&server).await), [600, 600 - used, 60]);
    }

    let writes = [
        password_grant(&server, "everything"),
        Call::post(ACCESS_TOKEN).untyped_body("x"),
        Call::delete(TOKEN),
        Call::delete(TOKEN).bearer("unknown"),
    ];
    for (used, call) in (1..).zip(writes) {
        assert_eq!(rate(&call.send(&server).await), [20, 20 - used, 60]);
    }
    // Each of the two tokens was one of its holder's.
    let again = password_grant(&server, "").send(&server).await;
    assert_eq!(rate(&again), [20, 18, 60]);
    app_token(&server).await;
    let delete = Call::delete(TOKEN).bearer(&token);
    assert_eq!(rate(&delete.send(&server).await), [20, 19, 60]);
}

#[tokio::test]
async fn anonymous_reads_are_locked_after_forty_and_an_invalid_token_is_anonymous() {
    let server = start().await;
    let token = user_token(&server, "").await;
    for used in 0..40 {
        let guess = format!("guess-{used}");
        get(&server, &guess).await.expect(401);
    }
    assert_locked(&get(&server, "guess").await, 40, 600);
    get(&server, &token).await.expect(200);

    server.clock.advance(Duration::from_secs(599));
    assert_locked(&Call::get(TOKEN).send(&server).await, 40, 1);
    server.clock.advance(Duration::from_secs(1));
    let answer = Call::get(TOKEN).send(&server).await.expect(401);
    assert_eq!(rate(&answer), [40, 39, 60]);
}

#[tokio::test]
async fn tokens_are_counted_one_by_one() {
    let server = Tessera::start_with(|config| {
        config.policy.rates.token_reads.limit = NonZeroU32::new(2).expect("not zero");
    })
    .await;
    let first = user_token(&server, "").await;
    let second = user_token(&server, "").await;
    for _ in 0..2 {
        get(&server, &first).await.expect(200);
    }
    assert_locked(&get(&server, &first).await, 2, 600);
    get(&server, &second).await.expect(200);
}

#[tokio::test]
async fn writes_are_locked_after_twenty() {
    let server = start().await;
    let token = user_token(&server, "").await;
    for _ in 0..20 {
        password_grant(&server, "everything")
            .send(&server)
            .await
            .expect(400);
    }
    let junk = password_grant(&server, "everything");
    let answer = junk.send(&server).await.expect(429);
    let message = "Too many requests. Please wait before trying again.";
    let expected = json!({ "error": "rate_limited", "error_message": message });
    assert_eq!(answer.text(), expected.to_string());
    assert_eq!(answer.header("retry-after"), Some("600"));
    assert_eq!(rate(&answer), [20, 0, 600]);
    assert_locked(&Call::delete(TOKEN).send(&server).await, 20, 600);
    // Its own bucket is not the address's.
    Call::delete(TOKEN)
        .bearer(&token)
        .send(&server)
        .await
        .expect(200);
}

#[tokio::test]
async fn an_outage_locks_nobody_out() {
    let server = start().await;
    let token = user_token(&server, "").await;
    server.break_storage().await;
    for _ in 0..50 {
        let answer = get(&server, &token).await;
        assert!([200, 503].contains(&answer.status), "{}", answer.text());
    }
}
