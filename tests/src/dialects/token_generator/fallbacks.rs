//! Answers that no operation makes, request ids, and failures on our side.

use std::num::NonZeroU32;

use super::{TOKEN, assert_denied, assert_header_set, assert_refused, call, token_of, user_call};
use crate::harness::{Call, Tessera, call::send_bytes};

#[tokio::test]
async fn an_unknown_path_is_this_dialects_404() {
    let server = Tessera::start().await;
    for path in [
        "/api/v1",
        "/api/v1/",
        "/api/v1/tokens",
        "/api/v1/token/x",
        "/api/v1/Token",
        "/api/v1/authx",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let answer = Call::new(method, path).send(&server).await;
            assert_refused(&answer, 404, "nothing is served at this path");
        }
    }
}

#[tokio::test]
async fn a_wrong_method_is_this_dialects_405() {
    let server = Tessera::start().await;
    for method in ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO"] {
        let answer = Call::new(method, TOKEN).send(&server).await;
        assert_refused(&answer, 405, "this path does not answer this method");
        assert_eq!(answer.header("Allow"), Some("POST"), "{method}");
    }
    let head = Call::new("HEAD", TOKEN).send(&server).await;
    assert_eq!((head.status, head.body.len()), (405, 0));
    assert_eq!(head.header("Allow"), Some("POST"));
    assert_header_set(&head);
}

#[tokio::test]
async fn an_oversized_header_is_this_dialects_400() {
    let server = Tessera::start().await;
    let answer = user_call(&server)
        .header("X-Padding", "a".repeat(9 * 1024))
        .send(&server)
        .await;
    assert_refused(&answer, 400, "a request header is too large");
    // A token beyond its own limit is no smaller fault than another wrong one.
    assert_denied(&call(&"a".repeat(5_000)).send(&server).await);
}

#[tokio::test]
async fn a_uuid_is_echoed_and_everything_else_replaced() {
    let server = Tessera::start().await;
    for id in [
        "59b75418-bbf5-4c52-b8f9-970fed25e456",
        "59B75418-BBF5-4C52-B8F9-970FED25E456",
    ] {
        let answer = user_call(&server)
            .header("X-Request-Id", id)
            .send(&server)
            .await;
        token_of(&answer);
        assert_eq!(answer.header("X-Request-Id"), Some(id));
        let denied = Call::post(TOKEN)
            .header("X-Request-Id", id)
            .send(&server)
            .await;
        assert_eq!(denied.header("X-Request-Id"), Some(id));
    }
    let mut seen = std::collections::BTreeSet::new();
    for id in [
        "",
        "abc",
        "59b75418bbf54c52b8f9970fed25e456",
        "{59b75418-bbf5-4c52-b8f9-970fed25e456}",
        "59b75418-bbf5-4c52-b8f9-970fed25e45g",
        "59b75418-bbf5-4c52-b8f9-970fed25e456 x",
        "../../../../../../../../../etc/passwd",
    ] {
        let answer = user_call(&server)
            .header("X-Request-Id", id)
            .send(&server)
            .await;
        token_of(&answer);
        assert_header_set(&answer);
        let own = answer.header("X-Request-Id").expect("an id").to_owned();
        assert!(own != id && seen.insert(own), "{id}");
    }
}

#[tokio::test]
async fn a_request_id_of_stray_bytes_is_replaced() {
    let server = Tessera::start().await;
    let mut bytes = format!("POST {TOKEN} HTTP/1.1\r\nHost: x\r\nX-Request-Id: ").into_bytes();
    bytes.extend([0xe9; 36]);
    let token = server.held("/token_generator/user_token");
    bytes.extend(
        format!("\r\nAuthorization: Token token={token}\r\nConnection: close\r\n\r\n").bytes(),
    );
    let answer = send_bytes(server.address(), &bytes).await.expect(200);
    assert_header_set(&answer);
}

#[tokio::test]
async fn a_failing_store_is_503_and_comes_back() {
    let server = Tessera::start().await;
    server.break_storage().await;
    let answer = user_call(&server).send(&server).await;
    assert_refused(&answer, 503, "the service is temporarily unavailable");
    assert_eq!(answer.header("Retry-After"), Some("30"));
    // What needs no storage is answered as ever.
    assert_denied(&Call::post(TOKEN).send(&server).await);
}

#[tokio::test]
async fn a_caller_is_slowed_down_by_address_and_by_name() {
    let server = Tessera::start_with(|config| {
        let two = NonZeroU32::MIN.saturating_add(1);
        config.policy.rates.general.limit = two;
    })
    .await;
    token_of(&user_call(&server).send(&server).await);
    assert_denied(&Call::post(TOKEN).send(&server).await);
    token_of(&user_call(&server).send(&server).await);
    assert_denied(&Call::post(TOKEN).send(&server).await);
    for call in [user_call(&server), Call::post(TOKEN)] {
        let answer = call.send(&server).await;
        assert_refused(&answer, 429, "too many requests");
        let wait: u64 = answer
            .header("Retry-After")
            .and_then(|wait| wait.parse().ok())
            .expect("whole seconds");
        assert!((1..=60).contains(&wait), "{wait}");
    }
    server.clock.advance(std::time::Duration::from_mins(1));
    token_of(&user_call(&server).send(&server).await);
}
