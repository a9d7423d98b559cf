//! The document as the SDK should see it, read anew: nothing here knows how the generator or the lowering read it.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase;
use serde_json::{Map, Value};

use crate::document::{METHODS, join};
use crate::reach::reached;

/// A canonical document.
pub(in crate::prove::sdk) struct Reading<'a> {
    /// The document.
    pub value: &'a Value,
    given: BTreeSet<String>,
}

/// One operation.
pub(super) struct Operation<'a> {
    /// The operationId in `snake_case`.
    pub id: String,
    /// JSON pointer.
    pub pointer: String,
    /// Method, lower case.
    pub method: &'static str,
    /// Path template.
    pub path: &'a str,
    /// The operation object.
    pub value: &'a Value,
}

/// A parameter.
pub(super) struct Parameter<'a> {
    /// Where its definition is.
    pub pointer: String,
    /// Its name on the wire.
    pub name: &'a str,
    /// `path`, `query`, `header` or `cookie`.
    pub location: &'a str,
    /// Whether it has to be given.
    pub required: bool,
    /// Its schema.
    pub schema: &'a Value,
}

/// An answer.
pub(super) struct Answer<'a> {
    /// Its status.
    pub status: u16,
    /// Where it is declared.
    pub pointer: String,
    /// Media type without parameters, schema and its pointer; `None` for an answer that is always empty.
    pub body: Option<(&'a str, &'a Value, String)>,
    /// What `x-refusal` says.
    pub refusal: Option<&'a Value>,
    /// Name, definition and pointer of each header.
    pub headers: Vec<(&'a String, &'a Value, String)>,
}

impl<'a> Reading<'a> {
    /// The members of the object at a pointer.
    pub fn members(&self, pointer: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
        let object: Option<&'a Map<String, Value>> =
            self.value.pointer(pointer).and_then(Value::as_object);
        object.into_iter().flatten()
    }

    /// Follows references; also says where it ended.
    pub fn follow(&self, mut value: &'a Value, mut pointer: String) -> (&'a Value, String) {
        // A chain longer than this is a circle.
        for _ in 0..16 {
            let target = value
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|to| to.strip_prefix('#'));
            let Some((found, target)) = target.and_then(|to| Some((self.value.pointer(to)?, to)))
            else {
                break;
            };
            (value, pointer) = (found, target.to_owned());
        }
        (value, pointer)
    }

    /// Whether callers make what is at a pointer: whether a body or a parameter leads to it.
    pub fn is_given(&self, pointer: &str) -> bool {
        self.given.contains(pointer)
    }

    /// A canonical document.
    pub fn of(value: &'a Value) -> Self {
        let mut reading = Self {
            value,
            given: BTreeSet::new(),
        };
        let mut given = BTreeSet::new();
        for operation in reading.operations() {
            for part in ["parameters", "requestBody"] {
                if let Some(part) = operation.value.get(part) {
                    given.extend(reached(value, part));
                }
            }
        }
        reading.given = given;
        reading
    }

    /// Every operation.
    pub fn operations(&self) -> Vec<Operation<'a>> {
        let mut operations = Vec::new();
        for (path, item) in self.members("/paths") {
            for method in METHODS {
                let Some(value) = item.get(method) else {
                    continue;
                };
                let id = value.get("operationId").and_then(Value::as_str);
                operations.push(Operation {
                    id: id.unwrap_or_default().to_snake_case(),
                    pointer: join(&join("/paths", path), method),
                    method,
                    path,
                    value,
                });
            }
        }
        operations
    }

    /// The parameters of an operation, by name.
    pub fn parameters(&self, operation: &Operation<'a>) -> Vec<Parameter<'a>> {
        let at = join(&operation.pointer, "parameters");
        let list = operation.value.get("parameters").and_then(Value::as_array);
        let mut parameters: Vec<Parameter<'a>> = list
            .into_iter()
            .flatten()
            .enumerate()
            .map(|(index, parameter)| {
                let (value, pointer) = self.follow(parameter, join(&at, &index.to_string()));
                let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
                Parameter {
                    pointer,
                    name: text("name"),
                    location: text("in"),
                    required: value.get("required") == Some(&Value::Bool(true)),
                    schema: value.get("schema").unwrap_or(&Value::Null),
                }
            })
            .collect();
        parameters.sort_by_key(|parameter| (parameter.location != "path", parameter.name));
        parameters
    }

    /// The media type, schema and pointer of a request body: JSON where there is a choice.
    pub fn request(&self, operation: &Operation<'a>) -> Option<(&'a str, &'a Value, String)> {
        let body = operation.value.get("requestBody")?;
        let (body, pointer) = self.follow(body, join(&operation.pointer, "requestBody"));
        let content = body.get("content").and_then(Value::as_object)?;
        let json = content
            .iter()
            .find(|(name, _)| essence(name) == "application/json");
        let (name, media) = json.or_else(|| content.iter().next())?;
        let at = join(&join(&pointer, "content"), name);
        Some((essence(name), media.get("schema")?, at))
    }

    /// The declared answers.
    pub fn answers(&self, operation: &Operation<'a>) -> Vec<Answer<'a>> {
        let at = join(&operation.pointer, "responses");
        let mut answers = Vec::new();
        for (status, response) in self.members(&at) {
            let declared = join(&at, status);
            let (response, pointer) = self.follow(response, declared.clone());
            let content = response.get("content").and_then(Value::as_object);
            let body = content.and_then(|content| {
                let (name, media) = content.iter().next()?;
                let schema = media.get("schema")?;
                let at = join(&join(&pointer, "content"), name);
                let empty = schema.get("maxLength") == Some(&Value::from(0));
                (!empty).then_some((essence(name), schema, at))
            });
            let headers = response.get("headers").and_then(Value::as_object);
            let headers = headers.into_iter().flatten().map(|(name, header)| {
                let at = join(&join(&pointer, "headers"), name);
                let (header, at) = self.follow(header, at);
                (name, header, at)
            });
            answers.push(Answer {
                status: status.parse().unwrap_or_default(),
                pointer: declared,
                headers: headers.collect(),
                body,
                refusal: response.get("x-refusal"),
            });
        }
        answers.sort_by_key(|answer| answer.status);
        answers
    }

    /// The headers that some answer declares and whose value says something: kind and pointer, by name.
    pub fn headers(&self) -> BTreeMap<String, (String, &'static str, String)> {
        let mut found = BTreeMap::new();
        for operation in self.operations() {
            for answer in self.answers(&operation) {
                for (name, header, at) in answer.headers {
                    let values = header.pointer("/schema/enum").and_then(Value::as_array);
                    if values.is_some_and(|values| values.len() == 1) {
                        continue;
                    }
                    let marked = [header.get("x-secret"), header.pointer("/schema/x-secret")];
                    let kind = if marked.contains(&Some(&Value::Bool(true))) {
                        "secret"
                    } else if header.pointer("/schema/type") == Some(&Value::from("integer")) {
                        "integer"
                    } else {
                        "text"
                    };
                    let entry = found.entry(name.to_snake_case());
                    let entry = entry.or_insert_with(|| (name.clone(), kind, at));
                    if entry.1 != kind {
                        entry.1 = if "secret" == kind || entry.1 == "secret" {
                            "secret"
                        } else {
                            "text"
                        };
                    }
                }
            }
        }
        found
    }
}

/// The alternatives of an operation's security.
pub(super) fn security<'a>(operation: &Operation<'a>) -> Vec<Vec<&'a str>> {
    let list = operation.value.get("security").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .map(|schemes| schemes.keys().map(String::as_str).collect())
        .collect()
}

/// A media type without its parameters.
fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}
