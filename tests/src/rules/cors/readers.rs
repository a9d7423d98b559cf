//! Answers: whose pages may read them, refusals and failures included.

use std::collections::BTreeMap;

use super::{HOME, OTHERS, assert_readers, listing, one_request, places::everywhere};
use crate::{
    harness::{Call, Tessera},
    proofs::live::oracle::{operations, tags},
    rules::requests::one_way_of_each,
};

/// Requests for each status that the edge, a dialect or storage refuses with: what they are called, and the request.
fn refused(path: &str) -> Vec<(&'static str, Call)> {
    let form = "application/x-www-form-urlencoded";
    vec![
        ("get", Call::get(path)),
        ("head", Call::new("HEAD", path)),
        ("post", Call::post(path)),
        ("unknown method", Call::new("BREW", path)),
        ("malformed", Call::post(path).body("application/json", "{")),
        (
            "a long body",
            Call::post(path).body(form, vec![b'a'; 66_000]),
        ),
        ("another type", Call::post(path).body("text/plain", "a")),
        (
            "a long header",
            Call::get(path).header("X-Long", vec![b'a'; 9000]),
        ),
        ("a wrong token", Call::get(path).bearer("unknown")),
    ]
}

#[tokio::test]
async fn every_answer_says_whose_pages_may_read_it() {
    let server = Tessera::start().await;
    let listed = Tessera::start_with(|config| {
        config.policy.rates.enforced = false;
        listing(config);
    })
    .await;
    let limited = Tessera::start_with(one_request).await;
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    for (path, is_open) in everywhere() {
        let anybody = is_open.then_some("*");
        for (label, call) in refused(&path) {
            let what = format!("{label} at {path}");
            for server in [&server, &limited] {
                let answer = call.clone().header("Origin", HOME).send(server).await;
                assert_readers(&answer, anybody, &what);
                assert!(!answer.header_all("vary").contains(&"Origin"), "{what}");
                *statuses.entry(answer.status).or_default() += 1;
            }
            // What a cache holds of a request without an origin may be shown to one with.
            assert_readers(&call.send(&server).await, anybody, &what);
            let answer = call.clone().header("Origin", HOME).send(&listed).await;
            assert_readers(&answer, Some(HOME), &what);
            assert!(answer.header_all("vary").contains(&"Origin"), "{what}");
            for stranger in [OTHERS, "null", "https://app.example.com/", ""] {
                let answer = call.clone().header("Origin", stranger).send(&listed).await;
                assert_readers(&answer, anybody, &what);
                assert!(answer.header_all("vary").contains(&"Origin"), "{what}");
            }
            let twice = call.header("Origin", HOME).header("Origin", OTHERS);
            assert_readers(&twice.send(&listed).await, anybody, &what);
        }
    }
    for status in [200, 308, 400, 401, 404, 405, 413, 415, 429] {
        assert!(statuses.contains_key(&status), "{status} in {statuses:?}");
    }
}

#[tokio::test]
async fn a_failure_of_storage_may_be_read_by_the_same_pages() {
    let listed = Tessera::start_with(|config| {
        config.policy.rates.enforced = false;
        listing(config);
    })
    .await;
    let mut requests = Vec::new();
    for way in one_way_of_each(&listed).await {
        let is_open = way.operation.node.text("x-cors") == Some("any");
        requests.push((way.call(&listed).await, is_open, way.operation.id));
    }
    requests.push((Call::get("/readyz"), false, "readyz".to_owned()));
    listed.break_storage().await;
    let mut failed = Vec::new();
    for (call, is_open, id) in requests {
        for (origin, readers) in [(HOME, Some(HOME)), (OTHERS, is_open.then_some("*"))] {
            let answer = call.clone().header("Origin", origin).send(&listed).await;
            assert_readers(&answer, readers, &format!("{id} from {origin}"));
            if answer.status == 503 {
                failed.push(id.clone());
                assert!(answer.header("retry-after").is_some(), "{id}");
            }
        }
    }
    // In each dialect that has a status for an outage something fails with it, and nowhere else.
    for tag in tags() {
        let own = operations()
            .into_iter()
            .filter(|one| one.dialect == tag.name);
        let mut declared = own.filter(|one| one.statuses().contains(&503)).peekable();
        let is_declared = declared.peek().is_some();
        let has_failed = declared.any(|one| failed.contains(&one.id));
        assert_eq!(has_failed, is_declared, "{} in {failed:?}", tag.name);
    }
}

#[tokio::test]
async fn a_strict_server_says_the_same() {
    let server = Tessera::start_with(|config| {
        config.policy.strict = true;
        listing(config);
    })
    .await;
    for way in one_way_of_each(&server).await {
        let is_open = way.operation.node.text("x-cors") == Some("any");
        for (origin, readers) in [(HOME, Some(HOME)), (OTHERS, is_open.then_some("*"))] {
            let call = way.call(&server).await.header("Origin", origin);
            let answer = call.send(&server).await;
            let id = &way.operation.id;
            // Where not every page may read, a dialect whose browsers send credentials by themselves refuses strangers.
            if origin == HOME || is_open {
                way.assert_success(&answer, origin);
            }
            assert_readers(&answer, readers, &format!("{id} from {origin}"));
            let vary = answer.header_all("vary").join(", ");
            assert!(vary.contains("Origin"), "{id}: {vary}");
        }
    }
}
