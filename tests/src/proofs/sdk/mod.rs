//! Proof 6: what the SDK sends is what the document asks for, and what it makes of an answer is what the document says.

mod answers;
pub mod case;
pub mod cases;
mod coverage;
mod faults;
mod oracle;
pub mod outcome;
mod pointers;
pub mod responder;
mod told;
mod transcripts;

use std::time::Instant;

use tessera_client::{Client, Credentials};

use super::live::oracle::Node;
use super::report::{self, Finding};
use super::secrets;
use crate::harness::{
    asked,
    document::{self, DOCUMENT},
};
use case::Case;
use oracle::Request;
use outcome::Ending;
use responder::Responder;
use transcripts::Transcripts;

/// What was found so far.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, rule: &'static str, pointer: &str, message: String) {
        self.0.push(Finding::new(rule, pointer, message));
    }

    fn differ(
        &mut self,
        rule: &'static str,
        pointer: &str,
        message: String,
        expected: String,
        found: String,
    ) {
        let mut finding = Finding::new(rule, pointer, message);
        finding.expected = Some(expected);
        finding.found = Some(found);
        self.0.push(finding);
    }
}

#[tokio::test]
async fn holds() {
    let start = Instant::now();
    let mut findings = Findings::default();
    let cases = cases::cases();
    let responder = Responder::start().await;
    let client = Client::new(&responder.origin(), Credentials::none())
        .expect("an origin")
        .without_document_check();
    for case in &cases {
        let dialect = document::dialect_of(case.operation);
        asked("sdk", dialect, &format!("{} {}", case.operation, case.name));
    }
    requests(&cases, &responder, &client, &mut findings).await;
    coverage::judge(&cases, &mut findings);
    let answers = answers::judge(&cases, &responder, &client, &mut findings).await;
    let faults = faults::judge(&cases, &responder, &client, &mut findings).await;
    let extent = format!(
        "{} requests, {answers} answers, {faults} faulty answers",
        cases.len()
    );
    report::conclude("sdk", extent, start.elapsed(), findings.0);
}

/// Makes every call once, and looks at what was sent.
async fn requests(cases: &[Case], responder: &Responder, client: &Client, findings: &mut Findings) {
    let mut transcripts = Transcripts::default();
    let answer = b"HTTP/1.1 418 I'm a teapot\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    for case in cases {
        let client = client.with(case.held.iter().cloned().collect::<Credentials>());
        let (request, outcome) = responder
            .exchange(answer, (case.send)(client.clone()))
            .await;
        let pointer = pointers::site(case.operation)
            .map(|site| site.pointer)
            .unwrap_or_default();
        let sent = if request.is_some() {
            "a request"
        } else {
            "nothing"
        };
        let meant = if case.unsendable {
            "nothing"
        } else {
            "a request"
        };
        let ended = matches!(outcome.ending, Ending::Unsendable(_));
        if sent != meant || ended != case.unsendable {
            let message = format!("{} {}: what is sent", case.operation, case.name);
            let found = format!("{sent}, and {:?}", outcome.ending);
            findings.differ("sdk-request", &pointer, message, meant.to_owned(), found);
        }
        let shown = format!("{} {:?} {client:?}", outcome.shown, case.held);
        findings.0.extend(shown_of(case, &shown));
        transcripts.add(
            case.operation,
            case.name,
            &responder.host(),
            request.as_deref(),
        );
        if let (Some(bytes), false) = (request, case.unsendable) {
            oracle::judge(case, &Request::parse(&bytes), findings);
        }
    }
    transcripts.conclude(findings);
}

/// The secrets in the body of a call, each with the place of the document that makes it one.
pub fn secrets_of_body(case: &Case) -> Vec<(String, String)> {
    let site = pointers::site(case.operation);
    let schema = site.and_then(|site| pointers::request_schema(site.operation));
    let schema = schema.and_then(|(_, pointer)| Node::at(&pointer));
    let body = schema.zip(case.body.as_ref());
    body.map(|(schema, body)| secrets::places::in_value(&schema, body))
        .unwrap_or_default()
}

/// The secrets of a call that its outcome, its client or its credentials show.
fn shown_of(case: &Case, shown: &str) -> Vec<Finding> {
    let mut kept = secrets_of_body(case);
    for (scheme, text) in &case.carried {
        let pointer = format!("/components/securitySchemes/{scheme}");
        let bare = document::bare(scheme, text).unwrap_or(text);
        // Of a pair the second half is secret.
        let is_pair = DOCUMENT.pointer(&format!("{pointer}/x-basic")).is_some();
        let bare = match bare.split_once(':') {
            Some((_, secret)) if is_pair => secret,
            _ => bare,
        };
        kept.push((pointer, bare.to_owned()));
    }
    let place = format!("Debug of a call of {}", case.operation);
    kept.iter()
        .filter_map(|(pointer, text)| secrets::shows(shown, pointer, text, &place))
        .collect()
}
