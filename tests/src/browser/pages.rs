//! Our pages as a browser holds them: what their policy forbids, what they keep, what fits on a telephone.

use serde_json::{Value, json};

use super::{
    driver::Browser,
    open,
    swagger::{Swagger, TryOut},
};
use crate::{
    harness::{Tessera, asked, document},
    proofs::live::oracle::{self, Carrier},
};

/// What the policy of a page kept it from doing.
pub async fn forbidden(browser: &Browser) -> Vec<String> {
    let mut lines = browser.console().await;
    lines.retain(|line| line.contains("Content Security Policy"));
    lines
}

#[tokio::test]
async fn only_operations_under_a_cookie_are_sent_what_the_browser_holds() {
    let Some((_server, page)) = open().await else {
        return;
    };
    let watch = "window.sent = []; const fetch = window.fetch;
        window.fetch = (url, options) => { window.sent.push([new URL(url).pathname, options.credentials]); return fetch(url, options); };";
    page.browser().run(watch, Vec::new()).await;
    let mut expected = Vec::new();
    for dialect in document::dialects() {
        let operations = oracle::operations().into_iter();
        let mut own = operations.filter(|operation| operation.dialect == dialect);
        let first = own.next().expect("a dialect has an operation");
        page.try_out(&TryOut::plain(&first.id, 0)).await;
        let mut schemes = first.security.iter().flat_map(|one| &one.schemes);
        let by_cookie = schemes.any(|(scheme, _)| matches!(scheme.carrier, Carrier::Cookie(_)));
        expected.push(json!([
            first.path,
            if by_cookie { "same-origin" } else { "omit" }
        ]));
        asked(
            "browser",
            dialect,
            &format!("{} under no cookie but its own", first.id),
        );
    }
    let sent = page.browser().run("return window.sent;", Vec::new()).await;
    assert_eq!(sent, json!(expected));
    page.close().await;
}

#[tokio::test]
async fn the_page_keeps_no_secret_and_forgets_those_that_were_kept() {
    let Some((server, page)) = open().await else {
        return;
    };
    let kept =
        "return JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie;";
    let schemes = document::DOCUMENT["components"]["securitySchemes"].as_object();
    let mut bearers = schemes.into_iter().flatten();
    let (scheme, _) = bearers
        .find(|(_, scheme)| scheme["scheme"] == "bearer")
        .expect("some scheme is a bearer's");
    page.authorise(scheme, &[("input", "a-secret-of-mine")])
        .await;
    let held = page.browser().run(kept, Vec::new()).await;
    assert_eq!(held, "{}{}");
    let before = "localStorage.setItem('authorized', 'a-secret-of-old');";
    page.browser().run(before, Vec::new()).await;
    page.browser()
        .goto(&format!("{}/docs/", server.base_url()))
        .await;
    page.browser().wait_for(".opblock").await;
    assert_eq!(page.browser().run(kept, Vec::new()).await, "{}{}");
    page.close().await;
}

#[tokio::test]
async fn nothing_is_wider_than_a_telephone() {
    let Some(browser) = Browser::open_narrow(375).await else {
        crate::harness::not_run(
            "pages on a telephone",
            "there is no chromedriver on this machine",
        );
        return;
    };
    let server = Tessera::start_today().await;
    let width =
        "const page = document.documentElement; return [window.innerWidth, page.scrollWidth];";
    browser.goto(&server.base_url()).await;
    assert_eq!(
        browser.run(width, Vec::new()).await,
        json!([375, 375]),
        "the front page"
    );
    assert_eq!(forbidden(&browser).await, [""; 0]);
    let page = Swagger::open(browser, &server.base_url()).await;
    assert_eq!(
        page.browser().run(width, Vec::new()).await,
        json!([375, 375]),
        "Swagger UI"
    );
    page.unfold().await;
    // Who is to blame is told with the number.
    let wide = "const wide = [...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > 376
            && ![...(function* () { for (let up = one.parentElement; up; up = up.parentElement) yield up; })()]
                .some(up => getComputedStyle(up).overflowX !== 'visible'));
        return [document.documentElement.scrollWidth, wide.slice(0, 5).map(one => one.outerHTML.slice(0, 120))];";
    let unfolded = page.browser().run(wide, Vec::new()).await;
    assert_eq!(unfolded, json!([375, Value::Array(Vec::new())]));
    assert_eq!(forbidden(page.browser()).await, [""; 0]);
    page.close().await;
}
