//! The standard endpoints in the demo: a resource server that may introspect and revoke every token.

use serde_json::json;

use crate::{
    dialects::{
        seeding::{Held, Seeding, ShowcaseError},
        showcase::{Call, Guide, Showcase, Showing, form_body, quoted},
    },
    domain::{MachineSecret, PrincipalKind},
    generated::oauth::DIALECT,
};

/// See the file.
pub(super) struct Demo;

impl Showcase for Demo {
    fn seed<'a>(&'a self, seeding: &'a Seeding<'a>) -> Showing<'a, Held> {
        Box::pin(seed(seeding))
    }

    fn curls<'a>(&'a self, guide: &'a Guide<'a>, held: &'a Held) -> Showing<'a, Vec<Call>> {
        Box::pin(curls(guide, held))
    }
}

async fn seed(seeding: &Seeding<'_>) -> Result<Held, ShowcaseError> {
    let profile = json!({ "scopes": ["introspect:any", "tokens:revoke:any"] });
    let kind = PrincipalKind::Client;
    let client = seeding
        .principal(DIALECT, kind, "demo-resource-server", profile)
        .await?;
    let client_secret = seeding.random(&client, MachineSecret::Client).await?;
    Ok(Held::new()
        .public("client_id", client.name)
        .secret("client_secret", client_secret))
}

async fn curls(guide: &Guide<'_>, held: &Held) -> Result<Vec<Call>, ShowcaseError> {
    let introspect = "oauth_introspect_token";
    let (id, secret) = (held.text("client_id"), held.text("client_secret"));
    let client = quoted(&format!("{id}:{secret}"));
    let token = guide.token_of_another(DIALECT, introspect).await?;
    let form = format!("-u {client} {}", form_body(&[("token", token.expose())]));
    Ok(vec![
        guide.call(introspect, &form),
        guide.call("oauth_revoke_token", &form),
        guide.call("oauth_list_keys", ""),
        guide.call("oauth_get_metadata", ""),
    ])
}
