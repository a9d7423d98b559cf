//! The published document as the tests' oracle: examples, headers and schemas by operation.

use std::sync::LazyLock;

use serde_json::{Map, Value};

/// The document: the committed one, or the file that `TESSERA_DOCUMENT` names.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let text = match std::env::var_os("TESSERA_DOCUMENT") {
        Some(file) => std::fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display())),
        None => include_str!("../../../openapi/openapi.json").to_owned(),
    };
    serde_json::from_str(&text).expect("the document is JSON")
});

/// An operation of the document.
#[derive(Debug, Clone)]
pub struct Operation {
    /// `operationId`.
    pub id: &'static str,
    /// The operation object.
    pub value: &'static Value,
}

/// One example of one answer, and the place it is defined at (shared answers share it).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Documented {
    /// `operationId`.
    pub operation: String,
    /// Status of the answer.
    pub status: u16,
    /// Name of the example.
    pub example: String,
    /// JSON pointer of its definition.
    pub source: String,
}

/// Follows local references until something else stands there; also says where.
pub fn resolve(value: &'static Value, pointer: String) -> (&'static Value, String) {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => {
            let target = reference.trim_start_matches('#').to_owned();
            let found = DOCUMENT
                .pointer(&target)
                .unwrap_or_else(|| panic!("{reference} leads nowhere"));
            resolve(found, target)
        }
        None => (value, pointer),
    }
}

/// The members of an object member; none when it is absent.
pub fn members(
    value: &'static Value,
    key: &str,
) -> impl Iterator<Item = (&'static str, &'static Value)> {
    let found: Option<&'static Map<String, Value>> = value.get(key).and_then(Value::as_object);
    found
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value))
}

/// Every operation, in document order.
pub fn operations() -> Vec<Operation> {
    let mut found = Vec::new();
    for (_, item) in members(&DOCUMENT, "paths") {
        for value in item
            .as_object()
            .into_iter()
            .flatten()
            .map(|(_, value)| value)
        {
            if let Some(id) = value.get("operationId").and_then(Value::as_str) {
                found.push(Operation { id, value });
            }
        }
    }
    found
}

/// The name of every dialect: the document's tags.
pub fn dialects() -> Vec<&'static str> {
    let tags = DOCUMENT.get("tags").and_then(Value::as_array);
    let names = tags.into_iter().flatten().filter_map(|tag| tag.get("name"));
    names.filter_map(Value::as_str).collect()
}

/// The dialect of an operation: its tag; empty where the document has none.
pub fn dialect_of(id: &str) -> &'static str {
    let operations = operations().into_iter();
    let tag = operations
        .filter(|operation| operation.id == id)
        .find_map(|operation| operation.value.pointer("/tags/0")?.as_str());
    tag.unwrap_or_default()
}

/// An operation by id.
pub fn operation(id: &str) -> Operation {
    operations()
        .into_iter()
        .find(|operation| operation.id == id)
        .unwrap_or_else(|| panic!("the document has no operation {id}"))
}

/// The answer of an operation under a status, references followed, and its pointer.
pub fn response(id: &str, status: u16) -> (&'static Value, String) {
    let operation = operation(id);
    let value = operation
        .value
        .get("responses")
        .and_then(|all| all.get(status.to_string()));
    let value = value.unwrap_or_else(|| panic!("{id} does not declare {status}"));
    resolve(value, format!("operation {id}/responses/{status}"))
}

/// The media type and content object of an answer, if it has a body.
pub fn content(response: &'static Value) -> Option<(&'static str, &'static Value)> {
    members(response, "content").next()
}

fn examples_of(id: &str, status: u16) -> Vec<(Documented, &'static Value)> {
    let (found, pointer) = response(id, status);
    let Some((media_type, content)) = content(found) else {
        return Vec::new();
    };
    members(content, "examples")
        .map(|(name, example)| {
            let at = format!("{pointer}/content/{media_type}/examples/{name}");
            let (example, source) = resolve(example, at);
            let documented = Documented {
                operation: id.to_owned(),
                status,
                example: name.to_owned(),
                source,
            };
            (documented, example)
        })
        .collect()
}

