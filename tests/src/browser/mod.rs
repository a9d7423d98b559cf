//! A real Chromium: in Swagger UI everything is listed, every scheme is offered, everything works; pages of other
//! origins may read what they may.

mod cors;
mod driver;
mod elsewhere;
mod pages;
mod swagger;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{Call, Tessera, document};
use driver::Browser;
use swagger::{Swagger, Trial};

/// Opens Swagger UI of a fresh server; `None`, said loudly, when this machine has no chromedriver.
async fn open() -> Option<(Tessera, Swagger)> {
    let Some(browser) = Browser::open().await else {
        crate::harness::not_run(
            "Swagger UI in a browser",
            &format!("there is no {} on this machine", driver::NEEDED),
        );
        return None;
    };
    // The browser throws cookies away by its own clock.
    let server = Tessera::start_today().await;
    let page = Swagger::open(browser, &server.base_url()).await;
    Some((server, page))
}

#[tokio::test]
async fn the_page_lists_every_operation_and_asks_nobody_else() {
    let Some((server, page)) = open().await else {
        return;
    };
    let listed: BTreeSet<String> = page.operations().await.into_iter().collect();
    let documented: BTreeSet<String> = document::operations()
        .iter()
        .map(|one| one.id.to_owned())
        .collect();
    assert_eq!(listed, documented);
    for asked in page.asked().await {
        assert!(
            asked.starts_with(&server.base_url()) || asked.starts_with("data:"),
            "{asked}"
        );
    }
    page.close().await;
}

#[tokio::test]
async fn the_authorise_dialog_offers_every_scheme() {
    let Some((_server, page)) = open().await else {
        return;
    };
    let offered: BTreeSet<String> = page.schemes().await.into_iter().collect();
    let documented: BTreeSet<String> = document::DOCUMENT["components"]["securitySchemes"]
        .as_object()
        .expect("the document has schemes")
        .keys()
        .cloned()
        .collect();
    assert_eq!(offered, documented);
    page.close().await;
}

#[tokio::test]
async fn every_operation_answers_its_success_when_tried_out() {
    let Some((server, page)) = open().await else {
        return;
    };
    let of = Seeded(server.credentials.to_json());
    let text = |pointer: &str| of.text(pointer);
    let long = Call::post("/v1/auth/tokens/long")
        .header("X-Client-Id", text("/auth_api/client_id"))
        .json(&json!({
            "grant_type": "client_credentials",
            "client_id": text("/auth_api/client_id"),
            "client_secret": text("/auth_api/client_secret"),
        }))
        .send(&server)
        .await
        .expect(201);
    let pnut = Call::post("/v1/oauth/access_token")
        .form(&[
            ("grant_type", "password"),
            ("client_id", &text("/pnut/client_id")),
            (
                "password_grant_secret",
                &text("/pnut/password_grant_secret"),
            ),
            ("username", &text("/pnut/username")),
            ("password", &text("/pnut/password")),
            ("scope", "basic,email"),
        ])
        .send(&server)
        .await
        .expect(200);
    let some_token = pnut.string_at("/access_token");

    authorise(&page, &of, &some_token, &long.string_at("/access_token")).await;
    let trials = trials(&of, &some_token, &long.string_at("/token_id"));
    let tried: BTreeSet<&str> = trials.iter().map(|trial| trial.operation).collect();
    let documented: BTreeSet<&str> = document::operations().iter().map(|one| one.id).collect();
    assert_eq!(tried, documented, "an operation nobody tries out");
    for trial in &trials {
        let (status, body) = page.try_out(trial).await;
        assert_eq!(
            status,
            trial.status.to_string(),
            "{}: {body}",
            trial.operation
        );
        assert!(
            !body.contains("\"status\": \"error\""),
            "{}: {body}",
            trial.operation
        );
    }
    assert_eq!(pages::forbidden(page.browser()).await, [""; 0]);
    page.close().await;
}

/// The demo's credentials.
struct Seeded(Value);

impl Seeded {
    fn text(&self, pointer: &str) -> String {
        let found = self.0.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_default().to_owned()
    }
}

/// Fills every scheme but the cookie, which a page may not set, and the short token, which would be a
/// second proof beside the client secret.
async fn authorise(page: &Swagger, of: &Seeded, pnut: &str, long: &str) {
    let text = |pointer: &str| of.text(pointer);
    page.authorise("PnutBearer", &[("input", pnut)]).await;
    page.authorise(
        "TokenGeneratorToken",
        &[(
            "input",
            &format!("Token token=\"{}\"", text("/token_generator/user_token")),
        )],
    )
    .await;
    page.authorise(
        "AuthApiClientKey",
        &[("input", &text("/auth_api/client_id"))],
    )
    .await;
    page.authorise("AuthApiLongToken", &[("input", long)]).await;
    page.authorise("ManisMerchantId", &[("input", &text("/manis/merchant_id"))])
        .await;
    page.authorise("ManisSecret", &[("input", &text("/manis/secret"))])
        .await;
    page.authorise(
        "OauthClientBasic",
        &[
            (
                "#auth-basic-username, [name=username]",
                &text("/oauth/client_id"),
            ),
            (
                "#auth-basic-password, [name=password]",
                &text("/oauth/client_secret"),
            ),
        ],
    )
    .await;
}

/// One trial per operation, in an order in which each can succeed.
fn trials(of: &Seeded, some_token: &str, long_id: &str) -> Vec<Trial> {
    let text = |pointer: &str| of.text(pointer);
    let login =
        json!({ "username": text("/animeloop/username"), "password": text("/animeloop/password") });
    let long_request = json!({
        "grant_type": "client_credentials",
        "client_id": text("/auth_api/client_id"),
        "client_secret": text("/auth_api/client_secret"),
    });
    vec![
        Trial::json("animeloop_create_session", 200, &login),
        Trial::plain("animeloop_create_token", 200),
        Trial::plain("animeloop_get_token", 200),
        Trial::plain("animeloop_read_token", 200),
        Trial::plain("animeloop_revoke_token", 200),
        Trial::plain("animeloop_delete_session", 200),
        Trial::form(
            "pnut_create_access_token",
            200,
            &[
                ("grant_type", "client_credentials"),
                ("client_id", &text("/pnut/client_id")),
                ("client_secret", &text("/pnut/client_secret")),
                ("password_grant_secret", ""),
                ("username", ""),
                ("password", ""),
                ("scope", ""),
            ],
        ),
        Trial::plain("pnut_get_token", 200),
        Trial::form(
            "oauth_introspect_token",
            200,
            &[
                ("token", some_token),
                ("token_type_hint", ""),
                ("client_id", ""),
                ("client_secret", ""),
            ],
        ),
        Trial::plain("pnut_delete_token", 200),
        Trial::json(
            "token_generator_create_token",
            200,
            &json!({ "permission": {} }),
        ),
        Trial::json("auth_api_issue_long_token", 201, &long_request),
        Trial::json("auth_api_issue_short_token", 201, &json!({})),
        Trial::parameters(
            "auth_api_revoke_token",
            204,
            &[("tokenId", long_id)],
            &json!({}),
        ),
        Trial::plain("manis_create_token", 200),
        Trial::form(
            "oauth_revoke_token",
            200,
            &[
                ("token", some_token),
                ("token_type_hint", ""),
                ("client_id", ""),
                ("client_secret", ""),
            ],
        ),
        Trial::plain("oauth_list_keys", 200),
        Trial::plain("oauth_get_metadata", 200),
    ]
}
