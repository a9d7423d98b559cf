//! Every way to prove a name to the Auth API, with a secret that does not fit.

use poem::http::Method;
use serde_json::{Value, json};

use crate::{
    domain::{KeyAlgorithm, PrincipalKind, SecretPurpose},
    generated::auth_api::DIALECT,
    work::{Caller, KID, Way, Ways, bearer, forged, post, secret_token, way},
};

/// See the file.
pub(super) const WAYS: Ways = Ways {
    of,
    profile: |_| json!({ "scopes": ["jobs:*"] }),
    caller: None,
    varying: &[],
};

/// The ways to prove a name to an operation.
fn of(operation: &str) -> Option<Vec<Way>> {
    let revoke = "/v1/auth/tokens/tok_lt_any/revoke";
    match operation {
        "auth_api_issue_long_token" => Some(long_tokens()),
        "auth_api_issue_short_token" => Some(vec![bearer(Method::POST, "/v1/auth/tokens/short")]),
        "auth_api_revoke_token" => Some(vec![bearer(Method::POST, revoke)]),
        _ => None,
    }
}

fn long_tokens() -> Vec<Way> {
    let keyed = |name: &str, body: &Value| {
        let request = post("/v1/auth/tokens/long").header("x-client-id", name);
        request
            .content_type("application/json")
            .body(body.to_string())
    };
    let client = |purpose| (DIALECT, PrincipalKind::Client, purpose);
    let with = |grant_type: &'static str, proof: &'static str, value: &'static str| {
        move |name: &str, _: &Caller| {
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
                let claim = move |name: &str, _: &Caller| {
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
