//! Every way to prove a name to manis, with a secret that does not fit.

use serde_json::json;

use crate::{
    domain::{PrincipalKind, SecretPurpose},
    generated::manis::DIALECT,
    work::{Way, Ways, post, way},
};

/// See the file.
pub(super) const WAYS: Ways = Ways {
    of,
    profile: |_| json!({}),
    caller: None,
    varying: &["timestamp"],
};

/// The ways to prove a name to an operation.
fn of(operation: &str) -> Option<Vec<Way>> {
    match operation {
        "manis_create_token" => Some(vec![merchant()]),
        _ => None,
    }
}

fn merchant() -> Way {
    let proved = (
        DIALECT,
        PrincipalKind::Merchant,
        SecretPurpose::MerchantSecret,
    );
    way("headers", proved, |name, _| {
        post("/api/v1/auth/token")
            .header("x-merchant-id", name)
            .header("x-secret", "wrong")
            .finish()
    })
}
