//! Every way to prove a name to the standard endpoints, with a secret that does not fit.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;

use crate::{
    domain::{MachineSecret, PrincipalKind, SecretPurpose},
    generated::oauth::DIALECT,
    work::{Way, Ways, form, post, secret_token, way},
};

/// See the file.
pub(super) const WAYS: Ways = Ways {
    of,
    profile: |_| json!({ "scopes": ["introspect:any", "tokens:revoke:any"] }),
    caller: Some(MachineSecret::Client),
    varying: &[],
};

/// The ways to prove a name to an operation.
fn of(operation: &str) -> Option<Vec<Way>> {
    match operation {
        "oauth_introspect_token" => Some(clients("/oauth/introspect")),
        "oauth_revoke_token" => Some(clients("/oauth/revoke")),
        "oauth_list_keys" | "oauth_get_metadata" => Some(Vec::new()),
        _ => None,
    }
}

fn clients(path: &'static str) -> Vec<Way> {
    let proved = (DIALECT, PrincipalKind::Client, SecretPurpose::ClientSecret);
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
        secret_token("about a token", move |token, caller| {
            let fields = [
                ("token", token.as_str()),
                ("client_id", &caller.name),
                ("client_secret", &caller.secret),
            ];
            form(path, &fields)
        }),
    ]
}
