//! The SDK's calls of the standard endpoints: HTTP Basic as RFC 6749 has it, and keys for everybody.

use tessera_client::{CallError, Client, Credential, Credentials};

use crate::{
    harness::Tessera,
    sdk::{client, client_of, json},
};

#[tokio::test]
async fn basic_credentials_are_form_encoded_before_they_are_joined() {
    let held = Credential::oauth_client("resource server", "s:cret/1");
    let (client, responder) = client(held, &[&json("200 OK", "{}")]);
    let _ = client
        .oauth_introspect_token()
        .body_map(|body| body.token("t"))
        .await;
    // base64 of `resource+server:s%3Acret%2F1`
    let expected = "Basic cmVzb3VyY2Urc2VydmVyOnMlM0FjcmV0JTJGMQ==";
    assert_eq!(responder.received().header("authorization"), Some(expected));
}

#[tokio::test]
async fn an_incomplete_call_is_not_sent() {
    let client = Client::new("http://127.0.0.1:1", Credentials::none()).expect("an origin");
    let incomplete = client.oauth_revoke_token().await.expect_err("no token");
    assert!(
        matches!(incomplete, CallError::Unsendable(_)),
        "{incomplete:?}"
    );
}

#[tokio::test]
async fn send_is_the_same_as_awaiting() {
    let answer = json("200 OK", r#"{"keys":[]}"#);
    let (client, _responder) = client(Credentials::none(), &[&answer, &answer]);
    let sent = client.oauth_list_keys().send().await.expect("keys");
    let awaited = client.oauth_list_keys().await.expect("keys");
    assert_eq!((sent.keys.len(), awaited.keys.len()), (0, 0));
}

#[tokio::test]
async fn the_keys_are_for_strangers_too() {
    let server = Tessera::start().await;
    let stranger = client_of(&server, Credential::oauth_client("nobody", "nothing"));
    stranger
        .oauth_list_keys()
        .await
        .expect("the keys are for everybody");
}
