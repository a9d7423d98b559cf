//! Answers that break the document, one fault each: every one has to become an error that names it, and never a success.

use serde_json::{Value, json};
use tessera_client::Client;

use super::Findings;
use super::answers::{self, Answer, call};
use super::case::Case;
use super::outcome::Ending;
use super::responder::Responder;
use crate::harness::document;
use crate::proofs::secrets;

/// What a fault has to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Malformed(u16),
    Undeclared(u16),
    CutOff(u16),
}

impl Wanted {
    /// Whether a repetition may help; every faulty answer has the headers of the declared one.
    fn transient(self, wait: Option<u64>) -> bool {
        let (status, cut) = match self {
            Self::Malformed(status) | Self::Undeclared(status) => (status, false),
            Self::CutOff(status) => (status, true),
        };
        match status {
            300..400 => false,
            200..300 if cut => true,
            _ => wait.is_some() || matches!(status, 408 | 429 | 502 | 503 | 504),
        }
    }
}

/// Statuses that some operation might be answered with and most do not declare.
const STATUSES: [u16; 14] = [
    200, 201, 202, 204, 206, 302, 307, 400, 401, 404, 418, 429, 500, 502,
];

/// Gives every faulty answer; how many there are.
pub async fn judge(
    cases: &[Case],
    responder: &Responder,
    client: &Client,
    findings: &mut Findings,
) -> usize {
    let mut count = 0;
    let mut shapes = Vec::new();
    for answer in answers::answers() {
        let Some((media_type, body)) = answer.body else {
            continue;
        };
        // Examples of one answer that have the same members break in the same ways.
        let shape = (answer.operation, answer.status, shape(body));
        if answer.schema["maxLength"] == 0 || shapes.contains(&shape) {
            continue;
        }
        shapes.push(shape);
        for (what, wanted, bytes) in faulty(&answer, media_type, body) {
            count += 1;
            let Some((outcome, _)) = call(cases, answer.operation, responder, client, &bytes).await
            else {
                continue;
            };
            let found = match &outcome.ending {
                Ending::Malformed(status, reason) if !reason.is_empty() => {
                    Some(Wanted::Malformed(*status))
                }
                Ending::Undeclared(status) => Some(Wanted::Undeclared(*status)),
                Ending::CutOff(status) => Some(Wanted::CutOff(*status)),
                Ending::Success(..)
                | Ending::Refused(..)
                | Ending::Malformed(..)
                | Ending::Transport
                | Ending::Unsendable(_) => None,
            };
            let about = || {
                let Answer {
                    operation,
                    status,
                    example,
                    ..
                } = &answer;
                format!("{operation} {status} {example}: {what}")
            };
            if found != Some(wanted) {
                let (expected, found) = (format!("{wanted:?}"), format!("{:?}", outcome.ending));
                findings.differ("sdk-fault", &answer.pointer, about(), expected, found);
            }
            let declared = answer.headers();
            let wait = declared.iter().find(|(name, _, _)| *name == "Retry-After");
            let wait = wait.and_then(|(_, _, value)| value.parse::<u64>().ok());
            let expected = (wait, wanted.transient(wait));
            let found = (outcome.retry_after, outcome.transient);
            if found != expected {
                let message = format!("{}: when and whether to come back", about());
                let (expected, found) = (format!("{expected:?}"), format!("{found:?}"));
                findings.differ("sdk-fault", &answer.pointer, message, expected, found);
            }
            for (name, _, value) in &declared {
                let name = name.to_lowercase();
                let Some(read) = outcome.headers.get(name.as_str()) else {
                    continue;
                };
                if read.as_deref() != Some(value) {
                    let message = format!("{}: the header {name}", about());
                    let (expected, found) = (value.clone(), format!("{read:?}"));
                    findings.differ("sdk-fault", &answer.pointer, message, expected, found);
                }
            }
            let place = format!("Debug of a faulty answer of {}", answer.operation);
            for (pointer, text) in answers::secrets(&answer) {
                let found = secrets::shows(&outcome.shown, &pointer, &text, &place);
                findings.0.extend(found);
            }
        }
    }
    count
}

