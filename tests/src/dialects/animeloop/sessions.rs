//! The session cookie: its form, its life, and what is no session.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use tessera_server::{
    config::Config,
    dialects::SameSite,
    domain::{Actor, Dialect, PrincipalKind, Secret},
    serve::{Ports, Server},
};

use crate::harness::{
    Call, Tessera,
    animeloop::{
        COOKIE, LOGIN, LOGOUT, TOKEN, assert_code, cookie_of, login, new_token, post, session,
    },
};

const HOUR: Duration = Duration::from_hours(1);
const NO_SESSION: i64 = 1_940_103;
const NO_TOKEN: i64 = 1_340_401;

/// Sends a `Cookie` header and gives the code of the answer; [`NO_TOKEN`] means the session is good.
async fn code_under(server: &Tessera, header: &str) -> i64 {
    let answer = Call::post(TOKEN)
        .header("Cookie", header)
        .send(server)
        .await;
    assert_eq!(answer.status, 200, "{header}");
    answer.json()["code"].as_i64().expect("a code")
}

async fn is_live(server: &Tessera, cookie: &str) -> bool {
    match code_under(server, &format!("{COOKIE}={cookie}")).await {
        NO_TOKEN => true,
        NO_SESSION => false,
        other => panic!("neither live nor dead: {other}"),
    }
}

/// `s:…` as it stands behind the percent encoding.
fn raw(cookie: &str) -> String {
    percent_encoding::percent_decode_str(cookie)
        .decode_utf8()
        .expect("a cookie is UTF-8")
        .into_owned()
}

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
    let secret = server.credentials.animeloop.session_secret.as_bytes();
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

#[tokio::test]
async fn a_session_slides_with_each_use_and_ends_thirty_hours_after_the_last() {
    let server = Tessera::start().await;
    let cookie = session(&server).await;
    for _ in 0..3 {
        server.clock.advance(29 * HOUR);
        assert!(is_live(&server, &cookie).await);
    }
    server
        .clock
        .advance(Duration::from_millis(30 * 3_600_000 - 1));
    assert!(is_live(&server, &cookie).await);
    server.clock.advance(30 * HOUR);
    assert!(!is_live(&server, &cookie).await);
}

#[tokio::test]
async fn a_session_ends_thirty_days_after_its_login_however_much_it_is_used() {
    let server = Tessera::start().await;
    let cookie = session(&server).await;
    for _ in 0..29 {
        server.clock.advance(24 * HOUR);
        assert!(is_live(&server, &cookie).await);
    }
    server
        .clock
        .advance(Duration::from_millis(24 * 3_600_000 - 1));
    assert!(is_live(&server, &cookie).await);
    server.clock.advance(Duration::from_millis(1));
    assert!(!is_live(&server, &cookie).await);
}

#[tokio::test]
async fn the_cookie_tells_the_smaller_of_the_two_lives() {
    let server = Tessera::start_with(|config| {
        config.policy.rates.enforced = false;
        config.policy.dialects.animeloop.session_max_secs = 3600;
    })
    .await;
    let answer = login(&server).send(&server).await;
    let header = answer.header("set-cookie").expect("a cookie is set");
    let ends = "; Expires=Fri, 02 Jan 2026 04:04:05 GMT;";
    assert!(header.contains(ends), "{header}");
    let cookie = cookie_of(&answer);
    server.clock.advance(Duration::from_millis(3_600_000 - 1));
    assert!(is_live(&server, &cookie).await);
    server.clock.advance(Duration::from_millis(1));
    assert!(!is_live(&server, &cookie).await);
}

#[tokio::test]
async fn a_session_survives_a_restart() {
    let mut server = Tessera::start().await;
    let cookie = session(&server).await;
    server.restart().await;
    assert!(is_live(&server, &cookie).await);
}

