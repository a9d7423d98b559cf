//! Every way to prove a name to animeloop, with a password that does not fit.

use serde_json::json;

use crate::{
    domain::{PrincipalKind, SecretPurpose},
    generated::animeloop::DIALECT,
    work::{Way, Ways, email, form, post_json, way},
};

/// See the file.
pub(super) const WAYS: Ways = Ways {
    of,
    profile: |name| json!({ "email": email(name) }),
    caller: None,
    varying: &[],
};

/// The ways to prove a name to an operation.
fn of(operation: &str) -> Option<Vec<Way>> {
    match operation {
        "animeloop_create_session" => Some(logins()),
        // A session is found by a random identifier, which names nobody.
        "animeloop_delete_session"
        | "animeloop_get_token"
        | "animeloop_read_token"
        | "animeloop_create_token"
        | "animeloop_revoke_token" => Some(Vec::new()),
        _ => None,
    }
}

fn logins() -> Vec<Way> {
    let path = "/api/v2/auth/login";
    let proved = (DIALECT, PrincipalKind::User, SecretPurpose::Password);
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
