//! Manis in the demo: one merchant.

use serde_json::json;

use crate::{
    dialects::{
        seeding::{Held, Seeding, ShowcaseError},
        showcase::{Call, Guide, Showcase, Showing, header},
    },
    domain::{MachineSecret, PrincipalKind},
    generated::manis::DIALECT,
};

/// See the file.
pub(super) struct Demo;

impl Showcase for Demo {
    fn seed<'a>(&'a self, seeding: &'a Seeding<'a>) -> Showing<'a, Held> {
        Box::pin(seed(seeding))
    }

    fn curls<'a>(&'a self, guide: &'a Guide<'a>, held: &'a Held) -> Showing<'a, Vec<Call>> {
        let merchant = header("x-merchant-id", held.text("merchant_id"));
        let secret = header("x-secret", held.text("secret"));
        let calls = vec![guide.call("manis_create_token", &format!("{merchant} {secret}"))];
        Box::pin(async { Ok(calls) })
    }
}

async fn seed(seeding: &Seeding<'_>) -> Result<Held, ShowcaseError> {
    let kind = PrincipalKind::Merchant;
    let merchant = seeding
        .principal(DIALECT, kind, "demo-merchant", json!({}))
        .await?;
    let secret = seeding.random(&merchant, MachineSecret::Merchant).await?;
    Ok(Held::new()
        .public("merchant_id", merchant.name)
        .secret("secret", secret))
}