#[tokio::test]
async fn each_login_is_a_session_of_its_own_and_replaces_only_the_one_presented() {
    let server = Tessera::start().await;
    let first = session(&server).await;
    let second = session(&server).await;
    assert_ne!(first, second);
    let answer = login(&server)
        .header("Cookie", format!("{COOKIE}={first}"))
        .send(&server)
        .await;
    assert_code(&answer, 1_220_001);
    let third = cookie_of(&answer);
    assert_ne!(third, first);
    assert!(!is_live(&server, &first).await);
    assert!(is_live(&server, &second).await);
    assert!(is_live(&server, &third).await);
}

#[tokio::test]
async fn a_login_that_fails_replaces_nothing() {
    let server = Tessera::start().await;
    let cookie = session(&server).await;
    let answer = post(LOGIN, &cookie)
        .form(&[("username", "demo_user"), ("password", "not_the_password")])
        .send(&server)
        .await;
    assert_code(&answer, 1_940_106);
    assert!(is_live(&server, &cookie).await);
}

/// Session fixation: a stranger's choice of identifier is never taken over.
#[tokio::test]
async fn a_session_identifier_that_comes_with_a_login_is_not_adopted() {
    let server = Tessera::start().await;
    let chosen = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let secret = server.authority().sessions().secret();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.as_bytes());
    let mac = STANDARD_NO_PAD.encode(aws_lc_rs::hmac::sign(&key, chosen.as_bytes()));
    let planted = format!("s:{chosen}.{mac}");
    let answer = login(&server)
        .header("Cookie", format!("{COOKIE}={planted}"))
        .send(&server)
        .await;
    assert_code(&answer, 1_220_001);
    assert!(!cookie_of(&answer).contains(chosen));
    assert!(!is_live(&server, &planted).await);
}

#[tokio::test]
async fn encoded_raw_and_quoted_spellings_are_accepted() {
    let server = Tessera::start().await;
    let cookie = session(&server).await;
    let raw = raw(&cookie);
    for spelling in [
        raw.clone(),
        cookie.replace("%3A", "%3a"),
        format!("\"{cookie}\""),
    ] {
        assert!(is_live(&server, &spelling).await, "{spelling}");
    }
    for header in [
        format!("theme=dark; {COOKIE}={cookie}; lang=en"),
        format!("theme=dark;{COOKIE}={raw}"),
    ] {
        assert_eq!(code_under(&server, &header).await, NO_TOKEN, "{header}");
    }
}

#[tokio::test]
async fn of_two_cookies_the_first_counts() {
    let server = Tessera::start().await;
    let cookie = session(&server).await;
    let good_first = format!("{COOKIE}={cookie}; {COOKIE}=s%3Aother.mac");
    assert_eq!(code_under(&server, &good_first).await, NO_TOKEN);
    let good_last = format!("{COOKIE}=s%3Aother.mac; {COOKIE}={cookie}");
    assert_eq!(code_under(&server, &good_last).await, NO_SESSION);
    let two_lines = Call::post(TOKEN)
        .header("Cookie", format!("{COOKIE}={cookie}"))
        .header("Cookie", format!("{COOKIE}=nothing"))
        .send(&server)
        .await;
    assert_code(&two_lines, NO_TOKEN);
}

