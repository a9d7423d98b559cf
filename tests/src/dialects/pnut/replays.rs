//! pnut: every documented answer, replayed.

use std::num::NonZeroU32;

use serde_json::Value;
use tessera_server::config::Config;

use crate::{
    dialects::pnut::{ACCESS_TOKEN, TOKEN, app_token, user_token},
    harness::{Answer, Call, Shape, Tessera, document::request_example, replay::replays},
};

const CREATE: &str = "pnut_create_access_token";

/// A request example as a form, the demo's secrets in the place of the documented ones.
async fn create(server: &Tessera, example: &str) -> Answer {
    form_of(server, example).send(server).await
}

fn form_of(server: &Tessera, example: &str) -> Call {
    let fields = request_example(CREATE, example);
    let fields = fields.as_object().expect("a form is an object");
    let pairs: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| {
            let value = match value.as_str().expect("a form holds strings") {
                "demo-client-secret" => server.held("/pnut/client_secret"),
                "demo-password-grant-secret" => server.held("/pnut/password_grant_secret"),
                "demo-user-password" => server.held("/pnut/password"),
                other => other,
            };
            (name.as_str(), value)
        })
        .collect();
    Call::post(ACCESS_TOKEN).form(&pairs)
}

/// What is the server's own in a user object at `pointer`.
fn user_shapes(pointer: &str) -> Vec<Shape> {
    vec![
        Shape::fits(&format!("{pointer}/id"), "a string of digits", is_digits),
        Shape::fits(
            &format!("{pointer}/created_at"),
            "a time to the second, UTC",
            is_time,
        ),
    ]
}

fn issued_shapes() -> Vec<Shape> {
    vec![Shape::fits(
        "/access_token",
        "256 bits in base64url",
        is_opaque,
    )]
}

