//! What a page of another origin reads of pnut in a real Chromium.

use std::num::NonZeroU32;

use serde_json::{Value, json};

use super::{ACCESS_TOKEN, TOKEN, user_token};
use crate::{
    browser::elsewhere::{Got, Site, fetch, page_on},
    harness::Tessera,
};

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
async fn a_page_of_another_origin_reads_everything_refusals_included() {
    let site = Site::start().await;
    let Some(browser) = page_on(&site.other_origin()).await else {
        return;
    };
    let server = Tessera::start_today_with(|config| {
        config.policy.rates.anonymous_reads.limit = NonZeroU32::MIN.saturating_add(1);
    })
    .await;
    let base = server.base_url();
    let token = user_token(&server, "basic,email").await;
    let at = |path: &str| format!("{base}{path}");

    let got = fetch(&browser, &at(TOKEN), bearer(&token)).await;
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
    let got = fetch(&browser, &at(ACCESS_TOKEN), form).await;
    assert_eq!(got.status(), Some(400), "{got:?}");
    let mut delete = bearer(&token);
    delete["method"] = json!("DELETE");
    let got = fetch(&browser, &at(TOKEN), delete).await;
    assert_eq!(got.status(), Some(200), "{got:?}");
    // The token is gone, and then the two anonymous reads are.
    for status in [401, 401, 429] {
        let got = fetch(&browser, &at(TOKEN), bearer(&token)).await;
        assert_eq!(got.status(), Some(status), "{got:?}");
        assert_eq!(got.json()["meta"]["code"], status);
        assert_rate(&got);
        assert_eq!(got.header("retry-after").is_some(), status == 429);
    }

    browser.close().await;
}
