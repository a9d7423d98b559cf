//! Each operation takes its own credential from those that one client holds.

use tessera_client::types::{AuthApiGrantType, PnutGrantType};
use tessera_client::{Client, Credential, Credentials, Operation, Scheme, builder, operations};

use crate::{client, json};

/// Every credential that a client can hold at once.
fn all() -> Credentials {
    Credentials::from([
        Credential::animeloop_session("s%3Asid.mac"),
        Credential::pnut("pnut-token"),
        Credential::pnut_query("query-token"),
        Credential::token_generator("caller-jwt"),
        Credential::auth_api_client("client-1"),
        Credential::auth_api_long("lt_long"),
        Credential::auth_api_short("short-jwt"),
        Credential::manis("merchant-1", "merchant-secret"),
        Credential::oauth_client("resource server", "s:cret/1"),
    ])
}

const SECRETS: &[&str] = &[
    "s%3Asid.mac",
    "pnut-token",
    "query-token",
    "caller-jwt",
    "lt_long",
    "short-jwt",
    "merchant-secret",
    "s:cret",
];

#[tokio::test]
async fn a_bearer_token_goes_before_a_query_token() {
    let (client, responder) = client(all(), &[&json("200 OK", "{}")]);
    let _ = client.pnut_get_token().await;
    let received = responder.received();
    assert_eq!(received.line, "GET /v1/token");
    assert_eq!(received.header("authorization"), Some("Bearer pnut-token"));
    assert_eq!(received.header("cookie"), None);
    assert_eq!(received.header("x-client-id"), None);
}

#[tokio::test]
async fn a_query_token_is_sent_where_it_is_the_only_one() {
    let credentials = Credential::pnut_query("a&b");
    let (client, responder) = client(credentials, &[&json("200 OK", "{}")]);
    let _ = client.pnut_delete_token().await;
    let received = responder.received();
    assert_eq!(received.line, "DELETE /v1/token?access_token=a%26b");
    assert_eq!(received.header("authorization"), None);
}

#[tokio::test]
async fn an_operation_without_security_gets_no_credential() {
    let (client, responder) = client(all(), &[&json("200 OK", "{}")]);
    let _ = client
        .pnut_create_access_token()
        .body_map(|body| {
            body.grant_type(PnutGrantType::ClientCredentials)
                .client_id("app")
        })
        .await;
    let received = responder.received();
    assert_eq!(received.line, "POST /v1/oauth/access_token");
    assert_eq!(received.header("authorization"), None);
    assert_eq!(received.header("cookie"), None);
    assert_eq!(received.body, "client_id=app&grant_type=client_credentials");
}

#[tokio::test]
async fn the_token_generator_gets_its_own_authorization_scheme() {
    let (client, responder) = client(all(), &[&json("200 OK", "{}")]);
    let _ = client.token_generator_create_token().await;
    let received = responder.received();
    let expected = Some("Token token=\"caller-jwt\"");
    assert_eq!(received.header("authorization"), expected);
    assert_eq!(received.body, "{}");
}

#[tokio::test]
async fn schemes_that_go_together_are_sent_together_or_not_at_all() {
    let (client, responder) = client(all(), &[&json("200 OK", "{}"), &json("200 OK", "{}")]);
    let _ = client.manis_create_token().await;
    let received = responder.received();
    assert_eq!(received.header("x-merchant-id"), Some("merchant-1"));
    assert_eq!(received.header("x-secret"), Some("merchant-secret"));

    client.credentials().forget(Scheme::MANIS_SECRET);
    let _ = client.manis_create_token().await;
    assert_eq!(responder.received().header("x-merchant-id"), None);
}

#[tokio::test]
async fn basic_credentials_are_form_encoded_before_they_are_joined() {
    let (client, responder) = client(all(), &[&json("200 OK", "{}")]);
    let _ = client
        .oauth_introspect_token()
        .body_map(|body| body.token("t"))
        .await;
    // base64 of `resource+server:s%3Acret%2F1`
    let expected = "Basic cmVzb3VyY2Urc2VydmVyOnMlM0FjcmV0JTJGMQ==";
    assert_eq!(responder.received().header("authorization"), Some(expected));
}

