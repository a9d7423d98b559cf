//! `Authorization: Token`: the token is found on bytes, whatever else the header holds.

use super::{TOKEN, assert_denied, token_of};
use crate::harness::{Call, Tessera};

/// A call with exactly these bytes in `Authorization`; `{}` stands for the token.
fn call(token: &str, value: &[u8]) -> Call {
    let at = value
        .windows(2)
        .position(|two| two == b"{}")
        .expect("a place for the token");
    let value = [&value[..at], token.as_bytes(), &value[at + 2..]].concat();
    Call::post(TOKEN).header("Authorization", value)
}

#[tokio::test]
async fn parameters_beside_the_token_change_nothing() {
    let server = Tessera::start().await;
    let token = server.held("/token_generator/user_token");
    for value in [
        &b"Token token=\"{}\", nonce=\"Malm\xc3\xb6\""[..],
        b"Token token=\"{}\", nonce=\"Malm\xf6\"",
        b"Token token={}, nonce=\xff\xfe",
        b"Token token={};\xe2",
        b"Token token={}, \xe2\x28\xa1=\"\x80\"",
        b"Token token=\"{}\", nonce=\"a,token=x;b\"",
        b"Token token=\"{}\", nonce=\"a\\\", token=x\"",
        b"Token token=\"{}\"; nonce=\"never closed, token=x",
        b"Token token=\"{}\", nonsense",
        b"Token token=\"{}\", a b c",
        b"Token token=\"{}\", =, ;, \"",
        b"Token token=\"{}\", x=\"y\"z",
        b"Token token=\"{}\", tokens=x, my_token=y",
        b"Token nonce=\"Malm\xf6\", token=\"{}\"",
        b"Token nonce=\"a, token=x\"; token={}",
        b"Token token = \"{}\" , x=y",
        b"Token\ttoken={}",
        b"Token token={},",
    ] {
        let answer = call(token, value).send(&server).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(value));
        token_of(&answer);
    }
}

#[tokio::test]
async fn a_token_that_is_not_the_only_one_or_not_whole_is_denied() {
    let server = Tessera::start().await;
    let token = server.held("/token_generator/user_token");
    for value in [
        &b"Token token=\"{}\", token=\"x\""[..],
        b"Token token=\"x\", token=\"{}\"",
        b"Token token={}; TOKEN={}",
        b"Token token=\"{}\xff\"",
        b"Token token=\xff{}",
        b"Token \xc2\xa0token={}",
        b"Token token=\"{}\" trailing",
        b"Token token=\"{}",
        b"Token x=\"token={}\"",
        b"\xffToken token={}",
        b"Token, token={}",
        b"Bearer token={}",
    ] {
        let answer = call(token, value).send(&server).await;
        assert_eq!(answer.status, 401, "{}", String::from_utf8_lossy(value));
        assert_denied(&answer);
    }
}
