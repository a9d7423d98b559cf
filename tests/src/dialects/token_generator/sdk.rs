//! The token generator through the SDK: calls, and a credential of each scheme.

use serde_json::{Value, json};
use tessera_client::{
    Credential, DeclaredHeaders as _, HasHeaders,
    types::{TokenGeneratorClaims, TokenGeneratorPermission},
};

use crate::{
    harness::trial::Headers,
    proofs::sdk::{
        case::{Case, sends},
        cases::{HOSTILE, everything},
    },
};

const CALLER: &str = r#"Token token="caller.jwt.mac""#;

fn claims() -> TokenGeneratorPermission {
    let Value::Object(claims) = json!({"z": [1, {"a": null}], "b": HOSTILE}) else {
        unreachable!("an object is written there")
    };
    TokenGeneratorClaims::from(claims).into()
}

/// Its calls.
pub fn cases() -> Vec<Case> {
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

/// One credential of each of its schemes.
pub fn credentials() -> Vec<Credential> {
    vec![Credential::token_generator("caller.jwt.mac")]
}

/// Its own headers, as the SDK reads them.
pub fn headers(answer: &dyn HasHeaders) -> Headers {
    let token = answer.x_token().map(|token| token.expose().to_owned());
    vec![
        ("x-request-id", answer.x_request_id().map(str::to_owned)),
        ("x-runtime", answer.x_runtime().map(str::to_owned)),
        ("x-token", token),
    ]
}
