//! Manis: two headers for a signed token.

mod clients;
mod guesses;
pub mod replays;
mod sdk;
mod trial;
mod typed_calls;

use std::{num::NonZeroU32, time::Duration};

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tessera_server::{
    authority::NewSecret,
    dialects::manis::EpochUnit,
    domain::{Actor, Dialect, MachineSecret, PrincipalKind},
};

use crate::harness::{
    Answer, Call, Reach, Tessera, demo_asker,
    replay::jwt_parts,
    server::{START_MS, TestClock},
};

pub use trial::TRIAL;

/// As the server knows it.
pub const DIALECT: Dialect = Dialect::new("manis");

pub const TOKEN: &str = "/api/v1/auth/token";

/// The demo merchant's request for a token.
pub fn ask(server: &Reach) -> Call {
    call(
        server.held("/manis/merchant_id"),
        server.held("/manis/secret"),
    )
}

fn call(merchant_id: &str, secret: &str) -> Call {
    Call::post(TOKEN)
        .header("x-merchant-id", merchant_id)
        .header("x-secret", secret)
}

async fn introspected(server: &Reach, token: &str) -> Value {
    demo_asker(server).introspect(server, token).await
}

async fn revoke(server: &Reach, token: &str) {
    demo_asker(server).revoke(server, token).await;
}

/// Asserts a refusal: the union of both documented shapes, nothing else.
#[track_caller]
fn assert_refused(answer: &Answer, status: u16, title: &str, code: &str, detail: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    // No scheme of its own has a name to ask for.
    assert_eq!(answer.header("www-authenticate"), None);
    let expected = json!({
        "timestamp": "2026-01-02T03:04:05.678Z",
        "title": title,
        "type": "about:blank",
        "status": status,
        "soaCode": code,
        "detail": detail,
        "message": detail,
    });
    assert_eq!(answer.text(), expected.to_string());
}

#[tokio::test]
async fn the_token_is_a_jwt_that_the_published_key_verifies() {
    let server = Tessera::start().await;
    let token = ask(&server)
        .send(&server)
        .await
        .expect(200)
        .string_at("/token");
    let (header, claims) = jwt_parts(&token).expect("a JWT");
    let jti = claims["jti"].as_str().expect("a jti").to_owned();
    assert_eq!(
        claims.to_string(),
        json!({
            "iss": server.base_url(),
            "sub": server.held("/manis/merchant_id"),
            "aud": "manis",
            "iat": START_MS / 1000,
            "exp": START_MS / 1000 + 3600,
            "jti": jti,
        })
        .to_string()
    );
    assert_eq!(
        (&header["alg"], &header["typ"]),
        (&json!("EdDSA"), &json!("JWT"))
    );

    let keys = Call::get("/.well-known/jwks.json").send(&server).await;
    let keys = keys.expect(200).json();
    let keys = keys["keys"].as_array().expect("keys").clone();
    let key = keys
        .iter()
        .find(|key| key["kid"] == header["kid"])
        .expect("the key is published");
    let public = URL_SAFE_NO_PAD.decode(key["x"].as_str().expect("x"));
    let (signed, signature) = token.rsplit_once('.').expect("a signature");
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    UnparsedPublicKey::new(&ED25519, public.expect("base64url"))
        .verify(signed.as_bytes(), &signature)
        .expect("the signature is the key's");
}

#[tokio::test]
async fn every_call_issues_a_new_token_and_the_earlier_ones_live_on() {
    let server = Tessera::start().await;
    let first = ask(&server).send(&server).await.string_at("/token");
    let second = ask(&server).send(&server).await.string_at("/token");
    assert_ne!(first, second);
    for token in [&first, &second] {
        assert_eq!(introspected(&server, token).await["active"], true);
    }
    revoke(&server, &first).await;
    revoke(&server, &first).await;
    assert_eq!(
        introspected(&server, &first).await,
        json!({ "active": false })
    );
    assert_eq!(introspected(&server, &second).await["active"], true);
}

#[tokio::test]
async fn a_token_ends_when_it_says() {
    let server = Tessera::start().await;
    let answer = ask(&server).send(&server).await.expect(200);
    let (token, body) = (answer.string_at("/token"), answer.json());
    let expires_at = body["expiresAt"].as_i64().expect("a number");
    let clock: &TestClock = &server.clock;
    let left = u64::try_from(expires_at - clock.now_ms()).expect("it lies ahead");
    clock.advance(Duration::from_millis(left - 1));
    assert_eq!(introspected(&server, &token).await["active"], true);
    clock.advance(Duration::from_millis(1));
    assert_eq!(
        introspected(&server, &token).await,
        json!({ "active": false })
    );
}

#[tokio::test]
async fn unit_and_length_of_life_are_settings() {
    let server = Tessera::start_with(|config| {
        config.policy.dialects.manis.expires_at = EpochUnit::S;
        config.policy.dialects.manis.token_secs = 60;
    })
    .await;
    let body = ask(&server).send(&server).await.expect(200).json();
    assert_eq!(body["expiresAt"], START_MS / 1000 + 60);
}

