//! The token generator in the demo: the holder of a secret, and a user with a token to begin with.

use serde_json::json;

use super::USER;
use crate::{
    authority::{IssueRequest, NewSecret},
    dialects::{
        seeding::{Held, Seeding, ShowcaseError},
        showcase::{Call, Guide, Showcase, Showing, header, quoted},
    },
    domain::{Claims, PrincipalKind},
    generated::token_generator::DIALECT,
};

/// How long the user stays logged in: the demo has no way to log in again.
const USER_TOKEN_SECS: i64 = 30 * 24 * 3600;

/// See the file.
pub(super) struct Demo;

impl Showcase for Demo {
    fn seed<'a>(&'a self, seeding: &'a Seeding<'a>) -> Showing<'a, Held> {
        Box::pin(seed(seeding))
    }

    fn curls<'a>(&'a self, guide: &'a Guide<'a>, held: &'a Held) -> Showing<'a, Vec<Call>> {
        let token = held.text("user_token");
        let caller = header("Authorization", &format!("Token token=\"{token}\""));
        let permission = json!({
            "abilities": { "album_id": { "Access": { "see": true, "image_list": true } } },
        });
        let permission = quoted(&format!("permission={permission}"));
        let options = format!("{caller} --data-urlencode {permission}");
        let calls = vec![guide.call("token_generator_create_token", &options)];
        Box::pin(async { Ok(calls) })
    }
}

async fn seed(seeding: &Seeding<'_>) -> Result<Held, ShowcaseError> {
    let kind = PrincipalKind::SecretHolder;
    let holder = seeding
        .principal(DIALECT, kind, "demo-holder", json!({}))
        .await?;
    let registered = seeding.register(&holder, NewSecret::HmacKey(None)).await?;
    let user_id = "f551a1cb-930e-4501-87a9-f51a0718da3e";
    let user = seeding
        .principal(DIALECT, PrincipalKind::User, user_id, json!({}))
        .await?;
    let request = IssueRequest::jwt(DIALECT, USER, user.id, move |facts| {
        Claims::new()
            .with("exp", facts.expires_at_secs())
            .with("iat", facts.issued_at_secs())
            .with("user_id", user_id)
            .with("jti", facts.id.as_str())
    })
    .lifetime_secs(USER_TOKEN_SECS);
    let tokens = seeding.authority().tokens();
    let issued = tokens.issue(seeding.operator(), request).await?;
    let secret = registered.value.ok_or(ShowcaseError::SecretMissing)?;
    Ok(Held::new()
        .public("secret_id", registered.id.as_str())
        .secret("secret", secret)
        .secret("user_token", issued.token))
}
