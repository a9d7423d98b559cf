//! Each operation takes its own credential from those that one client holds, whatever the dialect.

use tessera_client::{Credential, Credentials, Operation, Scheme};

use super::{calls, client, credential, json, one_call_of_each};
use crate::proofs::sdk::case::Case;

/// A credential of every scheme.
fn all() -> Credentials {
    let all = Scheme::ALL.iter().copied();
    all.map(|scheme| Credential::of(scheme, credential(scheme).0))
        .collect()
}

/// The schemes whose credential travels in a call of a client that holds `held`.
async fn travelling(case: &Case, held: Credentials) -> Vec<Scheme> {
    let answer = json("200 OK", "{}");
    let (client, responder) = client(held, &[&answer]);
    (case.send)(client).await;
    let request = responder.received().text();
    let all = Scheme::ALL.iter().copied();
    all.filter(|scheme| request.contains(&credential(*scheme).1))
        .collect()
}

#[tokio::test]
async fn an_operation_without_security_gets_no_credential() {
    let mut asked = 0;
    for case in calls() {
        let operation = Operation::named(case.operation).expect("one of the document");
        if operation.security.iter().all(|schemes| schemes.is_empty()) {
            asked += 1;
            assert_eq!(travelling(&case, all()).await, [], "{}", case.operation);
        }
    }
    assert!(asked > 0, "every operation asks for something");
}

#[tokio::test]
async fn schemes_that_go_together_are_sent_together_or_not_at_all() {
    let mut asked = 0;
    for (operation, case) in one_call_of_each() {
        let alternatives = operation.security.iter().copied();
        for together in alternatives.filter(|schemes| schemes.len() > 1) {
            asked += 1;
            let held = Credentials::none();
            for scheme in together {
                held.set(Credential::of(*scheme, credential(*scheme).0));
            }
            let sent = travelling(&case, held.detached()).await;
            assert!(
                together.iter().all(|scheme| sent.contains(scheme)),
                "{sent:?}"
            );
            for missing in together {
                let fewer = held.detached();
                fewer.forget(*missing);
                let holds = |schemes: &&[Scheme]| {
                    !schemes.is_empty() && schemes.iter().all(|scheme| fewer.holds(*scheme))
                };
                if !operation.security.iter().any(holds) {
                    let sent = travelling(&case, fewer).await;
                    assert_eq!(sent, [], "{} without {missing:?}", operation.id);
                }
            }
        }
    }
    assert!(asked > 0, "no two schemes go together");
}

#[tokio::test]
async fn the_first_alternative_that_is_held_in_full_is_sent() {
    for case in calls() {
        let operation = Operation::named(case.operation).expect("one of the document");
        let mut alternatives = operation.security.iter();
        let first = alternatives.find(|schemes| !schemes.is_empty());
        // Where one proof is asked for, the body has a say: its dialect's tests look at that.
        if operation.one_proof.is_some() {
            continue;
        }
        let sent = travelling(&case, all()).await;
        let expected = first.map_or(&[][..], |schemes| schemes);
        assert_eq!(sent, expected, "{}", case.operation);
    }
}
