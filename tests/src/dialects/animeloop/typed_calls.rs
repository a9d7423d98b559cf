//! The SDK's calls of animeloop: sessions that the client keeps, and refusals that travel under HTTP 200.

use tessera_client::{
    CallError, Client, Credential, Credentials, Either, HasHeaders as _, Scheme, builder,
};

use crate::{
    harness::Tessera,
    sdk::{client, client_of, json, refused},
};

const LOGGED_IN: &str = r#"{"status":"success","code":1220001,"message":"login successfully.","data":{"username":"demo_user","email":"demo@example.com"}}"#;

fn logged_in(cookie: &str) -> String {
    let answer = json("200 OK", LOGGED_IN);
    answer.replacen("\r\n", &format!("\r\nSet-Cookie: {cookie}\r\n"), 1)
}

fn log_in(client: &Client) -> builder::AnimeloopCreateSession<'_> {
    let call = client.animeloop_create_session();
    call.body_map(|body| body.username("demo_user").password("pass_word"))
}

fn holds_nothing(client: &Client) -> bool {
    let mut schemes = Scheme::ALL.iter();
    schemes.all(|scheme| !client.credentials().holds(*scheme))
}

#[tokio::test]
async fn a_login_keeps_its_session_for_the_client_and_its_clones() {
    let login = logged_in(
        "animeloop.auth.sid=s%3Anew.mac; Path=/; Expires=Mon, 02 Mar 2026 15:30:00 GMT; HttpOnly",
    );
    let next = json("200 OK", "{}");
    let (client, responder) = client(Credentials::none(), &[&login, &next, &next]);
    let clone = client.clone();
    let other = client.with(Credentials::none());
    let user = log_in(&client).await;
    assert_eq!(user.expect("a session").data.username, "demo_user");
    let received = responder.received();
    assert_eq!(received.header("cookie"), None);
    let sent = r#"{"password":"pass_word","username":"demo_user"}"#;
    assert_eq!(received.body, sent);

    let _ = clone.animeloop_get_token().await;
    let expected = Some("animeloop.auth.sid=s%3Anew.mac");
    assert_eq!(responder.received().header("cookie"), expected);
    let _ = other.animeloop_get_token().await;
    assert_eq!(responder.received().header("cookie"), None);
}

#[tokio::test]
async fn a_cookie_that_is_ended_is_forgotten() {
    for ended in [
        "animeloop.auth.sid=; Path=/",
        "animeloop.auth.sid=x; Max-Age=0",
        "animeloop.auth.sid=x; Max-Age=-1",
        "animeloop.auth.sid=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    ] {
        let held = Credential::animeloop_session("s%3Asid.mac");
        let (client, _responder) = client(held, &[&logged_in(ended)]);
        let _ = client.animeloop_delete_session().await;
        assert!(
            !client.credentials().holds(Scheme::ANIMELOOP_SESSION),
            "{ended}"
        );
    }
}

#[tokio::test]
async fn other_cookies_are_not_kept() {
    for cookie in [
        "tracker=1; Path=/",
        "Animeloop.Auth.Sid=s%3Anew.mac",
        "no cookie",
    ] {
        let (client, _responder) = client(Credentials::none(), &[&logged_in(cookie)]);
        let _ = log_in(&client).await;
        assert!(holds_nothing(&client), "{cookie}");
    }
}

#[tokio::test]
async fn only_the_answer_to_a_login_hands_a_session_out() {
    let cookie = "animeloop.auth.sid=s%3Anew.mac; Path=/";
    let (client, responder) = client(
        Credentials::none(),
        &[
            &logged_in(cookie),
            &logged_in(cookie).replacen("200 OK", "429 Too Many Requests", 1),
            &logged_in(cookie),
        ],
    );
    let _ = client.animeloop_get_token().await;
    assert!(holds_nothing(&client), "another operation");
    let _ = log_in(&client).await;
    assert!(holds_nothing(&client), "another status");
    let _ = log_in(&client).await;
    assert!(client.credentials().holds(Scheme::ANIMELOOP_SESSION));
    drop(responder);
}

