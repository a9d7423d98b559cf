//! The SDK's calls of pnut: a bearer token before one in the query, and waits that stand in the body alone.

use std::time::Duration;

use tessera_client::{CallError, Client, Credential, Credentials, Scheme, types::PnutGrantType};

use crate::{
    harness::Tessera,
    sdk::{client, client_of, json, refused},
};

fn both() -> Credentials {
    Credentials::from([
        Credential::pnut("pnut-token"),
        Credential::pnut_query("query-token"),
    ])
}

#[tokio::test]
async fn a_bearer_token_goes_before_a_query_token() {
    let (client, responder) = client(both(), &[&json("200 OK", "{}")]);
    let _ = client.pnut_get_token().await;
    let received = responder.received();
    assert_eq!(received.line, "GET /v1/token");
    assert_eq!(received.header("authorization"), Some("Bearer pnut-token"));
}

#[tokio::test]
async fn a_query_token_is_sent_where_it_is_the_only_one() {
    let credentials = Credential::pnut_query("a&b");
    let (client, responder) = client(credentials, &[&json("200 OK", "{}")]);
    let _ = client.pnut_delete_token().await;
    let received = responder.received();
    assert_eq!(received.line, "DELETE /v1/token?access_token=a%26b");
    assert_eq!(received.header("authorization"), None);
}

#[tokio::test]
async fn a_grant_takes_no_token_along() {
    let (client, responder) = client(both(), &[&json("200 OK", "{}")]);
    let _ = client
        .pnut_create_access_token()
        .body_map(|body| {
            body.grant_type(PnutGrantType::ClientCredentials)
                .client_id("app")
        })
        .await;
    let received = responder.received();
    assert_eq!(received.line, "POST /v1/oauth/access_token");
    assert_eq!(received.header("authorization"), None);
    assert_eq!(received.header("cookie"), None);
    assert_eq!(received.body, "client_id=app&grant_type=client_credentials");
}

#[test]
fn a_detached_copy_goes_its_own_way() {
    let shared = both();
    let copy = shared.detached();
    shared.forget(Scheme::PNUT_BEARER);
    assert!(copy.holds(Scheme::PNUT_BEARER));
    assert!(!shared.holds(Scheme::PNUT_BEARER));
}

#[tokio::test]
async fn a_token_with_a_line_break_is_not_sent() {
    let client = Client::new("http://127.0.0.1:1", Credential::pnut("line\nbreak"));
    let client = client.expect("an origin");
    let error = client.pnut_get_token().await.expect_err("not sent");
    assert!(matches!(error, CallError::Unsendable(_)), "{error:?}");
    assert!(!error.to_string().contains("line"), "{error}");
}

#[tokio::test]
async fn a_wait_that_stands_in_the_body_alone_is_understood() {
    let body = r#"{"meta":{"code":429,"error_message":"Too many requests.","retry_in":600}}"#;
    let answer = json("429 Too Many Requests", body);
    let (client, _responder) = client(Credential::pnut("x"), &[&answer]);
    let error = client.pnut_get_token().await.expect_err("refused");
    assert_eq!(error.code(), Some("429"));
    assert_eq!(error.message(), Some("Too many requests."));
    assert_eq!(error.retry_after(), Some(Duration::from_mins(10)));
}

#[tokio::test]
async fn a_wait_that_stands_in_the_body_alone_survives_a_body_that_does_not_fit() {
    let body = r#"{"meta":{"code":429,"error_message":7,"retry_in":600}}"#;
    let answer = json("429 Too Many Requests", body);
    let (client, _responder) = client(Credential::pnut("p"), &[&answer]);
    let error = client.pnut_get_token().await.expect_err("no success");
    assert!(matches!(error, CallError::Malformed { .. }), "{error:?}");
    assert_eq!(error.retry_after(), Some(Duration::from_mins(10)));
    assert_eq!(error.code(), Some("429"));
}

#[tokio::test]
async fn a_servers_refusal_carries_the_dialects_own_body() {
    let server = Tessera::start().await;
    let stranger = client_of(&server, Credential::pnut("nothing"));
    let error = refused(stranger.pnut_get_token().await);
    let body = error.refusal().and_then(|refusal| refusal.body.as_ref());
    assert_eq!(body.map(|body| body.meta.code), Some(401));
}

#[tokio::test]
async fn a_rate_limit_is_transient_and_says_when_to_come_back() {
    let server = Tessera::start_with(|_| ()).await;
    let client = client_of(&server, Credentials::none());
    let mut error = refused(client.pnut_get_token().await);
    for _ in 0..40 {
        error = refused(client.pnut_get_token().await);
    }
    assert_eq!(error.status().map(|status| status.as_u16()), Some(429));
    assert!(error.is_transient());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(600)));
}
