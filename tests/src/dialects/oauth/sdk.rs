//! The standard endpoints through the SDK: calls, and a credential of each scheme.

use serde_json::json;
use tessera_client::{Credential, Secret};

use crate::proofs::sdk::{
    case::{Case, sends},
    cases::{HOSTILE, everything},
};

const PAIR: &str = "resource+server:s%3Acret%2F1";

/// Its calls.
pub fn cases() -> Vec<Case> {
    let basic = |case: Case| {
        case.holding([Credential::oauth_client("resource server", "s:cret/1")])
            .carrying("OauthClientBasic", PAIR)
    };
    let maximal = json!({"token": HOSTILE, "token_type_hint": "access_token"});
    let posted = json!({
        "token": "a-token",
        "client_id": "resource server",
        "client_secret": HOSTILE,
    });
    vec![
        basic(Case::new(
            "oauth_introspect_token",
            "minimal",
            sends!(c => c.oauth_introspect_token().body_map(|b| b.token("a-token"))),
        ))
        .saying(json!({"token": "a-token"})),
        Case::new(
            "oauth_introspect_token",
            "maximal",
            sends!(c => c.oauth_introspect_token().body_map(|b| b
                .token(Secret::from(HOSTILE))
                .token_type_hint("access_token".to_owned()))),
        )
        .holding(everything())
        .carrying("OauthClientBasic", PAIR)
        .saying(maximal.clone()),
        basic(Case::new(
            "oauth_revoke_token",
            "minimal",
            sends!(c => c.oauth_revoke_token().body_map(|b| b.token("a-token"))),
        ))
        .saying(json!({"token": "a-token"})),
        Case::new(
            "oauth_revoke_token",
            "maximal",
            sends!(c => c.oauth_revoke_token().body_map(|b| b
                .token(Secret::from(HOSTILE))
                .token_type_hint("access_token".to_owned()))),
        )
        .holding(everything())
        .carrying("OauthClientBasic", PAIR)
        .saying(maximal),
        Case::new(
            "oauth_introspect_token",
            "client_in_form",
            sends!(c => c.oauth_introspect_token().body_map(|b| b
                .token("a-token")
                .client_id("resource server".to_owned())
                .client_secret(Secret::from(HOSTILE)))),
        )
        .saying(posted.clone()),
        Case::new(
            "oauth_revoke_token",
            "client_in_form",
            sends!(c => c.oauth_revoke_token().body_map(|b| b
                .token("a-token")
                .client_id("resource server".to_owned())
                .client_secret(Secret::from(HOSTILE)))),
        )
        .saying(posted),
        Case::new(
            "oauth_get_metadata",
            "everything_held",
            sends!(c => c.oauth_get_metadata()),
        )
        .holding(everything()),
        Case::new(
            "oauth_get_metadata",
            "nothing_held",
            sends!(c => c.oauth_get_metadata()),
        ),
        Case::new(
            "oauth_list_keys",
            "everything_held",
            sends!(c => c.oauth_list_keys()),
        )
        .holding(everything()),
        Case::new(
            "oauth_list_keys",
            "nothing_held",
            sends!(c => c.oauth_list_keys()),
        ),
    ]
}

/// One credential of each of its schemes.
pub fn credentials() -> Vec<Credential> {
    vec![Credential::oauth_client("resource server", "s:cret/1")]
}
