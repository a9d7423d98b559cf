//! The standard endpoints: who may ask, what is told, what is ended, hostile requests.

use std::{num::NonZeroU32, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tessera_server::{
    authority::NewSecret,
    domain::{Actor, Dialect, MachineSecret, PrincipalKind},
};

use super::auth_api::{exchange, long_token, long_token_with, short_token};
use crate::harness::{Answer, Call, Tessera, replay::jwt_parts};

pub const INTROSPECT: &str = "/oauth/introspect";
pub const REVOKE: &str = "/oauth/revoke";
pub const KEYS: &str = "/.well-known/jwks.json";
pub const METADATA: &str = "/.well-known/oauth-authorization-server";

/// A client of the standard endpoints.
#[derive(Debug, Clone)]
pub struct Asker {
    pub id: String,
    pub secret: String,
}

impl Asker {
    /// The call about a token.
    pub fn call(&self, path: &str, token: &str) -> Call {
        let call = Call::post(path).basic(&self.id, &self.secret);
        call.form(&[("token", token)])
    }

    /// What introspection tells.
    pub async fn introspect(&self, server: &Tessera, token: &str) -> Value {
        let answer = self.call(INTROSPECT, token).send(server).await.expect(200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        answer.json()
    }

    /// Ends a token.
    pub async fn revoke(&self, server: &Tessera, token: &str) {
        let answer = self.call(REVOKE, token).send(server).await.expect(200);
        assert!(answer.body.is_empty());
    }
}

/// The demo's resource server, which may do everything.
pub fn demo_asker(server: &Tessera) -> Asker {
    let held = &server.credentials.oauth;
    Asker {
        id: held.client_id.clone(),
        secret: held.client_secret.expose().to_owned(),
    }
}

/// A client with those rights.
pub async fn asker(server: &Tessera, id: &str, scopes: &[&str]) -> Asker {
    let profile = json!({ "scopes": scopes });
    let profile = profile.as_object().cloned().unwrap_or_default();
    let (authority, operator) = (server.authority(), Actor::operator());
    let (dialect, kind) = (Dialect::Oauth, PrincipalKind::Client);
    let principal = authority
        .registry()
        .create_principal(&operator, dialect, kind, id, profile)
        .await
        .expect("the client is new");
    let secret = NewSecret::Random(MachineSecret::Client);
    let registered = authority
        .registry()
        .add_secret(&operator, &principal, secret)
        .await
        .expect("a secret can be added");
    Asker {
        id: id.to_owned(),
        secret: registered
            .value
            .expect("random secrets are shown")
            .expose()
            .to_owned(),
    }
}

#[track_caller]
fn assert_refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.string_at("/error"), error, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let challenge = answer.header("www-authenticate");
    assert_eq!(challenge.is_some(), status == 401);
}

fn inactive() -> Value {
    json!({ "active": false })
}

#[tokio::test]
async fn dead_tokens_are_told_apart_by_nothing() {
    let server = Tessera::start().await;
    let asker = demo_asker(&server);
    let expired = long_token_with(&server, json!({ "ttl_seconds": 3600 })).await;
    let revoked = long_token(&server).await;
    let short = short_token(&server, &revoked).await;
    asker.revoke(&server, &revoked.token).await;
    server.clock.advance(Duration::from_hours(1));
    let large = "a".repeat(5000);
    for dead in [
        &expired.token,
        &revoked.token,
        &short.token,
        "unknown",
        "a.b.c",
        " ",
        "\0",
        "\u{fc}",
        &large,
    ] {
        assert_eq!(asker.introspect(&server, dead).await, inactive());
    }
}

#[tokio::test]
async fn a_token_of_a_dialect_the_client_may_not_see_looks_dead() {
    let server = Tessera::start().await;
    let long = long_token(&server).await;
    let pnut_only = asker(&server, "pnut-only", &["introspect:pnut"]).await;
    assert_eq!(pnut_only.introspect(&server, &long.token).await, inactive());
    let ours = asker(&server, "ours", &["introspect:auth_api"]).await;
    assert_eq!(ours.introspect(&server, &long.token).await["active"], true);
}

#[tokio::test]
async fn a_client_without_the_right_may_not_ask() {
    let server = Tessera::start().await;
    let long = long_token(&server).await;
    for (index, scopes) in [
        &[][..],
        &["tokens:revoke:any"],
        &["introspect"],
        &["introspect:*"],
    ]
    .into_iter()
    .enumerate()
    {
        let nosy = asker(&server, &format!("nosy-{index}"), scopes).await;
        for token in [long.token.as_str(), "unknown"] {
            let answer = nosy.call(INTROSPECT, token).send(&server).await;
            assert_refused(&answer, 403, "access_denied");
        }
    }
}

#[tokio::test]
async fn ending_the_token_of_somebody_else_takes_a_right() {
    let server = Tessera::start().await;
    let long = long_token(&server).await;
    let weak = asker(&server, "weak", &["introspect:any"]).await;
    let answer = weak.call(REVOKE, &long.token).send(&server).await;
    assert_refused(&answer, 403, "insufficient_scope");
    exchange(&long.token).send(&server).await.expect(201);
    // What is not alive is nobody's: RFC 7009 §2.2.
    weak.revoke(&server, "unknown").await;
    demo_asker(&server).revoke(&server, &long.token).await;
    weak.revoke(&server, &long.token).await;
}

#[tokio::test]
async fn revocation_is_idempotent_and_ignores_the_hint() {
    let server = Tessera::start().await;
    let asker = demo_asker(&server);
    let long = long_token(&server).await;
    for hint in ["refresh_token", "nonsense", ""] {
        let call = Call::post(REVOKE).basic(&asker.id, &asker.secret).form(&[
            ("token", &long.token),
            ("token_type_hint", hint),
            ("other", "x"),
        ]);
        let answer = call.send(&server).await.expect(200);
        assert!(answer.body.is_empty());
        assert_eq!(answer.header("content-type"), None);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let answer = exchange(&long.token).send(&server).await.expect(401);
    assert_eq!(answer.string_at("/code"), "invalid_token");
}

#[tokio::test]
async fn clients_authenticate_with_basic_or_in_the_form_and_nothing_else() {
    let server = Tessera::start().await;
    let asker = demo_asker(&server);
    let form = [("token", "unknown")];
    let encoded = STANDARD.encode(format!("{}:{}", asker.id, asker.secret));
    for path in [INTROSPECT, REVOKE] {
        let call = || Call::post(path).form(&form);
        assert_refused(&call().send(&server).await, 401, "invalid_client");
        let wrong = call().basic(&asker.id, "wrong").send(&server).await;
        assert_refused(&wrong, 401, "invalid_client");
        let unknown = call().basic("nobody", &asker.secret).send(&server).await;
        assert_eq!(
            (unknown.status, unknown.text()),
            (wrong.status, wrong.text())
        );
        let held = &server.credentials.auth_api;
        let foreign = call().basic(&held.client_id, held.client_secret.expose());
        assert_refused(&foreign.send(&server).await, 401, "invalid_client");
        for value in [
            format!("Bearer {encoded}"),
            "Basic ***".to_owned(),
            format!("Basic {}", STANDARD.encode("no colon")),
            format!("Basic {}", STANDARD.encode([0xff, b':', 0xff])),
            "Basic".to_owned(),
        ] {
            let answer = call().header("Authorization", value).send(&server).await;
            assert_refused(&answer, 401, "invalid_client");
        }
        let twice = call()
            .basic(&asker.id, &asker.secret)
            .basic(&asker.id, &asker.secret);
        assert_refused(&twice.send(&server).await, 400, "invalid_request");
        let plain = call().header("Authorization", format!("Basic {encoded}"));
        plain.send(&server).await.expect(200);
    }
}

#[tokio::test]
async fn a_client_may_put_its_secret_into_the_form() {
    let server = Tessera::start().await;
    let asker = demo_asker(&server);
    let held = &server.credentials.auth_api;
    for path in [INTROSPECT, REVOKE] {
        let post = |members: &[(&str, &str)]| {
            let mut form = vec![("token", "unknown")];
            form.extend(members);
            Call::post(path).form(&form)
        };
        let (id, secret) = (asker.id.as_str(), asker.secret.as_str());
        let right = post(&[("client_id", id), ("client_secret", secret)]);
        right.send(&server).await.expect(200);
        for (members, description) in [
            (
                &[("client_id", id)][..],
                "Client authentication is required.",
            ),
            (
                &[("client_secret", secret)],
                "Client authentication is required.",
            ),
            (
                &[("client_id", id), ("client_secret", "")],
                "Client authentication is required.",
            ),
            (
                &[("client_id", ""), ("client_secret", secret)],
                "Client authentication is required.",
            ),
            (
                &[("client_id", id), ("client_secret", "wrong")],
                "The client could not be authenticated.",
            ),
            (
                &[("client_id", "nobody"), ("client_secret", secret)],
                "The client could not be authenticated.",
            ),
            (
                &[
                    ("client_id", &held.client_id),
                    ("client_secret", held.client_secret.expose()),
                ],
                "The client could not be authenticated.",
            ),
            (
                &[("Client_Id", id), ("Client_Secret", secret)],
                "Client authentication is required.",
            ),
        ] {
            let answer = post(members).send(&server).await;
            assert_refused(&answer, 401, "invalid_client");
            assert_eq!(answer.string_at("/error_description"), description);
            let challenge = answer.header("www-authenticate");
            assert_eq!(challenge, Some("Basic realm=\"tessera\""));
        }
        for member in ["client_id", "client_secret"] {
            let twice = [
                ("client_id", id),
                ("client_secret", secret),
                (member, "again"),
            ];
            assert_refused(&post(&twice).send(&server).await, 400, "invalid_request");
        }
        // The query is no place for secrets.
        let query = format!("{path}?client_id={id}&client_secret={secret}");
        let answer = Call::post(&query).form(&[("token", "unknown")]);
        assert_refused(&answer.send(&server).await, 401, "invalid_client");
    }
}

#[tokio::test]
async fn a_client_authenticates_in_one_way_only() {
    let server = Tessera::start().await;
    let asker = demo_asker(&server);
    for path in [INTROSPECT, REVOKE] {
        let both = |id: &str, secret: &str| {
            let form = [
                ("token", "unknown"),
                ("client_id", id),
                ("client_secret", secret),
            ];
            Call::post(path).basic(&asker.id, &asker.secret).form(&form)
        };
        for call in [
            both(&asker.id, &asker.secret),
            both(&asker.id, "wrong"),
            both("", &asker.secret),
            // RFC 6749 §2.3.1: the id alone proves nothing, but it must not be another's.
            both("nobody", ""),
        ] {
            let answer = call.send(&server).await;
            assert_refused(&answer, 400, "invalid_request");
        }
        both(&asker.id, "").send(&server).await.expect(200);
        // A header that is not understood is not made up for by the form.
        let form = [
            ("token", "unknown"),
            ("client_id", asker.id.as_str()),
            ("client_secret", &asker.secret),
        ];
        let answer = Call::post(path).bearer("x").form(&form).send(&server).await;
        assert_refused(&answer, 401, "invalid_client");
    }
}

#[tokio::test]
async fn the_metadata_names_what_there_is_and_nothing_else() {
    let public = "https://tokens.example.org";
    for url in [None, Some(public)] {
        let server = Tessera::start_with(|config| {
            config.policy.rates.enforced = false;
            config.public_url = url.map(|url| url.parse().expect("an origin"));
        })
        .await;
        let base = url.map_or_else(|| server.base_url(), str::to_owned);
        let answer = Call::get(METADATA).send(&server).await.expect(200);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
        let methods = json!(["client_secret_basic", "client_secret_post"]);
        assert_eq!(
            answer.json(),
            json!({
                "issuer": base,
                "introspection_endpoint": format!("{base}/oauth/introspect"),
                "introspection_endpoint_auth_methods_supported": methods,
                "revocation_endpoint": format!("{base}/oauth/revoke"),
                "revocation_endpoint_auth_methods_supported": methods,
                "jwks_uri": format!("{base}/.well-known/jwks.json"),
                "response_types_supported": ["none"],
                "grant_types_supported": ["client_credentials"],
                "service_documentation": format!("{base}/docs/"),
                "tessera_audiences": { "auth_api": "auth_api", "manis": "manis" },
            })
        );
        let docs = Call::get("/docs/").send(&server).await;
        docs.expect(200);
        let head = Call::new("HEAD", METADATA).send(&server).await.expect(200);
        assert!(head.body.is_empty());
    }
    let server = Tessera::start().await;
    let answer = Call::post(METADATA).send(&server).await;
    assert_refused(&answer, 405, "invalid_request");
    assert_eq!(answer.header("allow"), Some("GET, HEAD"));
    // `Host` is the caller's; the addresses are not.
    let call = Call::get(METADATA).header("Host", "elsewhere.example");
    let answer = call.send(&server).await.expect(200);
    assert_eq!(answer.string_at("/issuer"), server.base_url());
}

#[tokio::test]
async fn the_audiences_in_the_metadata_are_those_of_the_tokens() {
    let server = Tessera::start().await;
    let metadata = Call::get(METADATA).send(&server).await.expect(200);
    let long = long_token(&server).await;
    let short = short_token(&server, &long).await.token;
    let manis = crate::dialects::manis::ask(&server).send(&server).await;
    let manis = manis.expect(200).string_at("/token");
    for (dialect, token) in [("auth_api", short), ("manis", manis)] {
        let (_, claims) = jwt_parts(&token).expect("a JWT");
        let told = &metadata.json()["tessera_audiences"][dialect];
        assert_eq!(&claims["aud"], told, "{dialect}");
        assert_eq!(claims["iss"], metadata.json()["issuer"], "{dialect}");
    }
}

#[tokio::test]
async fn a_disabled_client_may_not_ask() {
    let server = Tessera::start().await;
    let asker = asker(&server, "leaver", &["introspect:any"]).await;
    let authority = server.authority();
    let principal = authority
        .registry()
        .find_principal(Dialect::Oauth, PrincipalKind::Client, "leaver")
        .await
        .expect("storage answers")
        .expect("the client exists");
    authority
        .registry()
        .set_enabled(&Actor::operator(), &principal, false)
        .await
        .expect("a client can be disabled");
    let answer = asker.call(INTROSPECT, "unknown").send(&server).await;
    assert_refused(&answer, 401, "invalid_client");
}

#[tokio::test]
async fn bodies_other_than_a_form_with_one_token_are_refused() {
    let server = Tessera::start().await;
    let asker = demo_asker(&server);
    for path in [INTROSPECT, REVOKE] {
        let call = || Call::post(path).basic(&asker.id, &asker.secret);
        let form = |text: &str| call().body("application/x-www-form-urlencoded", text);
        for text in ["", "token", "token=", "x=y", "token=a&token=b", "token=%FF"] {
            assert_refused(&form(text).send(&server).await, 400, "invalid_request");
        }
        let hints = form("token=a&token_type_hint=b&token_type_hint=c");
        assert_refused(&hints.send(&server).await, 400, "invalid_request");
        let json = call().json(&json!({ "token": "a" }));
        assert_refused(&json.send(&server).await, 415, "invalid_request");
        let untyped = call().untyped_body("token=a");
        assert_refused(&untyped.send(&server).await, 415, "invalid_request");
        let large = form(&format!("token={}", "a".repeat(70_000)));
        assert_refused(&large.send(&server).await, 413, "invalid_request");
        let header = form("token=a").header("X-Large", "x".repeat(9000));
        assert_refused(&header.send(&server).await, 400, "invalid_request");
    }
}

#[tokio::test]
async fn unmatched_paths_and_methods_are_oauth_errors() {
    let server = Tessera::start().await;
    for path in [
        "/oauth",
        "/oauth/token",
        "/oauth/introspect/x",
        "/.well-known/openid-configuration",
    ] {
        assert_refused(
            &Call::post(path).send(&server).await,
            404,
            "invalid_request",
        );
    }
    for path in [INTROSPECT, REVOKE] {
        let answer = Call::get(path).send(&server).await;
        assert_refused(&answer, 405, "invalid_request");
        assert_eq!(answer.header("allow"), Some("POST"));
    }
    let answer = Call::post(KEYS).send(&server).await;
    assert_refused(&answer, 405, "invalid_request");
    assert_eq!(answer.header("allow"), Some("GET, HEAD"));
}

#[tokio::test]
async fn the_keys_are_public_cacheable_and_without_private_members() {
    let server = Tessera::start().await;
    let answer = Call::get(KEYS).send(&server).await.expect(200);
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    let body = answer.json();
    let keys = body["keys"].as_array().expect("an array");
    assert!(!keys.is_empty());
    for key in keys {
        let members: Vec<&str> = key
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect();
        let known = ["kty", "use", "alg", "kid", "crv", "x", "y", "n", "e"];
        assert!(
            members.iter().all(|name| known.contains(name)),
            "{members:?}"
        );
        assert_ne!(key["kty"], "oct");
    }
    let head = Call::new("HEAD", KEYS).send(&server).await.expect(200);
    assert!(head.body.is_empty());
    assert_eq!(
        head.header("content-length"),
        answer.header("content-length")
    );
}

#[tokio::test]
async fn a_failing_store_never_answers_dead_or_done() {
    let server = Tessera::start().await;
    let asker = demo_asker(&server);
    let long = long_token(&server).await;
    server.break_storage().await;
    for path in [INTROSPECT, REVOKE] {
        let answer = asker.call(path, &long.token).send(&server).await;
        assert_refused(&answer, 503, "temporarily_unavailable");
        assert!(answer.header("retry-after").is_some());
        assert!(!answer.text().contains("table"), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_client_is_counted_wherever_it_calls_from() {
    let server = Tessera::start_with(|config| {
        if let Some(limit) = NonZeroU32::new(2) {
            config.policy.rates.general.limit = limit;
        }
    })
    .await;
    let asker = demo_asker(&server);
    for _ in 0..2 {
        asker.introspect(&server, "unknown").await;
    }
    let answer = asker.call(INTROSPECT, "unknown").send(&server).await;
    assert_refused(&answer, 429, "rate_limited");
    assert_eq!(answer.header("retry-after"), Some("60"));
}
