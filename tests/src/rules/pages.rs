//! Our own pages over the socket: packed or not, named, revalidated, under a policy.

use std::io::Write as _;

use tessera_server::serve::DOCUMENT;

use crate::harness::{Answer, Call, Tessera};

const PAGES: [&str; 8] = [
    "/",
    "/docs/",
    "/docs/swagger-ui-bundle.js",
    "/docs/swagger-ui.css",
    "/docs/swagger-initializer.js",
    "/docs/tessera.css",
    "/docs/favicon-32x32.png",
    "/openapi.json",
];

async fn get(server: &Tessera, path: &str, headers: &[(&str, &str)]) -> Answer {
    ask(server, "GET", path, headers).await
}

async fn ask(server: &Tessera, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let call = headers
        .iter()
        .fold(Call::new(method, path), |call, (name, value)| {
            call.header(name, value)
        });
    call.send(server).await
}

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut decoder = flate2::write::GzDecoder::new(Vec::new());
    decoder.write_all(bytes).expect("it is gzip");
    decoder.finish().expect("it is all of it")
}

#[tokio::test]
async fn a_page_is_packed_for_who_admits_it_and_the_same_inside() {
    let server = Tessera::start().await;
    for path in PAGES {
        let plain = get(&server, path, &[]).await.expect(200);
        assert_eq!(plain.header("content-encoding"), None, "{path}");
        let refusing = [("Accept-Encoding", "br, gzip;q=0")];
        assert_eq!(
            get(&server, path, &refusing).await.body,
            plain.body,
            "{path}"
        );
        let packed = get(&server, path, &[("Accept-Encoding", "br, gzip")])
            .await
            .expect(200);
        assert_eq!(
            packed.header("content-type"),
            plain.header("content-type"),
            "{path}"
        );
        if path.contains("favicon") {
            assert_eq!(packed.body, plain.body);
            continue;
        }
        assert_eq!(packed.header("content-encoding"), Some("gzip"), "{path}");
        assert_eq!(packed.header("vary"), Some("Accept-Encoding"), "{path}");
        assert_eq!(plain.header("vary"), Some("Accept-Encoding"), "{path}");
        assert_ne!(packed.header("etag"), plain.header("etag"), "{path}");
        assert!(packed.body.len() < plain.body.len(), "{path}");
        assert_eq!(unpacked(&packed.body), plain.body, "{path}");
        // HEAD tells the length of each.
        for (headers, got) in [(&[][..], &plain), (&[("Accept-Encoding", "gzip")], &packed)] {
            let head = ask(&server, "HEAD", path, headers).await.expect(200);
            let length = got.body.len().to_string();
            assert_eq!(
                head.header("content-length"),
                Some(length.as_str()),
                "{path}"
            );
            assert_eq!(head.header("etag"), got.header("etag"), "{path}");
            assert!(head.body.is_empty(), "{path}");
        }
    }
    assert_eq!(get(&server, "/openapi.json", &[]).await.body, DOCUMENT);
}

#[tokio::test]
async fn a_page_that_is_held_already_is_not_sent_again() {
    let server = Tessera::start().await;
    for path in PAGES {
        for coding in ["identity", "gzip"] {
            let accept = ("Accept-Encoding", coding);
            let first = get(&server, path, &[accept]).await.expect(200);
            let tag = first.header("etag").expect("a tag").to_owned();
            assert!(tag.starts_with('"'), "{path}: {tag} is strong");
            let caching = first
                .header("cache-control")
                .expect("a rule for caches")
                .to_owned();
            for held in [
                tag.clone(),
                format!("W/{tag}"),
                format!("\"another\", {tag}"),
                "*".to_owned(),
            ] {
                for method in ["GET", "HEAD"] {
                    let known = ("If-None-Match", held.as_str());
                    let answer = ask(&server, method, path, &[accept, known])
                        .await
                        .expect(304);
                    assert!(answer.body.is_empty(), "{path}");
                    assert_eq!(answer.header("etag"), Some(tag.as_str()), "{path}");
                    assert_eq!(
                        answer.header("cache-control"),
                        Some(caching.as_str()),
                        "{path}"
                    );
                    assert_eq!(answer.header("vary"), first.header("vary"), "{path}");
                    assert_eq!(
                        answer.header("tessera-operations"),
                        first.header("tessera-operations"),
                        "{path}"
                    );
                    assert!(
                        [None, Some("0")].contains(&answer.header("content-length")),
                        "{path}"
                    );
                }
            }
            let other = [accept, ("If-None-Match", "\"another\"")];
            assert_eq!(
                get(&server, path, &other).await.expect(200).body,
                first.body,
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn every_page_of_ours_is_under_the_policy() {
    let server = Tessera::start().await;
    for path in PAGES.into_iter().chain(["/docs", "/healthz", "/readyz"]) {
        let answer = Call::get(path).send(&server).await;
        let policy = answer.header("content-security-policy").expect(path);
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        ] {
            assert!(
                policy.split("; ").any(|one| one == part),
                "{path}: {part} in {policy}"
            );
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(
            answer.header("referrer-policy"),
            Some("no-referrer"),
            "{path}"
        );
    }
    // The page itself holds no code and no style.
    for path in ["/", "/docs/"] {
        let page = get(&server, path, &[]).await;
        for inline in ["<style", "style=", "<script>", "onload="] {
            assert!(!page.text().contains(inline), "{path}: {inline}");
        }
    }
}
