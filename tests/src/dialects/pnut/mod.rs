//! pnut: opaque tokens of apps and users, how they travel, what they show, their refusals.

mod browser;
mod challenges;
mod clients;
mod cors;
mod ends;
mod grants;
mod narrowing;
mod passwords;
mod rates;
pub mod replays;
mod sdk;
mod shared_address;
mod trial;
mod typed_calls;

use serde_json::{Value, json};
use tessera_server::domain::{Actor, Dialect, PrincipalKind};

use crate::harness::{Answer, Call, Reach, Tessera};

pub use trial::TRIAL;

/// As the server knows it.
pub const DIALECT: Dialect = Dialect::new("pnut");

pub const TOKEN: &str = "/v1/token";
pub const ACCESS_TOKEN: &str = "/v1/oauth/access_token";

const INVALID: &str = "Call requires authentication: the access token is not valid.";

/// The password grant of the demo's user.
pub fn password_grant(server: &Reach, scope: &str) -> Call {
    password_grant_as(
        server,
        server.held("/pnut/username"),
        server.held("/pnut/password"),
        scope,
    )
}

/// The password grant of any user of the demo's app.
pub fn password_grant_as(server: &Reach, username: &str, password: &str, scope: &str) -> Call {
    Call::post(ACCESS_TOKEN).form(&[
        ("grant_type", "password"),
        ("client_id", server.held("/pnut/client_id")),
        (
            "password_grant_secret",
            server.held("/pnut/password_grant_secret"),
        ),
        ("username", username),
        ("password", password),
        ("scope", scope),
    ])
}

fn client_credentials(client_id: &str, client_secret: &str) -> Call {
    Call::post(ACCESS_TOKEN).form(&[
        ("grant_type", "client_credentials"),
        ("client_id", client_id),
        ("client_secret", client_secret),
    ])
}

/// A token of the demo's user with these scopes.
pub async fn user_token(server: &Reach, scope: &str) -> String {
    let answer = password_grant(server, scope).send(server).await;
    answer.expect(200).string_at("/access_token")
}

/// A token of the demo's app, which belongs to no user.
pub async fn app_token(server: &Reach) -> String {
    let call = client_credentials(
        server.held("/pnut/client_id"),
        server.held("/pnut/client_secret"),
    );
    call.send(server)
        .await
        .expect(200)
        .string_at("/access_token")
}

async fn read(server: &Reach, token: &str) -> Answer {
    Call::get(TOKEN).bearer(token).send(server).await
}

/// Asserts a refusal in the `meta` envelope.
#[track_caller]
fn assert_refused(answer: &Answer, status: u16, message: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let expected = json!({ "meta": { "code": status, "error_message": message } });
    assert_eq!(answer.text(), expected.to_string());
}

/// Asserts an OAuth refusal.
#[track_caller]
fn assert_oauth_refused(answer: &Answer, status: u16, error: &str, message: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let expected = json!({ "error": error, "error_message": message });
    assert_eq!(answer.text(), expected.to_string());
}

#[tokio::test]
async fn a_token_travels_in_the_header_or_the_query_or_the_same_one_in_both() {
    let server = Tessera::start().await;
    let token = user_token(&server, "").await;
    let query = format!("{TOKEN}?access_token={token}");
    let calls = [
        Call::get(TOKEN).bearer(&token),
        Call::get(TOKEN).header("Authorization", format!("bEARER {token}")),
        Call::get(&query),
        Call::get(&query).bearer(&token),
        Call::get(&format!("{query}&other=%FF&other")),
        Call::get(&format!(
            "{TOKEN}?%61ccess_token={token}&include_user_html=1"
        )),
    ];
    for call in calls {
        call.send(&server).await.expect(200);
    }
}

#[tokio::test]
async fn tokens_that_do_not_count_are_refused_alike() {
    let server = Tessera::start().await;
    let token = user_token(&server, "").await;
    let authorizations = [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        token.clone(),
        format!("Token {token}"),
        "Basic ZGVtbzpkZW1v".to_owned(),
        format!("Bearer {token} {token}"),
        format!("Bearer {token},{token}"),
        format!("Bearer {}", &token[1..]),
        format!("Bearer {}", &token[..42]),
        format!("Bearer {token}A"),
        format!("Bearer {}", token.to_lowercase()),
        format!("Bearer {}", "a".repeat(5000)),
        "Bearer tökén".to_owned(),
        "Bearer ' OR 1=1 --".to_owned(),
    ];
    for authorization in authorizations {
        let call = Call::get(TOKEN).header("Authorization", &authorization);
        assert_refused(&call.send(&server).await, 401, INVALID);
    }
    for query in ["access_token=", "access_token", "access_token=%FF"] {
        let call = Call::get(&format!("{TOKEN}?{query}"));
        assert_refused(&call.send(&server).await, 401, INVALID);
    }
}

#[tokio::test]
async fn a_token_of_another_dialect_is_unknown() {
    let server = Tessera::start().await;
    let answer = super::manis::ask(&server).send(&server).await;
    let token = answer.expect(200).string_at("/token");
    assert_refused(&read(&server, &token).await, 401, INVALID);
}

