//! The standard endpoints: who may ask, what is told, what is ended, hostile requests.

mod authentication;
mod browser;
mod clients;
mod published;
pub mod replays;
mod requests;
mod rights;
mod sdk;
mod trial;
mod typed_calls;

use crate::harness::Answer;
pub use crate::harness::{asker, demo_asker};
use tessera_server::domain::Dialect;

pub use trial::TRIAL;

/// As the server knows it.
pub const DIALECT: Dialect = Dialect::new("oauth");

pub const INTROSPECT: &str = "/oauth/introspect";
pub const REVOKE: &str = "/oauth/revoke";
pub const KEYS: &str = "/.well-known/jwks.json";
pub const METADATA: &str = "/.well-known/oauth-authorization-server";

#[track_caller]
fn assert_refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.string_at("/error"), error, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let challenge = answer.header("www-authenticate");
    assert_eq!(challenge.is_some(), status == 401);
}
