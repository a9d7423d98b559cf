//! The standard endpoints: every documented answer, replayed.

use std::num::NonZeroU32;

use serde_json::Value;

use crate::{
    dialects::{
        auth_api::{long_token_with, short_token},
        oauth::{INTROSPECT, KEYS, METADATA, REVOKE, asker, demo_asker},
        pnut::user_token,
    },
    harness::{Answer, Call, Replay, Shape, Tessera, replay::replays},
};

/// The call about that token, as the demo's resource server.
fn about(server: &Tessera, path: &str, token: &str) -> Call {
    demo_asker(server).call(path, token)
}

/// A call with the demo's credentials and a body of the test's own.
fn with_form(server: &Tessera, path: &str, body: &str) -> Call {
    let asker = demo_asker(server);
    let call = Call::post(path).basic(&asker.id, &asker.secret);
    call.body("application/x-www-form-urlencoded", body)
}

async fn stingy() -> Tessera {
    Tessera::start_with(|config| config.policy.rates.general.limit = NonZeroU32::MIN).await
}

/// What is the server's own in the description of a live token.
fn described(server: &Tessera, answer: Answer, mut more: Vec<Shape>) -> Replay {
    more.extend([
        Shape::is("/iat", server.clock.now_ms().div_euclid(1000)),
        Shape::is("/iss", server.base_url()),
    ]);
    (answer, more).into()
}

fn is_id(value: &Value) -> bool {
    value.as_str().is_some_and(|id| id.len() >= 16)
}

fn is_digits(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_base64url(value: &Value) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    value
        .as_str()
        .is_some_and(|text| text.len() == 43 && text.bytes().all(plain))
}

