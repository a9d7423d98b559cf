//! Every way to prove a name to an operation of the document, with a secret that does not fit.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use poem::Request;
use poem::http::Method;
use serde_json::{Value, json};

use crate::domain::{Dialect, KeyAlgorithm, PrincipalKind, SecretPurpose};

/// The clients' `kid` of their assertion keys.
pub(super) const KID: &str = "k1";

/// Callers whose own proof is right: their names and secrets.
pub(super) struct Callers {
    /// A pnut client, for password grants.
    pub(super) app: (String, String),
    /// A client that may introspect and revoke.
    pub(super) resource_server: (String, String),
}

/// One way to prove a name to an operation.
pub(super) struct Way {
    /// In words, for whoever reads a failure.
    pub(super) told: String,
    pub(super) dialect: Dialect,
    pub(super) kind: PrincipalKind,
    pub(super) purpose: SecretPurpose,
    /// The algorithm of a known client's assertion key.
    pub(super) algorithm: KeyAlgorithm,
    /// A request that claims the name and proves it with the wrong secret.
    pub(super) claim: Claim,
}

type Claim = Box<dyn Fn(&str, &Callers) -> Request>;

/// The ways to prove a name to an operation: none if it takes no name.
pub(super) fn ways(operation: &str) -> Vec<Way> {
    match operation {
        "animeloop_create_session" => logins(),
        "auth_api_issue_long_token" => long_tokens(),
        "manis_create_token" => vec![merchant()],
        "oauth_introspect_token" => clients("/oauth/introspect"),
        "oauth_revoke_token" => clients("/oauth/revoke"),
        "pnut_create_access_token" => grants(),
        "token_generator_create_token" => vec![of_scheme_token()],
        "auth_api_issue_short_token" => vec![bearer("POST", "/v1/auth/tokens/short")],
        "auth_api_revoke_token" => vec![bearer("POST", "/v1/auth/tokens/tok_lt_any/revoke")],
        "pnut_get_token" => vec![bearer("GET", "/v1/token")],
        "pnut_delete_token" => vec![bearer("DELETE", "/v1/token")],
        // A session is found by a random identifier, which names nobody.
        "animeloop_delete_session"
        | "animeloop_get_token"
        | "animeloop_read_token"
        | "animeloop_create_token"
        | "animeloop_revoke_token"
        | "oauth_list_keys"
        | "oauth_get_metadata" => Vec::new(),
        unlisted => panic!("{unlisted}: list the ways to prove a name to it, or none"),
    }
}

fn way(
    told: impl Into<String>,
    (dialect, kind, purpose): (Dialect, PrincipalKind, SecretPurpose),
    claim: impl Fn(&str, &Callers) -> Request + 'static,
) -> Way {
    Way {
        told: told.into(),
        dialect,
        kind,
        purpose,
        algorithm: KeyAlgorithm::EdDsa,
        claim: Box::new(claim),
    }
}

fn logins() -> Vec<Way> {
    let path = "/api/v2/auth/login";
    let proved = (
        Dialect::new("animeloop"),
        PrincipalKind::User,
        SecretPurpose::Password,
    );
    vec![
        way("JSON", proved, |name, _| {
            post_json(
                path,
                &json!({ "username": name, "password": "wrong_password" }),
            )
        }),
        way("form", proved, move |name, _| {
            form(path, &[("username", name), ("password", "wrong_password")])
        }),
    ]
}

fn merchant() -> Way {
    let proved = (
        Dialect::new("manis"),
        PrincipalKind::Merchant,
        SecretPurpose::MerchantSecret,
    );
    way("headers", proved, |name, _| {
        post("/api/v1/auth/token")
            .header("x-merchant-id", name)
            .header("x-secret", "wrong")
            .finish()
    })
}

fn clients(path: &'static str) -> Vec<Way> {
    let proved = (
        Dialect::new("oauth"),
        PrincipalKind::Client,
        SecretPurpose::ClientSecret,
    );
    vec![
        way("Basic", proved, move |name, _| {
            let pair = STANDARD.encode(format!("{name}:wrong"));
            let request = post(path).header("authorization", format!("Basic {pair}"));
            request
                .content_type("application/x-www-form-urlencoded")
                .body("token=any")
        }),
        way("form", proved, move |name, _| {
            let fields = [
                ("token", "any"),
                ("client_id", name),
                ("client_secret", "wrong"),
            ];
            form(path, &fields)
        }),
        secret_token("about a token", move |token, callers| {
            let (id, secret) = &callers.resource_server;
            let fields = [
                ("token", token.as_str()),
                ("client_id", id),
                ("client_secret", secret),
            ];
            form(path, &fields)
        }),
    ]
}

