//! Calls from pages of other origins, over sockets: every path of the document and of our own, refusals included.

mod places;
mod preflights;
mod readers;

use std::num::NonZeroU32;

use tessera_server::config::Config;

use crate::harness::Answer;

pub const HOME: &str = "https://app.example.com";
pub const OTHERS: &str = "https://evil.example";

/// What pages may read besides the body, by the contract.
const EXPOSED: &str = "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-OAuth-Scopes, \
     X-Token, X-Token-Id, X-Request-Id, Retry-After";

/// Asserts who may read an answer; `None` is nobody, `*` everybody without credentials.
#[track_caller]
pub fn assert_readers(answer: &Answer, readers: Option<&str>, what: &str) {
    let found = answer.header("access-control-allow-origin");
    assert_eq!(found, readers, "{what}: {}", answer.status_line);
    let credentials = readers.filter(|readers| *readers != "*").map(|_| "true");
    let found = answer.header("access-control-allow-credentials");
    assert_eq!(found, credentials, "{what}: {}", answer.status_line);
    if answer.status != 204 || answer.header("access-control-allow-methods").is_none() {
        let exposed = answer.header("access-control-expose-headers");
        assert_eq!(exposed, readers.map(|_| EXPOSED), "{what}");
    }
}

/// The quotas of a server whose every bucket is empty after one request.
pub fn one_request(config: &mut Config) {
    let rates = &mut config.policy.rates;
    for quota in [
        &mut rates.anonymous_reads,
        &mut rates.token_reads,
        &mut rates.writes,
        &mut rates.general,
    ] {
        quota.limit = NonZeroU32::MIN;
    }
}

pub fn listing(config: &mut Config) {
    let origin = HOME.parse().expect("an origin");
    config.network.origins = [origin].into_iter().collect();
}
