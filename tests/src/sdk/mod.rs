//! The SDK as its callers use it: against prepared answers and a started server, with the calls of every dialect.
//!
//! What is about one dialect stands in its folder (`typed_calls.rs`) and uses the same responder.

mod answers;
mod credentials;
mod other_document;
mod outages;
mod redirects;
pub mod responder;
mod unsendable;
mod waits;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use tessera_client::{CallError, Client, Credentials, Operation, Placement, ResponseValue, Scheme};

use self::responder::Responder;
use crate::{
    harness::{Reach, asked, assert_all_asked, document},
    proofs::{
        self,
        sdk::{case::Case, cases, outcome::Outcome},
    },
};

/// A client of a responder that gives `answers`, one per request; it does not ask for the document.
pub fn client(credentials: impl Into<Credentials>, answers: &[&str]) -> (Client, Responder) {
    let responder = Responder::start(answers);
    let client = Client::new(&responder.origin(), credentials)
        .expect("an origin")
        .without_document_check();
    (client, responder)
}

/// A client of a started server.
pub fn client_of(server: &Reach, credentials: impl Into<Credentials>) -> Client {
    Client::new(&server.base_url(), credentials)
        .expect("an origin of ours is one")
        .without_document_check()
}

/// An answer with a JSON body.
pub fn json(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The error of a call that is to be refused.
#[track_caller]
pub fn refused<T, E>(outcome: Result<ResponseValue<T>, CallError<E>>) -> CallError<E> {
    match outcome {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error,
    }
}

/// The calls of every dialect that are sent.
fn calls() -> Vec<Case> {
    let mut calls = cases::cases();
    calls.retain(|case| !case.unsendable);
    calls
}

/// The first call of every operation that is sent, by operation.
fn one_call_of_each() -> Vec<(Operation, Case)> {
    let mut found: Vec<(Operation, Case)> = Vec::new();
    for case in calls() {
        let operation = Operation::named(case.operation);
        let operation = operation.expect("a call names an operation of the document");
        if found.iter().all(|(known, _)| known != operation) {
            found.push((*operation, case));
        }
    }
    found
}

/// The dialect that an operation belongs to.
fn dialect_of(operation: &Operation) -> &'static str {
    let found = document::operation(operation.id).value;
    found["tags"][0].as_str().expect("an operation has a tag")
}

/// The first call of every dialect whose operation is fit; panics when a dialect has none.
fn one_call_of_each_dialect(
    what: &str,
    is_fit: impl Fn(&Operation) -> bool,
) -> Vec<(Operation, Case)> {
    let mut found: Vec<(Operation, Case)> = Vec::new();
    for (operation, case) in one_call_of_each() {
        let dialect = dialect_of(&operation);
        if is_fit(&operation) && found.iter().all(|(known, _)| dialect_of(known) != dialect) {
            found.push((operation, case));
        }
    }
    let dialects = found.iter().map(|(known, _)| dialect_of(known));
    for dialect in dialects.clone() {
        asked("sdk", dialect, what);
    }
    assert_all_asked("sdk", dialects);
    found
}

/// A client whose every call gets an answer of its own.
struct Exchanges {
    responder: proofs::sdk::responder::Responder,
    client: Client,
}

impl Exchanges {
    async fn start() -> Self {
        let responder = proofs::sdk::responder::Responder::start().await;
        let client = Client::new(&responder.origin(), Credentials::none())
            .expect("an origin")
            .without_document_check();
        Self { responder, client }
    }

    /// Makes a call against one answer, with what the case holds.
    async fn call(&self, case: &Case, answer: &str) -> Outcome {
        let held: Credentials = case.held.iter().cloned().collect();
        let call = (case.send)(self.client.with(held));
        let exchange = self.responder.exchange(answer.as_bytes(), call);
        exchange.await.1
    }
}

/// The statuses of declared JSON refusals of an operation.
fn json_refusals(operation: &Operation) -> Vec<u16> {
    let declared = operation.media.iter();
    let declared = declared.filter(|(status, media)| *status >= 400 && *media == JSON);
    declared.map(|(status, _)| *status).collect()
}

const JSON: &str = "application/json";

/// The first example of a declared answer.
fn example(operation: &Operation, status: u16) -> Value {
    let (response, _) = document::response(operation.id, status);
    let (_, content) = document::content(response).expect("it has a body");
    let examples = document::members(content, "examples");
    let mut examples = examples.map(|(_, example)| document::resolve(example, String::new()).0);
    examples.next().expect("every answer has an example")["value"].clone()
}

/// Whether an answer is declared without a body.
fn is_empty(operation: &Operation, status: u16) -> bool {
    let mut declared = document::all_answers().into_iter();
    declared.any(|(id, own)| id == operation.id && own == status)
        && document::content(document::response(operation.id, status).0).is_none()
}

/// Whether a body is what the document says of an answer.
fn fits(operation: &Operation, status: u16, body: &Value) -> bool {
    let (response, _) = document::response(operation.id, status);
    let (_, content) = document::content(response).expect("it has a body");
    document::validate(&content["schema"], body).is_ok()
}

/// A text for a scheme's credential, and how it looks in a request.
fn credential(scheme: Scheme) -> (String, String) {
    let text = format!("held-{}", scheme.name());
    let travels = match scheme.placement() {
        Placement::Bearer => format!("Bearer {text}"),
        Placement::Basic(_) => format!("Basic {}", STANDARD.encode(&text)),
        Placement::Header(_) => text.clone(),
        Placement::Cookie(name) | Placement::Query(name) => format!("{name}={text}"),
    };
    (text, travels)
}