#[tokio::test]
async fn an_unknown_merchant_cannot_be_told_from_a_wrong_secret() {
    let server = Tessera::start().await;
    let secret = server.held("/manis/secret");
    let half = &secret[..secret.len() / 2];
    let longer = format!("{secret}a");
    let lower = server.held("/manis/merchant_id").to_uppercase();
    let long = "m".repeat(5000);
    let attempts = [
        call("nobody", secret),
        call(server.held("/manis/merchant_id"), "wrong"),
        call(server.held("/manis/merchant_id"), half),
        call(server.held("/manis/merchant_id"), &longer),
        call(&lower, secret),
        call(&long, secret),
        call(server.held("/manis/merchant_id"), &long),
        call("' OR 1=1 --", "' OR 1=1 --"),
    ];
    for attempt in attempts {
        let answer = attempt.send(&server).await;
        assert_refused(
            &answer,
            401,
            "Unauthorized",
            "CREDENTIALS_REJECTED",
            "The merchant id or the secret is wrong.",
        );
    }
}

#[tokio::test]
async fn a_secret_of_another_merchant_or_of_a_disabled_one_is_wrong() {
    let server = Tessera::start().await;
    let authority = server.authority();
    let operator = Actor::operator();
    let other = authority
        .registry()
        .ensure_principal(
            &operator,
            DIALECT,
            PrincipalKind::Merchant,
            "other",
            serde_json::Map::new(),
        )
        .await
        .expect("a merchant is made");
    let secret = authority
        .registry()
        .add_secret(
            &operator,
            &other,
            NewSecret::Random(MachineSecret::Merchant),
        )
        .await
        .expect("a secret is made");
    let secret = secret.value.expect("it is shown once");
    let mine = server.held("/manis/merchant_id");
    call(mine, secret.expose()).send(&server).await.expect(401);

    let answer = call("other", secret.expose()).send(&server).await;
    let token = answer.expect(200).string_at("/token");
    authority
        .registry()
        .set_enabled(&operator, &other, false)
        .await
        .expect("it is disabled");
    let answer = call("other", secret.expose()).send(&server).await;
    assert_refused(
        &answer,
        401,
        "Unauthorized",
        "CREDENTIALS_REJECTED",
        "The merchant id or the secret is wrong.",
    );
    assert_eq!(
        introspected(&server, &token).await,
        json!({ "active": false })
    );
}

#[tokio::test]
async fn credentials_that_are_not_sent_as_asked_are_named() {
    let server = Tessera::start().await;
    let missing = |header| {
        (
            "CREDENTIAL_MISSING",
            format!("The header {header} is required."),
        )
    };
    let repeated = |header| {
        (
            "CREDENTIAL_REPEATED",
            format!("The header {header} must be sent once."),
        )
    };
    let malformed = |header| {
        (
            "CREDENTIAL_MALFORMED",
            format!("The header {header} is malformed."),
        )
    };
    let cases = [
        (Call::post(TOKEN), missing("x-merchant-id")),
        (call("", ""), missing("x-merchant-id")),
        (call("", "any"), missing("x-merchant-id")),
        (call("any", ""), missing("x-secret")),
        (call("any", "   "), missing("x-secret")),
        (
            ask(&server).header("X-Merchant-Id", server.held("/manis/merchant_id")),
            repeated("x-merchant-id"),
        ),
        (ask(&server).header("x-secret", ""), repeated("x-secret")),
        (call("merchänt", "any"), malformed("x-merchant-id")),
    ];
    for (call, (code, detail)) in cases {
        let answer = call.send(&server).await;
        assert_refused(&answer, 400, "Bad Request", code, &detail);
    }
}

#[tokio::test]
async fn a_body_is_ignored_whatever_it_is() {
    let server = Tessera::start().await;
    let bodies = [
        ask(&server).body("application/json", "{"),
        ask(&server).body("image/png", vec![0xff; 100]),
        ask(&server).untyped_body("x=1"),
        ask(&server).json(&json!({ "merchantId": "another" })),
    ];
    for call in bodies {
        call.send(&server).await.expect(200);
    }
}

#[tokio::test]
async fn other_methods_and_paths_are_refused_in_the_same_shape() {
    let server = Tessera::start().await;
    for method in ["GET", "PUT", "DELETE", "OPTIONS", "BREW"] {
        let answer = Call::new(method, TOKEN).send(&server).await;
        assert_refused(
            &answer,
            405,
            "Method Not Allowed",
            "METHOD_NOT_ALLOWED",
            "The path does not answer this method.",
        );
        assert_eq!(answer.header("allow"), Some("POST"));
    }
    let head = Call::new("HEAD", TOKEN).send(&server).await.expect(405);
    assert_eq!((head.body.len(), head.header("allow")), (0, Some("POST")));
    for path in [
        "/api/v1/auth",
        "/api/v1/auth/",
        "/api/v1/auth/token/",
        "/api/v1/auth/tokens",
    ] {
        let answer = Call::post(path).send(&server).await;
        assert_refused(
            &answer,
            404,
            "Not Found",
            "NOT_FOUND",
            "There is no such path.",
        );
    }
}

#[tokio::test]
async fn a_merchant_is_counted_wherever_it_calls_from() {
    let server = Tessera::start_with(|config| {
        config.policy.rates.general.limit = NonZeroU32::new(3).expect("not zero");
    })
    .await;
    for _ in 0..3 {
        ask(&server).send(&server).await.expect(200);
    }
    let answer = ask(&server).send(&server).await;
    assert_refused(
        &answer,
        429,
        "Too Many Requests",
        "RATE_LIMITED",
        "Too many requests.",
    );
    let wait = answer.header("retry-after").expect("Retry-After");
    let wait = wait.parse().expect("whole seconds");
    server.clock.advance(Duration::from_secs(wait));
    ask(&server).send(&server).await.expect(200);
}
