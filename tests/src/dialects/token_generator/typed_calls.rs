//! The SDK's calls of the token generator: its own authorization scheme, a denial without a body, tokens in headers.

use tessera_client::{Credential, DeclaredHeaders as _};

use crate::{
    harness::Tessera,
    sdk::{client, client_of, json, refused},
};

#[tokio::test]
async fn the_token_travels_under_its_own_authorization_scheme() {
    let held = Credential::token_generator("caller-jwt");
    let (client, responder) = client(held, &[&json("200 OK", "{}")]);
    let _ = client.token_generator_create_token().await;
    let received = responder.received();
    let expected = Some("Token token=\"caller-jwt\"");
    assert_eq!(received.header("authorization"), expected);
    assert_eq!(received.body, "{}");
}

#[tokio::test]
async fn a_denial_without_a_body_is_a_refusal() {
    let denied = "HTTP/1.1 401 Unauthorized\r\nContent-Type: text/html\r\nX-message: Access denied\r\nContent-Length: 0\r\n\r\n";
    let (client, _responder) = client(Credential::token_generator("x"), &[denied]);
    let error = client.token_generator_create_token().await;
    let error = error.expect_err("denied");
    let refusal = error.refusal().expect("a declared refusal");
    assert_eq!(refusal.status.as_u16(), 401);
    assert!(refusal.body.is_none());
    assert_eq!(error.code(), None);
    assert_eq!(error.message(), Some("Access denied"));
}

#[tokio::test]
async fn a_servers_denial_is_the_same_error_with_its_message() {
    let server = Tessera::start().await;
    let stranger = client_of(&server, Credential::token_generator("nonsense"));
    let error = refused(stranger.token_generator_create_token().await);
    assert_eq!(error.status().map(|status| status.as_u16()), Some(401));
    assert_eq!(error.message(), Some("Access denied"));
    assert!(
        error
            .refusal()
            .is_some_and(|refusal| refusal.body.is_none())
    );
}

#[tokio::test]
async fn declared_headers_are_read_by_name() {
    let answer = json(
        "200 OK",
        r#"{"token":"new.jwt","endpoint":"localhost:5001"}"#,
    );
    let headers = "\r\nX-token: sliding.jwt\r\nX-Runtime: 0.000123\r\n";
    let answer = answer.replacen("\r\n", headers, 1);
    let (client, _responder) = client(Credential::token_generator("x"), &[&answer]);
    let issued = client.token_generator_create_token().await;
    let issued = issued.expect("a token");
    let sliding = issued.x_token().expect("X-token");
    assert_eq!(sliding.expose(), "sliding.jwt");
    assert_eq!(issued.x_runtime(), Some("0.000123"));
    assert_eq!(issued.x_request_id(), None);
}
