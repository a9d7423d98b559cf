//! Every documented example of animeloop, replayed.

use std::num::NonZeroU32;

use tessera_server::domain::{Actor, PrincipalKind};

use super::{LOGIN, LOGOUT, NEW, REVOKE, TOKEN, login, new_token, post, session};
use crate::harness::{Answer, Call, Shape, Tessera, replay::replays};

replays! {
    login_succeeds: animeloop_create_session 200 "ok" => async |server: &mut Tessera| {
        login(server).send(server).await
    };
    login_without_name: animeloop_create_session 200 "username_empty" => async |server: &mut Tessera| {
        documented_login(server, "username_empty").await
    };
    login_without_password: animeloop_create_session 200 "password_empty" => async |server: &mut Tessera| {
        documented_login(server, "password_empty").await
    };
    login_with_a_wrong_password: animeloop_create_session 200 "credentials_wrong" => async |server: &mut Tessera| {
        documented_login(server, "credentials_wrong").await
    };
    login_with_the_captcha_on: animeloop_create_session 200 "captcha_failed" => async |_: &mut Tessera| {
        let server = Tessera::start_with(|config| config.policy.dialects.animeloop.captcha = true).await;
        login(&server).send(&server).await
    };
    login_with_broken_storage: animeloop_create_session 200 "storage_failure" => async |server: &mut Tessera| {
        server.break_storage().await;
        login(server).send(server).await
    };
    login_without_a_body: animeloop_create_session 400 "bad_request" => async |server: &mut Tessera| {
        Call::post(LOGIN).send(server).await
    };
    login_with_a_large_body: animeloop_create_session 413 "body_too_large" => async |server: &mut Tessera| {
        let name = "x".repeat(70_000);
        Call::post(LOGIN).form(&[("username", &name), ("password", "long_enough")]).send(server).await
    };
    login_too_often: animeloop_create_session 429 "rate_limited" => async |_: &mut Tessera| {
        too_often("POST", LOGIN).await
    };

    logout_succeeds: animeloop_delete_session 200 "ok" => async |server: &mut Tessera| {
        post(LOGOUT, &session(server).await).send(server).await
    };
    logout_with_broken_storage: animeloop_delete_session 200 "storage_failure" => async |server: &mut Tessera| {
        storage_failure(server, "POST", LOGOUT).await
    };
    logout_malformed: animeloop_delete_session 400 "bad_request" => async |server: &mut Tessera| {
        header_too_large(server, "POST", LOGOUT).await
    };
    logout_too_often: animeloop_delete_session 429 "rate_limited" => async |_: &mut Tessera| {
        too_often("POST", LOGOUT).await
    };

    token_is_handed_out: animeloop_get_token 200 "ok" => async |server: &mut Tessera| {
        token(server, "POST").await
    };
    token_does_not_exist: animeloop_get_token 200 "token_missing" => async |server: &mut Tessera| {
        under_session(server, "POST", TOKEN).await
    };
    token_for_a_user_who_is_gone: animeloop_get_token 200 "session_invalid" => async |server: &mut Tessera| {
        user_gone(server, "POST", TOKEN).await
    };
    token_without_a_session: animeloop_get_token 200 "session_missing" => async |server: &mut Tessera| {
        Call::post(TOKEN).send(server).await
    };
    token_with_broken_storage: animeloop_get_token 200 "storage_failure" => async |server: &mut Tessera| {
        storage_failure(server, "POST", TOKEN).await
    };
    token_malformed: animeloop_get_token 400 "bad_request" => async |server: &mut Tessera| {
        header_too_large(server, "POST", TOKEN).await
    };
    token_too_often: animeloop_get_token 429 "rate_limited" => async |_: &mut Tessera| {
        too_often("POST", TOKEN).await
    };

    token_is_read: animeloop_read_token 200 "ok" => async |server: &mut Tessera| {
        token(server, "GET").await
    };
    token_to_read_does_not_exist: animeloop_read_token 200 "token_missing" => async |server: &mut Tessera| {
        under_session(server, "GET", TOKEN).await
    };
    token_read_for_a_user_who_is_gone: animeloop_read_token 200 "session_invalid" => async |server: &mut Tessera| {
        user_gone(server, "GET", TOKEN).await
    };
    token_read_without_a_session: animeloop_read_token 200 "session_missing" => async |server: &mut Tessera| {
        Call::get(TOKEN).send(server).await
    };
    token_read_with_broken_storage: animeloop_read_token 200 "storage_failure" => async |server: &mut Tessera| {
        storage_failure(server, "GET", TOKEN).await
    };
    token_read_malformed: animeloop_read_token 400 "bad_request" => async |server: &mut Tessera| {
        header_too_large(server, "GET", TOKEN).await
    };
    token_read_too_often: animeloop_read_token 429 "rate_limited" => async |_: &mut Tessera| {
        too_often("GET", TOKEN).await
    };

    token_is_made: animeloop_create_token 200 "ok" => async |server: &mut Tessera| {
        (under_session(server, "POST", NEW).await, vec![Shape::jwt("/data/token")])
    };
    token_made_for_a_user_who_is_gone: animeloop_create_token 200 "session_invalid" => async |server: &mut Tessera| {
        user_gone(server, "POST", NEW).await
    };
    token_made_without_a_session: animeloop_create_token 200 "session_missing" => async |server: &mut Tessera| {
        Call::post(NEW).send(server).await
    };
    token_made_with_broken_storage: animeloop_create_token 200 "storage_failure" => async |server: &mut Tessera| {
        storage_failure(server, "POST", NEW).await
    };
    token_making_malformed: animeloop_create_token 400 "bad_request" => async |server: &mut Tessera| {
        header_too_large(server, "POST", NEW).await
    };
    token_made_too_often: animeloop_create_token 429 "rate_limited" => async |_: &mut Tessera| {
        too_often("POST", NEW).await
    };

    token_is_revoked: animeloop_revoke_token 200 "ok" => async |server: &mut Tessera| {
        let cookie = session(server).await;
        new_token(server, &cookie).await;
        post(REVOKE, &cookie).send(server).await
    };
    token_revoked_for_a_user_who_is_gone: animeloop_revoke_token 200 "session_invalid" => async |server: &mut Tessera| {
        user_gone(server, "POST", REVOKE).await
    };
    token_revoked_without_a_session: animeloop_revoke_token 200 "session_missing" => async |server: &mut Tessera| {
        Call::post(REVOKE).send(server).await
    };
    token_revoked_with_broken_storage: animeloop_revoke_token 200 "storage_failure" => async |server: &mut Tessera| {
        storage_failure(server, "POST", REVOKE).await
    };
    token_revocation_malformed: animeloop_revoke_token 400 "bad_request" => async |server: &mut Tessera| {
        header_too_large(server, "POST", REVOKE).await
    };
    token_revoked_too_often: animeloop_revoke_token 429 "rate_limited" => async |_: &mut Tessera| {
        too_often("POST", REVOKE).await
    };
}