#[tokio::test]
async fn a_long_token_is_asked_for_with_one_proof_only() {
    let (client, responder) = client(all(), &[&json("200 OK", "{}"), &json("200 OK", "{}")]);
    let ask = || {
        client.auth_api_issue_long_token().body_map(|body| {
            body.grant_type(AuthApiGrantType::ClientCredentials)
                .client_id("client-1")
        })
    };
    let _ = ask()
        .body_map(|body| body.client_secret(tessera_client::Secret::from("proof")))
        .await;
    let received = responder.received();
    assert_eq!(received.header("x-client-id"), Some("client-1"));
    assert_eq!(received.header("authorization"), None);

    let _ = ask().await;
    let received = responder.received();
    assert_eq!(received.header("x-client-id"), Some("client-1"));
    assert_eq!(received.header("authorization"), Some("Bearer short-jwt"));
}

#[tokio::test]
async fn a_short_token_is_asked_for_with_the_long_one_and_either_revokes() {
    let answers = [json("200 OK", "{}"), json("200 OK", "{}")];
    let (client, responder) = client(all(), &[&answers[0], &answers[1]]);
    let _ = client.auth_api_issue_short_token().await;
    let expected = Some("Bearer lt_long");
    assert_eq!(responder.received().header("authorization"), expected);

    client.credentials().forget(Scheme::AUTH_API_LONG_TOKEN);
    let _ = client.auth_api_revoke_token().token_id("tok/1").await;
    let received = responder.received();
    assert_eq!(received.line, "POST /v1/auth/tokens/tok%2F1/revoke");
    assert_eq!(received.header("authorization"), Some("Bearer short-jwt"));
}

#[tokio::test]
async fn a_path_parameter_stays_one_segment_whatever_it_holds() {
    let (client, responder) = client(Credentials::none(), &[&json("200 OK", "{}")]);
    let _ = client
        .auth_api_revoke_token()
        .token_id(r"a\..\b?#%2F")
        .await;
    let expected = "POST /v1/auth/tokens/a%5C..%5Cb%3F%23%252F/revoke";
    assert_eq!(responder.received().line, expected);
}

const LOGGED_IN: &str = r#"{"status":"success","code":1220001,"message":"login successfully.","data":{"username":"demo_user","email":"demo@example.com"}}"#;

fn logged_in(cookie: &str) -> String {
    let answer = json("200 OK", LOGGED_IN);
    answer.replacen("\r\n", &format!("\r\nSet-Cookie: {cookie}\r\n"), 1)
}

fn log_in(client: &Client) -> builder::AnimeloopCreateSession<'_> {
    let call = client.animeloop_create_session();
    call.body_map(|body| body.username("demo_user").password("pass_word"))
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
        let (client, _responder) = client(all(), &[&logged_in(ended)]);
        let _ = client.animeloop_delete_session().await;
        assert!(
            !client.credentials().holds(Scheme::ANIMELOOP_SESSION),
            "{ended}"
        );
    }
}

fn holds_nothing(client: &Client) -> bool {
    let mut schemes = Scheme::ALL.iter();
    schemes.all(|scheme| !client.credentials().holds(*scheme))
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

#[test]
fn a_detached_copy_goes_its_own_way() {
    let shared = all();
    let copy = shared.detached();
    shared.forget(Scheme::PNUT_BEARER);
    assert!(copy.holds(Scheme::PNUT_BEARER));
    assert!(!shared.holds(Scheme::PNUT_BEARER));
}

#[test]
fn debug_shows_no_secret() {
    let client = Client::new("https://tokens.example.com/base/", all()).expect("an origin");
    let request = client
        .auth_api_issue_long_token()
        .body_map(|body| body.client_secret(tessera_client::Secret::from("merchant-secret")));
    let shown = format!(
        "{client:?} {request:?} {:?}",
        Credential::pnut("pnut-token")
    );
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn an_origin_is_nothing_but_an_origin() {
    for address in [
        "tokens.example.com",
        "ftp://tokens.example.com",
        "https://user:secret@tokens.example.com",
        "https://tokens.example.com?x=1",
        "https://tokens.example.com#x",
        "file:///etc/tokens",
    ] {
        let outcome = Client::new(address, Credentials::none());
        assert!(outcome.is_err(), "{address}");
    }
}

#[test]
fn the_table_of_operations_finds_each_by_its_id() {
    for operation in operations::ALL {
        assert_eq!(Operation::named(operation.id), Some(*operation));
    }
    assert_eq!(Operation::named("unheard_of"), None);
}
