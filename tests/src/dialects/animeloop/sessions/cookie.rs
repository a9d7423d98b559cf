//! The form of the cookie, and what an operator may add to it.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use tessera_server::{
    config::Config,
    dialects::animeloop::SameSite,
    serve::{Ports, Server},
};

use super::super::{COOKIE, LOGIN, assert_code, cookie_of, login};
use super::raw;
use crate::harness::{Call, Tessera};

#[tokio::test]
async fn the_cookie_is_signed_and_lasts_thirty_hours() {
    let server = Tessera::start().await;
    let answer = login(&server).send(&server).await;
    let header = answer.header("set-cookie").expect("a cookie is set");
    let cookie = cookie_of(&answer);
    // The clock stands at 2026-01-02T03:04:05.678Z.
    assert_eq!(
        header,
        format!("{COOKIE}={cookie}; Path=/; Expires=Sat, 03 Jan 2026 09:04:05 GMT; HttpOnly")
    );
    let raw = raw(&cookie);
    let (sid, mac) = raw
        .strip_prefix("s:")
        .and_then(|rest| rest.split_once('.'))
        .expect("the signed form");
    assert_eq!((sid.len(), mac.len()), (32, 43));
    let secret = server.held("/animeloop/session_secret").as_bytes();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
    let expected = aws_lc_rs::hmac::sign(&key, sid.as_bytes());
    assert_eq!(mac, STANDARD_NO_PAD.encode(expected));
    assert_eq!(
        cookie,
        raw.replace(':', "%3A")
            .replace('/', "%2F")
            .replace('+', "%2B")
    );
}

#[tokio::test]
async fn an_operator_adds_secure_and_same_site() {
    let server = Tessera::start_with(|config| {
        config.policy.dialects.animeloop.cookie_secure = Some(true);
        config.policy.dialects.animeloop.cookie_same_site = Some(SameSite::Lax);
    })
    .await;
    let answer = login(&server).send(&server).await;
    let header = answer.header("set-cookie").expect("a cookie is set");
    assert!(
        header.ends_with("; HttpOnly; Secure; SameSite=Lax"),
        "{header}"
    );
}

#[tokio::test]
async fn a_cookie_is_secure_by_default_where_the_public_url_is_https() {
    for (public_url, cookie_secure, secure) in [
        (Some("https://tokens.example.org"), None, true),
        (Some("HTTPS://tokens.example.org"), None, true),
        (Some("https://tokens.example.org"), Some(false), false),
        (Some("http://tokens.example.org"), None, false),
        (Some("http://tokens.example.org"), Some(true), true),
        (None, None, false),
    ] {
        let server = Tessera::start_with(|config| {
            config.public_url = public_url.map(|url| url.parse().expect("an origin"));
            config.policy.dialects.animeloop.cookie_secure = cookie_secure;
        })
        .await;
        let answer = login(&server).send(&server).await;
        let header = answer.header("set-cookie").expect("a cookie is set");
        let said = format!("{public_url:?} {cookie_secure:?}: {header}");
        assert_eq!(header.contains("; Secure"), secure, "{said}");
    }
}

#[tokio::test]
async fn same_site_none_without_secure_does_not_start() {
    let https = Some("https://tokens.example.org");
    for (same_site, public_url, cookie_secure, starts) in [
        (SameSite::None, None, None, false),
        (SameSite::None, None, Some(false), false),
        (SameSite::None, None, Some(true), true),
        (SameSite::None, https, None, true),
        (SameSite::None, https, Some(false), false),
        (SameSite::Lax, None, None, true),
    ] {
        let mut config = Config::local("sqlite::memory:");
        config.public_url = public_url.map(|url| url.parse().expect("an origin"));
        config.policy.dialects.animeloop.cookie_same_site = Some(same_site);
        config.policy.dialects.animeloop.cookie_secure = cookie_secure;
        let server = Server::prepare(&config, &Ports::system()).await;
        let refused = server.err().map(|error| error.to_string());
        assert_eq!(refused.is_none(), starts, "{refused:?}");
        let Some(refused) = refused else {
            continue;
        };
        for said in [
            "--animeloop-cookie-secure on",
            "TESSERA_ANIMELOOP_COOKIE_SECURE=on",
        ] {
            assert!(refused.contains(said), "{refused}");
        }
    }
}

#[tokio::test]
async fn refusals_set_no_cookie() {
    let server = Tessera::start().await;
    let answer = Call::post(LOGIN)
        .form(&[("username", "demo_user"), ("password", "not_the_password")])
        .send(&server)
        .await;
    assert_code(&answer, 1_940_106);
    assert_eq!(answer.header("set-cookie"), None);
}
