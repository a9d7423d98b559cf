//! pnut in the demo: an application and a user, whose password the application may send.

use serde_json::{Value, json};

use crate::{
    dialects::{
        seeding::{Held, Seeding, ShowcaseError},
        showcase::{Call, FORM, Guide, Showcase, Showing, bearer, form_body},
    },
    domain::{MachineSecret, PrincipalKind, Secret},
    generated::pnut::DIALECT,
};

const CREATE: &str = "pnut_create_access_token";

/// See the file.
pub(super) struct Demo;

impl Showcase for Demo {
    fn seed<'a>(&'a self, seeding: &'a Seeding<'a>) -> Showing<'a, Held> {
        Box::pin(seed(seeding))
    }

    fn curls<'a>(&'a self, guide: &'a Guide<'a>, held: &'a Held) -> Showing<'a, Vec<Call>> {
        Box::pin(async move {
            let bearer = bearer(token(guide, held).await?.expose());
            Ok(vec![
                guide.call(CREATE, &form_body(&password_grant(held))),
                guide.call("pnut_get_token", &bearer),
                guide.call("pnut_delete_token", &bearer),
            ])
        })
    }

    fn token<'a>(&'a self, guide: &'a Guide<'a>, held: &'a Held) -> Showing<'a, Option<Secret>> {
        Box::pin(async move { Ok(Some(token(guide, held).await?)) })
    }
}

async fn seed(seeding: &Seeding<'_>) -> Result<Held, ShowcaseError> {
    let profile = json!({ "name": "Tessera Demo", "url": "https://example.com" });
    let client_id = "7QdVYmpRkDwz0uNsBh3TgLxA5cJe8fKi";
    let client = seeding
        .principal(DIALECT, PrincipalKind::Client, client_id, profile)
        .await?;
    let user = seeding
        .principal(DIALECT, PrincipalKind::User, "demo", user())
        .await?;
    let client_secret = seeding.random(&client, MachineSecret::Client).await?;
    let grant_secret = seeding
        .random(&client, MachineSecret::PasswordGrant)
        .await?;
    let password = seeding.password(&user).await?;
    Ok(Held::new()
        .public("client_id", client.name)
        .secret("client_secret", client_secret)
        .secret("password_grant_secret", grant_secret)
        .public("username", user.name)
        .secret("password", password))
}

/// The profile of the user.
fn user() -> Value {
    json!({
        "name": "Demo User",
        "type": "human",
        "locale": "en_US",
        "timezone": "UTC",
        "email": "demo@example.com",
        "counts": { "clients": 1 },
        "content": {
            "text": "Hello #world, see example.com",
            "html": "<span>Hello #world, see example.com</span>",
            "markdown_text": "Hello #world, see [example.com](https://example.com)",
            "entities": {
                "links": [
                    { "link": "https://example.com", "text": "example.com", "len": 11, "pos": 18 }
                ],
                "mentions": [],
                "tags": [{ "len": 6, "pos": 6, "text": "world" }],
            },
        },
    })
}

fn password_grant(held: &Held) -> [(&'static str, &str); 6] {
    [
        ("grant_type", "password"),
        ("client_id", held.text("client_id")),
        ("password_grant_secret", held.text("password_grant_secret")),
        ("username", held.text("username")),
        ("password", held.text("password")),
        ("scope", "basic,email"),
    ]
}

async fn token(guide: &Guide<'_>, held: &Held) -> Result<Secret, ShowcaseError> {
    let form = serde_urlencoded::to_string(password_grant(held))
        .map_err(|_| ShowcaseError::Trial(CREATE))?;
    let request = guide.request(CREATE).content_type(FORM).body(form);
    let token = guide.member(CREATE, request, "access_token").await?;
    Ok(Secret::from(token))
}
