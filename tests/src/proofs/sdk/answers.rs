//! Every declared answer, given by the document's own examples, reaches the caller as what it is declared to be.

use std::fmt::Write as _;

use serde_json::Value;
use tessera_client::{Client, Credentials};

use super::case::Case;
use super::oracle::{canonical, essence};
use super::outcome::{Ending, Outcome};
use super::responder::Responder;
use super::told::{self, Told};
use super::{Findings, pointers};
use crate::harness::document;
use crate::proofs::{live::oracle::Node, secrets};

/// One declared answer with one of its examples.
pub struct Answer {
    /// The operationId.
    pub operation: &'static str,
    /// The status.
    pub status: u16,
    /// Name of the example; empty for an answer without a body.
    pub example: &'static str,
    /// JSON pointer of the response.
    pub pointer: String,
    /// The response, references followed.
    pub response: &'static Value,
    /// The declared media type, and the example's body; `None` for an answer without a body.
    pub body: Option<(&'static str, &'static Value)>,
    /// The schema of the body.
    pub schema: &'static Value,
}

impl Answer {
    /// Whether the document says that this very answer is a refusal.
    pub fn is_refusal(&self) -> bool {
        let under_success = self.response.get("x-refusal").is_some_and(|refusal| {
            let pointer = refusal["pointer"].as_str().unwrap_or_default();
            let told = self.body.and_then(|(_, body)| body.pointer(pointer));
            told == Some(&refusal["equals"])
        });
        self.status >= 400 || under_success
    }

    /// The declared headers with their examples, name and value.
    pub fn headers(&self) -> Vec<(&'static str, &'static Value, String)> {
        document::members(self.response, "headers")
            .map(|(name, header)| {
                let (header, _) = document::resolve(header, String::new());
                (name, header, plain(&header["example"]))
            })
            .collect()
    }

    /// The answer as it travels, with another body and media type than its own.
    pub fn bytes(
        &self,
        status: u16,
        media_type: Option<&str>,
        body: &[u8],
        length: usize,
    ) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {status} Answer\r\nConnection: close\r\n");
        for (name, _, value) in self.headers() {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if let Some(media_type) = media_type {
            let _ = write!(head, "Content-Type: {media_type}\r\n");
        }
        if (300..400).contains(&status) {
            head.push_str("Location: /elsewhere\r\n");
        }
        if status != 204 {
            let _ = write!(head, "Content-Length: {length}\r\n");
        }
        head.push_str("\r\n");
        [head.as_bytes(), body].concat()
    }
}

/// A scalar as text.
pub fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Every answer of the document with every example.
pub fn answers() -> Vec<Answer> {
    let mut answers = Vec::new();
    for site in pointers::sites() {
        let operation = site.operation["operationId"].as_str().unwrap_or_default();
        for (status, response) in document::members(site.operation, "responses") {
            let at = format!("{}/responses/{status}", site.pointer);
            let (response, pointer) = document::resolve(response, at);
            let answer = |example, body, schema| Answer {
                operation,
                status: status.parse().unwrap_or_default(),
                example,
                pointer: pointer.clone(),
                response,
                body,
                schema,
            };
            let Some((media_type, content)) = document::content(response) else {
                answers.push(answer("", None, &Value::Null));
                continue;
            };
            let (schema, _) = document::resolve(&content["schema"], String::new());
            for (name, example) in document::members(content, "examples") {
                let (example, _) = document::resolve(example, String::new());
                answers.push(answer(name, Some((media_type, &example["value"])), schema));
            }
        }
    }
    answers
}

/// Makes the plainest call of the operation and answers it with `bytes`; also gives the client that made it.
pub async fn call(
    cases: &[Case],
    operation: &str,
    responder: &Responder,
    client: &Client,
    bytes: &[u8],
) -> Option<(Outcome, Client)> {
    let mut own = cases.iter();
    let case = own.find(|case| case.operation == operation && !case.unsendable)?;
    let client = client.with(case.held.iter().cloned().collect::<Credentials>());
    let outcome = responder
        .exchange(bytes, (case.send)(client.clone()))
        .await
        .1;
    Some((outcome, client))
}

/// Gives every declared answer once; how many there are.
pub async fn judge(
    cases: &[Case],
    responder: &Responder,
    client: &Client,
    findings: &mut Findings,
) -> usize {
    let answers = answers();
    for answer in &answers {
        let body = answer
            .body
            .map(|(_, body)| text(answer, body))
            .unwrap_or_default();
        let media_type = answer.body.map(|(media_type, _)| media_type);
        let bytes = answer.bytes(answer.status, media_type, body.as_bytes(), body.len());
        if let Some((outcome, client)) =
            call(cases, answer.operation, responder, client, &bytes).await
        {
            compare(answer, &outcome, findings);
            told::comes_back(cases, answer, responder, client, findings).await;
        }
        told::uninvited(cases, answer, responder, client, findings).await;
        wait_in_the_body(cases, answer, responder, client, &bytes, findings).await;
    }
    answers.len()
}

/// Where the body says when to come back, it is understood without `Retry-After` too.
async fn wait_in_the_body(
    cases: &[Case],
    answer: &Answer,
    responder: &Responder,
    client: &Client,
    bytes: &[u8],
    findings: &mut Findings,
) {
    let Some(expected) = told::of(answer).retry else {
        return;
    };
    let text = String::from_utf8_lossy(bytes);
    let lines = text.split_inclusive("\r\n");
    let silent: String = lines
        .filter(|line| !line.starts_with("Retry-After:"))
        .collect();
    let answered = call(
        cases,
        answer.operation,
        responder,
        client,
        silent.as_bytes(),
    )
    .await;
    let found = answered.and_then(|(outcome, _)| outcome.retry_after);
    if found != Some(expected) {
        let message = format!("{}: when to come back, by the body", answer.operation);
        let (expected, found) = (format!("{expected}"), format!("{found:?}"));
        findings.differ("sdk-answer", &answer.pointer, message, expected, found);
    }
}

