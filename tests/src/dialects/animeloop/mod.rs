//! Behaviour of animeloop, and what its tests share.

mod browser;
mod clients;
mod cors;
mod express;
mod neighbours;
mod passwords;
pub mod replays;
mod requests;
mod sdk;
mod sessions;
mod tokens;
mod trial;
mod typed_calls;

use tessera_server::domain::Dialect;

pub use trial::TRIAL;

/// As the server knows it.
pub const DIALECT: Dialect = Dialect::new("animeloop");

use crate::harness::{Answer, Call, Reach};

/// The cookie's name.
pub const COOKIE: &str = "animeloop.auth.sid";

/// The operations under a session, by path.
pub const TOKEN: &str = "/api/v2/auth/token";
/// See [`TOKEN`].
pub const NEW: &str = "/api/v2/auth/token/new";
/// See [`TOKEN`].
pub const REVOKE: &str = "/api/v2/auth/token/revoke";
/// See [`TOKEN`].
pub const LOGIN: &str = "/api/v2/auth/login";
/// See [`TOKEN`].
pub const LOGOUT: &str = "/api/v2/auth/logout";

/// A login with the demo user's credentials.
pub fn login(server: &Reach) -> Call {
    Call::post(LOGIN).form(&[
        ("username", server.held("/animeloop/username")),
        ("password", server.held("/animeloop/password")),
    ])
}

/// Logs the demo user in and gives the cookie's value as it stood in `Set-Cookie`.
pub async fn session(server: &Reach) -> String {
    cookie_of(&login(server).send(server).await.expect(200))
}

/// The cookie's value in a `Set-Cookie` header.
pub fn cookie_of(answer: &Answer) -> String {
    let header = answer.header("set-cookie").expect("a cookie is set");
    let (pair, _) = header.split_once(';').expect("the cookie has attributes");
    let (name, value) = pair.split_once('=').expect("a cookie is a pair");
    assert_eq!(name, COOKIE);
    value.to_owned()
}

/// A POST under a session.
pub fn post(path: &str, cookie: &str) -> Call {
    Call::post(path).header("Cookie", format!("{COOKIE}={cookie}"))
}

/// Asks for a new token under a session.
pub async fn new_token(server: &Reach, cookie: &str) -> String {
    let answer = post(NEW, cookie).send(server).await.expect(200);
    assert_code(&answer, 1_320_002);
    answer.string_at("/data/token")
}

/// Asserts HTTP 200 and the seven-digit code in the body.
#[track_caller]
pub fn assert_code(answer: &Answer, code: i64) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["code"], code, "{}", answer.text());
}