/// The names of all members, and nothing of the values.
fn shape(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| format!("{name}:{}", shape(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!("[{}]", items.first().map(shape).unwrap_or_default()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => String::new(),
    }
}

fn faulty(answer: &Answer, media_type: &str, body: &Value) -> Vec<(String, Wanted, Vec<u8>)> {
    let whole = body.to_string();
    let status = answer.status;
    let media = Some(media_type);
    let mut faults = Vec::new();
    let mut add = |what: String, wanted, bytes| faults.push((what, wanted, bytes));
    let texts: [(&str, Vec<u8>); 6] = [
        ("no body", Vec::new()),
        ("not JSON", b"<h1>It works!</h1>".to_vec()),
        (
            "not UTF-8",
            [&whole.as_bytes()[..whole.len() - 1], b"\xff\xfe}"].concat(),
        ),
        (
            "without its end",
            whole.as_bytes()[..whole.len() - 1].to_vec(),
        ),
        ("followed by more", format!("{whole}{whole}").into_bytes()),
        ("only null", b"null".to_vec()),
    ];
    for (what, text) in texts {
        let bytes = answer.bytes(status, media, &text, text.len());
        add(what.to_owned(), Wanted::Malformed(status), bytes);
    }
    let cut = answer.bytes(
        status,
        media,
        &whole.as_bytes()[..whole.len() / 2],
        whole.len(),
    );
    add("cut off on the way".to_owned(), Wanted::CutOff(status), cut);
    let almost = answer.bytes(status, media, whole.as_bytes(), whole.len() + 1);
    add("one byte short".to_owned(), Wanted::CutOff(status), almost);

    for other in [
        None,
        Some("text/html"),
        Some("text/plain; charset=utf-8"),
        Some("application/xml"),
    ] {
        if other.is_none_or(|other| !answers::same_media(other, media_type)) {
            let bytes = answer.bytes(status, other, whole.as_bytes(), whole.len());
            add(format!("as {other:?}"), Wanted::Undeclared(status), bytes);
        }
    }
    let declared = |status: u16| {
        let mut all = document::all_answers().into_iter();
        all.any(|(operation, own)| operation == answer.operation && own == status)
    };
    for other in STATUSES.into_iter().filter(|other| !declared(*other)) {
        let body = if other == 204 { "" } else { &whole };
        let bytes = answer.bytes(other, media, body.as_bytes(), body.len());
        add(format!("under {other}"), Wanted::Undeclared(other), bytes);
    }

    let mut broken = Vec::new();
    breaks(answer.schema, body, "", true, &mut broken);
    for (what, pointer, replacement) in broken {
        let mut body = body.clone();
        replace(&mut body, &pointer, replacement);
        let text = body.to_string();
        let bytes = answer.bytes(status, media, text.as_bytes(), text.len());
        add(
            format!("{what} at {pointer}"),
            Wanted::Malformed(status),
            bytes,
        );
    }
    faults
}

/// Sets or, with `None`, drops what is at `pointer`.
fn replace(body: &mut Value, pointer: &str, replacement: Option<Value>) {
    if let Some(value) = replacement {
        if let Some(found) = body.pointer_mut(pointer) {
            *found = value;
        }
        return;
    }
    let (parent, name) = pointer.rsplit_once('/').unwrap_or(("", pointer));
    if let Some(Value::Object(members)) = body.pointer_mut(parent) {
        members.shift_remove(name);
    }
}

type Break = (&'static str, String, Option<Value>);

/// Every way to break `value` under `schema` in one place.
///
/// A null in place of an optional member is no fault here: the SDK reads it like the member's absence.
fn breaks(schema: &'static Value, value: &Value, at: &str, required: bool, found: &mut Vec<Break>) {
    let (schema, _) = document::resolve(schema, String::new());
    if let Some(choices) = schema["oneOf"].as_array() {
        let fitting = choices
            .iter()
            .find(|choice| document::validate(choice, value).is_ok());
        if let Some(choice) = fitting {
            breaks(choice, value, at, required, found);
        }
        return;
    }
    let mut add = |what, value| found.push((what, at.to_owned(), Some(value)));
    match schema["type"].as_str().unwrap_or_default() {
        "object" => {
            add("no object", json!("text"));
        }
        "array" => {
            add("no array", json!({}));
            add("null in the array", json!([null]));
        }
        "string" => {
            add("no text", json!(7));
            add("an array", json!([]));
            if schema["format"] == "date-time" {
                add("no moment", json!("yesterday"));
            }
            if schema.get("enum").is_some() {
                add("an unknown value", json!("unheard_of"));
                add("an empty value", json!(""));
            }
        }
        "integer" => {
            add("no number", json!("7"));
            add("a fraction", json!(1.5));
            if schema["format"] == "int32" {
                add("too large a number", json!(3_000_000_000_i64));
            }
            if schema.get("enum").is_some() {
                add("an unknown value", json!(424_242));
            }
        }
        "boolean" => add("no truth value", json!("true")),
        other => panic!("no fault is known for the type {other:?}"),
    }
    if required {
        add("null", Value::Null);
    }
    let required: Vec<&Value> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    for name in &required {
        let pointer = format!("{at}/{}", name.as_str().unwrap_or_default());
        found.push(("a member missing", pointer, None));
    }
    for (name, property) in document::members(schema, "properties") {
        if let Some(value) = value.get(name) {
            let needed = required.iter().any(|own| **own == name);
            breaks(property, value, &format!("{at}/{name}"), needed, found);
        }
    }
    if let (Some(items), Some(first)) = (schema.get("items"), value.get(0)) {
        breaks(items, first, &format!("{at}/0"), true, found);
    }
}