#[tokio::test]
async fn the_address_is_shown_with_the_email_scope_alone() {
    let server = Tessera::start().await;
    for (scope, email) in [
        ("email", json!("demo@example.com")),
        ("write_post", Value::Null),
    ] {
        let answer = password_grant(&server, scope).send(&server).await.json();
        assert_eq!(answer["token"]["email"], email);
        let token = answer["access_token"].as_str().expect("a token");
        let answer = read(&server, token).await.expect(200);
        assert_eq!(answer.json()["data"]["email"], email);
        assert!(answer.text().contains("markdown_text"));
        assert!(!answer.text().contains(token), "the secret is never echoed");
    }
}

#[tokio::test]
async fn x_pretty_json_indents_every_answer_whatever_its_value() {
    let server = Tessera::start().await;
    let token = user_token(&server, "email").await;
    let calls = [
        Call::get(TOKEN).bearer(&token),
        Call::get(TOKEN),
        Call::get(TOKEN).bearer(&token).bearer(&token),
        Call::get(TOKEN).header("X-Large", "x".repeat(9000)),
        Call::get("/v1/nothing"),
        Call::post(TOKEN),
        password_grant(&server, "email"),
        password_grant(&server, "everything"),
        Call::post(ACCESS_TOKEN).untyped_body("x"),
    ];
    for value in ["1", "0", "", "false", "{}", "ä"] {
        for call in &calls {
            let compact = call.send(&server).await;
            let indented = call.clone().header("X-Pretty-Json", value);
            let indented = indented.send(&server).await;
            assert_eq!(compact.status, indented.status);
            assert!(!compact.text().contains('\n'));
            assert!(
                indented.text().starts_with("{\n    \""),
                "{}",
                indented.text()
            );
            let length = indented.header("content-length").map(str::parse);
            assert_eq!(length, Some(Ok(indented.body.len())));
            let (mut a, mut b) = (compact.json(), indented.json());
            for body in [&mut a, &mut b] {
                // Every token is another one.
                body.as_object_mut()
                    .and_then(|body| body.remove("access_token"));
            }
            assert_eq!(a, b);
        }
    }
}

#[tokio::test]
async fn paths_and_methods_without_an_operation_are_refused_in_the_envelope() {
    let server = Tessera::start().await;
    for path in [
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v1/token/",
        "/v1/oauth",
        "/v1/authx",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let answer = Call::new(method, path).send(&server).await;
            assert_refused(&answer, 404, "No such endpoint.");
        }
    }
    for (method, path, allow) in [
        ("POST", TOKEN, "GET, HEAD, DELETE"),
        ("PUT", TOKEN, "GET, HEAD, DELETE"),
        ("OPTIONS", TOKEN, "GET, HEAD, DELETE"),
        ("BREW", TOKEN, "GET, HEAD, DELETE"),
        ("GET", ACCESS_TOKEN, "POST"),
        ("DELETE", ACCESS_TOKEN, "POST"),
    ] {
        let answer = Call::new(method, path).send(&server).await;
        assert_refused(&answer, 405, "This endpoint does not answer this method.");
        assert_eq!(answer.header("allow"), Some(allow));
    }
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let server = Tessera::start().await;
    let token = user_token(&server, "").await;
    let get = read(&server, &token).await.expect(200);
    let head = Call::new("HEAD", TOKEN).bearer(&token).send(&server).await;
    assert!(head.body.is_empty());
    assert_eq!(head.status_line, get.status_line);
    for name in ["content-length", "content-type", "x-oauth-scopes"] {
        assert_eq!(head.header(name), get.header(name));
    }
}

#[tokio::test]
async fn a_body_is_ignored_where_none_is_asked_for() {
    let server = Tessera::start().await;
    let token = user_token(&server, "").await;
    for call in [Call::get(TOKEN), Call::delete(TOKEN)] {
        let call = call.bearer(&token).body("image/png", vec![0xff; 100]);
        call.send(&server).await.expect(200);
    }
}

#[tokio::test]
async fn storage_is_what_the_profile_leaves() {
    let server = Tessera::start().await;
    let token = user_token(&server, "").await;
    for (profile, storage) in [
        (
            json!({}),
            json!({ "available": 10_737_418_240_i64, "total": 10_737_418_240_i64 }),
        ),
        (
            json!({ "storage_total": 100, "storage_used": 30 }),
            json!({ "available": 70, "total": 100 }),
        ),
        (
            json!({ "storage_total": 100, "storage_used": 300 }),
            json!({ "available": 0, "total": 100 }),
        ),
    ] {
        let profile = profile.as_object().expect("an object").clone();
        let (operator, kind) = (Actor::operator(), PrincipalKind::User);
        let name = server.held("/pnut/username");
        server
            .authority()
            .registry()
            .ensure_principal(&operator, DIALECT, kind, name, profile)
            .await
            .expect("the profile is replaced");
        let shown = read(&server, &token).await.expect(200).json();
        assert_eq!(shown["data"]["storage"], storage);
        assert_eq!(shown["data"]["user"]["type"], "human");
    }
}
