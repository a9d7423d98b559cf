//! A server whose storage fails: each dialect's refusal tells the SDK's caller to come back, and when.

use tessera_client::{Credential, Credentials, Operation, Scheme};

use super::{calls, client_of, dialect_of, one_call_of_each};
use crate::harness::{Tessera, document};

/// What tokens may look like, opaque and signed: anything else is refused by its look, whether or not there is a database.
const TOKENS: [&str; 2] = [
    "cEILaglUY6DbnSyJSUzcliCxs625ySrQw8hRkgsJe4A",
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJub2JvZHkifQ.cEILaglUY6DbnSyJSUzcliCxs625ySrQw8hRkgsJe4A",
];

/// A credential of every scheme, that token in each.
fn held(token: &str) -> Credentials {
    let of = |scheme: &Scheme| Credential::of(*scheme, document::dressed(scheme.name(), token));
    Scheme::ALL.iter().map(of).collect()
}

#[tokio::test]
async fn an_outage_is_transient_and_says_when_to_come_back() {
    let server = Tessera::start().await;
    server.break_storage().await;
    let mut told = Vec::new();
    let each = |token| calls().into_iter().map(move |case| (case, token));
    for (case, token) in TOKENS.into_iter().flat_map(each) {
        let outcome = (case.send)(client_of(&server, held(token))).await;
        let about = format!("{} {}: {}", case.operation, case.name, outcome.shown);
        if outcome.status() == Some(503) {
            assert!(outcome.transient, "{about}");
        }
        if outcome.transient {
            assert_eq!(outcome.variant(), "Refused", "{about}");
            assert!(outcome.retry_after >= Some(1), "{about}");
            let operation = Operation::named(case.operation);
            told.push(dialect_of(operation.expect("one of the document")));
        }
    }
    // A dialect without a status for an outage has no place for a wait either.
    for (operation, _) in one_call_of_each() {
        let dialect = dialect_of(&operation);
        let has_a_status = operation.media.iter().any(|(status, _)| *status == 503);
        assert!(
            !has_a_status || told.contains(&dialect),
            "no call of {dialect} met the outage"
        );
    }
}
