//! The client against a responder on the loopback: what it sends, and what it makes of the answers.

mod answers;
mod credentials;
mod document;
mod neutral;
mod outcomes;
mod redirects;
mod responder;

use responder::Responder;
use tessera_client::{Client, Credentials};

/// A client of a responder that gives `answers`, one per request; it does not ask for the document.
fn client(credentials: impl Into<Credentials>, answers: &[&str]) -> (Client, Responder) {
    let responder = Responder::start(answers);
    let client = Client::new(&responder.origin(), credentials)
        .expect("an origin")
        .without_document_check();
    (client, responder)
}

/// An answer with a JSON body.
fn json(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
