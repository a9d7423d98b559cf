//! The SDK's calls of manis: two headers that go together, and a token whose answer is not quoted.

use std::time::Duration;

use tessera_client::{CallError, Credential, Scheme, types::ManisSoaCode};

use crate::{
    harness::Tessera,
    sdk::{client, client_of, json, refused},
};

#[tokio::test]
async fn the_two_headers_are_sent_together_or_not_at_all() {
    let held = Credential::manis("merchant-1", "merchant-secret");
    let (client, responder) = client(held, &[&json("200 OK", "{}"), &json("200 OK", "{}")]);
    let _ = client.manis_create_token().await;
    let received = responder.received();
    assert_eq!(received.header("x-merchant-id"), Some("merchant-1"));
    assert_eq!(received.header("x-secret"), Some("merchant-secret"));

    client.credentials().forget(Scheme::MANIS_SECRET);
    let _ = client.manis_create_token().await;
    assert_eq!(responder.received().header("x-merchant-id"), None);
}

#[tokio::test]
async fn a_malformed_answer_is_not_quoted() {
    let body = r#"{"token":"leaky.jwt","expiresAt":"soon.jwt","tokenType":"Bearer"}"#;
    let (client, _responder) = client(Credential::manis("m", "s"), &[&json("200 OK", body)]);
    let error = client.manis_create_token().await.expect_err("malformed");
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("not of the documented shape"), "{shown}");
    assert!(!shown.contains("jwt"), "{shown}");
    let CallError::Malformed { answer, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(&answer.body[..], body.as_bytes());
}

#[tokio::test]
async fn a_servers_refusal_carries_the_dialects_own_body() {
    let server = Tessera::start().await;
    let stranger = client_of(&server, Credential::manis("nobody", "nothing"));
    let error = refused(stranger.manis_create_token().await);
    let body = error.refusal().and_then(|refusal| refusal.body.as_ref());
    assert_eq!(
        body.map(|body| body.soa_code),
        Some(ManisSoaCode::CredentialsRejected)
    );
}

#[tokio::test]
async fn an_outage_is_transient_and_says_when_to_come_back() {
    let server = Tessera::start().await;
    let held = Credential::manis(
        server.held("/manis/merchant_id"),
        server.held("/manis/secret"),
    );
    let client = client_of(&server, held);
    client.manis_create_token().await.expect("it works before");
    server.break_storage().await;
    let error = refused(client.manis_create_token().await);
    assert_eq!(error.status().map(|status| status.as_u16()), Some(503));
    assert!(error.is_transient());
    assert!(
        error
            .retry_after()
            .is_some_and(|wait| wait >= Duration::from_secs(1))
    );
}