/// Every example of every answer.
pub fn all_examples() -> Vec<Documented> {
    all_answers()
        .iter()
        .flat_map(|(operation, status)| examples_of(operation, *status))
        .map(|(documented, _)| documented)
        .collect()
}

/// Every declared answer: operation and status.
pub fn all_answers() -> Vec<(String, u16)> {
    operations()
        .iter()
        .flat_map(|operation| {
            members(operation.value, "responses").map(|(status, _)| {
                let status = status.parse().expect("statuses are exact");
                (operation.id.to_owned(), status)
            })
        })
        .collect()
}

/// Names an example; an answer without a body has one nameless example, written `""`.
pub fn documented(id: &str, status: u16, example: &str) -> Documented {
    if example.is_empty() {
        let (found, source) = response(id, status);
        assert!(
            content(found).is_none(),
            "{id} {status} has a body: name its example"
        );
        return Documented {
            operation: id.to_owned(),
            status,
            example: String::new(),
            source,
        };
    }
    examples_of(id, status)
        .into_iter()
        .find(|(documented, _)| documented.example == example)
        .map_or_else(
            || panic!("{id} {status} has no example {example}"),
            |(documented, _)| documented,
        )
}

/// The value of an example.
pub fn example(id: &str, status: u16, example: &str) -> &'static Value {
    examples_of(id, status)
        .into_iter()
        .find(|(documented, _)| documented.example == example)
        .and_then(|(_, found)| found.get("value"))
        .unwrap_or_else(|| panic!("{id} {status} has no example {example} with a value"))
}

/// The value of a request example, for a test to fill real credentials into.
pub fn request_example(id: &str, example: &str) -> Value {
    let operation = operation(id);
    let body = operation.value.get("requestBody").unwrap_or(&Value::Null);
    let (body, _) = resolve(body, String::new());
    members(body, "content")
        .find_map(|(_, content)| content.get("examples")?.get(example))
        .map(|found| resolve(found, String::new()).0)
        .and_then(|found| found.get("value"))
        .unwrap_or_else(|| panic!("{id} has no request example {example}"))
        .clone()
}

/// The texts that a schema lists.
pub fn listed(schema: &str) -> Vec<&'static str> {
    let listed = DOCUMENT["components"]["schemas"][schema]["enum"].as_array();
    let values = listed.into_iter().flatten();
    values.filter_map(Value::as_str).collect()
}

/// A bare credential as its scheme has it travel: with what `x-credential` puts around it.
pub fn dressed(scheme: &str, bare: &str) -> String {
    match around(scheme) {
        Some((before, after)) => format!("{before}{bare}{after}"),
        None => bare.to_owned(),
    }
}

/// The credential in the text that travels for a scheme: without what `x-credential` puts around it.
pub fn bare<'a>(scheme: &str, text: &'a str) -> Option<&'a str> {
    match around(scheme) {
        Some((before, after)) => text.strip_prefix(before)?.strip_suffix(after),
        None => Some(text),
    }
}

fn around(scheme: &str) -> Option<(&'static str, &'static str)> {
    let scheme = &DOCUMENT["components"]["securitySchemes"][scheme];
    scheme["x-credential"].as_str()?.split_once("{}")
}

/// Checks a value against a schema of the document (JSON Schema 2020-12).
pub fn validate(schema: &Value, value: &Value) -> Result<(), String> {
    let mut root = Map::new();
    root.insert(
        "$schema".to_owned(),
        "https://json-schema.org/draft/2020-12/schema".into(),
    );
    root.insert("components".to_owned(), DOCUMENT["components"].clone());
    root.insert("allOf".to_owned(), Value::Array(vec![schema.clone()]));
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&Value::Object(root))
        .map_err(|error| error.to_string())?;
    let faults: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("; "))
    }
}
