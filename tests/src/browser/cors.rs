//! What pages of other origins may read in a real Chromium: the operations that the document opens to all, and the
//! document.

use serde_json::json;

use super::elsewhere::{Site, fetch, page_on};
use crate::{
    harness::{Tessera, asked, assert_all_asked},
    proofs::live::oracle,
};

#[tokio::test]
async fn a_page_of_another_origin_reads_what_is_open_to_all_and_nothing_else() {
    let site = Site::start().await;
    let Some(browser) = page_on(&site.other_origin()).await else {
        return;
    };
    let server = Tessera::start_today().await;
    let at = |path: &str| format!("{}{path}", server.base_url());
    let operations = oracle::operations();
    for operation in &operations {
        let path = operation.path.replace(['{', '}'], "");
        let options = json!({ "method": operation.method });
        let got = fetch(&browser, &at(&path), options).await;
        let open = operation.node.text("x-cors") == Some("any");
        assert_eq!(got.is_kept(), !open, "{}: {got:?}", operation.id);
        asked(
            "browser",
            &operation.dialect,
            &format!("{} from elsewhere", operation.id),
        );
    }
    assert_all_asked("browser", operations.iter().map(|one| one.dialect.as_str()));
    let got = fetch(&browser, &at("/openapi.json"), json!({})).await;
    assert_eq!(got.status(), Some(200), "{got:?}");
    assert!(got.json().is_object());
    let post = json!({ "method": "POST" });
    let got = fetch(&browser, &at("/openapi.json"), post).await;
    assert_eq!(got.status(), Some(405), "{got:?}");
    for path in ["/healthz", "/"] {
        let got = fetch(&browser, &at(path), json!({})).await;
        assert!(got.is_kept(), "{path}: {got:?}");
    }
    browser.close().await;
}
