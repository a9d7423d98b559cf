//! The auth API through the SDK: calls, and a credential of each scheme.

use serde_json::json;
use tessera_client::{
    Credential, DeclaredHeaders as _, HasHeaders, Secret,
    types::{AuthApiAssertionType, AuthApiGrantType},
};

use crate::{
    harness::trial::Headers,
    proofs::sdk::{
        case::{Case, sends},
        cases::{HOSTILE, everything},
    },
};

fn long() -> Vec<Case> {
    let id = "auth_api_issue_long_token";
    // What the document gives when nothing is said, the SDK says.
    let life = 2_592_000;
    let minimal =
        json!({"grant_type": "client_credentials", "client_id": "c-id", "ttl_seconds": life});
    vec![
        Case::new(
            id,
            "minimal",
            sends!(c => c.auth_api_issue_long_token().body_map(|b| b.grant_type(AuthApiGrantType::ClientCredentials).client_id("c-id"))),
        )
        .holding([Credential::auth_api_short("short.jwt.mac")])
        .carrying("AuthApiShortToken", "short.jwt.mac")
        .saying(minimal.clone()),
        Case::new(
            id,
            "client_key",
            sends!(c => c.auth_api_issue_long_token().body_map(|b| b.grant_type(AuthApiGrantType::ClientCredentials).client_id("c-id"))),
        )
        .holding([Credential::auth_api_client("c-id")])
        .carrying("AuthApiClientKey", "c-id")
        .saying(minimal.clone()),
        Case::new(
            id,
            "everything_held",
            sends!(c => c.auth_api_issue_long_token().body_map(|b| b.grant_type(AuthApiGrantType::ClientCredentials).client_id("c-id"))),
        )
        .holding(everything())
        .carrying("AuthApiClientKey", "client-1")
        .carrying("AuthApiShortToken", "short.jwt.mac")
        .saying(minimal.clone()),
        Case::new(
            id,
            "maximal",
            sends!(c => c.auth_api_issue_long_token().body_map(|b| b
                .grant_type(AuthApiGrantType::Assertion)
                .client_id("c-id")
                .client_secret(Secret::from("c-secret"))
                .otp_code(Secret::from("123456"))
                .assertion_type(AuthApiAssertionType::UrnIetfParamsOauthClientAssertionTypeJwtBearer)
                .assertion(Secret::from("a.jwt.mac"))
                .scopes(vec!["s:one".to_owned(), HOSTILE.to_owned()])
                .ttl_seconds(3600))),
        )
        .holding(everything())
        .carrying("AuthApiClientKey", "client-1")
        .saying(json!({
            "grant_type": "assertion", "client_id": "c-id", "client_secret": "c-secret", "otp_code": "123456",
            "assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "assertion": "a.jwt.mac",
            "scopes": ["s:one", HOSTILE], "ttl_seconds": 3600,
        })),
        Case::new(
            id,
            "code_as_proof",
            sends!(c => c.auth_api_issue_long_token().body_map(|b| b
                .grant_type(AuthApiGrantType::ClientCredentials)
                .client_id("c-id")
                .otp_code(Secret::from("123456")))),
        )
        .holding(everything())
        .carrying("AuthApiClientKey", "client-1")
        .saying(json!({"grant_type": "client_credentials", "client_id": "c-id", "otp_code": "123456", "ttl_seconds": life})),
        Case::new(
            id,
            "assertion_as_proof",
            sends!(c => c.auth_api_issue_long_token().body_map(|b| b
                .grant_type(AuthApiGrantType::Assertion)
                .client_id("c-id")
                .assertion_type(AuthApiAssertionType::UrnIetfParamsOauthGrantTypeJwtBearer)
                .assertion(Secret::from("a.jwt.mac")))),
        )
        .holding(everything())
        .carrying("AuthApiClientKey", "client-1")
        .saying(json!({
            "grant_type": "assertion", "client_id": "c-id", "assertion": "a.jwt.mac", "ttl_seconds": life,
            "assertion_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        })),
    ]
}

fn short() -> Vec<Case> {
    let id = "auth_api_issue_short_token";
    vec![
        Case::new(id, "minimal", sends!(c => c.auth_api_issue_short_token()))
            .holding([Credential::auth_api_long("lt_long")])
            .carrying("AuthApiLongToken", "lt_long")
            .saying(json!({})),
        Case::new(
            id,
            "everything_held",
            sends!(c => c.auth_api_issue_short_token()),
        )
        .holding(everything())
        .carrying("AuthApiLongToken", "lt_long")
        .saying(json!({})),
        Case::new(
            id,
            "maximal",
            sends!(c => c.auth_api_issue_short_token().body_map(|b| b
                .long_token(Secret::from("lt_in_the_body"))
                .scopes(vec!["s:one".to_owned(), HOSTILE.to_owned()]))),
        )
        .saying(json!({"long_token": "lt_in_the_body", "scopes": ["s:one", HOSTILE]})),
    ]
}

fn revoke() -> Vec<Case> {
    let id = "auth_api_revoke_token";
    let unsendable = |name, send| Case::new(id, name, send).never_sent();
    vec![
        Case::new(
            id,
            "minimal",
            sends!(c => c.auth_api_revoke_token().token_id("tok_lt_1")),
        )
        .holding([Credential::auth_api_short("short.jwt.mac")])
        .carrying("AuthApiShortToken", "short.jwt.mac")
        .with("path", "tokenId", "tok_lt_1")
        .saying(json!({"revoke_all_related": false})),
        Case::new(
            id,
            "maximal",
            sends!(c => c.auth_api_revoke_token().token_id(HOSTILE).body_map(|b| b
                .reason(HOSTILE.to_owned())
                .revoke_all_related(true))),
        )
        .holding(everything())
        .carrying("AuthApiLongToken", "lt_long")
        .with("path", "tokenId", HOSTILE)
        .saying(json!({"reason": HOSTILE, "revoke_all_related": true})),
        Case::new(
            id,
            "dots_inside",
            sends!(c => c.auth_api_revoke_token().token_id("..a..")),
        )
        .holding([Credential::auth_api_long("lt_long")])
        .carrying("AuthApiLongToken", "lt_long")
        .with("path", "tokenId", "..a..")
        .saying(json!({"revoke_all_related": false})),
        // These would leave the path or make a hole in it, however they are encoded.
        unsendable(
            "one_dot",
            sends!(c => c.auth_api_revoke_token().token_id(".")),
        ),
        unsendable(
            "two_dots",
            sends!(c => c.auth_api_revoke_token().token_id("..")),
        ),
        unsendable(
            "no_text",
            sends!(c => c.auth_api_revoke_token().token_id("")),
        ),
        unsendable("no_token_id", sends!(c => c.auth_api_revoke_token())),
    ]
}

/// Its calls.
pub fn cases() -> Vec<Case> {
    let mut cases = long();
    cases.extend(short());
    cases.extend(revoke());
    cases
}

/// One credential of each of its schemes.
pub fn credentials() -> Vec<Credential> {
    vec![
        Credential::auth_api_client("client-1"),
        Credential::auth_api_long("lt_long"),
        Credential::auth_api_short("short.jwt.mac"),
    ]
}

/// Its own headers, as the SDK reads them.
pub fn headers(answer: &dyn HasHeaders) -> Headers {
    vec![("x-token-id", answer.x_token_id().map(str::to_owned))]
}
