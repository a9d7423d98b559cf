//! The session cookie is found on bytes: other cookies in the header change nothing.

use super::{COOKIE, LOGOUT, NEW, REVOKE, TOKEN, assert_code, login, post, session};
use crate::harness::{Call, Tessera};

const NO_SESSION: i64 = 1_940_103;
const NO_TOKEN: i64 = 1_340_401;

/// `Cookie` headers with a session in them; `{}` stands for its name and value.
const HEADERS: [&[u8]; 14] = [
    "stad=Malmö; {}".as_bytes(),
    b"stad=Malm\xf6; {}",
    b"{}; stad=Malm\xf6",
    b"\xff\xfe; {}; \x80=\x80",
    b"\xe2; {}",
    b"a=\"x;y\"; {}",
    b"nonsense; {}",
    b"=; ;; {}",
    b"a=b;{}",
    b"a=b ;\t{} ; c=d",
    b"animeloop.auth.sid2=x; {}",
    b"Animeloop.auth.sid=x; {}",
    b"xanimeloop.auth.sid=x; {}",
    b"{}; animeloop.auth.sid=\xff",
];

fn header(pattern: &[u8], cookie: &str) -> Vec<u8> {
    let at = pattern
        .windows(2)
        .position(|two| two == b"{}")
        .expect("a place for the cookie");
    let pair = format!("{COOKIE}={cookie}");
    [&pattern[..at], pair.as_bytes(), &pattern[at + 2..]].concat()
}

#[tokio::test]
async fn other_cookies_in_the_header_change_nothing() {
    let server = Tessera::start().await;
    for pattern in HEADERS {
        let shown = String::from_utf8_lossy(pattern);
        let cookie = session(&server).await;
        let under = |path: &str| Call::post(path).header("Cookie", header(pattern, &cookie));
        let code = async |path: &str| {
            let answer = under(path).send(&server).await.expect(200);
            answer.json()["code"].as_i64().expect("a code")
        };
        assert_eq!(code(NEW).await, 1_320_002, "{shown}");
        assert_eq!(code(TOKEN).await, 1_320_001, "{shown}");
        assert_eq!(code(REVOKE).await, 1_320_003, "{shown}");
        assert_eq!(code(TOKEN).await, NO_TOKEN, "{shown}");
        // The logout ends the session, and does not only say so.
        assert_eq!(code(LOGOUT).await, 1_220_002, "{shown}");
        let after = post(TOKEN, &cookie).send(&server).await;
        assert_code(&after, NO_SESSION);
    }
}

#[tokio::test]
async fn a_login_replaces_the_session_beside_other_cookies() {
    let server = Tessera::start().await;
    let old = session(&server).await;
    let again = login(&server).header("Cookie", header(b"stad=Malm\xf6; {}", &old));
    assert_code(&again.send(&server).await, 1_220_001);
    assert_code(&post(TOKEN, &old).send(&server).await, NO_SESSION);
}

#[tokio::test]
async fn the_first_cookie_of_the_name_counts_even_when_it_is_not_text() {
    let server = Tessera::start().await;
    let cookie = session(&server).await;
    let ask = async |headers: &[Vec<u8>]| {
        let mut call = Call::post(TOKEN);
        for header in headers {
            call = call.header("Cookie", header);
        }
        call.send(&server).await
    };
    let good = header(b"{}", &cookie);
    let bad = b"animeloop.auth.sid=\xff".to_vec();
    let stray = b"stad=Malm\xf6".to_vec();
    let both = [b"animeloop.auth.sid=\xff; ".as_slice(), &good].concat();
    assert_code(&ask(&[stray.clone(), good.clone()]).await, NO_TOKEN);
    assert_code(&ask(&[good.clone(), bad.clone()]).await, NO_TOKEN);
    assert_code(&ask(&[bad.clone(), good.clone()]).await, NO_SESSION);
    assert_code(&ask(&[both]).await, NO_SESSION);
    let spaced = format!("a=b; {COOKIE} = {cookie} ").into_bytes();
    assert_code(&ask(&[spaced]).await, NO_TOKEN);
}
