//! Swagger UI: its own files as they are vendored, and ours around them.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use bytes::Bytes;
use utoipa_swagger_ui::Config;

use super::asset::{Asset, Freshness};

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// Files of ours. The first is the page itself; the second stands for the vendored one, whose settings cannot hold a function.
const OURS: [(&str, &str, &str); 3] = [
    ("", "text/html; charset=utf-8", include_str!("index.html")),
    (
        "swagger-initializer.js",
        JAVASCRIPT,
        include_str!("swagger-initializer.js"),
    ),
    ("tessera.css", CSS, include_str!("tessera.css")),
];

/// The vendored files that the page asks for; the others are not served.
const VENDORED: [(&str, &str); 4] = [
    ("swagger-ui.css", CSS),
    ("swagger-ui-bundle.js", JAVASCRIPT),
    ("favicon-16x16.png", "image/png"),
    ("favicon-32x32.png", "image/png"),
];

static FILES: LazyLock<HashMap<&'static str, Asset>> = LazyLock::new(|| {
    let ours = OURS.map(|(name, media_type, text)| {
        let bytes = Bytes::from_static(text.as_bytes());
        (name, Asset::new(media_type, Freshness::Ask, bytes))
    });
    let config = Arc::new(Config::default());
    let vendored = VENDORED.iter().filter_map(|&(name, media_type)| {
        let file = utoipa_swagger_ui::serve(name, Arc::clone(&config));
        let bytes = match file.ok()??.bytes {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => bytes.into(),
        };
        Some((name, Asset::new(media_type, Freshness::Hour, bytes)))
    });
    ours.into_iter().chain(vendored).collect()
});

/// All files below `/docs/`, by name.
pub(super) fn files() -> impl Iterator<Item = (&'static str, &'static Asset)> {
    FILES.iter().map(|(name, file)| (*name, file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_that_the_page_names_is_served() {
        let page = include_str!("index.html");
        let named = page
            .split("\"./")
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        let named: Vec<&str> = named.collect();
        assert_eq!(named.len(), 6);
        for name in named {
            assert!(FILES.contains_key(name), "{name}");
        }
        assert_eq!(FILES.len(), OURS.len() + VENDORED.len());
    }
}
