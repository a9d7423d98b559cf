//! The standard endpoints in a real Chromium: a refused client, and what pages of other origins read.

use serde_json::json;

use super::{INTROSPECT, KEYS, METADATA};
use crate::{
    browser::{
        elsewhere::{Site, fetch, page_on},
        open,
        swagger::{PAIR, TryOut},
    },
    harness::Tessera,
};

#[tokio::test]
async fn a_refused_client_sees_its_401_and_no_login_box() {
    let Some((_server, page)) = open().await else {
        return;
    };
    let fields = [(PAIR[0], "nobody"), (PAIR[1], "wrong")];
    page.authorise("OauthClientBasic", &fields).await;
    let form = [
        ("token", "a"),
        ("token_type_hint", ""),
        ("client_id", ""),
        ("client_secret", ""),
    ];
    for operation in ["oauth_introspect_token", "oauth_revoke_token"] {
        let (status, body) = page.try_out(&TryOut::form(operation, 401, &form)).await;
        assert_eq!(status, "401", "{operation}: {body}");
        assert!(
            body.contains("www-authenticate: Basic"),
            "{operation}: {body}"
        );
    }
    let (status, body) = page.try_out(&TryOut::plain("oauth_list_keys", 200)).await;
    assert_eq!(status, "200", "{body}");
    page.close().await;
}

#[tokio::test]
async fn a_page_of_another_origin_reads_the_public_documents_refusals_included() {
    let site = Site::start().await;
    let Some(browser) = page_on(&site.other_origin()).await else {
        return;
    };
    let server = Tessera::start_today().await;
    let at = |path: &str| format!("{}{path}", server.base_url());
    for path in [KEYS, METADATA] {
        let got = fetch(&browser, &at(path), json!({})).await;
        assert_eq!(got.status(), Some(200), "{path}: {got:?}");
        assert!(got.json().is_object(), "{path}");
        let got = fetch(&browser, &at(path), json!({ "method": "POST" })).await;
        assert_eq!(got.status(), Some(405), "{path}: {got:?}");
    }
    let got = fetch(&browser, &at(INTROSPECT), json!({})).await;
    assert!(got.is_kept(), "{got:?}");
    // Nothing of this is open to credentials.
    let with = json!({ "credentials": "include" });
    let got = fetch(&browser, &at(KEYS), with).await;
    assert!(got.is_kept(), "{got:?}");
    browser.close().await;
}
