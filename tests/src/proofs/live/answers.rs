//! Holds one answer against everything the document declares for it.

use serde_json::Value;

use super::{
    cors,
    oracle::{self, Node, Operation, join},
};
use crate::{harness::Answer, proofs::report::Finding};

/// Headers that HTTP itself puts on answers (RFC 9110, 9112); no other may be undeclared.
const OF_HTTP: [&str; 5] = [
    "content-length",
    "content-type",
    "date",
    "connection",
    "transfer-encoding",
];

/// What an answer was, once it has been held against the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// 2xx, and not a refusal under it.
    Success,
    /// 4xx, or a declared refusal under another status.
    Refusal,
    /// 5xx or a status that is none of these.
    Failure,
}

/// Whether the document calls the answer a success or a refusal.
pub fn outcome(operation: &Operation, answer: &Answer) -> Outcome {
    match answer.status {
        200..=299 if refuses(operation, answer) => Outcome::Refusal,
        200..=299 => Outcome::Success,
        400..=499 => Outcome::Refusal,
        _ => Outcome::Failure,
    }
}

fn refuses(operation: &Operation, answer: &Answer) -> bool {
    let Some(rule) = operation
        .response(answer.status)
        .and_then(|response| response.child("x-refusal"))
    else {
        return false;
    };
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let found = rule
        .text("pointer")
        .and_then(|pointer| body.pointer(pointer));
    found.is_some() && found == rule.value.get("equals")
}

/// Everything in which an answer differs from its declaration.
pub fn check(operation: &Operation, answer: &Answer) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(response) = operation.response(answer.status) else {
        let declared = operation.statuses();
        let shown: Vec<String> = declared.iter().map(ToString::to_string).collect();
        findings.push(
            Finding::new(
                "live-status",
                operation.responses(),
                format!(
                    "{} answers with a status that is not declared",
                    operation.id
                ),
            )
            .sides(shown.join(", "), answer.status.to_string()),
        );
        return findings;
    };
    let what = format!("{} {}", operation.id, answer.status);
    findings.extend(against(&what, &response, answer, true));
    findings.extend(cors::check(operation, answer));
    findings
}

/// Everything in which an answer differs from a declared response; the body of an answer to HEAD is not looked for.
pub fn against(what: &str, response: &Node, answer: &Answer, has_body: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    headers(what, response, answer, &mut findings);
    body(what, response, answer, has_body, &mut findings);
    findings
}

fn headers(what: &str, response: &Node, answer: &Answer, findings: &mut Vec<Finding>) {
    let declared = response.children("headers");
    for (name, header) in &declared {
        let sent = answer.header_all(name);
        let wrong = |message: &str, at: String, expected: &str, found: String| {
            let message = format!("{what}: {message} {name}");
            Finding::new("live-header", at, message).sides(expected, found)
        };
        let at = join(&join(&response.at, "headers"), name);
        match sent.as_slice() {
            [] if header.is("x-optional") || !header.is("required") => {}
            [] => findings.push(wrong("there is no", at, "present", "absent".to_owned())),
            [value] => {
                let schema = join(&header.at, "schema");
                for fault in oracle::faults(&schema, &typed(header, value)) {
                    findings.push(wrong(
                        "the schema does not allow this",
                        fault.at,
                        &fault.message,
                        shown(header, value),
                    ));
                }
            }
            many => findings.push(wrong("more than one", at, "1", many.len().to_string())),
        }
    }
    for (name, _) in &answer.headers {
        let known = OF_HTTP.contains(&name.as_str())
            || cors::HEADERS.contains(&name.as_str())
            || declared
                .iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(name));
        if !known {
            let at = join(&response.at, "headers");
            let message = format!("{what}: the header {name} is not declared");
            findings.push(Finding::new("live-header", at, message).sides("absent", "present"));
        }
    }
}

/// A header's value in the type of its schema.
fn typed(header: &Node, value: &str) -> Value {
    let schema = header.child("schema");
    let kind = schema.and_then(|schema| schema.text("type"));
    match kind {
        Some("integer" | "number") => {
            serde_json::from_str(value).unwrap_or_else(|_| Value::from(value))
        }
        Some("boolean") => match value {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => Value::from(value),
        },
        _ => Value::from(value),
    }
}

fn shown(header: &Node, value: &str) -> String {
    if header.is("x-secret") {
        "a secret".to_owned()
    } else {
        value.to_owned()
    }
}

