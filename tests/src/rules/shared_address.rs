//! Clients that share an address: in no dialect does anybody pay for the junk of others.

use std::{net::SocketAddr, num::NonZeroU32, time::Duration};

use super::requests::{Way, one_way_of_each, ways};
use crate::{
    harness::{
        Call, Tessera, asked, assert_all_asked,
        document::{DOCUMENT, members},
    },
    proofs::live::oracle::tags,
};

/// A path of each dialect that nothing is served at.
fn unknown_paths() -> Vec<String> {
    let tags = tags().into_iter();
    let prefixes = tags.filter_map(|tag| tag.prefixes.into_iter().next());
    let mut paths: Vec<String> = prefixes.map(|prefix| format!("{prefix}/nothing")).collect();
    paths.push("/docs/nothing".to_owned());
    paths
}

/// A way to succeed with each operation that shows who asks.
async fn proving(server: &Tessera) -> Vec<Way> {
    let mut ways = ways(server).await;
    ways.retain(Way::proves);
    ways.dedup_by(|later, first| later.operation.id == first.operation.id);
    ways
}

#[tokio::test]
async fn six_hundred_unknown_paths_block_nothing_but_unknown_paths() {
    let server = Tessera::start_with(|_| {}).await;
    let ways = proving(&server).await;
    let mut requests = Vec::new();
    for way in &ways {
        requests.push(way.call(&server).await);
    }
    let paths = unknown_paths();
    let mut unknown = Vec::new();
    for path in &paths {
        unknown.push(Call::get(path).send(&server).await.status);
    }
    for path in &paths {
        for _ in 1..600 {
            Call::get(path).send(&server).await;
        }
    }
    for (path, status) in paths.iter().zip(unknown) {
        assert!([400, 404].contains(&status), "{path}: {status}");
        Call::get(path).send(&server).await.expect(429);
    }
    // A path with another method is one that nothing is served at.
    for (path, _) in members(&DOCUMENT, "paths") {
        Call::new("BREW", path).send(&server).await.expect(429);
    }
    Call::get("/openapi.json").send(&server).await.expect(200);
    for (way, call) in ways.iter().zip(requests) {
        let answer = call.send(&server).await;
        way.assert_success(&answer, "beside unknown paths");
        asked("shared address", way.dialect(), &way.operation.id);
    }
}

/// How many requests each allowance holds.
const FEW: u32 = 8;

/// A call that proves nothing, and one that proves itself: the first is refused when its like were too many, the
/// second never for them.
#[tokio::test]
async fn in_no_dialect_does_a_caller_pay_for_what_others_do_at_its_address() {
    let server = Tessera::start_with(|config| {
        config.policy.lockout = None;
        let rates = &mut config.policy.rates;
        for quota in [
            &mut rates.anonymous_reads,
            &mut rates.token_reads,
            &mut rates.writes,
            &mut rates.general,
        ] {
            quota.limit = NonZeroU32::new(FEW).expect("not zero");
        }
    })
    .await;
    let mut dialects = Vec::new();
    for way in one_way_of_each(&server).await {
        // What was asked before is forgotten.
        server.clock.advance(Duration::from_mins(20));
        let request = way.call(&server).await;
        let junk = way.unproven(&server).await.call();
        is_used_up(&server, &junk, &way.operation.id).await;
        if way.proves() {
            let answer = request.send(&server).await;
            way.assert_success(&answer, "beside junk");
        }
        asked("shared address", way.dialect(), &way.operation.id);
        dialects.push(way.dialect());
    }
    assert_all_asked("shared address", dialects);
    for path in ["/", "/openapi.json"] {
        server.clock.advance(Duration::from_mins(20));
        is_used_up(&server, &Call::get(path), path).await;
        for path in ["/healthz", "/readyz"] {
            Call::get(path).send(&server).await.expect(200);
        }
    }
}

/// Sends as many as there may be, and one more.
async fn is_used_up(server: &Tessera, call: &Call, what: &str) {
    for _ in 0..FEW {
        call.send(server).await;
    }
    assert_eq!(call.send(server).await.status, 429, "{what}");
}

#[tokio::test]
async fn what_watches_over_the_server_is_never_refused() {
    let server = Tessera::start_with(|config| {
        config.policy.rates.general.limit = NonZeroU32::MIN;
        config.policy.rates.unmatched.limit = NonZeroU32::MIN;
    })
    .await;
    let address: SocketAddr = server.address();
    for path in ["/healthz", "/readyz"] {
        for _ in 0..5 {
            Call::get(path).send_to(address).await.expect(200);
        }
    }
}