#[tokio::test]
async fn whatever_is_not_exactly_our_signed_cookie_is_no_session() {
    let server = Tessera::start().await;
    let cookie = raw(&session(&server).await);
    let other = raw(&session(&server).await);
    let (sid, mac) = cookie.rsplit_once('.').expect("signed");
    let (other_sid, _) = other.rsplit_once('.').expect("signed");
    let foreign_mac = {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"another secret");
        STANDARD_NO_PAD.encode(aws_lc_rs::hmac::sign(&key, &sid.as_bytes()[2..]))
    };
    let mut wrong = vec![
        String::new(),
        "s:".to_owned(),
        "s:.".to_owned(),
        sid.to_owned(),
        sid[2..].to_owned(),
        cookie[2..].to_owned(),
        format!("{sid}."),
        format!("{sid}.{mac}="),
        format!("{sid}.{mac}A"),
        format!("{sid}.{foreign_mac}"),
        format!("{sid}.{}", STANDARD_NO_PAD.encode([0; 32])),
        format!("{other_sid}.{mac}"),
        format!("{sid}x.{mac}"),
        format!("S:{}.{mac}", &sid[2..]),
        format!("j:{}.{mac}", &sid[2..]),
        format!("s%253A{}.{mac}", &sid[2..]),
        "%FF%FE".to_owned(),
        "%".to_owned(),
    ];
    wrong.extend((1..cookie.len()).map(|end| cookie[..end].to_owned()));
    for value in wrong {
        assert!(!is_live(&server, &value).await, "{value}");
    }
    assert!(is_live(&server, &cookie).await);
    let other_name = format!("{}={cookie}", COOKIE.to_uppercase());
    assert_eq!(code_under(&server, &other_name).await, NO_SESSION);
}

#[tokio::test]
async fn cookies_of_an_older_secret_are_refused() {
    let server = Tessera::start().await;
    let cookie = session(&server).await;
    server
        .authority()
        .sessions()
        .set_secret(&Actor::operator(), Secret::new("a newer secret"))
        .await
        .expect("storage answers");
    assert!(!is_live(&server, &cookie).await);
}

#[tokio::test]
async fn logout_ends_this_session_only_and_can_be_repeated() {
    let server = Tessera::start().await;
    let cookie = session(&server).await;
    let other = session(&server).await;
    let token = new_token(&server, &cookie).await;
    for _ in 0..2 {
        let answer = post(LOGOUT, &cookie).send(&server).await;
        assert_code(&answer, 1_220_002);
        assert_eq!(answer.header("set-cookie"), None);
    }
    assert_code(&Call::post(LOGOUT).send(&server).await, 1_220_002);
    assert_code(&post(TOKEN, &cookie).send(&server).await, NO_SESSION);
    let answer = post(TOKEN, &other).send(&server).await;
    assert_eq!(answer.string_at("/data/token"), token);
}

#[tokio::test]
async fn a_disabled_user_cannot_log_in_and_has_no_valid_session() {
    let server = Tessera::start().await;
    let cookie = session(&server).await;
    let user = server
        .authority()
        .registry()
        .find_principal(Dialect::Animeloop, PrincipalKind::User, "demo_user")
        .await
        .expect("storage answers")
        .expect("the demo user exists");
    let enable = async |enabled| {
        let actor = Actor::operator();
        let done = server
            .authority()
            .registry()
            .set_enabled(&actor, &user, enabled)
            .await;
        done.expect("storage answers");
    };
    enable(false).await;
    assert_code(&post(TOKEN, &cookie).send(&server).await, 1_940_102);
    assert_code(&login(&server).send(&server).await, 1_940_106);
    assert_code(&post(LOGOUT, &cookie).send(&server).await, 1_220_002);
    enable(true).await;
    assert_code(&post(TOKEN, &cookie).send(&server).await, NO_SESSION);
    assert_code(&login(&server).send(&server).await, 1_220_001);
}

#[tokio::test]
async fn five_wrong_passwords_lock_the_user_out_for_a_while() {
    let server = Tessera::start().await;
    let wrong = Call::post(LOGIN).form(&[("username", "demo_user"), ("password", "not_the_one")]);
    for _ in 0..5 {
        assert_code(&wrong.send(&server).await, 1_940_106);
    }
    let locked = login(&server).send(&server).await.expect(429);
    assert_eq!(
        locked.text(),
        r#"{"status":"error","code":429,"message":"Too many requests"}"#
    );
    let wait: u64 = locked
        .header("retry-after")
        .and_then(|secs| secs.parse().ok())
        .expect("whole seconds");
    server.clock.advance(Duration::from_secs(wait));
    assert_code(&login(&server).send(&server).await, 1_220_001);
}