fn is_digits(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_time(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%SZ").is_ok()
}

fn is_opaque(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.len() == 49 && text.bytes().all(plain)
}

/// A server that allows one request of each kind.
async fn stingy() -> Tessera {
    Tessera::start_with(|config: &mut Config| {
        let rates = &mut config.policy.rates;
        for quota in [
            &mut rates.anonymous_reads,
            &mut rates.token_reads,
            &mut rates.writes,
        ] {
            quota.limit = NonZeroU32::MIN;
        }
    })
    .await
}

replays! {
    token_is_described: pnut_get_token 200 "ok" => async |server| {
        let token = user_token(server, "write_post").await;
        (Call::get(TOKEN).bearer(token).send(server).await, user_shapes("/data/user"))
    };
    token_is_described_with_email: pnut_get_token 200 "with_email" => async |server| {
        let token = user_token(server, "email").await;
        (Call::get(TOKEN).bearer(token).send(server).await, user_shapes("/data/user"))
    };
    reading_with_a_repeated_credential: pnut_get_token 400 "credential_repeated" => async |server| {
        let token = user_token(server, "").await;
        Call::get(TOKEN).bearer(&token).bearer(&token).send(server).await
    };
    reading_with_two_tokens: pnut_get_token 400 "credential_conflict" => async |server| {
        let token = user_token(server, "").await;
        let other = user_token(server, "").await;
        Call::get(&format!("{TOKEN}?access_token={other}")).bearer(token).send(server).await
    };
    reading_with_a_large_header: pnut_get_token 400 "header_too_large" => async |server| {
        Call::get(TOKEN).header("X-Large", "x".repeat(9000)).send(server).await
    };
    reading_without_a_token: pnut_get_token 401 "token_missing" => async |server| {
        Call::get(TOKEN).send(server).await
    };
    reading_with_an_unknown_token: pnut_get_token 401 "token_invalid" => async |server| {
        Call::get(TOKEN).bearer("unknown").send(server).await
    };
    reading_with_an_app_token: pnut_get_token 403 "user_token_required" => async |server| {
        let token = app_token(server).await;
        Call::get(TOKEN).bearer(token).send(server).await
    };
    reading_too_often: pnut_get_token 429 "rate_limited" => async |server| {
        *server = stingy().await;
        Call::get(TOKEN).send(server).await.expect(401);
        Call::get(TOKEN).send(server).await
    };
    reading_while_storage_fails: pnut_get_token 503 "storage_failure" => async |server| {
        server.break_storage().await;
        Call::get(TOKEN).bearer("a".repeat(43)).send(server).await
    };
    token_is_deleted: pnut_delete_token 200 "ok" => async |server| {
        let token = user_token(server, "write_post").await;
        (Call::delete(TOKEN).bearer(token).send(server).await, user_shapes("/data/user"))
    };
    deleting_with_a_repeated_credential: pnut_delete_token 400 "credential_repeated" => async |server| {
        let token = user_token(server, "").await;
        let target = format!("{TOKEN}?access_token={token}&access_token={token}");
        Call::delete(&target).send(server).await
    };
    deleting_without_a_token: pnut_delete_token 401 "token_missing" => async |server| {
        Call::delete(TOKEN).send(server).await
    };
    deleting_twice: pnut_delete_token 401 "token_invalid" => async |server| {
        let token = user_token(server, "").await;
        Call::delete(TOKEN).bearer(&token).send(server).await.expect(200);
        Call::delete(TOKEN).bearer(&token).send(server).await
    };
    deleting_with_an_app_token: pnut_delete_token 403 "user_token_required" => async |server| {
        let token = app_token(server).await;
        Call::delete(TOKEN).bearer(token).send(server).await
    };
    deleting_too_often: pnut_delete_token 429 "rate_limited" => async |server| {
        *server = stingy().await;
        Call::delete(TOKEN).send(server).await.expect(401);
        Call::delete(TOKEN).send(server).await
    };
    deleting_while_storage_fails: pnut_delete_token 503 "storage_failure" => async |server| {
        let token = user_token(server, "").await;
        server.break_storage().await;
        Call::delete(TOKEN).bearer(token).send(server).await
    };
    app_token_is_issued: pnut_create_access_token 200 "client_credentials" => async |server| {
        (create(server, "client_credentials").await, issued_shapes())
    };
    user_token_is_issued: pnut_create_access_token 200 "password" => async |server| {
        let answer = create(server, "password").await;
        let mut shapes = issued_shapes();
        shapes.extend(user_shapes("/token/user"));
        shapes.push(Shape::is("/user_id", answer.string_at("/token/user/id")));
        (answer, shapes)
    };
    a_field_is_missing: pnut_create_access_token 400 "field_missing" => async |server| {
        create(server, "field_missing").await
    };
    the_body_is_no_form: pnut_create_access_token 400 "body_malformed" => async |server| {
        let form = "application/x-www-form-urlencoded";
        Call::post(ACCESS_TOKEN).body(form, "grant_type=%FF").send(server).await
    };
    asking_with_a_large_header: pnut_create_access_token 400 "header_too_large" => async |server| {
        form_of(server, "client_credentials").header("X-Large", "x".repeat(9000)).send(server).await
    };
    the_grant_type_is_another: pnut_create_access_token 400 "grant_type_unsupported" => async |server| {
        let form = [("grant_type", "authorization_code"), ("client_id", "any")];
        Call::post(ACCESS_TOKEN).form(&form).send(server).await
    };
    the_password_is_wrong: pnut_create_access_token 400 "password_wrong" => async |server| {
        create(server, "password_wrong").await
    };
    the_scope_is_misspelt: pnut_create_access_token 400 "scope_misspelt" => async |server| {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "a"),
            ("client_secret", "b"),
            ("scope[]", "basic"),
        ];
        Call::post(ACCESS_TOKEN).form(&form).send(server).await
    };
    the_scope_is_unknown: pnut_create_access_token 400 "scope_unknown" => async |server| {
        create(server, "scope_unknown").await
    };
    the_client_is_unknown: pnut_create_access_token 401 "client_unknown" => async |server| {
        create(server, "client_unknown").await
    };
    the_body_is_too_large: pnut_create_access_token 413 "body_too_large" => async |server| {
        let padding = "x".repeat(64 * 1024);
        Call::post(ACCESS_TOKEN).form(&[("padding", &padding)]).send(server).await
    };
    the_body_is_json: pnut_create_access_token 415 "media_type_unsupported" => async |server| {
        let body = request_example(CREATE, "client_credentials");
        Call::post(ACCESS_TOKEN).json(&body).send(server).await
    };
    the_body_is_packed: pnut_create_access_token 415 "content_coding_unsupported" => async |server| {
        let call = Call::post(ACCESS_TOKEN).header("Content-Encoding", "gzip");
        call.form(&[("grant_type", "password")]).send(server).await
    };
    asking_too_often: pnut_create_access_token 429 "rate_limited" => async |server| {
        *server = stingy().await;
        create(server, "client_credentials").await.expect(200);
        create(server, "client_credentials").await
    };
    asking_while_storage_fails: pnut_create_access_token 503 "storage_failure" => async |server| {
        server.break_storage().await;
        create(server, "client_credentials").await
    };
}
