//! Our pages as a browser holds them: what their policy forbids, what they keep, what fits on a telephone.

use serde_json::{Value, json};

use super::{
    driver::Browser,
    open,
    swagger::{Swagger, Trial},
};
use crate::harness::Tessera;

/// What the policy of a page kept it from doing.
pub async fn forbidden(browser: &Browser) -> Vec<String> {
    let mut lines = browser.console().await;
    lines.retain(|line| line.contains("Content Security Policy"));
    lines
}

#[tokio::test]
async fn a_refused_client_sees_its_401_and_no_login_box() {
    let Some((_server, page)) = open().await else {
        return;
    };
    let fields = [
        ("#auth-basic-username, [name=username]", "nobody"),
        ("#auth-basic-password, [name=password]", "wrong"),
    ];
    page.authorise("OauthClientBasic", &fields).await;
    let form = [
        ("token", "a"),
        ("token_type_hint", ""),
        ("client_id", ""),
        ("client_secret", ""),
    ];
    for operation in ["oauth_introspect_token", "oauth_revoke_token"] {
        let (status, body) = page.try_out(&Trial::form(operation, 401, &form)).await;
        assert_eq!(status, "401", "{operation}: {body}");
        assert!(
            body.contains("www-authenticate: Basic"),
            "{operation}: {body}"
        );
    }
    let (status, body) = page.try_out(&Trial::plain("oauth_list_keys", 200)).await;
    assert_eq!(status, "200", "{body}");
    page.close().await;
}

#[tokio::test]
async fn only_animeloop_is_sent_what_the_browser_holds() {
    let Some((server, page)) = open().await else {
        return;
    };
    let watch = "window.sent = []; const fetch = window.fetch;
        window.fetch = (url, options) => { window.sent.push([new URL(url).pathname, options.credentials]); return fetch(url, options); };";
    page.browser().run(watch, Vec::new()).await;
    let login = json!({ "username": server.held("/animeloop/username"), "password": server.held("/animeloop/password") });
    for trial in [
        Trial::json("animeloop_create_session", 200, &login),
        Trial::plain("animeloop_create_token", 200),
        Trial::plain("pnut_get_token", 401),
        Trial::plain("manis_create_token", 400),
        Trial::plain("oauth_get_metadata", 200),
    ] {
        let (status, body) = page.try_out(&trial).await;
        assert_eq!(
            status,
            trial.status.to_string(),
            "{}: {body}",
            trial.operation
        );
    }
    let sent = page.browser().run("return window.sent;", Vec::new()).await;
    let expected = json!([
        ["/api/v2/auth/login", "same-origin"],
        ["/api/v2/auth/token/new", "same-origin"],
        ["/v1/token", "omit"],
        ["/api/v1/auth/token", "omit"],
        ["/.well-known/oauth-authorization-server", "omit"],
    ]);
    assert_eq!(sent, expected);
    page.close().await;
}

#[tokio::test]
async fn the_page_keeps_no_secret_and_forgets_those_that_were_kept() {
    let Some((server, page)) = open().await else {
        return;
    };
    let kept =
        "return JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie;";
    page.authorise("PnutBearer", &[("input", "a-secret-of-mine")])
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
