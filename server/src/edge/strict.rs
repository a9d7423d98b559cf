//! Holds answers against the published document before they leave: `--strict`, for staging.
//!
//! What is compared is the answer as the client would get it, stamped headers included. A log line
//! names the operation and the place of the breach, never a value.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::Arc,
};

use jsonschema::{ValidationError, Validator};
use poem::{
    Response,
    http::{HeaderMap, HeaderName, Method, header},
};
use serde_json::{Map, Value, json};

use super::route_table::poem_path;

/// Why the document cannot be held against answers; a mistake in the program, told at start.
#[derive(Debug, thiserror::Error)]
pub enum StrictError {
    /// It is not JSON.
    #[error("the document is not JSON: {0}")]
    Document(#[from] serde_json::Error),
    /// Something in it cannot be understood.
    #[error("{pointer} of the document: {reason}")]
    Unusable {
        /// Where.
        pointer: String,
        /// What is wrong there.
        reason: String,
    },
}

/// The document's answers, ready to be compared with.
pub struct Strict {
    operations: HashMap<(Method, String), Operation>,
    /// The names of all properties: other parts of a pointer are the caller's own words.
    properties: HashSet<String>,
}

impl fmt::Debug for Strict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Strict")
            .field("operations", &self.operations.len())
            .finish_non_exhaustive()
    }
}

struct Operation {
    id: String,
    answers: HashMap<u16, Declared>,
}

/// One declared answer.
struct Declared {
    headers: Vec<DeclaredHeader>,
    content: Option<(String, Arc<Validator>)>,
}

struct DeclaredHeader {
    name: HeaderName,
    required: bool,
    integer: bool,
    schema: Arc<Validator>,
}

/// The document's word on the answers of one operation.
#[derive(Clone, Copy)]
pub(super) struct Judge<'a> {
    strict: &'a Strict,
    operation: &'a Operation,
}

impl Judge<'_> {
    /// Whether the answer may leave; what is wrong with it is logged.
    pub(super) async fn allows(&self, response: &mut Response) -> bool {
        let breaches = self.strict.breaches(self.operation, response).await;
        for breach in &breaches {
            tracing::error!(
                target: "tessera::strict",
                operation = %self.operation.id,
                status = response.status().as_u16(),
                fault = %breach.fault,
                at = %breach.at,
                rule = %breach.rule,
                "an answer breaks the document and was replaced"
            );
        }
        breaches.is_empty()
    }
}

/// How an answer breaks the document.
struct Breach {
    /// The keyword or the kind of thing.
    fault: String,
    /// Where in the answer: a header's name, or a JSON pointer into the body.
    at: String,
    /// Where in the document.
    rule: String,
}

impl Strict {
    /// Reads the published document.
    ///
    /// # Errors
    /// [`StrictError`] when it is not what it was published as.
    pub fn new(document: &[u8]) -> Result<Self, StrictError> {
        let document: Value = serde_json::from_slice(document)?;
        let mut reader = Reader {
            document: &document,
            validators: HashMap::new(),
        };
        let mut operations = HashMap::new();
        for (path, item) in members(&document, "paths") {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let Ok(method) = Method::from_bytes(method.to_ascii_uppercase().as_bytes()) else {
                    continue;
                };
                if operation.get("responses").is_some() {
                    let read = reader.operation(operation)?;
                    operations.insert((method, poem_path(path)), read);
                }
            }
        }
        let mut properties = HashSet::new();
        collect_properties(&document, &mut properties);
        Ok(Self {
            operations,
            properties,
        })
    }

    /// Who judges the answers to requests of that method and path; nobody where the document has no such operation.
    pub(super) fn judge(&self, method: &Method, pattern: &str) -> Option<Judge<'_>> {
        let method = if *method == Method::HEAD {
            Method::GET
        } else {
            method.clone()
        };
        let operation = self.operations.get(&(method, pattern.to_owned()))?;
        Some(Judge {
            strict: self,
            operation,
        })
    }

    async fn breaches(&self, operation: &Operation, response: &mut Response) -> Vec<Breach> {
        let status = response.status().as_u16();
        let Some(declared) = operation.answers.get(&status) else {
            return vec![Breach::new("undeclared status", "", "responses")];
        };
        let mut breaches = header_breaches(declared, response.headers());
        let Ok(body) = response.take_body().into_vec().await else {
            breaches.push(Breach::new("unreadable body", "", ""));
            return breaches;
        };
        let sent = response.content_type();
        match &declared.content {
            None if !body.is_empty() => {
                breaches.push(Breach::new("undeclared body", "", "content"));
            }
            None if sent.is_some() => {
                breaches.push(Breach::new(
                    "undeclared media type",
                    "content-type",
                    "content",
                ));
            }
            None => {}
            Some((media_type, _)) if sent != Some(media_type.as_str()) => {
                breaches.push(Breach::new("other media type", "content-type", "content"));
            }
            Some((media_type, schema)) => match instance(media_type, &body) {
                Some(value) => breaches.extend(self.body_breaches(schema, &value)),
                None => breaches.push(Breach::new("malformed body", "", "content")),
            },
        }
        response.set_body(body);
        breaches
    }

    fn body_breaches(&self, schema: &Validator, value: &Value) -> Vec<Breach> {
        let breach = |error: ValidationError<'_>| Breach {
            fault: error.kind().keyword().to_owned(),
            at: self.known_parts(error.instance_path().as_str()),
            rule: error.schema_path().as_str().to_owned(),
        };
        schema.iter_errors(value).map(breach).collect()
    }

    /// A pointer with `*` for each part that is neither an index nor a documented property.
    fn known_parts(&self, pointer: &str) -> String {
        let known = |part: &str| {
            part.is_empty() || part.parse::<usize>().is_ok() || self.properties.contains(part)
        };
        let parts = pointer.split('/');
        parts
            .map(|part| if known(part) { part } else { "*" })
            .collect::<Vec<_>>()
            .join("/")
    }
}

