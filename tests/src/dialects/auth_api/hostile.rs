//! Requests that do not have the documented form, and what the edge refuses: all in this dialect's shape.

use std::{num::NonZeroU32, time::Duration};

use super::{
    LONG, SHORT, assert_refused, exchange, long_call, long_token, revoke_path, with_secret,
};
use crate::harness::{Call, Tessera};
use serde_json::{Value, json};

#[tokio::test]
async fn unknown_paths_and_methods_are_answered_in_shape() {
    let server = Tessera::start().await;
    for path in [
        "/v1/auth",
        "/v1/auth/",
        "/v1/auth/tokens",
        "/v1/auth/tokens/long/",
        "/v1/auth/x/y",
    ] {
        let answer = Call::post(path).send(&server).await;
        assert_refused(&answer, 404, "not_found");
    }
    for path in [LONG, SHORT, &revoke_path("x")] {
        for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
            let answer = Call::new(method, path).send(&server).await;
            assert_refused(&answer, 405, "method_not_allowed");
            assert_eq!(answer.header("allow"), Some("POST"));
        }
        let head = Call::new("HEAD", path).send(&server).await;
        assert_eq!((head.status, head.body.len()), (405, 0));
        assert_eq!(head.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test]
async fn bodies_that_are_not_the_documented_json_are_refused() {
    let server = Tessera::start().await;
    let long = long_token(&server).await;
    let calls = || {
        [
            Call::post(LONG).header("X-Client-Id", "cli_nightly"),
            exchange(&long.token),
            Call::post(&revoke_path(&long.id)).bearer(&long.token),
        ]
    };
    let deep = format!("{}1{}", "[".repeat(40), "]".repeat(40));
    for text in ["{", "nonsense", "{\"a\":1}}", "{\u{feff}}", &deep] {
        for call in calls() {
            let answer = call.body("application/json", text).send(&server).await;
            assert_refused(&answer, 400, "invalid_request");
        }
    }
    for call in calls() {
        let answer = call
            .body("application/json", [0xff, 0xfe])
            .send(&server)
            .await;
        assert_refused(&answer, 400, "invalid_request");
    }
    for not_an_object in ["[]", "\"x\"", "7", "null", "true"] {
        for call in calls() {
            let answer = call
                .body("application/json", not_an_object)
                .send(&server)
                .await;
            assert_refused(&answer, 400, "invalid_request");
        }
    }
    let missing = Call::post(LONG).header("X-Client-Id", "cli_nightly");
    assert_refused(&missing.send(&server).await, 400, "invalid_request");
}

#[tokio::test]
async fn other_media_types_and_large_bodies_are_refused() {
    let server = Tessera::start().await;
    let long = long_token(&server).await;
    let text = with_secret(&server, json!({})).to_string();
    for media_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
        "*/*",
    ] {
        for path in [LONG, SHORT, &revoke_path(&long.id)] {
            let call = Call::post(path)
                .bearer(&long.token)
                .body(media_type, text.clone());
            assert_refused(&call.send(&server).await, 415, "unsupported_media_type");
        }
    }
    let untyped = Call::post(LONG)
        .header("X-Client-Id", "cli_nightly")
        .untyped_body(text.clone());
    assert_refused(&untyped.send(&server).await, 415, "unsupported_media_type");
    let padded = |size: usize| format!("{text}{}", " ".repeat(size - text.len()));
    let ask = |size: usize| {
        let call = Call::post(LONG).header("X-Client-Id", "cli_nightly");
        call.body("application/json; charset=utf-8", padded(size))
    };
    ask(64 * 1024).send(&server).await.expect(201);
    assert_refused(
        &ask(64 * 1024 + 1).send(&server).await,
        413,
        "payload_too_large",
    );
}

