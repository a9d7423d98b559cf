//! How long a session lives, and what ends it.

use std::time::Duration;

use tessera_server::domain::{Actor, Secret};

use super::super::{LOGOUT, TOKEN, assert_code, cookie_of, login, new_token, post, session};
use super::{NO_SESSION, is_live};
use crate::harness::{Call, Tessera};

const HOUR: Duration = Duration::from_hours(1);

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