impl Breach {
    fn new(fault: &str, at: &str, rule: &str) -> Self {
        Self {
            fault: fault.to_owned(),
            at: at.to_owned(),
            rule: rule.to_owned(),
        }
    }
}

/// The body as the schema sees it: JSON, or a text.
fn instance(media_type: &str, body: &[u8]) -> Option<Value> {
    if media_type.contains("json") {
        serde_json::from_slice(body).ok()
    } else {
        Some(Value::from(std::str::from_utf8(body).ok()?))
    }
}

fn header_breaches(declared: &Declared, sent: &HeaderMap) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for declared in &declared.headers {
        let name = declared.name.as_str();
        let values = sent.get_all(&declared.name);
        if declared.required && values.iter().next().is_none() {
            breaches.push(Breach::new("missing header", name, "headers"));
        }
        for value in values {
            let text = value.to_str().unwrap_or("\u{fffd}");
            let value = match text.parse::<i64>() {
                Ok(number) if declared.integer => Value::from(number),
                _ => Value::from(text),
            };
            if !declared.schema.is_valid(&value) {
                breaches.push(Breach::new("header value", name, "headers"));
            }
        }
    }
    for name in sent.keys() {
        let own = [header::CONTENT_TYPE, header::CONTENT_LENGTH].contains(name);
        if !own && !declared.headers.iter().any(|known| known.name == name) {
            breaches.push(Breach::new("undeclared header", name.as_str(), "headers"));
        }
    }
    breaches
}

/// Turns parts of the document into what answers are compared with.
struct Reader<'a> {
    document: &'a Value,
    validators: HashMap<String, Arc<Validator>>,
}

impl Reader<'_> {
    fn operation(&mut self, operation: &Value) -> Result<Operation, StrictError> {
        let text = operation.get("operationId").and_then(Value::as_str);
        let id = text.unwrap_or_default().to_owned();
        let mut answers = HashMap::new();
        for (status, answer) in members(operation, "responses") {
            let code = status.parse().map_err(|_| StrictError::Unusable {
                pointer: format!("{id}/responses/{status}"),
                reason: "not a status".to_owned(),
            })?;
            answers.insert(code, self.answer(self.document, answer)?);
        }
        Ok(Operation { id, answers })
    }

    fn answer(&mut self, document: &Value, answer: &Value) -> Result<Declared, StrictError> {
        let answer = resolved(document, answer);
        let mut headers = Vec::new();
        for (name, header) in members(answer, "headers") {
            let header = resolved(document, header);
            let schema = header.get("schema").unwrap_or(&Value::Null);
            headers.push(DeclaredHeader {
                name: name.parse().map_err(|_| StrictError::Unusable {
                    pointer: format!("headers/{name}"),
                    reason: "not the name of a header".to_owned(),
                })?,
                required: header.get("required") == Some(&Value::Bool(true)),
                integer: resolved(document, schema).get("type") == Some(&json!("integer")),
                schema: self.validator(schema)?,
            });
        }
        let content = match members(answer, "content").next() {
            Some((media_type, content)) => {
                let schema = content.get("schema").unwrap_or(&Value::Bool(true));
                Some((media_type.clone(), self.validator(schema)?))
            }
            None => None,
        };
        Ok(Declared { headers, content })
    }

    /// A validator for a schema; equal schemas share one.
    fn validator(&mut self, schema: &Value) -> Result<Arc<Validator>, StrictError> {
        let key = schema.to_string();
        if let Some(known) = self.validators.get(&key) {
            return Ok(Arc::clone(known));
        }
        let root = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "components": {"schemas": self.document.pointer("/components/schemas")},
            "allOf": [schema],
        });
        let built = jsonschema::options()
            .should_validate_formats(true)
            .build(&root)
            .map_err(|error| StrictError::Unusable {
                pointer: error.schema_path().as_str().to_owned(),
                reason: error.to_string(),
            })?;
        let built = Arc::new(built);
        self.validators.insert(key, Arc::clone(&built));
        Ok(built)
    }
}

/// Follows a local reference, once: the document has none to a reference.
fn resolved<'a>(document: &'a Value, node: &'a Value) -> &'a Value {
    let target = node.get("$ref").and_then(Value::as_str);
    target
        .and_then(|target| document.pointer(target.strip_prefix('#')?))
        .unwrap_or(node)
}

fn members<'a>(node: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let found: Option<&Map<String, Value>> = node.get(key).and_then(Value::as_object);
    found.into_iter().flatten()
}

fn collect_properties(node: &Value, names: &mut HashSet<String>) {
    match node {
        Value::Object(map) => {
            for (key, value) in map {
                if key == "properties" {
                    names.extend(
                        value
                            .as_object()
                            .into_iter()
                            .flatten()
                            .map(|(name, _)| name.clone()),
                    );
                }
                collect_properties(value, names);
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| collect_properties(item, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
#[path = "strict_tests.rs"]
mod tests;
