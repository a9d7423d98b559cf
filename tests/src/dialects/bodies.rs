//! How bodies may arrive, the same in every dialect: content codings are refused, a byte order mark is skipped.

use serde_json::json;

use super::{auth_api, oauth, pnut, token_generator};
use crate::harness::{Answer, Call, Tessera, animeloop};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// A request that succeeds, its head apart from its body.
struct Sendable {
    head: Call,
    media_type: &'static str,
    body: String,
    status: u16,
}

impl Sendable {
    fn call(&self, before: &[u8]) -> Call {
        let body = [before, self.body.as_bytes()].concat();
        self.head.clone().body(self.media_type, body)
    }
}

/// One for each operation that reads a body and each media type it takes.
async fn sendable(server: &Tessera) -> Vec<Sendable> {
    let held = &server.credentials;
    let encode = |pairs: &[(&str, &str)]| {
        serde_urlencoded::to_string(pairs).expect("pairs of strings encode")
    };
    let long = auth_api::long_token(server).await;
    let ended = auth_api::long_token(server).await;
    let asker = oauth::demo_asker(server);
    let login = [
        ("username", held.animeloop.username.as_str()),
        ("password", held.animeloop.password.expose()),
    ];
    let grant = [
        ("grant_type", "client_credentials"),
        ("client_id", &held.pnut.client_id),
        ("client_secret", held.pnut.client_secret.expose()),
    ];
    let permission = r#"{"abilities":{}}"#;
    let user = token_generator::user_call(server);
    let client_id = &held.auth_api.client_id;
    let one = |head: Call, media_type, body: String, status| Sendable {
        head,
        media_type,
        body,
        status,
    };
    let about = |path| Call::post(path).basic(&asker.id, &asker.secret);
    vec![
        one(Call::post(animeloop::LOGIN), FORM, encode(&login), 200),
        one(
            Call::post(animeloop::LOGIN),
            JSON,
            json!({ "username": login[0].1, "password": login[1].1 }).to_string(),
            200,
        ),
        one(Call::post(pnut::ACCESS_TOKEN), FORM, encode(&grant), 200),
        one(
            user.clone(),
            FORM,
            encode(&[("permission", permission)]),
            200,
        ),
        one(
            user,
            JSON,
            json!({ "permission": permission }).to_string(),
            200,
        ),
        one(
            Call::post(auth_api::LONG).header("X-Client-Id", client_id),
            JSON,
            auth_api::with_secret(server, json!({})).to_string(),
            201,
        ),
        one(
            Call::post(auth_api::SHORT),
            JSON,
            json!({ "long_token": long.token }).to_string(),
            201,
        ),
        one(
            Call::post(&auth_api::revoke_path(&ended.id)).bearer(&long.token),
            JSON,
            json!({ "reason": "tidied up" }).to_string(),
            204,
        ),
        one(
            about(oauth::INTROSPECT),
            FORM,
            encode(&[("token", "x")]),
            200,
        ),
        one(about(oauth::REVOKE), FORM, encode(&[("token", "x")]), 200),
    ]
}

/// What animeloop says of a body that is neither form nor JSON; the others have a status of its own for it.
fn assert_coding_refused(target: &Sendable, answer: &Answer, coding: &str) {
    let shown = format!("{coding}: {:?} {}", answer.headers, answer.text());
    if target.head.target() == animeloop::LOGIN {
        assert_eq!(answer.status, 400, "{shown}");
        assert_eq!(answer.json()["message"], "Bad request", "{shown}");
        return;
    }
    assert_eq!(answer.status, 415, "{shown}");
    assert_eq!(
        answer.header("accept-encoding"),
        Some("identity"),
        "{shown}"
    );
    let media_type = answer.header("content-type").unwrap_or_default();
    assert!(media_type.starts_with(JSON), "{shown}");
}

#[tokio::test]
async fn a_content_coding_is_refused_with_what_is_understood() {
    let server = Tessera::start().await;
    for target in sendable(&server).await {
        for coding in [
            "gzip",
            "GZIP",
            "x-gzip",
            "br",
            "deflate",
            "zstd",
            "aws-chunked",
            "identity, gzip",
            "gzip, identity",
            "identity;q=1",
            "\u{e9}",
        ] {
            let call = target.call(b"").header("Content-Encoding", coding);
            assert_coding_refused(&target, &call.send(&server).await, coding);
            // What is really packed is no form and no JSON either, and the answer is the same.
            let packed = target.call(&[0x1f, 0x8b, 8]);
            let packed = packed.header("Content-Encoding", coding);
            assert_coding_refused(&target, &packed.send(&server).await, coding);
        }
        let twice = target.call(b"");
        let twice = twice.header("Content-Encoding", "identity");
        let twice = twice.header("Content-Encoding", "gzip");
        assert_coding_refused(&target, &twice.send(&server).await, "gzip in a second line");
    }
}

#[tokio::test]
async fn identity_is_no_content_coding() {
    let server = Tessera::start().await;
    for coding in ["identity", "Identity", "", " , identity ,"] {
        for target in sendable(&server).await {
            let call = target.call(b"").header("Content-Encoding", coding);
            call.send(&server).await.expect(target.status);
        }
    }
}

#[tokio::test]
async fn another_media_type_says_nothing_about_codings() {
    let server = Tessera::start().await;
    for target in sendable(&server).await {
        let call = target.head.clone().body("text/plain", target.body.clone());
        let answer = call.send(&server).await;
        assert!([400, 415].contains(&answer.status), "{}", answer.text());
        assert_eq!(answer.header("accept-encoding"), None);
    }
}

#[tokio::test]
async fn a_byte_order_mark_before_a_body_is_skipped() {
    let server = Tessera::start().await;
    for target in sendable(&server).await {
        let answer = target.call("\u{feff}".as_bytes()).send(&server).await;
        let answer = answer.expect(target.status);
        if target.head.target() == animeloop::LOGIN {
            animeloop::assert_code(&answer, 1_220_001);
        }
    }
    // Where the body may be left out, a mark alone is none.
    let long = auth_api::long_token(&server).await;
    let call = auth_api::exchange(&long.token).body(JSON, "\u{feff}");
    call.send(&server).await.expect(201);
}

#[tokio::test]
async fn a_second_byte_order_mark_belongs_to_the_body() {
    let server = Tessera::start().await;
    let long = auth_api::long_token(&server).await;
    for text in ["\u{feff}\u{feff}{}", "{\u{feff}}", "{}\u{feff}"] {
        let answer = auth_api::exchange(&long.token).body(JSON, text);
        let answer = answer.send(&server).await;
        auth_api::assert_refused(&answer, 400, "invalid_request");
    }
    let asker = oauth::demo_asker(&server);
    let call = Call::post(oauth::INTROSPECT).basic(&asker.id, &asker.secret);
    let answer = call
        .body(FORM, "\u{feff}\u{feff}token=x")
        .send(&server)
        .await;
    answer.expect(400);
}
