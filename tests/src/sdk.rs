//! The SDK against a server: every way a dialect refuses reaches the caller as one typed error.

use std::time::Duration;

use tessera_client::{
    CallError, Client, Credential, ResponseValue,
    types::{AuthApiErrorCode, ManisSoaCode},
};

use crate::harness::Tessera;

fn client<const N: usize>(server: &Tessera, credentials: [Credential; N]) -> Client {
    Client::new(&server.base_url(), credentials)
        .expect("an origin of ours is one")
        .without_document_check()
}

fn refused<T, E>(outcome: Result<ResponseValue<T>, CallError<E>>) -> CallError<E> {
    match outcome {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_refusal_under_http_200_is_an_error() {
    let server = Tessera::start().await;
    let error = refused(client(&server, []).animeloop_get_token().await);
    assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
    assert_eq!(error.code(), Some("1940103"));
    assert_eq!(error.message(), Some("cookie session doesn't exist."));
}

#[tokio::test]
async fn a_denial_without_a_body_is_an_error_with_its_message() {
    let server = Tessera::start().await;
    let caller = Credential::token_generator("nonsense");
    let error = refused(
        client(&server, [caller])
            .token_generator_create_token()
            .await,
    );
    assert_eq!(error.status().map(|status| status.as_u16()), Some(401));
    assert_eq!(error.message(), Some("Access denied"));
    assert!(
        error
            .refusal()
            .is_some_and(|refusal| refusal.body.is_none())
    );
}

#[tokio::test]
async fn refusals_carry_their_dialects_own_body() {
    let server = Tessera::start().await;
    let stranger = client(
        &server,
        [
            Credential::manis("nobody", "nothing"),
            Credential::pnut("nothing"),
            Credential::auth_api_long("lt_nothing"),
            Credential::oauth_client("nobody", "nothing"),
        ],
    );
    let error = refused(stranger.manis_create_token().await);
    let body = error.refusal().and_then(|refusal| refusal.body.as_ref());
    assert_eq!(
        body.map(|body| body.soa_code),
        Some(ManisSoaCode::CredentialsRejected)
    );

    let error = refused(stranger.pnut_get_token().await);
    let body = error.refusal().and_then(|refusal| refusal.body.as_ref());
    assert_eq!(body.map(|body| body.meta.code), Some(401));

    let error = refused(stranger.auth_api_issue_short_token().await);
    let body = error.refusal().and_then(|refusal| refusal.body.as_ref());
    assert_eq!(
        body.map(|body| body.code),
        Some(AuthApiErrorCode::InvalidToken)
    );
    assert!(!error.is_transient());

    stranger
        .oauth_list_keys()
        .await
        .expect("the keys are for everybody");
}

#[tokio::test]
async fn an_outage_is_transient_and_says_when_to_come_back() {
    let server = Tessera::start().await;
    let client = client(
        &server,
        [Credential::manis(
            server.held("/manis/merchant_id"),
            server.held("/manis/secret"),
        )],
    );
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

#[tokio::test]
async fn a_rate_limit_is_transient_and_says_when_to_come_back() {
    let server = Tessera::start_with(|_| ()).await;
    let client = client(&server, []);
    let mut error = refused(client.pnut_get_token().await);
    for _ in 0..40 {
        error = refused(client.pnut_get_token().await);
    }
    assert_eq!(error.status().map(|status| status.as_u16()), Some(429));
    assert!(error.is_transient());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(600)));
}
