//! The token generator: every documented answer, replayed.

use std::num::NonZeroU32;

use serde_json::Value;

use crate::{
    dialects::token_generator::{
        HEADER, TOKEN, USER_ID, call, claims, now_secs, part, renewed_of, secret_token, token_of,
        user_call,
    },
    harness::{
        Answer, Call, Shape, Tessera,
        document::{example, request_example},
        replay::replays,
    },
};

const CREATE: &str = "token_generator_create_token";

/// A request example as a form.
async fn form(server: &Tessera, example: &str) -> Answer {
    let fields = request_example(CREATE, example);
    let permission = fields["permission"].as_str().expect("text");
    let call = user_call(server).form(&[("permission", permission)]);
    call.send(server).await
}

/// A request example as JSON.
async fn json(server: &Tessera, example: &str) -> Answer {
    let call = user_call(server).json(&request_example(CREATE, example));
    call.send(server).await
}

/// Checks the token of an answer against the documented one, claim by claim and in the same order,
/// and so vouches for it.
fn issued(server: &Tessera, answer: Answer, name: &str, iss: Option<&str>) -> (Answer, Vec<Shape>) {
    let documented = example(CREATE, 200, name);
    let documented = documented["token"].as_str().expect("a token");
    let token = token_of(&answer);
    assert_eq!(part(&token, 0), HEADER);
    assert_eq!(part(documented, 0), HEADER);
    let now = now_secs(server);
    let mut expected = claims(documented);
    let sent = claims(&token);
    expected["exp"] = Value::from(now + 14_400);
    expected["iat"] = Value::from(now);
    expected["jti"] = sent["jti"].clone();
    match iss {
        Some(iss) => expected["iss"] = Value::from(iss),
        None => assert_eq!(expected["user_id"], USER_ID),
    }
    assert_eq!(part(&token, 1), expected.to_string());
    let renewed = claims(&renewed_of(&answer));
    let names: Vec<&String> = renewed.as_object().expect("an object").keys().collect();
    let identity = if iss.is_some() { "iss" } else { "user_id" };
    assert_eq!(names, ["exp", "iat", identity, "jti"]);
    let shapes = vec![
        Shape::is("/token", token),
        Shape::is("/endpoint", server.address().to_string()),
    ];
    (answer, shapes)
}

replays! {
    an_album_permission_in_a_form: token_generator_create_token 200 "album_permission" => async |server| {
        issued(server, form(server, "album_permission").await, "album_permission", None)
    };
    an_empty_permission_in_a_form: token_generator_create_token 200 "empty_permission" => async |server| {
        issued(server, form(server, "empty_permission").await, "empty_permission", None)
    };
    a_permission_object: token_generator_create_token 200 "permission_object" => async |server| {
        issued(server, json(server, "permission_object").await, "permission_object", None)
    };
    a_permission_text: token_generator_create_token 200 "permission_text" => async |server| {
        issued(server, json(server, "permission_text").await, "permission_text", None)
    };
    a_secret_caller: token_generator_create_token 200 "secret_caller" => async |server| {
        let caller = secret_token(server, serde_json::json!({}));
        let call = call(&caller).json(&request_example(CREATE, "secret_caller"));
        let id = server.held("/token_generator/secret_id").to_owned();
        issued(server, call.send(server).await, "secret_caller", Some(&id))
    };
    no_permission: token_generator_create_token 200 "without_permission" => async |server| {
        issued(server, json(server, "without_permission").await, "without_permission", None)
    };
    a_permission_that_is_not_json: token_generator_create_token 400 "permission_not_json" => async |server| {
        form(server, "permission_not_json").await
    };
    a_permission_that_is_not_an_object: token_generator_create_token 400 "permission_not_an_object" => async |server| {
        form(server, "permission_not_an_object").await
    };
    a_permission_with_too_many_digits: token_generator_create_token 400 "permission_number" => async |server| {
        form(server, "permission_number").await
    };
    an_unknown_parameter: token_generator_create_token 400 "parameter_unknown" => async |server| {
        let form = [("permission[abilities][a][Access][see]", "true")];
        user_call(server).form(&form).send(server).await
    };
    a_permission_beyond_a_token: token_generator_create_token 400 "permission_too_large" => async |server| {
        let permission = serde_json::json!({ "permission": { "x": "a".repeat(4096) } });
        user_call(server).json(&permission).send(server).await
    };
    a_malformed_body: token_generator_create_token 400 "body_malformed" => async |server| {
        user_call(server).body("application/json", "{").send(server).await
    };
    a_header_beyond_its_limit: token_generator_create_token 400 "header_too_large" => async |server| {
        user_call(server).header("X-Long", "x".repeat(9000)).send(server).await
    };
    no_token: token_generator_create_token 401 "token_missing" => async |server| {
        Call::post(TOKEN).send(server).await
    };
    an_invalid_token: token_generator_create_token 401 "token_invalid" => async |server| {
        call("not.a.token").send(server).await
    };
    an_escalation: token_generator_create_token 401 "escalation" => async |server| {
        form(server, "escalation").await
    };
    an_escalation_of_identity: token_generator_create_token 401 "identity_escalation" => async |server| {
        json(server, "identity_escalation").await
    };
    a_body_beyond_its_limit: token_generator_create_token 413 "body_too_large" => async |server| {
        let body = vec![b' '; 64 * 1024 + 1];
        user_call(server).body("application/json", body).send(server).await
    };
    another_media_type: token_generator_create_token 415 "media_type_unsupported" => async |server| {
        user_call(server).body("text/plain", "permission=").send(server).await
    };
    a_packed_body: token_generator_create_token 415 "content_coding_unsupported" => async |server| {
        let call = user_call(server).header("Content-Encoding", "gzip");
        call.form(&[("permission", "")]).send(server).await
    };
    a_spent_allowance: token_generator_create_token 429 "rate_limited" => async |server| {
        *server = Tessera::start_with(|config| {
            config.policy.rates.general.limit = NonZeroU32::MIN;
        })
        .await;
        token_of(&user_call(server).send(server).await);
        user_call(server).send(server).await
    };
    a_failing_store: token_generator_create_token 503 "storage_failure" => async |server| {
        server.break_storage().await;
        user_call(server).send(server).await
    };
}