fn body(what: &str, response: &Node, answer: &Answer, has_body: bool, findings: &mut Vec<Finding>) {
    let content = response.children("content");
    let sent = answer.header_all("content-type");
    let of = |fault: &str| format!("{what}: {fault}");
    if content.is_empty() {
        if !sent.is_empty() || !answer.body.is_empty() {
            findings.push(
                Finding::new(
                    "live-body",
                    response.at.clone(),
                    of("a body where none is declared"),
                )
                .sides(
                    "no body",
                    format!("{} bytes, {}", answer.body.len(), sent.join(", ")),
                ),
            );
        }
        return;
    }
    let declared = content.iter().find(|(name, _)| sent == [name.as_str()]);
    let Some((_, media)) = declared else {
        let names: Vec<&str> = content.iter().map(|(name, _)| name.as_str()).collect();
        let at = match names.as_slice() {
            [name] => join(&join(&response.at, "content"), name),
            _ => join(&response.at, "content"),
        };
        findings.push(
            Finding::new(
                "live-media-type",
                at,
                of("another media type than declared"),
            )
            .sides(names.join(", "), sent.join(", ")),
        );
        return;
    };
    let Some(schema) = media.child("schema").filter(|_| has_body) else {
        return;
    };
    let is_json = sent.iter().any(|name| name.contains("json"));
    let value = if is_json {
        match serde_json::from_slice(&answer.body) {
            Ok(value) => value,
            Err(error) => {
                let found = format!("{error}");
                let finding = Finding::new("live-body", schema.at, of("the body is not JSON"));
                findings.push(finding.sides("JSON", found));
                return;
            }
        }
    } else {
        Value::from(String::from_utf8_lossy(&answer.body))
    };
    for fault in oracle::faults(&join(&media.at, "schema"), &value) {
        let at = if fault.instance.is_empty() {
            "the body".to_owned()
        } else {
            fault.instance
        };
        let message = of(&format!("{at} is not as declared"));
        findings.push(Finding::new("live-body", fault.at, message).sides("valid", fault.message));
    }
    let mut unnamed = Vec::new();
    oracle::unnamed(&schema, &value, "", &mut unnamed);
    for (at, member) in unnamed {
        let message = of(&format!("{member} is not declared"));
        findings.push(Finding::new("live-body", at, message).sides("absent", "present"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{harness::central, proofs::live::oracle::operations};

    /// The operation at a path of the standard endpoints, whose answers their RFCs say.
    fn at(path: &str) -> Operation {
        let found = operations().into_iter().find(|one| one.path == path);
        found.expect("an operation")
    }

    /// The rules by which an answer to an operation is no declared one.
    fn told(operation: &Operation, answer: &str) -> Vec<&'static str> {
        let answer = Answer::parse(answer.replace('\n', "\r\n").as_bytes());
        let mut rules: Vec<_> = check(operation, &answer)
            .into_iter()
            .map(|finding| finding.rule)
            .collect();
        rules.dedup();
        rules
    }

    const TYPED: &str = "Content-Type: application/json\nCache-Control: no-store\n";

    #[test]
    fn an_error_body_that_is_not_the_declared_one_is_told() {
        let operation = at(central().introspection());
        let refusal = |body: &str| format!("HTTP/1.1 400 Bad Request\n{TYPED}\n{body}");
        let declared = refusal(r#"{"error":"invalid_request","error_description":"no token"}"#);
        assert_eq!(told(&operation, &declared), [""; 0]);
        for body in [
            r#"{"message":"no token"}"#,
            r#"{"error":"no_such_code","error_description":"no token"}"#,
            r#"{"error":"invalid_request","error_description":"no token","more":1}"#,
            r#"["invalid_request"]"#,
            "invalid_request",
        ] {
            assert_eq!(told(&operation, &refusal(body)), ["live-body"], "{body}");
        }
        let bare = "HTTP/1.1 400 Bad Request\nCache-Control: no-store\nContent-Length: 0\n\n";
        assert_eq!(told(&operation, bare), ["live-media-type"]);
    }

    #[test]
    fn a_body_where_none_is_declared_is_told() {
        let operation = at(central().revocation());
        let revoked = "HTTP/1.1 200 OK\nCache-Control: no-store\n\n";
        assert_eq!(told(&operation, revoked), [""; 0]);
        let typed = format!("HTTP/1.1 200 OK\n{TYPED}\n{{}}");
        assert_eq!(told(&operation, &typed), ["live-body"]);
        assert!(!told(&operation, &format!("{revoked}done")).is_empty());
    }

    #[test]
    fn an_undeclared_status_media_type_or_header_is_told() {
        let operation = at(central().introspection());
        let body = r#"{"active":false}"#;
        let declared = format!("HTTP/1.1 200 OK\n{TYPED}\n{body}");
        assert_eq!(told(&operation, &declared), [""; 0]);
        let status = declared.replace("200 OK", "202 Accepted");
        assert_eq!(told(&operation, &status), ["live-status"]);
        let media_type = declared.replace("application/json", "application/json; charset=utf-8");
        assert_eq!(told(&operation, &media_type), ["live-media-type"]);
        let gone = declared.replace("Cache-Control: no-store\n", "");
        assert_eq!(told(&operation, &gone), ["live-header"]);
        let more = declared.replace("Cache-Control", "X-More: 1\nCache-Control");
        assert_eq!(told(&operation, &more), ["live-header"]);
    }
}