#[tokio::test]
async fn a_session_goes_back_to_its_own_origin_only() {
    let answer = json("200 OK", LOGGED_IN);
    let cookie = "\r\nSet-Cookie: animeloop.auth.sid=s%3Afirst.mac; Path=/\r\n";
    let ended = "\r\nSet-Cookie: animeloop.auth.sid=; Path=/; Max-Age=0\r\n";
    let login = answer.replacen("\r\n", cookie, 1);
    let logout = answer.replacen("\r\n", ended, 1);
    let shared = Credentials::none();
    let (first, of_first) = client(shared.clone(), &[&login, &answer]);
    let (second, of_second) = client(shared.clone(), &[&answer, &logout]);
    log_in(&first).await.expect("a session");
    assert_eq!(of_first.received().header("cookie"), None);

    // Another port is another origin, though a browser's cookies would not tell the two apart.
    for _ in 0..2 {
        let _ = second.animeloop_delete_session().await;
        assert_eq!(of_second.received().header("cookie"), None);
    }
    let _ = first.animeloop_get_token().await;
    let kept = Some("animeloop.auth.sid=s%3Afirst.mac");
    assert_eq!(of_first.received().header("cookie"), kept);

    // What a caller sets is for all its clients.
    shared.set(Credential::animeloop_session("s%3Aset.mac"));
    let (third, of_third) = client(shared, &[&answer]);
    let _ = third.animeloop_get_token().await;
    let set = Some("animeloop.auth.sid=s%3Aset.mac");
    assert_eq!(of_third.received().header("cookie"), set);
}

#[tokio::test]
async fn a_refusal_under_200_is_an_error() {
    let body = r#"{"status":"error","code":1940103,"message":"cookie session doesn't exist."}"#;
    let (client, _responder) = client(Credentials::none(), &[&json("200 OK", body)]);
    let error = client.animeloop_get_token().await.expect_err("refused");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
    assert_eq!(error.code(), Some("1940103"));
    assert_eq!(error.message(), Some("cookie session doesn't exist."));
    assert!(!error.is_transient());
    let body = error.refusal().and_then(|refusal| refusal.body.as_ref());
    assert!(matches!(body, Some(Either::UnderSuccess(_))), "{body:?}");
    let shown = error.to_string();
    let expected = "refused with 200 OK, 1940103: cookie session doesn't exist.";
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn a_servers_refusal_under_200_is_the_same_error() {
    let server = Tessera::start().await;
    let client = client_of(&server, Credentials::none());
    let error = refused(client.animeloop_get_token().await);
    assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
    assert_eq!(error.code(), Some("1940103"));
    assert_eq!(error.message(), Some("cookie session doesn't exist."));
}

#[tokio::test]
async fn a_refusal_with_a_status_of_its_own_has_the_other_body() {
    let body = r#"{"status":"error","code":400,"message":"Bad request"}"#;
    let (client, _responder) = client(Credentials::none(), &[&json("400 Bad Request", body)]);
    let error = client.animeloop_get_token().await.expect_err("refused");
    assert_eq!(error.code(), Some("400"));
    let body = error.refusal().and_then(|refusal| refusal.body.as_ref());
    assert!(matches!(body, Some(Either::Declared(_))), "{body:?}");
}

#[tokio::test]
async fn a_success_beside_possible_refusals_is_the_success_alone() {
    let body = r#"{"status":"success","code":1320001,"message":"request token successfully.","data":{"token":"a.b.c"}}"#;
    let (client, _responder) = client(Credentials::none(), &[&json("200 OK", body)]);
    let token = client.animeloop_get_token().await.expect("a token");
    assert_eq!(token.data.token.expose(), "a.b.c");
    assert_eq!(format!("{:?}", token.data.token), "[redacted]");
}

#[tokio::test]
async fn a_refusal_under_200_tells_when_to_come_back_too() {
    let known =
        r#"{"status":"error","code":1950301,"message":"internal server error, database error."}"#;
    let new = r#"{"status":"error","code":1950302,"message":"a code of tomorrow."}"#;
    let moved = r#"{"status":"error","code":1950301,"message":"Said otherwise."}"#;
    for (body, is_fit, code) in [
        (known, Some(true), Some("1950301")),
        (new, Some(false), Some("1950302")),
        // Whether a text that moved is still the document's is for the generated types to say.
        (moved, None, Some("1950301")),
        ("", Some(false), None),
        ("<h1>", Some(false), None),
    ] {
        for wait in [Some(5), None] {
            let header = wait.map_or(String::new(), |wait| format!("\r\nRetry-After: {wait}"));
            let media_type = "Content-Type: application/json; charset=utf-8";
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nX-Trace: 7{header}\r\n{media_type}\r\nContent-Length: {length}\r\n\r\n{body}"
            );
            let (client, _responder) = client(Credentials::none(), &[&answer]);
            let error = client.animeloop_get_token().await.expect_err("no success");
            match is_fit {
                Some(true) => assert!(matches!(error, CallError::Refused(_)), "{error:?}"),
                Some(false) => assert!(matches!(error, CallError::Malformed { .. }), "{error:?}"),
                None => {}
            }
            assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
            assert_eq!(
                error.retry_after().map(|wait| wait.as_secs()),
                wait,
                "{error:?}"
            );
            assert_eq!(error.is_transient(), wait.is_some(), "{error:?}");
            let headers = error.header_map().expect("an answer came");
            assert!(headers.contains_key("x-trace"), "{error:?}");
            assert_eq!(error.code(), code, "{error:?}");
        }
    }
}
