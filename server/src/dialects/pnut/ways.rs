//! Every way to prove a name to pnut, with a secret that does not fit.

use poem::http::Method;
use serde_json::json;

use crate::{
    domain::{MachineSecret, PrincipalKind, SecretPurpose},
    generated::pnut::DIALECT,
    work::{Caller, Way, Ways, bearer, email, form, way},
};

/// See the file.
pub(super) const WAYS: Ways = Ways {
    of,
    profile: |name| json!({ "email": email(name) }),
    caller: Some(MachineSecret::PasswordGrant),
    varying: &[],
};

/// The ways to prove a name to an operation.
fn of(operation: &str) -> Option<Vec<Way>> {
    match operation {
        "pnut_create_access_token" => Some(grants()),
        "pnut_get_token" => Some(vec![bearer(Method::GET, "/v1/token")]),
        "pnut_delete_token" => Some(vec![bearer(Method::DELETE, "/v1/token")]),
        _ => None,
    }
}

fn grants() -> Vec<Way> {
    let path = "/v1/oauth/access_token";
    let client = |purpose| (DIALECT, PrincipalKind::Client, purpose);
    let user = (DIALECT, PrincipalKind::User, SecretPurpose::Password);
    let by_password = move |name: String, caller: &Caller| {
        let fields = [
            ("grant_type", "password"),
            ("client_id", &caller.name),
            ("password_grant_secret", &caller.secret),
            ("username", &name),
            ("password", "wrong"),
        ];
        form(path, &fields)
    };
    vec![
        way(
            "client credentials",
            client(SecretPurpose::ClientSecret),
            move |name, _| {
                let fields = [
                    ("grant_type", "client_credentials"),
                    ("client_id", name),
                    ("client_secret", "wrong"),
                ];
                form(path, &fields)
            },
        ),
        way(
            "the client of a password grant",
            client(SecretPurpose::PasswordGrantSecret),
            move |name, _| {
                let fields = [
                    ("grant_type", "password"),
                    ("client_id", name),
                    ("password_grant_secret", "wrong"),
                    ("username", "anybody"),
                    ("password", "any"),
                ];
                form(path, &fields)
            },
        ),
        way("a user by name", user, move |name, caller| {
            by_password(name.to_owned(), caller)
        }),
        way("a user by address", user, move |name, caller| {
            by_password(email(name), caller)
        }),
    ]
}
