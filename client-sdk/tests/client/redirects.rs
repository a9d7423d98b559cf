//! No credential leaves the origin: whatever an answer points at, and whatever HTTP stack the client was given.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::future::Future;
use std::net::TcpListener;
use std::pin::Pin;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::redirect::Policy;
use tessera_client::types::{AuthApiAssertionType, AuthApiGrantType, PnutGrantType};
use tessera_client::{
    CallError, Client, Credential, Credentials, HasHeaders as _, Operation, Placement,
    ResponseValue, Scheme, Secret, operations,
};

use crate::responder::Responder;
use crate::{client, json};

/// A trap never answers: a client that walks into one would wait for ever.
const WAIT: Duration = Duration::from_secs(5);

const STATUSES: [u16; 6] = [300, 301, 302, 303, 307, 308];

/// What a caller sees of a call.
struct Ending {
    status: Option<u16>,
    undeclared: bool,
    transient: bool,
    location: Option<String>,
    shown: String,
}

fn ending<T: Debug, E>(outcome: Result<ResponseValue<T>, CallError<E>>) -> Ending {
    let error = outcome.expect_err("a redirect is no success");
    let header = |name| Some(error.header_map()?.get(name)?.to_str().ok()?.to_owned());
    Ending {
        status: error.status().map(|status| status.as_u16()),
        undeclared: matches!(error, CallError::Undeclared(_)),
        transient: error.is_transient(),
        location: header("location"),
        shown: format!("{error} {error:?} {error:#?}"),
    }
}

/// One call, and the secrets that its body holds.
struct Call {
    operation: &'static str,
    secrets: &'static [&'static str],
    send: fn(Client) -> Pin<Box<dyn Future<Output = Ending>>>,
}

macro_rules! calls {
    ($($operation:ident $(.$part:ident($($argument:expr),*))* holds [$($secret:literal),*];)+) => {
        &[$(Call {
            operation: stringify!($operation),
            secrets: &[$($secret),*],
            send: |client| Box::pin(async move {
                ending(client.$operation()$(.$part($($argument),*))*.await)
            }),
        }),+]
    };
}

/// Every operation, with every secret that its body may hold.
const CALLS: &[Call] = calls! {
    animeloop_create_session.body_map(|body| body.username("user").password("body-password"))
        holds ["body-password"];
    animeloop_delete_session holds [];
    animeloop_read_token holds [];
    animeloop_get_token holds [];
    animeloop_create_token holds [];
    animeloop_revoke_token holds [];
    auth_api_issue_long_token.body_map(|body| body
        .grant_type(AuthApiGrantType::ClientCredentials)
        .client_id("client-1"))
        holds [];
    auth_api_issue_long_token.body_map(|body| body
        .grant_type(AuthApiGrantType::Assertion)
        .client_id("client-1")
        .client_secret(Secret::from("body-secret"))
        .otp_code(Secret::from("body-code"))
        .assertion_type(AuthApiAssertionType::UrnIetfParamsOauthClientAssertionTypeJwtBearer)
        .assertion(Secret::from("body-assertion")))
        holds ["body-secret", "body-code", "body-assertion"];
    auth_api_issue_short_token holds [];
    auth_api_revoke_token.token_id("tok_1") holds [];
    manis_create_token holds [];
    oauth_introspect_token.body_map(|body| body
        .token("body-token")
        .client_id("app".to_owned())
        .client_secret(Secret::from("body-secret")))
        holds ["body-token", "body-secret"];
    oauth_revoke_token.body_map(|body| body
        .token("body-token")
        .client_id("app".to_owned())
        .client_secret(Secret::from("body-secret")))
        holds ["body-token", "body-secret"];
    oauth_list_keys holds [];
    oauth_get_metadata holds [];
    pnut_get_token holds [];
    pnut_delete_token holds [];
    pnut_create_access_token.body_map(|body| body
        .grant_type(PnutGrantType::Password)
        .client_id("app")
        .client_secret(Secret::from("body-secret"))
        .password_grant_secret(Secret::from("body-grant"))
        .username("user".to_owned())
        .password(Secret::from("body-password")))
        holds ["body-secret", "body-grant", "body-password"];
    token_generator_create_token holds [];
};

/// A scheme's credential, and how it looks in a request.
fn text(scheme: Scheme) -> (String, String) {
    let text = format!("held-{}", scheme.name());
    let travels = match scheme.placement() {
        Placement::Bearer => format!("Bearer {text}"),
        Placement::Basic(_) => format!("Basic {}", STANDARD.encode(&text)),
        Placement::Header(_) => text.clone(),
        Placement::Cookie(name) | Placement::Query(name) => format!("{name}={text}"),
    };
    (text, travels)
}

/// The sets of schemes that an operation is called with: each of its alternatives alone, and none.
fn alternatives(call: &Call) -> Vec<&'static [Scheme]> {
    let operation = Operation::named(call.operation).expect("an operation of the document");
    let mut all = operation.security.to_vec();
    all.push(&[]);
    all
}