/// The example's body as it travels.
pub fn text(answer: &Answer, body: &Value) -> String {
    if answer.schema["maxLength"] == 0 {
        return String::new();
    }
    body.to_string()
}

fn compare(answer: &Answer, outcome: &Outcome, findings: &mut Findings) {
    let mut differ = |what: &str, expected: String, found: String| {
        if expected != found {
            let message = format!(
                "{} {} {}: {what}",
                answer.operation, answer.status, answer.example
            );
            findings.differ("sdk-answer", &answer.pointer, message, expected, found);
        }
    };
    let empty = answer.schema["maxLength"] == 0;
    let body = answer
        .body
        .map(|(_, body)| canonical(body))
        .filter(|_| !empty);
    let expected = if answer.is_refusal() {
        Ending::Refused(answer.status, body.clone())
    } else {
        Ending::Success(answer.status, body.clone().unwrap_or_default())
    };
    let found = match outcome.ending.clone() {
        Ending::Success(status, found) => {
            Ending::Success(status, canonical(&like(&expected, found)))
        }
        Ending::Refused(status, Some(found)) => {
            Ending::Refused(status, Some(canonical(&like(&expected, found))))
        }
        other @ (Ending::Refused(_, None)
        | Ending::Undeclared(_)
        | Ending::Malformed(..)
        | Ending::CutOff(_)
        | Ending::Transport
        | Ending::Unsendable(_)) => other,
    };
    differ("how it ends", format!("{expected:?}"), format!("{found:?}"));

    let declared = answer.headers();
    for (name, read) in &outcome.headers {
        let wanted = declared
            .iter()
            .find(|(own, _, _)| own.eq_ignore_ascii_case(name));
        let wanted = wanted.map(|(_, _, value)| value.clone());
        differ(
            &format!("the header {name}"),
            format!("{wanted:?}"),
            format!("{read:?}"),
        );
    }
    for (name, header, _) in &declared {
        let constant = header["schema"]["enum"]
            .as_array()
            .is_some_and(|values| values.len() == 1);
        let reachable = outcome.headers.contains_key(name.to_lowercase().as_str());
        if !constant && !reachable {
            differ(
                &format!("the header {name}"),
                "an accessor".to_owned(),
                "none".to_owned(),
            );
        }
    }

    let Told {
        code,
        message,
        retry,
    } = told::of(answer);
    differ(
        "the code",
        format!("{code:?}"),
        format!("{:?}", outcome.code),
    );
    differ(
        "the message",
        format!("{message:?}"),
        format!("{:?}", outcome.message),
    );

    let wait = declared.iter().find(|(name, _, _)| *name == "Retry-After");
    let wait = wait.and_then(|(_, _, value)| value.parse::<u64>().ok());
    let wait = wait.or(retry);
    differ(
        "when to come back",
        format!("{wait:?}"),
        format!("{:?}", outcome.retry_after),
    );
    let transient = wait.is_some() || matches!(answer.status, 408 | 429 | 502 | 503 | 504);
    differ(
        "whether to come back",
        transient.to_string(),
        outcome.transient.to_string(),
    );

    let place = format!("Debug of the answer of {}", answer.operation);
    for (pointer, text) in secrets(answer) {
        let found = secrets::shows(&outcome.shown, &pointer, &text, &place);
        findings.0.extend(found);
    }
}

/// `found`, where it says the same moment as the expectation in another spelling, in the expectation's.
fn like(expected: &Ending, found: Value) -> Value {
    match expected {
        Ending::Success(_, expected) | Ending::Refused(_, Some(expected)) => same(expected, found),
        Ending::Refused(_, None)
        | Ending::Undeclared(_)
        | Ending::Malformed(..)
        | Ending::CutOff(_)
        | Ending::Transport
        | Ending::Unsendable(_) => found,
    }
}

fn same(expected: &Value, found: Value) -> Value {
    match (expected, found) {
        (Value::String(one), Value::String(other)) => {
            let moment = |text: &str| chrono::DateTime::parse_from_rfc3339(text).ok();
            let equal = moment(one).is_some() && moment(one) == moment(&other);
            Value::String(if equal { one.clone() } else { other })
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => expected
            .iter()
            .zip(found)
            .map(|(one, other)| same(one, other))
            .collect(),
        (Value::Object(expected), Value::Object(found)) => {
            let member = |(name, other): (String, Value)| {
                let one = expected.get(&name).unwrap_or(&Value::Null);
                let value = same(one, other);
                (name, value)
            };
            Value::Object(found.into_iter().map(member).collect())
        }
        (_, other) => other,
    }
}

/// The texts of the answer that the document marks as secret, each with the pointer of the mark.
pub fn secrets(answer: &Answer) -> Vec<(String, String)> {
    let headers = |name: &str| {
        let all = answer.headers().into_iter();
        let own = all.filter(|(own, _, _)| *own == name);
        own.map(|(_, _, value)| value).collect()
    };
    let body = answer.body.map(|(_, body)| body);
    Node::at(&answer.pointer)
        .map(|response| secrets::places::in_response(&response, headers, body))
        .unwrap_or_default()
}

/// Whether two media types are the same, parameters aside.
pub fn same_media(one: &str, other: &str) -> bool {
    essence(one).eq_ignore_ascii_case(essence(other))
}
