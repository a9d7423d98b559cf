//! Animeloop in the demo: one user, who logs in.

use poem::http::header;
use serde_json::json;

use crate::{
    dialects::{
        seeding::{Held, Seeding, ShowcaseError},
        showcase::{Call, Guide, JSON, Showcase, Showing, json_body, quoted},
    },
    domain::PrincipalKind,
    generated::animeloop::DIALECT,
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
    let profile = json!({ "email": "demo_user@example.com" });
    let user = seeding
        .principal(DIALECT, PrincipalKind::User, "demo_user", profile)
        .await?;
    let password = seeding.password(&user).await?;
    let session_secret = seeding.authority().sessions().secret().await?;
    Ok(Held::new()
        .public("username", user.name)
        .secret("password", password)
        // The HMAC key of session cookies is its UTF-8 bytes.
        .secret("session_secret", session_secret))
}

async fn curls(guide: &Guide<'_>, held: &Held) -> Result<Vec<Call>, ShowcaseError> {
    let login = json!({
        "username": held.text("username"),
        "password": held.text("password"),
    });
    let operation = "animeloop_create_session";
    let request = guide.request(operation).content_type(JSON);
    let answer = guide
        .ask(operation, request.body(login.to_string()))
        .await?;
    let cookie = answer
        .header(header::SET_COOKIE.as_str())
        .and_then(|cookie| cookie.split(';').next())
        .ok_or(ShowcaseError::Trial(operation))?;
    let cookie = format!("--cookie {}", quoted(cookie));
    Ok(vec![
        guide.call(operation, &json_body(&login)),
        guide.call("animeloop_create_token", &cookie),
        guide.call("animeloop_get_token", &cookie),
        guide.call("animeloop_read_token", &cookie),
        guide.call("animeloop_revoke_token", &cookie),
        guide.call("animeloop_delete_session", &cookie),
    ])
}
