//! pnut through the SDK: calls, and a credential of each scheme.

use serde_json::json;
use tessera_client::{Credential, DeclaredHeaders as _, HasHeaders, Secret, types::PnutGrantType};

use crate::{
    harness::trial::Headers,
    proofs::sdk::{
        case::{Case, sends},
        cases::{HOSTILE, everything},
    },
};

/// The two operations that describe the token they are called with.
macro_rules! with_token {
    ($($operation:ident),+) => {
        vec![$(
            Case::new(stringify!($operation), "bearer", sends!(c => c.$operation()))
                .holding([Credential::pnut("pnut-token")])
                .carrying("PnutBearer", "pnut-token"),
            Case::new(stringify!($operation), "query", sends!(c => c.$operation()))
                .holding([Credential::pnut_query(HOSTILE)])
                .carrying("PnutQueryToken", HOSTILE),
            Case::new(
                stringify!($operation),
                "everything_held",
                sends!(c => c.$operation().x_pretty_json("yes, please")),
            )
            .holding(everything())
            .carrying("PnutBearer", "pnut-token")
            .with("header", "X-Pretty-Json", "yes, please"),
            Case::new(stringify!($operation), "nothing_held", sends!(c => c.$operation())),
        )+]
    };
}

/// Its calls.
pub fn cases() -> Vec<Case> {
    let id = "pnut_create_access_token";
    let mut cases = with_token!(pnut_get_token, pnut_delete_token);
    cases.push(
        Case::new(
            id,
            "minimal",
            sends!(c => c.pnut_create_access_token().body_map(|b| b.grant_type(PnutGrantType::ClientCredentials).client_id("c-id"))),
        )
        .holding(everything())
        .saying(json!({"grant_type": "client_credentials", "client_id": "c-id"})),
    );
    cases.push(
        Case::new(
            id,
            "maximal",
            sends!(c => c.pnut_create_access_token().x_pretty_json("1").body_map(|b| b
                .grant_type(PnutGrantType::Password)
                .client_id("c-id")
                .client_secret(Secret::from("c-secret"))
                .password_grant_secret(Secret::from("pg-secret"))
                .username(HOSTILE.to_owned())
                .password(Secret::from("p&word=+%"))
                .scope("basic,email".to_owned()))),
        )
        .with("header", "X-Pretty-Json", "1")
        .saying(json!({
            "grant_type": "password", "client_id": "c-id", "client_secret": "c-secret",
            "password_grant_secret": "pg-secret", "username": HOSTILE, "password": "p&word=+%",
            "scope": "basic,email",
        })),
    );
    cases
}

/// One credential of each of its schemes.
pub fn credentials() -> Vec<Credential> {
    vec![
        Credential::pnut("pnut-token"),
        Credential::pnut_query("query token&x=1"),
    ]
}

/// Its own headers, as the SDK reads them.
pub fn headers(answer: &dyn HasHeaders) -> Headers {
    let number = |value: Option<i64>| value.map(|value| value.to_string());
    vec![
        (
            "x-oauth-scopes",
            answer.x_o_auth_scopes().map(str::to_owned),
        ),
        ("x-ratelimit-limit", number(answer.x_rate_limit_limit())),
        (
            "x-ratelimit-remaining",
            number(answer.x_rate_limit_remaining()),
        ),
        ("x-ratelimit-reset", number(answer.x_rate_limit_reset())),
    ]
}
