//! Auth API: every documented answer, replayed.

use std::{num::NonZeroU32, time::Duration};

use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};

use crate::{
    dialects::auth_api::{
        ALL_SCOPES, Issued, LONG, SHORT, assertion, assertion_claims, client, exchange, long_call,
        long_token, long_token_with, one_time_code, revoke, revoke_path, short_token,
        short_token_with, with_secret,
    },
    harness::{Answer, Call, Shape, Tessera, document::request_example, replay::replays},
};

const ISSUE_LONG: &str = "auth_api_issue_long_token";
const ISSUE_SHORT: &str = "auth_api_issue_short_token";
const REVOKE: &str = "auth_api_revoke_token";

/// A request example with the demo client's proof in the place of the documented one.
fn example(server: &Tessera, name: &str) -> Value {
    let mut body = request_example(ISSUE_LONG, name);
    body["client_id"] = server.held("/auth_api/client_id").to_owned().into();
    for (field, proof) in [
        (
            "client_secret",
            server.held("/auth_api/client_secret").to_owned(),
        ),
        ("otp_code", one_time_code(server, 0)),
        (
            "assertion",
            assertion(server, &assertion_claims(server, "replayed")),
        ),
    ] {
        if body
            .get(field)
            .is_some_and(|value| value != "not-the-secret")
        {
            body[field] = proof.into();
        }
    }
    body
}

async fn ask(server: &Tessera, name: &str) -> Answer {
    long_call(&example(server, name)).send(server).await
}

/// Where an issued long token is the server's own; it also holds that header and body name one token.
fn long_shapes(server: &Tessera, answer: &Answer, life: i64) -> Vec<Shape> {
    let id = answer.string_at("/token_id");
    assert_eq!(answer.header("x-token-id"), Some(id.as_str()));
    vec![
        Shape::fits("/access_token", "a long token", |value| {
            is_opaque(value, "lt_", 49)
        }),
        Shape::fits("/token_id", "the id of a long token", |value| {
            is_opaque(value, "tok_lt_", 22)
        }),
        Shape::is("/expires_at", time(server.clock.now_ms() + life * 1000)),
    ]
}

fn short_shapes(server: &Tessera) -> Vec<Shape> {
    let end = server.clock.now_ms().div_euclid(1000) * 1000 + 900_000;
    vec![
        Shape::jwt("/access_token"),
        Shape::fits("/token_id", "the id of a short token", |value| {
            is_opaque(value, "tok_st_", 22)
        }),
        Shape::is("/expires_at", time(end)),
    ]
}

fn time(at_ms: i64) -> String {
    let at = DateTime::from_timestamp_millis(at_ms).expect("a time");
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn is_opaque(value: &Value, prefix: &str, length: usize) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    value
        .as_str()
        .and_then(|text| text.strip_prefix(prefix))
        .is_some_and(|rest| rest.len() == length && rest.bytes().all(plain))
}

/// A server that allows each client one request.
async fn stingy() -> Tessera {
    Tessera::start_with(|config| config.policy.rates.general.limit = NonZeroU32::MIN).await
}

fn large() -> Value {
    json!({ "reason": "x".repeat(70_000) })
}