/// Redirects every operation, with each of its credentials, to everywhere else.
async fn holds(client: impl FnOnce(&str) -> Client) {
    // Nobody accepts here: a connection would wait in the queue and be seen at the end.
    let traps = ["127.0.0.1:0", "127.0.0.2:0"].map(|address| {
        let listener = TcpListener::bind(address).expect("a port");
        listener.set_nonblocking(true).expect("a mode");
        listener
    });
    let address = |trap: &TcpListener| trap.local_addr().expect("an address");
    let locations = [
        format!("http://{}/stolen?x=1", address(&traps[0])),
        format!("http://localhost:{}/stolen", address(&traps[0]).port()),
        format!("http://{}/stolen", address(&traps[1])),
        format!("https://{}/stolen", address(&traps[0])),
        format!("//{}/stolen", address(&traps[1])),
        "/elsewhere".to_owned(),
    ];
    let mut cases = Vec::new();
    for location in &locations {
        for status in STATUSES {
            for call in CALLS {
                for schemes in alternatives(call) {
                    cases.push((location, status, call, schemes));
                }
            }
        }
    }
    let answers: Vec<String> = cases
        .iter()
        .map(|(location, status, ..)| {
            format!(
                "HTTP/1.1 {status} Elsewhere\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
            )
        })
        .collect();
    let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
    let responder = Responder::start(&answers);
    let client = client(&responder.origin()).without_document_check();

    let mut travelled = BTreeSet::new();
    for (location, status, call, schemes) in cases {
        let held = schemes
            .iter()
            .map(|scheme| Credential::of(*scheme, text(*scheme).0));
        let ending = (call.send)(client.with(held.collect::<Credentials>())).await;
        let about = format!("{} {schemes:?} {status} {location}", call.operation);
        let request = responder.received().text();
        for secret in call.secrets {
            assert!(request.contains(secret), "{about}: {secret} in {request}");
            assert!(!ending.shown.contains(secret), "{about}: {}", ending.shown);
        }
        for scheme in schemes {
            let (held, travels) = text(*scheme);
            if request.contains(&travels) {
                travelled.insert(*scheme);
            }
            assert!(!ending.shown.contains(&held), "{about}: {}", ending.shown);
        }
        for trap in &traps {
            let arrived = trap.accept().map(|_| ());
            assert!(arrived.is_err(), "{about}: the other listener was called");
        }
        assert!(
            responder.try_received().is_err(),
            "{about}: it was followed"
        );
        assert_eq!(ending.status, Some(status), "{about}");
        assert!(ending.undeclared, "{about}: {}", ending.shown);
        assert!(!ending.transient, "{about}");
        assert_eq!(ending.location.as_ref(), Some(location), "{about}");
    }
    let all: BTreeSet<Scheme> = Scheme::ALL.iter().copied().collect();
    assert_eq!(
        travelled, all,
        "each scheme's credential has to be put to the test"
    );
    let called: BTreeSet<&str> = CALLS.iter().map(|call| call.operation).collect();
    let all: BTreeSet<&str> = operations::ALL.iter().map(|one| one.id).collect();
    assert_eq!(called, all, "each operation has to be put to the test");
}

fn own(origin: &str, http: reqwest::ClientBuilder) -> Client {
    Client::new_with_builder(origin, http, Credentials::none()).expect("an origin")
}

#[tokio::test]
async fn a_redirect_takes_no_credential_along() {
    holds(|origin| Client::new(origin, Credentials::none()).expect("an origin")).await;
}

#[tokio::test]
async fn a_redirect_takes_no_credential_along_on_ones_own_http_stack() {
    holds(|origin| own(origin, reqwest::Client::builder().timeout(WAIT))).await;
}

#[tokio::test]
async fn an_http_stack_that_wants_redirects_and_referers_gets_neither() {
    let eager = reqwest::Client::builder()
        .timeout(WAIT)
        .redirect(Policy::limited(5))
        .referer(true);
    holds(|origin| own(origin, eager)).await;
}

const LOGGED_IN: &str = r#"{"status":"success","code":1220001,"message":"login successfully.","data":{"username":"demo_user","email":"demo@example.com"}}"#;

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
    first
        .animeloop_create_session()
        .body_map(|body| body.username("demo_user").password("pass_word"))
        .await
        .expect("a session");
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

#[test]
fn ones_own_http_stack_needs_an_origin_too() {
    for address in [
        "tokens.example.com",
        "ftp://tokens.example.com",
        "https://user:secret@tokens.example.com",
        "https://user@tokens.example.com",
        "https://tokens.example.com?access_token=x",
    ] {
        let http = reqwest::Client::builder();
        let outcome = Client::new_with_builder(address, http, Credentials::none());
        let error = outcome.expect_err(address);
        assert!(
            !format!("{error} {error:?}").contains("secret"),
            "{error:?}"
        );
    }
}
