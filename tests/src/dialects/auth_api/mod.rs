//! Auth API: the calls of an automation, and what is the same in all tests of the dialect.

mod assertions;
mod challenges;
mod clients;
mod clock;
mod hostile;
pub mod keys;
mod long;
mod narrowing;
mod one_time_codes;
mod proofs;
pub mod replays;
mod revoke;
mod sdk;
mod short;
mod trial;
mod typed_calls;

use aws_lc_rs::{hmac, signature::Ed25519KeyPair};
use base64::{Engine as _, engine::general_purpose};
use serde_json::{Value, json};
use tessera_server::{
    authority::NewSecret,
    domain::{Actor, Dialect, MachineSecret, PrincipalKind},
};

use crate::harness::{Answer, Call, Reach, Tessera};

pub use trial::TRIAL;

/// As the server knows it.
pub const DIALECT: Dialect = Dialect::new("auth_api");

pub const LONG: &str = "/v1/auth/tokens/long";
pub const SHORT: &str = "/v1/auth/tokens/short";

/// What the demo's client may have.
pub const ALL_SCOPES: [&str; 3] = ["jobs:*", "tokens:write", "tokens:revoke"];

/// The path that revokes the token of that id.
pub fn revoke_path(token_id: &str) -> String {
    format!("/v1/auth/tokens/{token_id}/revoke")
}

/// An issued token.
#[derive(Debug, Clone)]
pub struct Issued {
    pub token: String,
    pub id: String,
}

impl From<Answer> for Issued {
    #[track_caller]
    fn from(answer: Answer) -> Self {
        let answer = answer.expect(201);
        Self {
            token: answer.string_at("/access_token"),
            id: answer.string_at("/token_id"),
        }
    }
}

/// A client and its secret.
#[derive(Debug, Clone)]
pub struct Client {
    pub id: String,
    pub secret: String,
}

/// The demo's client.
pub fn demo_client(server: &Reach) -> Client {
    Client {
        id: server.held("/auth_api/client_id").to_owned(),
        secret: server.held("/auth_api/client_secret").to_owned(),
    }
}

/// A further client of that name.
pub async fn client(server: &Tessera, id: &str, scopes: &[&str], step_up: bool) -> Client {
    let authority = server.authority();
    let profile = json!({ "scopes": scopes, "step_up": step_up });
    let operator = Actor::operator();
    let principal = authority
        .registry()
        .create_principal(
            &operator,
            DIALECT,
            PrincipalKind::Client,
            id,
            profile.as_object().cloned().unwrap_or_default(),
        )
        .await
        .expect("the client is new");
    let secret = NewSecret::Random(MachineSecret::Client);
    let registered = authority
        .registry()
        .add_secret(&operator, &principal, secret)
        .await
        .expect("a secret can be added");
    Client {
        id: id.to_owned(),
        secret: registered
            .value
            .expect("random secrets are shown")
            .expose()
            .to_owned(),
    }
}

/// A request for a long token as the demo's client, `more` members added or replaced.
pub fn body(server: &Reach, more: Value) -> Value {
    let mut body = json!({
        "grant_type": "client_credentials",
        "client_id": server.held("/auth_api/client_id"),
    });
    let (Value::Object(members), Value::Object(more)) = (&mut body, more) else {
        panic!("members are an object");
    };
    members.extend(more);
    body
}

/// The same with the client's secret.
pub fn with_secret(server: &Reach, more: Value) -> Value {
    let mut more = more;
    more["client_secret"] = demo_client(server).secret.into();
    body(server, more)
}

/// The call for a long token, under the client key of its body.
pub fn long_call(body: &Value) -> Call {
    let client_id = body["client_id"].as_str().unwrap_or_default();
    Call::post(LONG).header("X-Client-Id", client_id).json(body)
}

/// A long token of the demo's client.
pub async fn long_token(server: &Reach) -> Issued {
    long_token_with(server, json!({})).await
}

/// A long token of the demo's client, asked for with `more`.
pub async fn long_token_with(server: &Reach, more: Value) -> Issued {
    let call = long_call(&with_secret(server, more));
    Issued::from(call.send(server).await)
}