fn grants() -> Vec<Way> {
    let path = "/v1/oauth/access_token";
    let client = |purpose| (Dialect::new("pnut"), PrincipalKind::Client, purpose);
    let user = (
        Dialect::new("pnut"),
        PrincipalKind::User,
        SecretPurpose::Password,
    );
    let by_password = move |name: String, callers: &Callers| {
        let (id, secret) = &callers.app;
        let fields = [
            ("grant_type", "password"),
            ("client_id", id),
            ("password_grant_secret", secret),
            ("username", &name),
            ("password", "wrong"),
        ];
        form(path, &fields)
    };
    vec![
        way(
            "client credentials",
            client(SecretPurpose::ClientSecret),
            move |name, _| {
                let fields = [
                    ("grant_type", "client_credentials"),
                    ("client_id", name),
                    ("client_secret", "wrong"),
                ];
                form(path, &fields)
            },
        ),
        way(
            "the client of a password grant",
            client(SecretPurpose::PasswordGrantSecret),
            move |name, _| {
                let fields = [
                    ("grant_type", "password"),
                    ("client_id", name),
                    ("password_grant_secret", "wrong"),
                    ("username", "anybody"),
                    ("password", "any"),
                ];
                form(path, &fields)
            },
        ),
        way("a user by name", user, move |name, callers| {
            by_password(name.to_owned(), callers)
        }),
        way("a user by address", user, move |name, callers| {
            by_password(email(name), callers)
        }),
    ]
}

fn long_tokens() -> Vec<Way> {
    let keyed = |name: &str, body: &Value| {
        let request = post("/v1/auth/tokens/long").header("x-client-id", name);
        request
            .content_type("application/json")
            .body(body.to_string())
    };
    let client = |purpose| (Dialect::new("auth_api"), PrincipalKind::Client, purpose);
    let with = |grant_type: &'static str, proof: &'static str, value: &'static str| {
        move |name: &str, _: &Callers| {
            let body = json!({
                "grant_type": grant_type, "client_id": name, proof: value,
            });
            keyed(name, &body)
        }
    };
    let mut ways = vec![
        way(
            "client secret",
            client(SecretPurpose::ClientSecret),
            with("client_credentials", "client_secret", "wrong"),
        ),
        way(
            "one-time code",
            client(SecretPurpose::TotpSeed),
            with("client_credentials", "otp_code", "000000"),
        ),
    ];
    ways.push(secret_token("Bearer", move |token, _| {
        let body = json!({ "grant_type": "client_credentials", "client_id": "anybody" });
        post("/v1/auth/tokens/long")
            .header("authorization", format!("Bearer {token}"))
            .content_type("application/json")
            .body(body.to_string())
    }));
    for algorithm in KeyAlgorithm::ALL.iter().copied() {
        for held in KeyAlgorithm::ALL.iter().copied() {
            for kid in [None, Some(KID), Some("other")] {
                if held == KeyAlgorithm::Hs256 {
                    continue;
                }
                let told = format!("{algorithm} assertion by {kid:?}, {held} key");
                let proved = client(SecretPurpose::AssertionKey);
                let claim = move |name: &str, _: &Callers| {
                    let body = json!({
                        "grant_type": "assertion", "client_id": name,
                        "assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                        "assertion": forged(algorithm, kid, &json!({ "iss": name, "sub": name })),
                    });
                    keyed(name, &body)
                };
                ways.push(Way {
                    algorithm: held,
                    ..way(told, proved, claim)
                });
            }
        }
    }
    ways
}

/// A secret token names a secret by its `iss`, wherever a token is taken.
fn secret_token(told: &str, claim: impl Fn(String, &Callers) -> Request + 'static) -> Way {
    let proved = (
        Dialect::new("token_generator"),
        PrincipalKind::SecretHolder,
        SecretPurpose::HmacKey,
    );
    way(told, proved, move |iss, callers| {
        let token = forged(KeyAlgorithm::Hs256, None, &json!({ "iss": iss }));
        claim(token, callers)
    })
}

fn of_scheme_token() -> Way {
    secret_token("Token", |token, _| {
        post("/api/v1/token")
            .header("authorization", format!("Token token=\"{token}\""))
            .finish()
    })
}

fn bearer(method: &'static str, path: &'static str) -> Way {
    secret_token("Bearer", move |token, _| {
        Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap_or_default())
            .uri_str(path)
            .header("authorization", format!("Bearer {token}"))
            .finish()
    })
}

/// A token with a signature that fits no key.
fn forged(algorithm: KeyAlgorithm, kid: Option<&str>, claims: &Value) -> String {
    let header = match kid {
        Some(kid) => json!({ "alg": algorithm.as_str(), "kid": kid }),
        None => json!({ "alg": algorithm.as_str() }),
    };
    let length = match algorithm {
        KeyAlgorithm::Hs256 => 32,
        KeyAlgorithm::Es256 | KeyAlgorithm::EdDsa => 64,
        KeyAlgorithm::Rs256 => 256,
    };
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    format!(
        "{}.{}.{}",
        encode(header.to_string().as_bytes()),
        encode(claims.to_string().as_bytes()),
        encode(&vec![1; length])
    )
}

fn post(path: &str) -> poem::RequestBuilder {
    Request::builder().method(Method::POST).uri_str(path)
}

fn post_json(path: &str, body: &Value) -> Request {
    post(path)
        .content_type("application/json")
        .body(body.to_string())
}

fn form(path: &str, fields: &[(&str, &str)]) -> Request {
    post(path)
        .content_type("application/x-www-form-urlencoded")
        .body(serde_urlencoded::to_string(fields).unwrap_or_default())
}

pub(super) fn email(name: &str) -> String {
    format!("{name}@mail.example")
}
