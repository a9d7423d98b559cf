//! Every call of the proof: for each operation a minimal and a maximal one, and each credential by itself.

mod auth_api;
mod browsers;
mod machines;

use tessera_client::Credential;

use super::case::Case;

/// Text that every encoding has to escape, each in its own way.
pub const HOSTILE: &str = r#"a/../b\c?d#e&f=g+h%2Fi;j "k" <l> {m} |^`[ü€😀]~"#;

/// One credential of every scheme, as a client may hold them all at once.
pub fn everything() -> Vec<Credential> {
    vec![
        Credential::animeloop_session("s%3Asession.mac%2Fx"),
        Credential::pnut("pnut-token"),
        Credential::pnut_query("query token&x=1"),
        Credential::token_generator("caller.jwt.mac"),
        Credential::auth_api_client("client-1"),
        Credential::auth_api_long("lt_long"),
        Credential::auth_api_short("short.jwt.mac"),
        Credential::manis("merchant-1", "merchant-secret"),
        Credential::oauth_client("resource server", "s:cret/1"),
    ]
}

/// All of them, by operation in no particular order.
pub fn cases() -> Vec<Case> {
    let mut cases = browsers::cases();
    cases.extend(auth_api::cases());
    cases.extend(machines::cases());
    cases
}
