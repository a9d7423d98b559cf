//! Credentials that cannot travel, and connections that break: no error shows what the client holds.

use tessera_client::{Client, Credential, Operation, Placement, Scheme};

use super::{calls, client, credential};
use crate::proofs::sdk::{
    case::Case,
    outcome::{Ending, Outcome},
};

/// Each call whose operation takes the credential of a scheme by itself.
fn calls_under(scheme: Scheme) -> Vec<Case> {
    let mut calls = calls();
    calls.retain(|case| {
        let operation = Operation::named(case.operation);
        operation.is_some_and(|operation| operation.security.contains(&&[scheme][..]))
    });
    calls
}

#[track_caller]
fn assert_hidden(outcome: &Outcome, text: &str) {
    assert!(!outcome.shown.contains(text), "{}", outcome.shown);
}

#[tokio::test]
async fn what_cannot_travel_is_not_sent() {
    let mut asked = 0;
    for scheme in Scheme::ALL {
        // A query escapes whatever it carries, and Basic encodes it.
        if matches!(
            scheme.placement(),
            Placement::Query(_) | Placement::Basic(_)
        ) {
            continue;
        }
        for case in calls_under(*scheme) {
            asked += 1;
            let held = Credential::of(*scheme, "line\nbreak");
            let client = Client::new("http://127.0.0.1:1", held).expect("an origin");
            let outcome = (case.send)(client.without_document_check()).await;
            // A body that proves who asks leaves the credential at home.
            let mut carried = case.carried.iter();
            let is_at_home = outcome.ending == Ending::Transport
                && Operation::named(case.operation).is_some_and(|one| one.one_proof.is_some())
                && !carried.any(|(name, _)| *name == scheme.name());
            let is_refused = matches!(outcome.ending, Ending::Unsendable(_));
            assert!(is_refused || is_at_home, "{}: {outcome:?}", case.operation);
            assert_hidden(&outcome, "line");
        }
    }
    assert!(asked > 0, "no call takes a credential by itself");
}

#[tokio::test]
async fn an_address_with_a_token_in_it_is_never_shown() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{}";
    let answers = ["", "no HTTP at all\r\n\r\n", cut];
    let in_queries = Scheme::ALL.iter().filter(|scheme| {
        let placement = scheme.placement();
        matches!(placement, Placement::Query(_))
    });
    let mut asked = 0;
    for scheme in in_queries {
        let (text, _) = credential(*scheme);
        for case in calls_under(*scheme) {
            asked += 1;
            let (client, responder) = client(Credential::of(*scheme, text.as_str()), &answers);
            for answer in answers {
                let outcome = (case.send)(client.clone()).await;
                let line = responder.received().line;
                assert!(line.contains(&text), "{line}");
                if answer.is_empty() {
                    assert_eq!(outcome.ending, Ending::Transport, "{}", outcome.shown);
                    assert!(outcome.transient);
                }
                assert_hidden(&outcome, &text);
            }
            // Nobody listens on a port that was bound and let go.
            let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
            let origin = format!("http://{}", closed.local_addr().expect("an address"));
            drop(closed);
            let client = Client::new(&origin, Credential::of(*scheme, text.as_str()));
            let client = client.expect("an origin").without_document_check();
            let outcome = (case.send)(client).await;
            assert_eq!(outcome.ending, Ending::Transport, "{}", outcome.shown);
            assert_hidden(&outcome, &text);
        }
    }
    assert!(asked > 0, "no call has a credential in its query");
}
