//! Every way for a call to fail becomes the variant of the one error that says so.

use std::time::Duration;

use tessera_client::{
    CallError, Client, Credential, Credentials, DeclaredHeaders as _, Either, HasHeaders as _,
};

use crate::{client, json};

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
async fn a_denial_without_a_body_is_a_refusal() {
    let denied = "HTTP/1.1 401 Unauthorized\r\nContent-Type: text/html\r\nX-message: Access denied\r\nContent-Length: 0\r\n\r\n";
    let (client, _responder) = client(Credential::token_generator("x"), &[denied]);
    let error = client.token_generator_create_token().await;
    let error = error.expect_err("denied");
    let refusal = error.refusal().expect("a declared refusal");
    assert_eq!(refusal.status.as_u16(), 401);
    assert!(refusal.body.is_none());
    assert_eq!(error.code(), None);
    assert_eq!(error.message(), Some("Access denied"));
}

#[tokio::test]
async fn a_declared_error_tells_its_code_and_when_to_come_back() {
    let body = r#"{"code":"rate_limited","message":"Too many requests, retry later."}"#;
    let answer = json("429 Too Many Requests", body);
    let answer = answer.replacen("\r\n", "\r\nRetry-After: 7\r\n", 1);
    let (client, _responder) = client(Credential::auth_api_long("lt_x"), &[&answer]);
    let error = client.auth_api_issue_short_token().await;
    let error = error.expect_err("refused");
    assert_eq!(error.code(), Some("rate_limited"));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_dialect_that_says_so_in_the_body_alone_is_understood_too() {
    let body = r#"{"meta":{"code":429,"error_message":"Too many requests.","retry_in":600}}"#;
    let answer = json("429 Too Many Requests", body);
    let (client, _responder) = client(Credential::pnut("x"), &[&answer]);
    let error = client.pnut_get_token().await.expect_err("refused");
    assert_eq!(error.code(), Some("429"));
    assert_eq!(error.message(), Some("Too many requests."));
    assert_eq!(error.retry_after(), Some(Duration::from_mins(10)));
}

#[tokio::test]
async fn declared_headers_are_read_by_name() {
    let answer = json(
        "200 OK",
        r#"{"token":"new.jwt","endpoint":"localhost:5001"}"#,
    );
    let headers = "\r\nX-token: sliding.jwt\r\nX-Runtime: 0.000123\r\n";
    let answer = answer.replacen("\r\n", headers, 1);
    let (client, _responder) = client(Credential::token_generator("x"), &[&answer]);
    let issued = client.token_generator_create_token().await;
    let issued = issued.expect("a token");
    let sliding = issued.x_token().expect("X-token");
    assert_eq!(sliding.expose(), "sliding.jwt");
    assert_eq!(issued.x_runtime(), Some("0.000123"));
    assert_eq!(issued.x_request_id(), None);
}

#[tokio::test]
async fn an_undeclared_status_keeps_what_came() {
    let page = "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 11\r\n\r\n<h1>No</h1>";
    let (client, _responder) = client(Credential::manis("m", "s"), &[page]);
    let error = client.manis_create_token().await.expect_err("no answer");
    assert!(error.is_transient());
    assert!(error.header_map().is_some());
    let CallError::Undeclared(answer) = error else {
        panic!("{error:?}");
    };
    assert_eq!(answer.status.as_u16(), 502);
    assert_eq!(&answer.body[..], b"<h1>No</h1>");
}

#[tokio::test]
async fn a_declared_status_with_another_media_type_is_undeclared() {
    let page = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html\r\nContent-Length: 11\r\n\r\n<h1>No</h1>";
    let (client, _responder) = client(Credential::manis("m", "s"), &[page]);
    let error = client.manis_create_token().await.expect_err("no answer");
    assert!(error.is_transient(), "a proxy's page may go away");
    let CallError::Undeclared(answer) = error else {
        panic!("{error:?}");
    };
    assert_eq!(&answer.body[..], b"<h1>No</h1>");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    let (client, _responder) = client(Credential::manis("m", "s"), &[elsewhere]);
    let error = client.manis_create_token().await.expect_err("no answer");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(307));
}

#[tokio::test]
async fn a_malformed_answer_is_not_quoted() {
    let body = r#"{"token":"leaky.jwt","expiresAt":"soon.jwt","tokenType":"Bearer"}"#;
    let (client, _responder) = client(Credential::manis("m", "s"), &[&json("200 OK", body)]);
    let error = client.manis_create_token().await.expect_err("malformed");
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("not of the documented shape"), "{shown}");
    assert!(!shown.contains("jwt"), "{shown}");
    let CallError::Malformed { answer, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(&answer.body[..], body.as_bytes());
}

#[tokio::test]
async fn a_broken_connection_does_not_show_the_address() {
    let (client, _responder) = client(Credential::pnut_query("query-token"), &[""]);
    let error = client.pnut_get_token().await.expect_err("no answer");
    assert!(matches!(error, CallError::Transport(_)), "{error:?}");
    assert!(error.is_transient());
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("query-token"), "{shown}");
}

#[tokio::test]
async fn what_cannot_travel_is_not_sent() {
    let client = Client::new("http://127.0.0.1:1", Credential::pnut("line\nbreak"));
    let client = client.expect("an origin");
    let error = client.pnut_get_token().await.expect_err("not sent");
    assert!(matches!(error, CallError::Unsendable(_)), "{error:?}");
    assert!(!error.to_string().contains("line"), "{error}");

    let incomplete = client.oauth_revoke_token().await.expect_err("no token");
    assert!(
        matches!(incomplete, CallError::Unsendable(_)),
        "{incomplete:?}"
    );
}

#[tokio::test]
async fn a_path_parameter_that_no_segment_can_carry_is_not_sent() {
    let client = Client::new("http://127.0.0.1:1/stem/", Credentials::none());
    let client = client.expect("an origin");
    for token_id in ["", ".", ".."] {
        let error = client.auth_api_revoke_token().token_id(token_id).await;
        let error = error.expect_err("not sent");
        assert!(matches!(error, CallError::Unsendable(_)), "{error:?}");
    }
}

#[tokio::test]
async fn send_is_the_same_as_awaiting() {
    let answer = json("200 OK", r#"{"keys":[]}"#);
    let (client, _responder) = client(Credentials::none(), &[&answer, &answer]);
    let sent = client.oauth_list_keys().send().await.expect("keys");
    let awaited = client.oauth_list_keys().await.expect("keys");
    assert_eq!((sent.keys.len(), awaited.keys.len()), (0, 0));
}

#[test]
fn a_call_can_move_to_another_thread() {
    fn movable<T: Send>(_: &T) {}
    let client = Client::new("http://127.0.0.1:1", Credentials::none()).expect("an origin");
    movable(&client.pnut_get_token().into_future());
    movable(&client.animeloop_get_token().send());
}
