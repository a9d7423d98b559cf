//! A changed password ends the sessions that it opened, and the token that was asked for under them.

use super::{DIALECT, LOGIN, TOKEN, assert_code, login, new_token, post, session};
use crate::{
    harness::{Call, Tessera},
    rules::passwords::change,
};

const NO_SESSION: i64 = 1_940_103;

#[tokio::test]
async fn a_changed_password_ends_the_sessions_and_the_token() {
    for keep_tokens in [false, true] {
        let server = Tessera::start().await;
        let cookies = [session(&server).await, session(&server).await];
        let token = new_token(&server, &cookies[0]).await;
        change(&server, DIALECT, "demo_user", keep_tokens).await;
        for cookie in &cookies {
            let answer = post(TOKEN, cookie).send(&server).await;
            let code = if keep_tokens { 1_320_001 } else { NO_SESSION };
            assert_code(&answer, code);
        }
        let live = server
            .authority()
            .tokens()
            .authenticate(DIALECT, &token)
            .await;
        assert_eq!(live.is_ok(), keep_tokens, "{live:?}");
        assert_code(&login(&server).send(&server).await, 1_940_106);
    }
}

#[tokio::test]
async fn a_name_that_nobody_has_is_refused_as_a_wrong_password_until_it_is_locked() {
    let server = Tessera::start().await;
    let call = Call::post(LOGIN).form(&[("username", "nobody_here"), ("password", "anything")]);
    for last in 1..=10 {
        for _ in 0..5 {
            let answer = call.send_from([127, 0, 9, last], server.address()).await;
            assert_code(&answer, 1_940_106);
        }
    }
    call.send_from([127, 0, 0, 3], server.address())
        .await
        .expect(429);
}