/// A long token of any client.
pub async fn long_token_of(server: &Reach, client: &Client) -> Issued {
    let body = json!({
        "grant_type": "client_credentials",
        "client_id": client.id,
        "client_secret": client.secret,
    });
    Issued::from(long_call(&body).send(server).await)
}

/// A short token for a long one, with all its scopes.
pub async fn short_token(server: &Reach, long: &Issued) -> Issued {
    Issued::from(exchange(&long.token).send(server).await)
}

/// A short token for a long one, with those scopes.
pub async fn short_token_with(server: &Reach, long: &Issued, scopes: &[&str]) -> Issued {
    let call = exchange(&long.token).json(&json!({ "scopes": scopes }));
    Issued::from(call.send(server).await)
}

/// The call that exchanges a long token.
pub fn exchange(long: &str) -> Call {
    Call::post(SHORT).bearer(long)
}

/// The call that revokes.
pub fn revoke(bearer: &Issued, target: &Issued) -> Call {
    Call::post(&revoke_path(&target.id)).bearer(&bearer.token)
}

/// Asserts a refusal and its `code`, and that nobody may store it.
#[track_caller]
pub fn assert_refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.string_at("/code"), code, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

/// The demo client's one-time code, `steps` of 30 seconds from now.
pub fn one_time_code(server: &Reach, steps: i64) -> String {
    let seed = server.held("/auth_api/totp_secret");
    code_at(seed, server.clock.now_ms(), steps)
}

/// The code of a seed, `steps` of 30 seconds from a moment (RFC 6238, worked out here on its own).
pub fn code_at(seed: &str, at_ms: i64, steps: i64) -> String {
    let step = at_ms.div_euclid(30_000) + steps;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &unbase32(seed));
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let digest = tag.as_ref();
    let offset = usize::from(digest[19] & 15);
    let four: [u8; 4] = digest[offset..offset + 4].try_into().expect("four bytes");
    format!(
        "{:06}",
        (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000
    )
}

fn unbase32(text: &str) -> Vec<u8> {
    let mut bits = 0_u64;
    let mut held = 0;
    let mut bytes = Vec::new();
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => panic!("a seed is base32"),
        };
        bits = (bits << 5) | u64::from(value);
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 255).expect("a byte"));
        }
    }
    bytes
}

/// The claims of an assertion that the server accepts, once per `jti`.
pub fn assertion_claims(server: &Reach, jti: &str) -> Value {
    let client_id = server.held("/auth_api/client_id");
    let now = server.clock.now_ms().div_euclid(1000);
    json!({
        "iss": client_id,
        "sub": client_id,
        "aud": format!("{}{LONG}", server.base_url()),
        "iat": now,
        "exp": now + 120,
        "jti": jti,
    })
}

/// Signs claims with the demo client's key, as any JWT library would.
pub fn assertion(server: &Reach, claims: &Value) -> String {
    let header = json!({
        "alg": "EdDSA",
        "kid": server.held("/auth_api/assertion_kid"),
        "typ": "JWT",
    });
    signed(server, &header, claims)
}

/// Signs any header and claims with the demo client's key.
pub fn signed(server: &Reach, header: &Value, claims: &Value) -> String {
    let pem = server.held("/auth_api/assertion_key_pem");
    signed_by(pem, header, claims)
}

/// Signs any header and claims with an Ed25519 key in PEM.
pub fn signed_by(pem: &str, header: &Value, claims: &Value) -> String {
    let base64: String = pem
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let der = general_purpose::STANDARD
        .decode(base64)
        .expect("a PEM holds base64");
    let key = Ed25519KeyPair::from_pkcs8(&der).expect("an Ed25519 key");
    let encode = |part: &[u8]| general_purpose::URL_SAFE_NO_PAD.encode(part);
    let input = format!(
        "{}.{}",
        encode(header.to_string().as_bytes()),
        encode(claims.to_string().as_bytes())
    );
    let signature = encode(key.sign(input.as_bytes()).as_ref());
    format!("{input}.{signature}")
}

/// A request for a long token by that assertion.
pub fn with_assertion(server: &Reach, assertion: &str) -> Value {
    body(
        server,
        json!({
            "grant_type": "assertion",
            "assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "assertion": assertion,
        }),
    )
}
