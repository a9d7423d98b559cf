//! Compares an answer with a documented example: status line, headers, body, key order.

use std::{collections::BTreeSet, pin::Pin};

use serde_json::Value;

use super::{Answer, document};

/// What may stand at a JSON pointer instead of the example's value.
#[derive(Debug, Clone)]
pub struct Shape {
    pointer: String,
    expected: Expected,
}

#[derive(Debug, Clone)]
enum Expected {
    Exactly(Value),
    Fits(&'static str, fn(&Value) -> bool),
}

impl Shape {
    /// Another value than the example's, known to the test.
    pub fn is(pointer: &str, value: impl Into<Value>) -> Self {
        Self {
            pointer: pointer.to_owned(),
            expected: Expected::Exactly(value.into()),
        }
    }

    /// A value with a property, which `name` tells when it is missing.
    pub fn fits(pointer: &str, name: &'static str, check: fn(&Value) -> bool) -> Self {
        Self {
            pointer: pointer.to_owned(),
            expected: Expected::Fits(name, check),
        }
    }

    /// A JWT: three base64url parts, the first two of them JSON objects.
    pub fn jwt(pointer: &str) -> Self {
        Self::fits(pointer, "a JWT", |value| {
            value.as_str().is_some_and(|text| jwt_parts(text).is_some())
        })
    }
}

/// Header and claims of a JWT, unverified.
pub fn jwt_parts(token: &str) -> Option<(Value, Value)> {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let mut parts = token.split('.');
    let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
    let object = |part: &str| -> Option<Value> {
        let value: Value = serde_json::from_slice(&decode(part)?).ok()?;
        value.is_object().then_some(value)
    };
    let ended = parts.next().is_none() && decode(signature).is_some_and(|bytes| bytes.len() >= 32);
    ended.then_some(())?;
    Some((object(header)?, object(claims)?))
}

/// What a scenario hands back: the answer, and where it may differ from the example.
pub struct Replay {
    /// The answer.
    pub answer: Answer,
    /// Where it differs and how; everything else is compared literally.
    pub shapes: Vec<Shape>,
}

impl From<Answer> for Replay {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            shapes: Vec::new(),
        }
    }
}

impl From<(Answer, Vec<Shape>)> for Replay {
    fn from((answer, shapes): (Answer, Vec<Shape>)) -> Self {
        Self { answer, shapes }
    }
}

/// Headers every HTTP answer may carry without being documented (RFC 9110), and those that follow from `x-cors`.
const UNDOCUMENTED: [&str; 7] = [
    "access-control-allow-origin",
    "access-control-expose-headers",
    "content-length",
    "content-type",
    "date",
    "connection",
    "transfer-encoding",
];

/// Asserts that an answer is the documented example.
#[track_caller]
pub fn assert_example(replay: &Replay, operation: &str, status: u16, example: &str) {
    let answer = &replay.answer;
    let shown = || {
        format!(
            "{} {status} {example}: {}",
            operation,
            String::from_utf8_lossy(&answer.body)
        )
    };
    let reason = reason(status);
    assert_eq!(
        answer.status_line,
        format!("HTTP/1.1 {status} {reason}"),
        "{}",
        shown()
    );
    let (response, _) = document::response(operation, status);
    assert_headers(answer, response);
    match document::content(response) {
        None => {
            assert_eq!(answer.header("content-type"), None, "{}", shown());
            assert!(answer.body.is_empty(), "{}", shown());
        }
        Some((media_type, content)) => {
            assert_eq!(
                answer.header("content-type"),
                Some(media_type),
                "{}",
                shown()
            );
            let expected = document::example(operation, status, example);
            let schema = content.get("schema").expect("content has a schema");
            if schema.get("maxLength").and_then(Value::as_u64) == Some(0) {
                assert!(answer.body.is_empty(), "{}", shown());
                return;
            }
            let found = answer.json();
            let valid = document::validate(schema, &found);
            assert!(valid.is_ok(), "{valid:?} in {}", shown());
            let faults = differences(expected, &found, &replay.shapes);
            assert!(faults.is_empty(), "{}\n{}", faults.join("\n"), shown());
        }
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        413 => "Payload Too Large",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        other => panic!("no reason phrase is known for {other}"),
    }
}