replays! {
    long_by_client_secret: auth_api_issue_long_token 201 "by_client_secret" => async |server| {
        let answer = ask(server, "by_client_secret").await;
        let shapes = long_shapes(server, &answer, 2_592_000);
        (answer, shapes)
    };
    long_by_otp_code: auth_api_issue_long_token 201 "by_otp_code" => async |server| {
        let answer = ask(server, "by_otp_code").await;
        let shapes = long_shapes(server, &answer, 7_776_000);
        (answer, shapes)
    };
    long_by_assertion: auth_api_issue_long_token 201 "by_assertion" => async |server| {
        let answer = ask(server, "by_assertion").await;
        let shapes = long_shapes(server, &answer, 3600);
        (answer, shapes)
    };
    long_by_short_token: auth_api_issue_long_token 201 "by_short_token" => async |server| {
        let first = long_token(server).await;
        server.clock.advance(Duration::from_mins(10));
        let short = short_token(server, &first).await;
        let call = Call::post(LONG).bearer(&short.token).json(&example(server, "by_short_token"));
        let answer = call.send(server).await;
        let shapes = long_shapes(server, &answer, 2_591_400);
        (answer, shapes)
    };
    long_with_two_proofs: auth_api_issue_long_token 400 "invalid_grant" => async |server| {
        ask(server, "invalid_grant").await
    };
    long_with_an_unknown_grant_type: auth_api_issue_long_token 400 "grant_type_unsupported" => async |server| {
        long_call(&with_secret(server, json!({ "grant_type": "password" }))).send(server).await
    };
    long_without_a_grant_type: auth_api_issue_long_token 400 "grant_type_unsupported" => async |server| {
        long_call(&json!({ "client_id": "cli_nightly" })).send(server).await
    };
    long_for_too_short: auth_api_issue_long_token 400 "ttl_out_of_range" => async |server| {
        long_call(&with_secret(server, json!({ "ttl_seconds": 3599 }))).send(server).await
    };
    long_with_an_unknown_field: auth_api_issue_long_token 400 "field_unknown" => async |server| {
        long_call(&with_secret(server, json!({ "ttl": 3600 }))).send(server).await
    };
    long_without_json: auth_api_issue_long_token 400 "body_malformed" => async |server| {
        let call = Call::post(LONG).header("X-Client-Id", "cli_nightly");
        call.body("application/json", "{").send(server).await
    };
    long_with_two_client_keys: auth_api_issue_long_token 400 "credential_repeated" => async |server| {
        long_call(&example(server, "by_client_secret")).header("X-Client-Id", "cli_nightly").send(server).await
    };
    long_with_a_large_header: auth_api_issue_long_token 400 "header_too_large" => async |server| {
        long_call(&example(server, "by_client_secret")).header("X-Large", "x".repeat(9000)).send(server).await
    };
    long_with_a_scope_beyond: auth_api_issue_long_token 400 "invalid_scope" => async |server| {
        ask(server, "invalid_scope").await
    };
    long_with_a_wrong_secret: auth_api_issue_long_token 401 "invalid_client" => async |server| {
        ask(server, "invalid_client").await
    };
    long_without_a_proof: auth_api_issue_long_token 401 "proof_missing" => async |server| {
        ask(server, "proof_missing").await
    };
    long_under_another_key: auth_api_issue_long_token 401 "client_id_mismatch" => async |server| {
        let call = Call::post(LONG).header("X-Client-Id", "somebody_else");
        call.json(&example(server, "by_client_secret")).send(server).await
    };
    long_by_nobody: auth_api_issue_long_token 401 "client_missing" => async |server| {
        Call::post(LONG).json(&example(server, "by_client_secret")).send(server).await
    };
    long_by_a_weak_short_token: auth_api_issue_long_token 403 "insufficient_scope" => async |server| {
        let long = long_token(server).await;
        let short = short_token_with(server, &long, &["jobs:submit"]).await;
        let call = Call::post(LONG).bearer(&short.token).json(&example(server, "by_short_token"));
        call.send(server).await
    };
    long_without_step_up: auth_api_issue_long_token 403 "step_up_required" => async |server| {
        let strict = client(server, "strict", &ALL_SCOPES, true).await;
        let more = json!({ "client_id": strict.id, "client_secret": strict.secret });
        long_call(&crate::dialects::auth_api::body(server, more)).send(server).await
    };
    long_with_a_large_body: auth_api_issue_long_token 413 "body_too_large" => async |server| {
        Call::post(LONG).header("X-Client-Id", "cli_nightly").json(&large()).send(server).await
    };
    long_in_a_form: auth_api_issue_long_token 415 "media_type_unsupported" => async |server| {
        let call = Call::post(LONG).header("X-Client-Id", "cli_nightly");
        call.form(&[("client_id", "cli_nightly")]).send(server).await
    };
    long_in_a_packed_body: auth_api_issue_long_token 415 "content_coding_unsupported" => async |server| {
        let call = Call::post(LONG).header("X-Client-Id", "cli_nightly").header("Content-Encoding", "gzip");
        call.json(&json!({ "client_id": "cli_nightly" })).send(server).await
    };
    long_by_an_assertion_that_lives_too_long: auth_api_issue_long_token 401 "assertion_too_long" => async |server| {
        let mut claims = assertion_claims(server, "long");
        claims["exp"] = (server.clock.now_ms().div_euclid(1000) + 3600).into();
        let mut body = example(server, "by_assertion");
        body["assertion"] = assertion(server, &claims).into();
        long_call(&body).send(server).await
    };
    long_too_often: auth_api_issue_long_token 429 "rate_limited" => async |server| {
        *server = stingy().await;
        ask(server, "by_client_secret").await.expect(201);
        ask(server, "by_client_secret").await
    };
    long_while_storage_fails: auth_api_issue_long_token 503 "storage_failure" => async |server| {
        server.break_storage().await;
        ask(server, "by_client_secret").await
    };

    short_by_bearer: auth_api_issue_short_token 201 "by_bearer" => async |server| {
        let long = long_token(server).await;
        let body = request_example(ISSUE_SHORT, "by_bearer");
        (exchange(&long.token).json(&body).send(server).await, short_shapes(server))
    };
    short_narrowed: auth_api_issue_short_token 201 "narrowed" => async |server| {
        let long = long_token(server).await;
        let body = request_example(ISSUE_SHORT, "narrowed");
        (exchange(&long.token).json(&body).send(server).await, short_shapes(server))
    };
    short_by_body: auth_api_issue_short_token 201 "by_body" => async |server| {
        let mut body = request_example(ISSUE_SHORT, "by_body");
        body["long_token"] = long_token(server).await.token.into();
        (Call::post(SHORT).json(&body).send(server).await, short_shapes(server))
    };
    short_for_two_tokens: auth_api_issue_short_token 400 "invalid_request" => async |server| {
        let long = long_token(server).await;
        let body = request_example(ISSUE_SHORT, "invalid_request");
        exchange(&long.token).json(&body).send(server).await
    };
    short_narrowed_in_the_query: auth_api_issue_short_token 400 "parameter_misplaced" => async |server| {
        let call = Call::post(&format!("{SHORT}?scopes=jobs:submit"));
        call.bearer("lt_any").send(server).await
    };
    short_with_a_scope_beyond: auth_api_issue_short_token 400 "invalid_scope" => async |server| {
        let long = long_token(server).await;
        let body = request_example(ISSUE_SHORT, "invalid_scope");
        exchange(&long.token).json(&body).send(server).await
    };
    short_without_a_token: auth_api_issue_short_token 401 "token_missing" => async |server| {
        Call::post(SHORT).send(server).await
    };
    short_with_an_unknown_token: auth_api_issue_short_token 401 "invalid_token" => async |server| {
        exchange("lt_unknown").send(server).await
    };
    short_with_an_expired_token: auth_api_issue_short_token 401 "token_expired" => async |server| {
        let long = long_token_with(server, json!({ "ttl_seconds": 3600 })).await;
        server.clock.advance(Duration::from_hours(1));
        exchange(&long.token).send(server).await
    };
    short_with_a_large_body: auth_api_issue_short_token 413 "body_too_large" => async |server| {
        exchange("lt_any").json(&large()).send(server).await
    };
    short_in_a_form: auth_api_issue_short_token 415 "media_type_unsupported" => async |server| {
        Call::post(SHORT).form(&[("long_token", "lt_any")]).send(server).await
    };
    short_too_often: auth_api_issue_short_token 429 "rate_limited" => async |server| {
        *server = stingy().await;
        Call::post(SHORT).send(server).await.expect(401);
        Call::post(SHORT).send(server).await
    };
    short_while_storage_fails: auth_api_issue_short_token 503 "storage_failure" => async |server| {
        let long = long_token(server).await;
        server.break_storage().await;
        exchange(&long.token).send(server).await
    };

    revoked: auth_api_revoke_token 204 "" => async |server| {
        let (caller, target) = (long_token(server).await, long_token(server).await);
        revoke(&caller, &target).json(&request_example(REVOKE, "one_token")).send(server).await
    };
    revoked_again_with_its_family: auth_api_revoke_token 204 "" => async |server| {
        let (caller, target) = (long_token(server).await, long_token(server).await);
        revoke(&caller, &target).send(server).await.expect(204);
        revoke(&caller, &target).json(&request_example(REVOKE, "whole_family")).send(server).await
    };
    revoking_with_an_unknown_field: auth_api_revoke_token 400 "field_unknown" => async |server| {
        let long = long_token(server).await;
        revoke(&long, &long).json(&json!({ "ttl": 1 })).send(server).await
    };
    revoking_with_two_bearers: auth_api_revoke_token 400 "credential_repeated" => async |server| {
        let long = long_token(server).await;
        revoke(&long, &long).bearer(&long.token).send(server).await
    };
    revoking_without_a_token: auth_api_revoke_token 401 "token_missing" => async |server| {
        Call::post(&revoke_path("tok_lt_any")).send(server).await
    };
    revoking_with_a_dead_token: auth_api_revoke_token 401 "invalid_token" => async |server| {
        let long = long_token(server).await;
        revoke(&long, &long).send(server).await.expect(204);
        revoke(&long, &long).send(server).await
    };
    revoking_without_the_scope: auth_api_revoke_token 403 "insufficient_scope" => async |server| {
        let long = long_token(server).await;
        let short = short_token_with(server, &long, &["jobs:submit"]).await;
        revoke(&short, &long).send(server).await
    };
    revoking_an_unknown_id: auth_api_revoke_token 404 "not_found" => async |server| {
        let long = long_token(server).await;
        let unknown = Issued { token: String::new(), id: "tok_lt_unknown".to_owned() };
        revoke(&long, &unknown).send(server).await
    };
    revoking_with_a_large_body: auth_api_revoke_token 413 "body_too_large" => async |server| {
        let long = long_token(server).await;
        revoke(&long, &long).json(&large()).send(server).await
    };
    revoking_in_a_form: auth_api_revoke_token 415 "media_type_unsupported" => async |server| {
        let long = long_token(server).await;
        revoke(&long, &long).form(&[("reason", "none")]).send(server).await
    };
    revoking_too_often: auth_api_revoke_token 429 "rate_limited" => async |server| {
        *server = stingy().await;
        let call = Call::post(&revoke_path("tok_lt_any"));
        call.send(server).await.expect(401);
        call.send(server).await
    };
    revoking_while_storage_fails: auth_api_revoke_token 503 "storage_failure" => async |server| {
        let long = long_token(server).await;
        server.break_storage().await;
        revoke(&long, &long).send(server).await
    };
}