#[tokio::test]
async fn unknown_fields_and_wrong_types_name_the_field() {
    let server = Tessera::start().await;
    let ask = async |name: &str, value: Value| {
        let mut body = with_secret(&server, json!({}));
        body[name] = value;
        let call = Call::post(LONG)
            .header("X-Client-Id", "cli_nightly")
            .json(&body);
        call.send(&server).await
    };
    for (name, value, pointer) in [
        ("ttl", json!(3600), "/ttl"),
        ("scope", json!("jobs:*"), "/scope"),
        ("", json!(1), "/"),
        ("a/b~c", json!(1), "/a~1b~0c"),
        ("client_id", json!(7), "/client_id"),
        ("client_secret", json!(["x"]), "/client_secret"),
        ("scopes", json!(["jobs:*", 7]), "/scopes/1"),
    ] {
        let answer = ask(name, value).await;
        assert_refused(&answer, 400, "invalid_request");
        assert_eq!(answer.string_at("/details/pointer"), pointer);
    }
}

#[tokio::test]
async fn a_repeated_or_misspelt_credential_is_refused() {
    let server = Tessera::start().await;
    let long = long_token(&server).await;
    let twice = exchange(&long.token)
        .bearer(&long.token)
        .send(&server)
        .await;
    assert_refused(&twice, 400, "invalid_request");
    let twice = long_call(&with_secret(&server, json!({}))).header("X-Client-Id", "cli_nightly");
    assert_refused(&twice.send(&server).await, 400, "invalid_request");
    for value in [
        format!("Basic {}", long.token),
        format!("Bearer {0} {0}", long.token),
        format!("Bearer {0};Bearer {0}", long.token),
        format!("Token token=\"{}\"", long.token),
        long.token.clone(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        String::new(),
    ] {
        let answer = Call::post(SHORT)
            .header("Authorization", &value)
            .send(&server)
            .await;
        assert_refused(&answer, 401, "invalid_token");
    }
    let lower = Call::post(SHORT).header("Authorization", format!("bearer {}", long.token));
    lower.send(&server).await.expect(201);
}

#[tokio::test]
async fn header_lines_end_at_eight_kibibytes() {
    let server = Tessera::start().await;
    let answer = Call::post(LONG)
        .bearer("a".repeat(9000))
        .send(&server)
        .await;
    assert_refused(&answer, 400, "invalid_request");
    let answer = exchange(&"a".repeat(5000)).send(&server).await;
    assert_refused(&answer, 401, "invalid_token");
}

#[tokio::test]
async fn a_client_is_counted_wherever_it_calls_from() {
    let server = Tessera::start_with(|config| {
        if let Some(limit) = NonZeroU32::new(3) {
            config.policy.rates.general.limit = limit;
        }
    })
    .await;
    for _ in 0..3 {
        long_token(&server).await;
    }
    let call = long_call(&with_secret(&server, json!({})));
    let here = call.send(&server).await;
    let elsewhere = call.send_from([127, 0, 0, 2], server.address()).await;
    for answer in [here, elsewhere] {
        assert_refused(&answer, 429, "rate_limited");
        assert!(answer.string_at("/message").contains("retry"));
        assert_eq!(answer.header("retry-after"), Some("60"));
    }
    // Who has not proved to be the client does not use up its rate, nor learn of it.
    let wrong = json!({ "grant_type": "client_credentials", "client_id": "cli_nightly", "client_secret": "x" });
    let answer = long_call(&wrong)
        .send_from([127, 0, 0, 2], server.address())
        .await;
    assert_refused(&answer, 401, "invalid_client");
    server.clock.advance(Duration::from_mins(1));
    long_token(&server).await;
}

#[tokio::test]
async fn no_refusal_repeats_what_was_sent() {
    let server = Tessera::start().await;
    let canary = "canary-7b1f";
    for body in [
        json!({ "grant_type": canary, "client_id": canary }),
        json!({ "grant_type": "client_credentials", "client_id": canary, "client_secret": canary }),
        json!({ "grant_type": "client_credentials", "client_id": canary, "otp_code": canary }),
        json!({ "grant_type": "client_credentials", "client_id": canary, "scopes": canary }),
    ] {
        let call = Call::post(LONG).header("X-Client-Id", canary).json(&body);
        let answer = call.send(&server).await;
        assert!(
            answer.status >= 400 && !answer.text().contains(canary),
            "{}",
            answer.text()
        );
    }
}
