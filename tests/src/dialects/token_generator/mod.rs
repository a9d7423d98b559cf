//! Behaviour of the token generator, and what its tests share.

mod abilities;
mod clients;
mod clock;
mod cors;
mod derivation;
mod fallbacks;
mod foreign;
mod hostile;
mod lifecycle;
mod narrowing;
mod neighbours;
mod numbers;
pub mod replays;
mod sdk;
mod trial;
mod typed_calls;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::harness::{Answer, Call, Reach, demo_asker};

use tessera_server::domain::Dialect;

pub use trial::TRIAL;

/// As the server knows it.
pub const DIALECT: Dialect = Dialect::new("token_generator");

pub const TOKEN: &str = "/api/v1/token";

/// The demo user of this dialect.
pub const USER_ID: &str = "f551a1cb-930e-4501-87a9-f51a0718da3e";

/// The JOSE header of every token made here.
pub const HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;

/// A request of the holder of that token.
pub fn call(token: &str) -> Call {
    Call::post(TOKEN).header("Authorization", format!("Token token=\"{token}\""))
}

/// A request of the demo user.
pub fn user_call(server: &Reach) -> Call {
    call(server.held("/token_generator/user_token"))
}

/// The token made with that permission, sent as a JSON object.
pub async fn derive(server: &Reach, token: &str, permission: Value) -> Answer {
    let body = json!({ "permission": permission });
    call(token).json(&body).send(server).await
}

/// The token in an accepted answer.
pub fn token_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.string_at("/token")
}

/// The caller's renewed token in an accepted answer.
pub fn renewed_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    let token = answer.header("X-token").expect("X-token is sent");
    token.to_owned()
}

/// The text of a token's part: 0 is the header, 1 the payload.
pub fn part(token: &str, index: usize) -> String {
    let part = token.split('.').nth(index).expect("a JWT has three parts");
    let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64url");
    String::from_utf8(bytes).expect("UTF-8")
}

/// A token's claims.
pub fn claims(token: &str) -> Value {
    serde_json::from_str(&part(token, 1)).expect("a payload is JSON")
}

/// A JWT with exactly these texts, signed HS256.
pub fn sign(secret: &str, header: &str, payload: &str) -> String {
    let input = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(payload)
    );
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.as_bytes());
    let mac = aws_lc_rs::hmac::sign(&key, input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(mac))
}

/// A token that the demo's secret holder signs: `iss` and what `further` says, without `typ`.
#[expect(clippy::needless_pass_by_value, reason = "tests pass literals")]
pub fn secret_token(server: &Reach, further: Value) -> String {
    let mut payload = json!({ "iss": server.held("/token_generator/secret_id") });
    let members = payload.as_object_mut().expect("an object");
    members.extend(further.as_object().expect("an object").clone());
    sign(
        server.held("/token_generator/secret"),
        r#"{"alg":"HS256"}"#,
        &payload.to_string(),
    )
}

/// The server's date in whole seconds.
pub fn now_secs(server: &Reach) -> i64 {
    server.clock.now_ms().div_euclid(1000)
}

/// Ends a token at the standard endpoint (RFC 7009).
pub async fn revoke(server: &Reach, token: &str) {
    demo_asker(server).revoke(server, token).await;
}

/// Asserts the one answer to whatever has to do with rights.
#[track_caller]
pub fn assert_denied(answer: &Answer) {
    assert_eq!(
        answer.status_line, "HTTP/1.1 401 Unauthorized",
        "{answer:?}"
    );
    assert!(answer.body.is_empty(), "{answer:?}");
    assert_eq!(answer.header("Content-Length"), Some("0"));
    assert_eq!(answer.header("Content-Type"), Some("text/html"));
    assert_eq!(answer.header("X-message"), Some("Access denied"));
    assert_eq!(answer.header("X-token"), None);
    assert_eq!(answer.header("WWW-Authenticate"), None);
    assert_header_set(answer);
}

/// Asserts a refusal that has nothing to do with rights.
#[track_caller]
pub fn assert_refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.text(), json!({ "error": error }).to_string());
    let media_type = answer.header("Content-Type");
    assert_eq!(media_type, Some("application/json; charset=utf-8"));
    assert_eq!(answer.header("X-token"), None);
    assert_eq!(answer.header("X-message"), None);
    assert_header_set(answer);
}

/// Asserts the headers that are on every answer, each once.
#[track_caller]
pub fn assert_header_set(answer: &Answer) {
    for (name, value) in [
        ("Cache-Control", "no-cache, no-store"),
        ("Pragma", "no-cache"),
        ("Expires", "Fri, 01 Jan 1990 00:00:00 GMT"),
        ("Vary", "Accept-Encoding"),
        (
            "P3P",
            r#"CP="NOI ADM DEV PSAi COM NAV OUR OTRo STP IND DEM""#,
        ),
        ("X-Frame-Options", "DENY"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-XSS-Protection", "1; mode=block"),
        ("X-Download-Options", "noopen"),
        ("X-Permitted-Cross-Domain-Policies", "none"),
        (
            "Referrer-Policy",
            "origin-when-cross-origin, strict-origin-when-cross-origin",
        ),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    let id = answer.header("X-Request-Id").expect("X-Request-Id");
    let hyphens: Vec<usize> = id.match_indices('-').map(|(at, _)| at).collect();
    let plain = id
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    assert!(
        id.len() == 36 && plain && hyphens == [8, 13, 18, 23],
        "{id}"
    );
    let runtime = answer.header("X-Runtime").expect("X-Runtime");
    let (secs, fraction) = runtime.split_once('.').expect("a decimal point");
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    assert!(
        !secs.is_empty() && digits(secs) && fraction.len() == 6 && digits(fraction),
        "{runtime}"
    );
}
