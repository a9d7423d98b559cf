//! `WWW-Authenticate` (RFC 9110 §15.5.2): on the 401 of every operation that takes a bearer token or HTTP Basic.

use std::collections::BTreeSet;

use super::requests::ways;
use crate::{
    harness::{Answer, Tessera, asked, assert_all_asked},
    proofs::live::oracle::{Carrier, Operation, operations},
};

/// Asserts a status, and the challenge that goes with it.
#[track_caller]
pub fn assert_challenged(answer: &Answer, status: u16, challenge: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    let found = answer.header("www-authenticate");
    assert_eq!(found, Some(challenge), "{}", answer.text());
}

/// The challenges that the schemes of some operations ask for.
fn schemes<'a>(operations: impl IntoIterator<Item = &'a Operation>) -> Vec<&'static str> {
    let alternatives = operations.into_iter().flat_map(|one| &one.security);
    let schemes = alternatives.flat_map(|one| &one.schemes);
    let challenges = schemes.filter_map(|(scheme, _)| match scheme.carrier {
        Carrier::Bearer => Some("Bearer"),
        Carrier::Basic => Some("Basic"),
        Carrier::Header(_) | Carrier::Query(_) | Carrier::Cookie(_) | Carrier::Unknown => None,
    });
    challenges.collect()
}

#[tokio::test]
async fn a_401_names_the_scheme_that_is_asked_for_where_it_has_a_name() {
    let server = Tessera::start().await;
    let (all, mut dialects) = (operations(), BTreeSet::new());
    for way in ways(&server).await {
        let mut without = way.request(&server).await;
        without.headers.clear();
        without.query.clear();
        let mut is_refused = false;
        for request in [without, way.unproven(&server).await] {
            let answer = request.call().send(&server).await;
            if answer.status != 401 {
                continue;
            }
            is_refused = true;
            let id = &way.operation.id;
            dialects.insert(way.dialect());
            asked("challenges", way.dialect(), id);
            let own = all.iter().filter(|one| one.dialect == way.dialect());
            let (schemes, of_dialect) = (schemes([&way.operation]), schemes(own));
            let challenge = answer.header("www-authenticate");
            let named = challenge.and_then(|challenge| challenge.split(' ').next());
            match named {
                // Where a body proves who asks, the dialect's own scheme is named.
                Some(named) => assert!(of_dialect.contains(&named), "{id}: {named}"),
                None => assert!(schemes.is_empty(), "{id} does not ask for {schemes:?}"),
            }
        }
        let is_declared = way.operation.statuses().contains(&401);
        assert!(
            is_refused || !is_declared,
            "{} gives no 401",
            way.operation.id
        );
    }
    assert_all_asked("challenges", dialects);
}
