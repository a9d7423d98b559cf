//! A real Chromium: in Swagger UI everything is listed, every scheme is offered, everything works; pages of other
//! origins may read what they may.

mod cors;
pub mod driver;
pub mod elsewhere;
mod pages;
pub mod swagger;
mod tries;

use std::collections::BTreeSet;

use crate::harness::{Tessera, document};
use driver::Browser;
use swagger::Swagger;

/// Opens Swagger UI of a fresh server; `None`, said loudly, when this machine has no chromedriver.
pub async fn open() -> Option<(Tessera, Swagger)> {
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