#[track_caller]
fn assert_headers(answer: &Answer, response: &'static Value) {
    let mut declared = BTreeSet::new();
    for (name, header) in document::members(response, "headers") {
        let (header, _) = document::resolve(header, String::new());
        declared.insert(name.to_ascii_lowercase());
        let optional = header.get("x-optional") == Some(&Value::Bool(true));
        let Some(sent) = answer.header(name) else {
            assert!(
                optional,
                "the header {name} is missing: {:?}",
                answer.headers
            );
            continue;
        };
        let schema = header.get("schema").unwrap_or(&Value::Null);
        let (schema, _) = document::resolve(schema, String::new());
        let numeric = schema.get("type").and_then(Value::as_str) == Some("integer");
        let value = match sent.parse::<i64>() {
            Ok(number) if numeric => Value::from(number),
            _ => Value::from(sent),
        };
        let valid = document::validate(schema, &value);
        assert!(valid.is_ok(), "the header {name} is {sent:?}: {valid:?}");
    }
    for (name, value) in &answer.headers {
        let known = declared.contains(name) || UNDOCUMENTED.contains(&name.as_str());
        assert!(known, "the header {name}: {value} is not documented");
    }
}

/// Where an answer differs from its example, other than a scenario's shapes allow.
pub fn differences(expected: &Value, found: &Value, shapes: &[Shape]) -> Vec<String> {
    let mut faults = Vec::new();
    compare(expected, found, "", shapes, &mut faults);
    faults
}

fn compare(
    expected: &Value,
    found: &Value,
    pointer: &str,
    shapes: &[Shape],
    faults: &mut Vec<String>,
) {
    if let Some(shape) = shapes.iter().find(|shape| shape.pointer == pointer) {
        match &shape.expected {
            Expected::Exactly(value) if value == found => {}
            Expected::Exactly(value) => faults.push(format!("{pointer}: {found} is not {value}")),
            Expected::Fits(_, check) if check(found) => {}
            Expected::Fits(name, _) => faults.push(format!("{pointer}: {found} is not {name}")),
        }
        return;
    }
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            let (wanted, sent): (Vec<&String>, Vec<&String>) =
                (expected.keys().collect(), found.keys().collect());
            if wanted != sent {
                faults.push(format!("{pointer}: keys {sent:?} are not {wanted:?}"));
            }
            for (key, value) in expected {
                if let Some(found) = found.get(key) {
                    compare(
                        value,
                        found,
                        &format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")),
                        shapes,
                        faults,
                    );
                }
            }
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            for (index, (value, found)) in expected.iter().zip(found).enumerate() {
                compare(value, found, &format!("{pointer}/{index}"), shapes, faults);
            }
        }
        (expected, found) if expected == found => {}
        (expected, found) => faults.push(format!("{pointer}: {found} is not {expected}")),
    }
}

/// Declares the replays of a dialect: for each documented example a test of its own that runs the
/// scenario on a fresh server and compares its answer, and the list `REPLAYED` of them all.
///
/// ```text
/// replays! {
///     token_is_read: get_token 200 "ok" => async |server| {
///         let answer = Call::get("/x/token").bearer(…).send(server).await;
///         (answer, vec![Shape::is("/data/user/id", "7")])
///     };
/// }
/// ```
macro_rules! replays {
    ($($name:ident: $operation:ident $status:literal $example:literal => $scenario:expr;)+) => {
        /// The examples replayed here.
        pub const REPLAYED: &[$crate::harness::replay::Scenario] = &[$(
            $crate::harness::replay::Scenario {
                name: stringify!($name),
                operation: stringify!($operation),
                status: $status,
                example: $example,
                run: |server| Box::pin($crate::harness::replay::run($scenario, server)),
            }
        ),+];
        $(
            #[tokio::test]
            async fn $name() {
                let (operation, status) = (stringify!($operation), $status);
                let dialect = $crate::harness::document::dialect_of(operation);
                let what = format!("{operation} {status} {}", $example);
                $crate::harness::asked("replays", dialect, &what);
                let mut server = $crate::harness::Tessera::start().await;
                let replay = $crate::harness::replay::run($scenario, &mut server).await;
                $crate::harness::replay::assert_example(&replay, operation, status, $example);
            }
        )+
    };
}
pub(crate) use replays;

/// A situation in which the server gives a documented answer.
#[derive(Clone, Copy)]
pub struct Scenario {
    /// What the test of it is called.
    pub name: &'static str,
    /// `operationId`.
    pub operation: &'static str,
    /// Status of the answer.
    pub status: u16,
    /// Name of the example; empty for an answer without a body.
    pub example: &'static str,
    /// Brings the situation about on a fresh server.
    pub run: for<'a> fn(&'a mut super::Tessera) -> Pin<Box<dyn Future<Output = Replay> + 'a>>,
}

/// Runs a scenario; exists to give closures their type.
pub async fn run<S, R>(scenario: S, server: &mut super::Tessera) -> Replay
where
    S: AsyncFnOnce(&mut super::Tessera) -> R,
    R: Into<Replay>,
{
    scenario(server).await.into()
}
