//! What a client says when the authority's document is another one than it was made from.

use std::io::{self, Write};
use std::sync::mpsc::TryRecvError;
use std::sync::{Arc, Mutex, PoisonError};

use tessera_client::{Client, Credentials, Operation, Setup, operations};

use super::{one_call_of_each, responder::Responder};
use crate::proofs::sdk::{case::Case, outcome::Ending};

/// Lines of a log.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&lines).into_owned()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn logged(lines: &Lines) -> tracing::subscriber::DefaultGuard {
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    tracing::subscriber::set_default(subscriber)
}

/// An answer to `HEAD /openapi.json` in which the first operation has another digest, if one is given.
fn head(first: Option<&str>) -> String {
    let all = operations::ALL.iter().enumerate();
    let entries: Vec<String> = all
        .map(|(index, operation)| {
            let digest = first.filter(|_| index == 0).unwrap_or(operation.digest);
            format!("{}={digest}", operation.id)
        })
        .collect();
    format!(
        "HTTP/1.1 200 OK\r\nTessera-Operations: {}\r\nContent-Length: 0\r\n\r\n",
        entries.join(", ")
    )
}

/// A call whose path is in the document as it is sent, and to which an answer without a body is no success.
fn any_call() -> (Operation, Case) {
    let mut calls = one_call_of_each().into_iter();
    let found = calls.find(|(operation, _)| {
        let mut media = operation.media.iter();
        !operation.path.contains('{') && media.any(|(status, _)| *status == 200)
    });
    found.expect("some operation answers 200 with a body")
}

/// Two calls, and the look beside them. Which request comes first is not settled, so one answer serves all three.
async fn two_calls(answer: &str) -> (String, Vec<String>) {
    let lines = Lines::default();
    let log = logged(&lines);
    let responder = Responder::start(&[answer, answer, answer]);
    let client = Client::new(&responder.origin(), Credentials::none()).expect("an origin");
    for _ in 0..2 {
        // Nothing of these answers is declared.
        let outcome = (any_call().1.send)(client.clone()).await;
        assert!(
            !matches!(outcome.ending, Ending::Success(..)),
            "{outcome:?}"
        );
    }
    let mut requests = Vec::new();
    loop {
        match responder.try_received() {
            Ok(request) => requests.push(request.line),
            Err(TryRecvError::Empty) => tokio::task::yield_now().await,
            Err(TryRecvError::Disconnected) => break,
        }
    }
    // The look has its answer by now; it is given the turns to read it.
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    drop(log);
    (lines.text(), requests)
}

#[tokio::test]
async fn a_difference_that_matters_is_warned_of_once() {
    let (log, requests) = two_calls(&head(Some("0123456789abcdef"))).await;
    let heads = requests.iter().filter(|line| *line == "HEAD /openapi.json");
    assert_eq!(heads.count(), 1, "{requests:?}");
    let first = operations::ALL[0];
    assert_eq!(log.matches("WARN").count(), 1, "{log}");
    let named = format!(
        "{} (here {}, there 0123456789abcdef)",
        first.id, first.digest
    );
    assert!(log.contains(&named), "{log}");
}

#[tokio::test]
async fn the_same_document_is_not_worth_a_word() {
    let (log, requests) = two_calls(&head(None)).await;
    let asked = requests.iter().any(|line| line == "HEAD /openapi.json");
    assert!(asked, "{requests:?}");
    assert_eq!(log, "");
}

#[tokio::test]
async fn whoever_does_not_want_the_look_sends_nothing_more() {
    let responder = Responder::start(&[&head(None), &head(None)]);
    let setup = Setup::from(Credentials::none()).without_document_check();
    let http = reqwest::Client::builder();
    let client = Client::new_with_builder(&responder.origin(), http, setup);
    let client = client.expect("an origin");
    let (operation, case) = any_call();
    let line = format!("{} {}", operation.method, operation.path);
    for _ in 0..2 {
        let outcome = (case.send)(client.clone()).await;
        assert!(
            !matches!(outcome.ending, Ending::Success(..)),
            "{outcome:?}"
        );
        assert_eq!(responder.received().line, line);
    }
}