/// Sends a request example of the document as it stands there; the demo user has the name used in them.
async fn documented_login(server: &Tessera, example: &str) -> Answer {
    let body = crate::harness::document::request_example("animeloop_create_session", example);
    Call::post(LOGIN).json(&body).send(server).await
}

fn with_cookie(method: &str, path: &str, cookie: &str) -> Call {
    let pair = format!("{}={cookie}", super::COOKIE);
    Call::new(method, path).header("Cookie", pair)
}

async fn under_session(server: &Tessera, method: &str, path: &str) -> Answer {
    let cookie = session(server).await;
    with_cookie(method, path, &cookie).send(server).await
}

async fn token(server: &Tessera, method: &str) -> (Answer, Vec<Shape>) {
    let cookie = session(server).await;
    let token = new_token(server, &cookie).await;
    let answer = with_cookie(method, TOKEN, &cookie).send(server).await;
    (answer, vec![Shape::is("/data/token", token)])
}

async fn user_gone(server: &Tessera, method: &str, path: &str) -> Answer {
    let cookie = session(server).await;
    let name = server.held("/animeloop/username");
    let user = server
        .authority()
        .registry()
        .find_principal(super::DIALECT, PrincipalKind::User, name)
        .await
        .expect("storage answers")
        .expect("the demo user exists");
    server
        .authority()
        .registry()
        .set_enabled(&Actor::operator(), &user, false)
        .await
        .expect("a user can be disabled");
    with_cookie(method, path, &cookie).send(server).await
}

async fn storage_failure(server: &Tessera, method: &str, path: &str) -> Answer {
    let cookie = session(server).await;
    server.break_storage().await;
    with_cookie(method, path, &cookie).send(server).await
}

async fn header_too_large(server: &Tessera, method: &str, path: &str) -> Answer {
    let cookie = "x".repeat(8192);
    with_cookie(method, path, &cookie).send(server).await
}

async fn too_often(method: &str, path: &str) -> Answer {
    let server =
        Tessera::start_with(|config| config.policy.rates.general.limit = NonZeroU32::MIN).await;
    let call = Call::new(method, path);
    let first = call.send(&server).await;
    assert_ne!(first.status, 429);
    call.send(&server).await
}
