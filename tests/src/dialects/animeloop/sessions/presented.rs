//! Which cookies that come with a request are a session: spellings of the signed one, and nothing else.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};

use super::super::{COOKIE, TOKEN, assert_code, session};
use super::{NO_SESSION, NO_TOKEN, code_under, is_live, raw};
use crate::harness::{Call, Tessera};

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