replays! {
    opaque_token_is_described: oauth_introspect_token 200 "pnut_token" => async |server| {
        let token = user_token(server, "basic,email").await;
        let shapes = vec![
            Shape::is("/client_id", server.held("/pnut/client_id").to_owned()),
            Shape::is("/username", server.held("/pnut/username").to_owned()),
            Shape::fits("/sub", "a string of digits", is_digits),
            Shape::fits("/jti", "an id", is_id),
        ];
        let answer = about(server, INTROSPECT, &token).send(server).await;
        described(server, answer, shapes)
    };
    short_token_is_described: oauth_introspect_token 200 "auth_api_token" => async |server| {
        let scopes = serde_json::json!({ "scopes": ["jobs:submit", "tokens:revoke"] });
        let long = long_token_with(server, scopes).await;
        let short = short_token(server, &long).await;
        let client_id = server.held("/auth_api/client_id");
        let shapes = vec![
            Shape::is("/client_id", client_id),
            Shape::is("/sub", client_id),
            Shape::is("/exp", server.clock.now_ms().div_euclid(1000) + 900),
            Shape::is("/jti", short.id.clone()),
        ];
        let call = demo_asker(server);
        let call = Call::post(INTROSPECT).basic(&call.id, &call.secret)
            .form(&[("token", &short.token), ("token_type_hint", "access_token")]);
        let answer = call.send(server).await;
        described(server, answer, shapes)
    };
    unknown_token_is_inactive: oauth_introspect_token 200 "unknown_token" => async |server| {
        about(server, INTROSPECT, "not-a-token").send(server).await
    };
    unknown_token_is_inactive_to_a_client_in_the_form: oauth_introspect_token 200 "client_in_form" => async |server| {
        let asker = demo_asker(server);
        let form = [
            ("token", "not-a-token"),
            ("client_id", &asker.id),
            ("client_secret", &asker.secret),
        ];
        Call::post(INTROSPECT).form(&form).send(server).await
    };
    asking_in_two_ways: oauth_introspect_token 400 "client_twice" => async |server| {
        with_form(server, INTROSPECT, "token=a&client_id=b&client_secret=c").send(server).await
    };
    asking_in_a_packed_body: oauth_introspect_token 415 "content_coding_unsupported" => async |server| {
        about(server, INTROSPECT, "a").header("Content-Encoding", "gzip").send(server).await
    };
    asking_without_a_token: oauth_introspect_token 400 "token_missing" => async |server| {
        with_form(server, INTROSPECT, "token_type_hint=x").send(server).await
    };
    asking_with_an_empty_token: oauth_introspect_token 400 "token_missing" => async |server| {
        about(server, INTROSPECT, "").send(server).await
    };
    asking_about_two_tokens: oauth_introspect_token 400 "token_repeated" => async |server| {
        with_form(server, INTROSPECT, "token=a&token=b").send(server).await
    };
    asking_without_a_form: oauth_introspect_token 400 "body_malformed" => async |server| {
        with_form(server, INTROSPECT, "token=%FF").send(server).await
    };
    asking_as_two_clients: oauth_introspect_token 400 "credential_repeated" => async |server| {
        about(server, INTROSPECT, "a").basic("b", "c").send(server).await
    };
    asking_with_a_large_header: oauth_introspect_token 400 "header_too_large" => async |server| {
        about(server, INTROSPECT, "a").header("X-Large", "x".repeat(9000)).send(server).await
    };
    asking_as_nobody: oauth_introspect_token 401 "client_missing" => async |server| {
        Call::post(INTROSPECT).form(&[("token", "a")]).send(server).await
    };
    asking_with_a_wrong_secret: oauth_introspect_token 401 "client_invalid" => async |server| {
        let asker = demo_asker(server);
        Call::post(INTROSPECT).basic(&asker.id, "wrong").form(&[("token", "a")]).send(server).await
    };
    asking_without_the_right: oauth_introspect_token 403 "introspection_denied" => async |server| {
        asker(server, "nosy", &[]).await.call(INTROSPECT, "a").send(server).await
    };
    asking_with_a_large_body: oauth_introspect_token 413 "body_too_large" => async |server| {
        about(server, INTROSPECT, &"a".repeat(70_000)).send(server).await
    };
    asking_in_json: oauth_introspect_token 415 "media_type_unsupported" => async |server| {
        let asker = demo_asker(server);
        let call = Call::post(INTROSPECT).basic(&asker.id, &asker.secret);
        call.json(&serde_json::json!({ "token": "a" })).send(server).await
    };
    asking_too_often: oauth_introspect_token 429 "rate_limited" => async |server| {
        *server = stingy().await;
        about(server, INTROSPECT, "a").send(server).await.expect(200);
        about(server, INTROSPECT, "a").send(server).await
    };
    asking_while_storage_fails: oauth_introspect_token 503 "storage_failure" => async |server| {
        server.break_storage().await;
        about(server, INTROSPECT, "a").send(server).await
    };

    token_is_ended: oauth_revoke_token 200 "" => async |server| {
        let token = user_token(server, "basic,email").await;
        about(server, REVOKE, &token).send(server).await
    };
    unknown_token_is_as_good_as_ended: oauth_revoke_token 200 "" => async |server| {
        about(server, REVOKE, "not-a-token").send(server).await
    };
    ending_without_a_token: oauth_revoke_token 400 "token_missing" => async |server| {
        with_form(server, REVOKE, "").send(server).await
    };
    ending_as_nobody: oauth_revoke_token 401 "client_missing" => async |server| {
        Call::post(REVOKE).form(&[("token", "a")]).send(server).await
    };
    ending_the_token_of_somebody_else: oauth_revoke_token 403 "foreign_token" => async |server| {
        let token = user_token(server, "basic,email").await;
        asker(server, "weak", &["introspect:any"]).await.call(REVOKE, &token).send(server).await
    };
    ending_with_a_large_body: oauth_revoke_token 413 "body_too_large" => async |server| {
        about(server, REVOKE, &"a".repeat(70_000)).send(server).await
    };
    ending_in_json: oauth_revoke_token 415 "media_type_unsupported" => async |server| {
        let asker = demo_asker(server);
        let call = Call::post(REVOKE).basic(&asker.id, &asker.secret);
        call.json(&serde_json::json!({ "token": "a" })).send(server).await
    };
    ending_too_often: oauth_revoke_token 429 "rate_limited" => async |server| {
        *server = stingy().await;
        about(server, REVOKE, "a").send(server).await.expect(200);
        about(server, REVOKE, "a").send(server).await
    };
    ending_while_storage_fails: oauth_revoke_token 503 "storage_failure" => async |server| {
        server.break_storage().await;
        about(server, REVOKE, "a").send(server).await
    };

    keys_are_listed: oauth_list_keys 200 "ok" => async |server| {
        (Call::get(KEYS).send(server).await, vec![
            Shape::fits("/keys", "published keys", |keys| {
                keys.as_array().is_some_and(|keys| !keys.is_empty() && keys.iter().all(|key| {
                    key["use"] == "sig" && key["alg"] == "EdDSA" && key["kty"] == "OKP"
                        && key["crv"] == "Ed25519" && is_base64url(&key["x"]) && key["kid"].is_string()
                }))
            }),
        ])
    };
    listing_with_a_large_header: oauth_list_keys 400 "header_too_large" => async |server| {
        Call::get(KEYS).header("X-Large", "x".repeat(9000)).send(server).await
    };
    listing_too_often: oauth_list_keys 429 "rate_limited" => async |server| {
        *server = stingy().await;
        Call::get(KEYS).send(server).await.expect(200);
        Call::get(KEYS).send(server).await
    };
    listing_while_storage_fails: oauth_list_keys 503 "storage_failure" => async |server| {
        server.break_storage().await;
        Call::get(KEYS).send(server).await
    };

    metadata_is_told: oauth_get_metadata 200 "ok" => async |server| {
        let base = server.base_url();
        let shapes = [
            ("issuer", ""),
            ("introspection_endpoint", "/oauth/introspect"),
            ("revocation_endpoint", "/oauth/revoke"),
            ("jwks_uri", "/.well-known/jwks.json"),
            ("service_documentation", "/docs/"),
        ]
        .map(|(member, path)| Shape::is(&format!("/{member}"), format!("{base}{path}")));
        (Call::get(METADATA).send(server).await, shapes.to_vec())
    };
    telling_with_a_large_header: oauth_get_metadata 400 "header_too_large" => async |server| {
        Call::get(METADATA).header("X-Large", "x".repeat(9000)).send(server).await
    };
    telling_too_often: oauth_get_metadata 429 "rate_limited" => async |server| {
        *server = stingy().await;
        Call::get(METADATA).send(server).await.expect(200);
        Call::get(METADATA).send(server).await
    };
    telling_while_storage_fails: oauth_get_metadata 503 "storage_failure" => async |server| {
        server.break_storage().await;
        Call::get(METADATA).send(server).await
    };
}
