//! The SDK's calls of the auth API: one proof at a time, the token's id in the path, refusals with a code of a list.

use std::time::Duration;

use tessera_client::{
    CallError, Client, Credential, Credentials, Scheme, Secret,
    types::{AuthApiErrorCode, AuthApiGrantType},
};

use crate::{
    harness::Tessera,
    sdk::{client, client_of, json, refused},
};

/// Everything that proves who asks, and which client it is.
fn all() -> Credentials {
    Credentials::from([
        Credential::auth_api_client("client-1"),
        Credential::auth_api_long("lt_long"),
        Credential::auth_api_short("short-jwt"),
    ])
}

#[tokio::test]
async fn a_long_token_is_asked_for_with_one_proof_only() {
    let (client, responder) = client(all(), &[&json("200 OK", "{}"), &json("200 OK", "{}")]);
    let ask = || {
        client.auth_api_issue_long_token().body_map(|body| {
            body.grant_type(AuthApiGrantType::ClientCredentials)
                .client_id("client-1")
        })
    };
    let _ = ask()
        .body_map(|body| body.client_secret(Secret::from("proof")))
        .await;
    let received = responder.received();
    assert_eq!(received.header("x-client-id"), Some("client-1"));
    assert_eq!(received.header("authorization"), None);

    let _ = ask().await;
    let received = responder.received();
    assert_eq!(received.header("x-client-id"), Some("client-1"));
    assert_eq!(received.header("authorization"), Some("Bearer short-jwt"));
}

#[tokio::test]
async fn a_short_token_is_asked_for_with_the_long_one_and_either_revokes() {
    let answers = [json("200 OK", "{}"), json("200 OK", "{}")];
    let (client, responder) = client(all(), &[&answers[0], &answers[1]]);
    let _ = client.auth_api_issue_short_token().await;
    let expected = Some("Bearer lt_long");
    assert_eq!(responder.received().header("authorization"), expected);

    client.credentials().forget(Scheme::AUTH_API_LONG_TOKEN);
    let _ = client.auth_api_revoke_token().token_id("tok/1").await;
    let received = responder.received();
    assert_eq!(received.line, "POST /v1/auth/tokens/tok%2F1/revoke");
    assert_eq!(received.header("authorization"), Some("Bearer short-jwt"));
}

#[tokio::test]
async fn a_path_parameter_stays_one_segment_whatever_it_holds() {
    let (client, responder) = client(Credentials::none(), &[&json("200 OK", "{}")]);
    let _ = client
        .auth_api_revoke_token()
        .token_id(r"a\..\b?#%2F")
        .await;
    let expected = "POST /v1/auth/tokens/a%5C..%5Cb%3F%23%252F/revoke";
    assert_eq!(responder.received().line, expected);
}

#[tokio::test]
async fn a_path_parameter_that_no_segment_can_carry_is_not_sent() {
    let client = Client::new("http://127.0.0.1:1/stem/", Credentials::none());
    let client = client.expect("an origin");
    for token_id in ["", ".", ".."] {
        let error = client.auth_api_revoke_token().token_id(token_id).await;
        let error = error.expect_err("not sent");
        assert!(matches!(error, CallError::Unsendable(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_declared_error_tells_its_code_and_when_to_come_back() {
    let body = r#"{"code":"rate_limited","message":"Too many requests, retry later."}"#;
    let answer = json("429 Too Many Requests", body);
    let dates = "Date: Sun, 06 Nov 1994 08:49:00 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:50:00 GMT";
    for (retry, secs) in [("Retry-After: 7", 7), (dates, 60)] {
        let answer = answer.replacen("\r\n", &format!("\r\n{retry}\r\n"), 1);
        let (client, _responder) = client(Credential::auth_api_long("lt_x"), &[&answer]);
        let error = client.auth_api_issue_short_token().await;
        let error = error.expect_err("refused");
        assert!(error.refusal().is_some(), "{error:?}");
        assert_eq!(error.code(), Some("rate_limited"));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(secs)));
        assert!(error.is_transient());
    }
}

#[tokio::test]
async fn a_servers_refusal_carries_the_dialects_own_body() {
    let server = Tessera::start().await;
    let stranger = client_of(&server, Credential::auth_api_long("lt_nothing"));
    let error = refused(stranger.auth_api_issue_short_token().await);
    let body = error.refusal().and_then(|refusal| refusal.body.as_ref());
    assert_eq!(
        body.map(|body| body.code),
        Some(AuthApiErrorCode::InvalidToken)
    );
    assert!(!error.is_transient());
}

#[test]
fn neither_a_call_nor_its_client_shows_a_secret() {
    let client = Client::new("https://tokens.example.com/base/", all()).expect("an origin");
    let request = client
        .auth_api_issue_long_token()
        .body_map(|body| body.client_secret(Secret::from("client-secret")));
    let shown = format!("{client:?} {request:?}");
    for secret in ["lt_long", "short-jwt", "client-secret"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
