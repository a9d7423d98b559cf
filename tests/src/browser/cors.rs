//! What pages of other origins may read in a real Chromium: pnut and the public documents always, animeloop once its
//! operator has listed them.

use std::num::NonZeroU32;

use serde_json::{Value, json};

use super::{
    driver::{self, Browser},
    elsewhere::{Got, Site, fetch},
};
use crate::{dialects::pnut, harness::Tessera};

/// A window on a page of another origin; `None`, said loudly, when this machine has no chromedriver.
async fn open(url: &str) -> Option<Browser> {
    let Some(browser) = Browser::open().await else {
        crate::harness::not_run(
            "a page of another origin in a browser",
            &format!("there is no {} on this machine", driver::NEEDED),
        );
        return None;
    };
    browser.goto(url).await;
    Some(browser)
}

fn bearer(token: &str) -> Value {
    json!({ "headers": { "Authorization": format!("Bearer {token}"), "X-Pretty-Json": "1" } })
}

#[track_caller]
fn assert_rate(got: &Got) {
    for name in ["limit", "remaining", "reset"] {
        let name = format!("x-ratelimit-{name}");
        assert!(got.header(&name).is_some(), "{name} in {got:?}");
    }
}

#[tokio::test]
async fn a_page_of_another_origin_reads_pnut_and_the_public_documents_refusals_included() {
    let site = Site::start().await;
    let Some(browser) = open(&site.other_origin()).await else {
        return;
    };
    let server = Tessera::start_today_with(|config| {
        config.policy.rates.anonymous_reads.limit = NonZeroU32::MIN.saturating_add(1);
    })
    .await;
    let base = server.base_url();
    let token = pnut::user_token(&server, "basic,email").await;
    let at = |path: &str| format!("{base}{path}");

    let got = fetch(&browser, &at(pnut::TOKEN), bearer(&token)).await;
    assert_eq!(got.status(), Some(200), "{got:?}");
    assert_eq!(got.json()["meta"]["code"], 200);
    assert_eq!(got.header("x-oauth-scopes"), Some("basic,email"), "{got:?}");
    assert_rate(&got);
    let got = fetch(&browser, &at("/v1/nothing"), bearer(&token)).await;
    assert_eq!(got.status(), Some(404), "{got:?}");
    assert_eq!(got.json()["meta"]["code"], 404);
    assert_rate(&got);
    let form = json!({
        "method": "POST",
        "body": "grant_type=password",
        "headers": { "Content-Type": "application/x-www-form-urlencoded", "X-Pretty-Json": "" },
    });
    let got = fetch(&browser, &at(pnut::ACCESS_TOKEN), form).await;
    assert_eq!(got.status(), Some(400), "{got:?}");
    let mut delete = bearer(&token);
    delete["method"] = json!("DELETE");
    let got = fetch(&browser, &at(pnut::TOKEN), delete).await;
    assert_eq!(got.status(), Some(200), "{got:?}");
    // The token is gone, and then the two anonymous reads are.
    for status in [401, 401, 429] {
        let got = fetch(&browser, &at(pnut::TOKEN), bearer(&token)).await;
        assert_eq!(got.status(), Some(status), "{got:?}");
        assert_eq!(got.json()["meta"]["code"], status);
        assert_rate(&got);
        assert_eq!(got.header("retry-after").is_some(), status == 429);
    }

    for path in [
        "/.well-known/jwks.json",
        "/.well-known/oauth-authorization-server",
        "/openapi.json",
    ] {
        let got = fetch(&browser, &at(path), json!({})).await;
        assert_eq!(got.status(), Some(200), "{path}: {got:?}");
        assert!(got.json().is_object(), "{path}");
        let got = fetch(&browser, &at(path), json!({ "method": "POST" })).await;
        assert_eq!(got.status(), Some(405), "{path}: {got:?}");
    }
    for path in ["/healthz", "/oauth/introspect", "/api/v1/auth/token", "/"] {
        let got = fetch(&browser, &at(path), json!({})).await;
        assert!(got.is_kept(), "{path}: {got:?}");
    }
    // Nothing of this is open to credentials.
    let with = json!({ "credentials": "include" });
    let got = fetch(&browser, &at("/.well-known/jwks.json"), with).await;
    assert!(got.is_kept(), "{got:?}");
    browser.close().await;
}

fn login(server: &Tessera) -> Value {
    let body = json!({ "username": server.held("/animeloop/username"), "password": server.held("/animeloop/password") });
    json!({
        "method": "POST",
        "credentials": "include",
        "headers": { "Content-Type": "application/json" },
        "body": body.to_string(),
    })
}

#[tokio::test]
async fn a_page_of_another_origin_uses_animeloop_once_its_origin_is_listed_and_not_before() {
    let site = Site::start().await;
    let Some(browser) = open(&site.origin()).await else {
        return;
    };
    let closed = Tessera::start_today().await;
    let simple = json!({
        "method": "POST",
        "credentials": "include",
        "headers": { "Content-Type": "application/x-www-form-urlencoded" },
        "body": format!("username={}&password={}", closed.held("/animeloop/username"), closed.held("/animeloop/password")),
    });
    let get = json!({ "credentials": "include" });
    let post = json!({ "method": "POST", "credentials": "include" });
    for (path, options) in [
        ("/api/v2/auth/login", login(&closed)),
        ("/api/v2/auth/login", simple),
        ("/api/v2/auth/token", get.clone()),
        ("/api/v2/auth/token", post.clone()),
        ("/api/v2/nothing", get.clone()),
    ] {
        let got = fetch(&browser, &format!("{}{path}", closed.base_url()), options).await;
        assert!(got.is_kept(), "{path}: {got:?}");
    }

    let listed = Tessera::start_today_with(|config| {
        config.policy.rates.enforced = false;
        let origin = site.origin().parse().expect("an origin");
        config.network.origins = [origin].into_iter().collect();
    })
    .await;
    for (path, options, code) in [
        ("/api/v2/auth/token", post.clone(), 1_940_103),
        ("/api/v2/auth/login", login(&listed), 1_220_001),
        ("/api/v2/auth/token/new", post.clone(), 1_320_002),
        ("/api/v2/auth/token", get.clone(), 1_320_001),
        ("/api/v2/auth/token", post.clone(), 1_320_001),
        ("/api/v2/auth/token/revoke", post.clone(), 1_320_003),
        ("/api/v2/auth/logout", post.clone(), 1_220_002),
        ("/api/v2/auth/token", post, 1_940_103),
    ] {
        let got = fetch(&browser, &format!("{}{path}", listed.base_url()), options).await;
        assert_eq!(got.status(), Some(200), "{path}: {got:?}");
        assert_eq!(got.json()["code"], code, "{path}: {got:?}");
    }
    // The same page under another name is another origin.
    browser.goto(&site.other_origin()).await;
    let url = format!("{}/api/v2/auth/token", listed.base_url());
    let got = fetch(&browser, &url, get).await;
    assert!(got.is_kept(), "{got:?}");
    browser.close().await;
}
