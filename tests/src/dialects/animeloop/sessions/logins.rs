//! What a login makes, replaces and never takes over, and who cannot log in.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use tessera_server::domain::{Actor, PrincipalKind};

use super::super::{COOKIE, LOGIN, LOGOUT, TOKEN, assert_code, cookie_of, login, post, session};
use super::{NO_SESSION, is_live};
use crate::harness::{Call, Tessera};

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
    let secret = server.authority().sessions().secret().await;
    let secret = secret.expect("the session secret");
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
async fn a_disabled_user_cannot_log_in_and_has_no_valid_session() {
    let server = Tessera::start().await;
    let cookie = session(&server).await;
    let user = server
        .authority()
        .registry()
        .find_principal(super::super::DIALECT, PrincipalKind::User, "demo_user")
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
