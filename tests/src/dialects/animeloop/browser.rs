//! Animeloop's cookie in a real Chromium: pages of other origins act under it once their origin is listed.

use serde_json::{Value, json};

use crate::{
    browser::elsewhere::{Site, fetch, page_on},
    harness::Tessera,
};

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
async fn a_page_of_another_origin_is_served_once_its_origin_is_listed_and_not_before() {
    let site = Site::start().await;
    let Some(browser) = page_on(&site.origin()).await else {
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
