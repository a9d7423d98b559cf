//! No credential leaves the origin: whatever an answer points at, and whatever HTTP stack the client was given.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::time::Duration;

use reqwest::redirect::Policy;
use tessera_client::{Client, Credential, Credentials, Operation, Scheme, operations};

use super::{calls, credential, responder::Responder};
use crate::proofs::sdk::{case::Case, secrets_of_body};

/// A trap never answers: a client that walks into one would wait for ever.
const WAIT: Duration = Duration::from_secs(5);

const STATUSES: [u16; 6] = [300, 301, 302, 303, 307, 308];

/// Of each operation the first call, and the one whose body holds the most secrets.
fn calls_with_secrets() -> Vec<(Case, Vec<String>)> {
    let mut found = Vec::new();
    for operation in operations::ALL {
        let own = calls()
            .into_iter()
            .filter(|case| case.operation == operation.id);
        let mut own: Vec<_> = own
            .map(|case| {
                let secrets = secrets_of_body(&case).into_iter().map(|(_, text)| text);
                let secrets = secrets.collect::<Vec<_>>();
                (case, secrets)
            })
            .collect();
        let richest = (1..own.len()).max_by_key(|index| own[*index].1.len());
        let second = richest.map(|index| own.swap_remove(index));
        found.extend(own.into_iter().take(1).chain(second));
    }
    found
}

/// The sets of schemes that an operation is called with: each of its alternatives alone, and none.
fn alternatives(case: &Case) -> Vec<&'static [Scheme]> {
    let operation = Operation::named(case.operation).expect("an operation of the document");
    let mut all = operation.security.to_vec();
    all.push(&[]);
    all
}

/// Whether a text is in a body as it is, however that is encoded.
fn is_plain(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
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
    let calls = calls_with_secrets();
    let mut cases = Vec::new();
    for location in &locations {
        for status in STATUSES {
            for call in &calls {
                for schemes in alternatives(&call.0) {
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
    let mut secrets_sent = 0;
    for (location, status, (case, secrets), schemes) in cases {
        let held = schemes
            .iter()
            .map(|scheme| Credential::of(*scheme, credential(*scheme).0));
        let outcome = (case.send)(client.with(held.collect::<Credentials>())).await;
        let about = format!("{} {schemes:?} {status} {location}", case.operation);
        let request = responder.received().text();
        for secret in secrets {
            if is_plain(secret) {
                secrets_sent += 1;
                assert!(request.contains(secret), "{about}: {secret} in {request}");
            }
            assert!(
                !outcome.shown.contains(secret),
                "{about}: {}",
                outcome.shown
            );
        }
        for scheme in schemes {
            let (held, travels) = credential(*scheme);
            if request.contains(&travels) {
                travelled.insert(*scheme);
            }
            assert!(!outcome.shown.contains(&held), "{about}: {}", outcome.shown);
        }
        for trap in &traps {
            let arrived = trap.accept().map(|_| ());
            assert!(arrived.is_err(), "{about}: the other listener was called");
        }
        assert!(
            responder.try_received().is_err(),
            "{about}: it was followed"
        );
        assert_eq!(outcome.status(), Some(status), "{about}");
        assert_eq!(
            outcome.variant(),
            "Undeclared",
            "{about}: {}",
            outcome.shown
        );
        assert!(!outcome.transient, "{about}");
        assert_eq!(outcome.sent("location"), Some(location.as_str()), "{about}");
    }
    assert!(
        secrets_sent > 0,
        "a body with a secret has to be put to the test"
    );
    let all: BTreeSet<Scheme> = Scheme::ALL.iter().copied().collect();
    assert_eq!(
        travelled, all,
        "each scheme's credential has to be put to the test"
    );
    let called: BTreeSet<&str> = calls.iter().map(|(case, _)| case.operation).collect();
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
