//! Calls of the dialects that services speak: token_generator, manis and the operations for all dialects.

use serde_json::{Value, json};
use tessera_client::types::{TokenGeneratorClaims, TokenGeneratorPermission};
use tessera_client::{Credential, Scheme, Secret};

use super::super::case::{Case, sends};
use super::{HOSTILE, everything};

const CALLER: &str = r#"Token token="caller.jwt.mac""#;
const PAIR: &str = "resource+server:s%3Acret%2F1";

fn claims() -> TokenGeneratorPermission {
    let Value::Object(claims) = json!({"z": [1, {"a": null}], "b": HOSTILE}) else {
        unreachable!("an object is written there")
    };
    TokenGeneratorClaims::from(claims).into()
}

fn token_generator() -> Vec<Case> {
    let id = "token_generator_create_token";
    let caller = || Credential::token_generator("caller.jwt.mac");
    vec![
        Case::new(id, "minimal", sends!(c => c.token_generator_create_token()))
            .holding([caller()])
            .carrying("TokenGeneratorToken", CALLER)
            .saying(json!({})),
        Case::new(
            id,
            "maximal",
            sends!(c => c.token_generator_create_token()
                .x_request_id("59b75418-bbf5-4c52-b8f9-970fed25e456")
                .body_map(|b| b.permission(claims()))),
        )
        .holding(everything())
        .carrying("TokenGeneratorToken", CALLER)
        .with(
            "header",
            "X-Request-Id",
            "59b75418-bbf5-4c52-b8f9-970fed25e456",
        )
        .saying(json!({"permission": {"z": [1, {"a": null}], "b": HOSTILE}})),
        Case::new(
            id,
            "permission_as_text",
            sends!(c => c.token_generator_create_token()
                .body_map(|b| b.permission(TokenGeneratorPermission::String("{}".to_owned())))),
        )
        .saying(json!({"permission": "{}"})),
    ]
}

fn manis() -> Vec<Case> {
    let id = "manis_create_token";
    let both = |case: Case| {
        case.carrying("ManisMerchantId", "merchant-1")
            .carrying("ManisSecret", "merchant-secret")
    };
    vec![
        both(Case::new(id, "pair", sends!(c => c.manis_create_token())))
            .holding([Credential::manis("merchant-1", "merchant-secret")]),
        both(Case::new(
            id,
            "everything_held",
            sends!(c => c.manis_create_token()),
        ))
        .holding(everything()),
        // Half of a pair stays at home.
        Case::new(id, "no_secret", sends!(c => c.manis_create_token()))
            .holding([Credential::of(Scheme::MANIS_MERCHANT_ID, "merchant-1")]),
        Case::new(id, "no_merchant", sends!(c => c.manis_create_token()))
            .holding([Credential::of(Scheme::MANIS_SECRET, "merchant-secret")]),
        Case::new(id, "a_line_break", sends!(c => c.manis_create_token()))
            .holding([Credential::manis("merchant-1", "line\nbreak")])
            .never_sent(),
    ]
}

fn oauth() -> Vec<Case> {
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

/// All of them.
pub fn cases() -> Vec<Case> {
    let mut cases = token_generator();
    cases.extend(manis());
    cases.extend(oauth());
    cases
}
