//! Who asks for a long token: exactly one proof, of the client that is named, and strong enough.

use std::time::Duration;

use serde_json::json;

use super::{
    ALL_SCOPES, LONG, assert_refused, assertion, assertion_claims, body, client, long_call,
    long_token, one_time_code, revoke, short_token, with_assertion, with_secret,
};
use crate::harness::{Call, Tessera};

#[tokio::test]
async fn none_of_the_proofs_is_refused_and_so_are_two() {
    let server = Tessera::start().await;
    let nothing = long_call(&body(&server, json!({}))).send(&server).await;
    assert_refused(&nothing, 401, "invalid_client");
    let long = long_token(&server).await;
    let short = short_token(&server, &long).await;
    let secret = server.held("/auth_api/client_secret");
    let assertion = assertion(&server, &assertion_claims(&server, "two"));
    for two in [
        json!({ "client_secret": secret, "otp_code": one_time_code(&server, 0) }),
        json!({ "client_secret": secret, "assertion": assertion }),
        json!({ "otp_code": "000000", "assertion": assertion }),
        json!({ "client_secret": "", "otp_code": "" }),
    ] {
        let answer = long_call(&body(&server, two)).send(&server).await;
        assert_refused(&answer, 400, "invalid_grant");
    }
    let beside = long_call(&with_secret(&server, json!({}))).bearer(&short.token);
    assert_refused(&beside.send(&server).await, 400, "invalid_grant");
}

#[tokio::test]
async fn grant_type_is_required_known_and_fits_the_proof() {
    let server = Tessera::start().await;
    for grant_type in [
        json!("password"),
        json!(""),
        json!("Client_Credentials"),
        json!(null),
        json!(7),
    ] {
        let call = long_call(&with_secret(&server, json!({ "grant_type": grant_type })));
        let answer = call.send(&server).await;
        assert_refused(&answer, 400, "invalid_grant");
        assert_eq!(answer.string_at("/details/pointer"), "/grant_type");
    }
    let mut missing = with_secret(&server, json!({}));
    missing
        .as_object_mut()
        .expect("an object")
        .remove("grant_type");
    let answer = long_call(&missing).send(&server).await;
    assert_refused(&answer, 400, "invalid_grant");
    let unfit = with_secret(&server, json!({ "grant_type": "assertion" }));
    assert_refused(&long_call(&unfit).send(&server).await, 400, "invalid_grant");
    let mut unfit = with_assertion(
        &server,
        &assertion(&server, &assertion_claims(&server, "x")),
    );
    unfit["grant_type"] = "client_credentials".into();
    assert_refused(&long_call(&unfit).send(&server).await, 400, "invalid_grant");
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_client_are_told_apart_by_nothing() {
    let server = Tessera::start().await;
    let ask = async |client_id: &str, secret: &str| {
        let more = json!({ "client_id": client_id, "client_secret": secret });
        long_call(&body(&server, more)).send(&server).await
    };
    let wrong = ask(server.held("/auth_api/client_id"), "wrong").await;
    assert_refused(&wrong, 401, "invalid_client");
    for (client_id, secret) in [
        ("nobody", "wrong"),
        ("nobody", ""),
        (
            server.held("/oauth/client_id"),
            server.held("/oauth/client_secret"),
        ),
    ] {
        let answer = ask(client_id, secret).await;
        assert_eq!((answer.status, answer.text()), (wrong.status, wrong.text()));
        assert_eq!(answer.headers.len(), wrong.headers.len());
    }
}

#[tokio::test]
async fn the_client_key_must_name_the_client_of_the_body() {
    let server = Tessera::start().await;
    let body = with_secret(&server, json!({}));
    for key in ["somebody_else", "CLI_NIGHTLY", ""] {
        let call = Call::post(LONG).header("X-Client-Id", key).json(&body);
        assert_refused(&call.send(&server).await, 401, "invalid_client");
    }
    let neither = Call::post(LONG).json(&body).send(&server).await;
    assert_refused(&neither, 401, "invalid_client");
    // Percent signs and blanks mean nothing here: the two texts are compared as they are.
    let padded = Call::post(LONG)
        .header("X-Client-Id", " cli_nightly ")
        .json(&body);
    padded.send(&server).await.expect(201);
}

#[tokio::test]
async fn an_invalid_bearer_is_refused_even_beside_a_valid_secret() {
    let server = Tessera::start().await;
    let long = long_token(&server).await;
    let dead = short_token(&server, &long).await;
    revoke(&long, &dead).send(&server).await.expect(204);
    for bearer in ["nonsense", "a.b.c", &long.token, &dead.token] {
        let call = long_call(&with_secret(&server, json!({}))).bearer(bearer);
        assert_refused(&call.send(&server).await, 401, "invalid_token");
    }
    let over = short_token(&server, &long).await;
    server.clock.advance(Duration::from_mins(15));
    let call = long_call(&with_secret(&server, json!({}))).bearer(&over.token);
    assert_refused(&call.send(&server).await, 401, "token_expired");
    let basic = long_call(&with_secret(&server, json!({}))).basic("cli_nightly", "x");
    assert_refused(&basic.send(&server).await, 401, "invalid_token");
}

#[tokio::test]
async fn a_step_up_client_needs_a_stronger_proof() {
    let server = Tessera::start().await;
    let strict = client(&server, "strict", &ALL_SCOPES, true).await;
    let ask = async |secret: &str| {
        let more = json!({ "client_id": strict.id, "client_secret": secret });
        long_call(&body(&server, more)).send(&server).await
    };
    assert_refused(&ask(&strict.secret).await, 403, "insufficient_scope");
    // The requirement is told only to who knows the secret.
    assert_refused(&ask("wrong").await, 401, "invalid_client");
}
