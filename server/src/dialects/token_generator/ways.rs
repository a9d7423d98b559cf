//! Every way to prove a name to the token generator, with a signature that does not fit.

use serde_json::json;

use crate::work::{Way, Ways, post, secret_token};

/// See the file.
pub(super) const WAYS: Ways = Ways {
    of,
    profile: |_| json!({}),
    caller: None,
    varying: &[],
};

/// The ways to prove a name to an operation.
fn of(operation: &str) -> Option<Vec<Way>> {
    match operation {
        "token_generator_create_token" => Some(vec![of_scheme_token()]),
        _ => None,
    }
}

fn of_scheme_token() -> Way {
    secret_token("Token", |token, _| {
        post("/api/v1/token")
            .header("authorization", format!("Token token=\"{token}\""))
            .finish()
    })
}
