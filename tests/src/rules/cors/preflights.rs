//! Preflights: what each path allows, and what is none.

use std::collections::BTreeSet;

use super::{
    HOME, OTHERS, assert_readers, listing, one_request,
    places::{documented, undocumented},
};
use crate::{
    harness::{Answer, Call, Tessera, asked, assert_all_asked},
    rules::requests::one_way_of_each,
};

fn preflight(path: &str, origin: &str, method: &str) -> Call {
    Call::new("OPTIONS", path)
        .header("Origin", origin)
        .header("Access-Control-Request-Method", method)
}

fn list(answer: &Answer, name: &str) -> BTreeSet<String> {
    let value = answer.header(name).unwrap_or_default();
    let names = value.split(", ").filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

#[tokio::test]
async fn a_preflight_of_every_path_is_answered_by_its_own_methods_and_headers_and_not_counted() {
    let server = Tessera::start_with(one_request).await;
    let listed = Tessera::start_with(|config| {
        one_request(config);
        listing(config);
    })
    .await;
    for path in documented() {
        for method in path.methods.iter().map(String::as_str).chain(["BREW"]) {
            for (server, origin, readers) in [
                (&server, HOME, None),
                (&listed, HOME, Some(HOME)),
                (&listed, OTHERS, None),
                (&listed, "null", None),
            ] {
                let call = preflight(&path.concrete, origin, method);
                let answer = call.send(server).await.expect(204);
                let what = format!("{method} {} from {origin}", path.concrete);
                let readers = readers.or(path.is_open.then_some("*"));
                assert_readers(&answer, readers, &what);
                let methods = list(&answer, "access-control-allow-methods");
                assert_eq!(methods, path.methods, "{what}");
                let headers = list(&answer, "access-control-allow-headers");
                let headers: BTreeSet<_> = headers.iter().map(|name| name.to_lowercase()).collect();
                assert_eq!(headers, path.headers, "{what}");
                let age = answer.header("access-control-max-age");
                assert_eq!(age.is_some(), readers.is_some(), "{what}");
                let vary = list(&answer, "vary");
                assert!(vary.contains("Origin"), "{what}: {vary:?}");
                assert_eq!(answer.header("allow"), None, "{what}");
            }
        }
    }
    for (path, is_open) in undocumented() {
        let call = preflight(&path, HOME, "GET");
        let answer = call.send(&server).await.expect(204);
        assert_readers(&answer, is_open.then_some("*"), &path);
        let answer = call.send(&listed).await.expect(204);
        assert_readers(&answer, Some(HOME), &path);
        let methods = list(&answer, "access-control-allow-methods");
        assert!(!methods.is_empty(), "{path}");
    }
    // Nothing was counted: the first request is not refused for its rate, and the next one is.
    let (mut dialects, unlimited) = (Vec::new(), Tessera::start().await);
    for way in one_way_of_each(&unlimited).await {
        if dialects.contains(&way.dialect()) {
            continue;
        }
        let fresh = Tessera::start_with(one_request).await;
        let request = way.unproven(&unlimited).await;
        let path = request.path.clone();
        preflight(&path, HOME, &request.method)
            .send(&fresh)
            .await
            .expect(204);
        let first = request.call().send(&fresh).await;
        assert_ne!(first.status, 429, "{path}: {}", first.text());
        request.call().send(&fresh).await.expect(429);
        asked("cors", way.dialect(), &way.operation.id);
        dialects.push(way.dialect());
    }
    assert_all_asked("cors", dialects);
}

#[tokio::test]
async fn a_preflight_whose_header_is_malformed_is_refused_as_any_request_is() {
    let server = Tessera::start().await;
    for path in documented() {
        let method = path.methods.first().expect("a path has a method");
        let host = || preflight(&path.concrete, HOME, method).header("Host", "127.0.0.1");
        for call in [
            host().header("Host", "127.0.0.1"),
            host().header("X-Long", vec![b'a'; 9000]),
        ] {
            let answer = call.send(&server).await.expect(400);
            assert!(answer.json().is_object(), "{}", answer.text());
            assert_readers(&answer, path.is_open.then_some("*"), "malformed");
        }
        host().send(&server).await.expect(204);
    }
}

#[tokio::test]
async fn an_options_request_that_is_no_preflight_gets_what_a_wrong_method_gets() {
    let server = Tessera::start().await;
    for path in documented() {
        let wrong = Call::new("BREW", &path.concrete).send(&server).await;
        for call in [
            Call::new("OPTIONS", &path.concrete),
            Call::new("OPTIONS", &path.concrete).header("Origin", HOME),
            Call::new("OPTIONS", &path.concrete).header("Access-Control-Request-Method", "POST"),
        ] {
            let answer = call.send(&server).await.expect(wrong.status);
            assert_eq!(answer.header("allow"), wrong.header("allow"));
            assert_eq!(answer.text(), wrong.text());
            assert_readers(&answer, path.is_open.then_some("*"), &path.concrete);
        }
    }
}
