//! The Auth API in the demo: one client with each of the secrets that prove it.

use serde_json::json;

use crate::{
    authority::NewSecret,
    dialects::{
        seeding::{Held, Seeding, ShowcaseError},
        showcase::{Call, Guide, JSON, Showcase, Showing, bearer, header, json_body},
    },
    domain::{KeyAlgorithm, MachineSecret, PrincipalKind},
    generated::auth_api::DIALECT,
};

/// `kid` of the client's assertion key.
const ASSERTION_KID: &str = "nightly-1";

const ISSUE: &str = "auth_api_issue_long_token";

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
    let profile = json!({
        "scopes": ["jobs:*", "tokens:write", "tokens:revoke"],
        "step_up": false,
    });
    let client = seeding
        .principal(DIALECT, PrincipalKind::Client, "cli_nightly", profile)
        .await?;
    let registry = seeding.authority().registry();
    let (assertion_key_pem, public_pem) = registry.generate_assertion_key()?;
    let assertion_key = NewSecret::AssertionKey {
        kid: ASSERTION_KID.to_owned(),
        algorithm: KeyAlgorithm::EdDsa,
        public_pem,
    };
    seeding.register(&client, assertion_key).await?;
    let totp_secret = seeding.value(&client, NewSecret::TotpSeed(None)).await?;
    let client_secret = seeding.random(&client, MachineSecret::Client).await?;
    Ok(Held::new()
        .public("client_id", client.name)
        .secret("client_secret", client_secret)
        .secret("totp_secret", totp_secret)
        .secret("assertion_key_pem", assertion_key_pem)
        .public("assertion_kid", ASSERTION_KID))
}

async fn curls(guide: &Guide<'_>, held: &Held) -> Result<Vec<Call>, ShowcaseError> {
    let client_id = held.text("client_id");
    let proof = json!({
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": held.text("client_secret"),
    });
    let issued = |member: &'static str| {
        let request = guide.request(ISSUE).content_type(JSON);
        let request = request.header("X-Client-Id", client_id);
        guide.member(ISSUE, request.body(proof.to_string()), member)
    };
    let lasting = bearer(&issued("access_token").await?);
    let doomed = issued("token_id").await?;
    let client = header("X-Client-Id", client_id);
    Ok(vec![
        guide.call(ISSUE, &format!("{client} {}", json_body(&proof))),
        guide.call("auth_api_issue_short_token", &lasting),
        guide.call_at("auth_api_revoke_token", &[("tokenId", &doomed)], &lasting),
    ])
}
