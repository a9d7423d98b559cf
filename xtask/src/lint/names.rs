//! Names: of components and operations, and those that fall together when they become Rust.

use std::collections::HashMap;

use heck::{ToSnakeCase, ToUpperCamelCase};
use serde_json::Value;

use super::Lint;
use super::sites::Kind;
use crate::document::{join, last_token};
use crate::problem::Rule;

/// Suffixes of the types that the server generator makes for each operation.
const OPERATION_TYPES: [&str; 5] = ["Call", "Ok", "Created", "NoContent", "Failure"];
/// Suffixes of the types that it makes for each dialect.
const DIALECT_TYPES: [&str; 3] = ["Api", "Routes", "AnyRefusal"];

/// All rules about names.
pub fn check(lint: &mut Lint<'_>) {
    component_names(lint);
    operation_ids(lint);
    types(lint);
    fields(lint);
    variants(lint);
}

/// The dialect of the fragment in which something was written: the name of its file.
fn dialect(lint: &Lint<'_>, pointer: &str) -> String {
    let file = lint.document.place(pointer).file;
    file.file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn component_names(lint: &mut Lint<'_>) {
    let kinds = lint.document.get("/components").and_then(Value::as_object);
    for (kind, components) in kinds.into_iter().flatten() {
        for name in components
            .as_object()
            .into_iter()
            .flat_map(|map| map.keys())
        {
            let pointer = join(&join("/components", kind), name);
            let prefix = dialect(lint, &pointer).to_upper_camel_case();
            let rest = name.strip_prefix(&prefix);
            if *name != name.to_upper_camel_case() {
                let suggestion = name.to_upper_camel_case();
                lint.report(
                    Rule::ComponentName,
                    &pointer,
                    format!(
                        "the component {name} is not in PascalCase, which would be {suggestion}"
                    ),
                );
            } else if !rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase())) {
                lint.report(
                    Rule::ComponentName,
                    &pointer,
                    format!("the component {name} does not begin with its dialect, {prefix}"),
                );
            }
        }
    }
}

fn operation_ids(lint: &mut Lint<'_>) {
    for operation in lint.of(Kind::Operation) {
        let pointer = operation.at("operationId");
        let Some(id) = operation.text("operationId") else {
            lint.report(
                Rule::OperationId,
                &operation.pointer,
                "the operation has no operationId",
            );
            continue;
        };
        let dialect = dialect(lint, &pointer);
        let words = id
            .strip_prefix(&dialect)
            .and_then(|rest| rest.strip_prefix('_'))
            .map_or(0, |rest| {
                rest.split('_').filter(|word| !word.is_empty()).count()
            });
        if id != id.to_snake_case() || words < 2 {
            lint.report(
                Rule::OperationId,
                &pointer,
                format!("the operationId {id} is not {dialect}_<verb>_<noun> in snake_case"),
            );
        }
    }
}

/// Reports every name that is a second one for the same identifier.
struct Identifiers {
    seen: HashMap<String, (String, String)>,
}

impl Identifiers {
    fn new() -> Self {
        Self {
            seen: HashMap::new(),
        }
    }

    /// Takes an identifier for `what`, which is written at `pointer`.
    fn take(&mut self, lint: &mut Lint<'_>, identifier: String, what: &str, pointer: &str) {
        if let Some((first, at)) = self.seen.get(&identifier) {
            if at == pointer {
                return;
            }
            let place = lint.document.place(at);
            lint.report(
                Rule::NameCollision,
                pointer,
                format!("{what} becomes {identifier}, as {first} at {place} does"),
            );
        } else {
            self.seen
                .insert(identifier, (what.to_owned(), pointer.to_owned()));
        }
    }
}

fn types(lint: &mut Lint<'_>) {
    let mut types = Identifiers::new();
    for kind in ["schemas", "responses"] {
        let at = join("/components", kind);
        let map = lint.document.get(&at).and_then(Value::as_object);
        for name in map.into_iter().flat_map(|map| map.keys()) {
            types.take(
                lint,
                name.to_upper_camel_case(),
                &format!("the component {name}"),
                &join(&at, name),
            );
        }
    }
    let mut methods = Identifiers::new();
    for operation in lint.of(Kind::Operation) {
        let Some(id) = operation.text("operationId") else {
            continue;
        };
        let pointer = operation.at("operationId");
        let what = format!("the operation {id}");
        methods.take(lint, id.to_snake_case(), &what, &pointer);
        for suffix in OPERATION_TYPES {
            types.take(
                lint,
                format!("{}{suffix}", id.to_upper_camel_case()),
                &what,
                &pointer,
            );
        }
    }
    for tag in lint.of(Kind::Tag) {
        let Some(name) = tag.text("name") else {
            continue;
        };
        for suffix in DIALECT_TYPES {
            types.take(
                lint,
                format!("{}{suffix}", name.to_upper_camel_case()),
                &format!("the tag {name}"),
                &tag.pointer,
            );
        }
    }
}

fn fields(lint: &mut Lint<'_>) {
    for schema in lint.written(Kind::Schema) {
        let mut names = Identifiers::new();
        let at = schema.at("properties");
        let properties = schema.value.get("properties").and_then(Value::as_object);
        for name in properties.into_iter().flat_map(|map| map.keys()) {
            let what = format!("the property {name}");
            names.take(lint, name.to_snake_case(), &what, &join(&at, name));
        }
    }
    for response in lint.written(Kind::Response) {
        let mut names = Identifiers::new();
        names.take(lint, "body".to_owned(), "the body", &response.pointer);
        let at = response.at("headers");
        let headers = response.value.get("headers").and_then(Value::as_object);
        for name in headers.into_iter().flat_map(|map| map.keys()) {
            let what = format!("the header {name}");
            names.take(lint, name.to_snake_case(), &what, &join(&at, name));
        }
    }
    for operation in lint.of(Kind::Operation) {
        let mut names = Identifiers::new();
        if operation.value.get("requestBody").is_some() {
            let pointer = operation.at("requestBody");
            names.take(lint, "body".to_owned(), "the request body", &pointer);
        }
        let at = operation.at("parameters");
        let parameters = operation.value.get("parameters").and_then(Value::as_array);
        for (index, parameter) in parameters.into_iter().flatten().enumerate() {
            let pointer = join(&at, &index.to_string());
            let (parameter, _) = lint.document.resolve(parameter, &pointer);
            if let Some(name) = parameter.get("name").and_then(Value::as_str) {
                let what = format!("the parameter {name}");
                names.take(lint, name.to_snake_case(), &what, &pointer);
            }
        }
        for (scheme, pointer) in schemes(operation.value, &operation.at("security")) {
            let prefix = dialect(lint, &operation.pointer).to_upper_camel_case();
            let field = scheme
                .strip_prefix(&prefix)
                .unwrap_or(&scheme)
                .to_snake_case();
            // A scheme may stand in several alternatives; it is one field.
            let first = names
                .seen
                .get(&field)
                .is_some_and(|(what, _)| *what == scheme_words(&scheme));
            if !first {
                names.take(lint, field, &scheme_words(&scheme), &pointer);
            }
        }
    }
}

fn scheme_words(scheme: &str) -> String {
    format!("the security scheme {scheme}")
}

/// The schemes an operation names, with where it does so.
fn schemes(operation: &Value, at: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let alternatives = operation.get("security").and_then(Value::as_array);
    for (index, alternative) in alternatives.into_iter().flatten().enumerate() {
        let at = join(at, &index.to_string());
        for scheme in alternative
            .as_object()
            .into_iter()
            .flat_map(|map| map.keys())
        {
            found.push((scheme.clone(), join(&at, scheme)));
        }
    }
    found
}

fn variants(lint: &mut Lint<'_>) {
    for schema in lint.written(Kind::Schema) {
        let values = schema.value.get("enum").and_then(Value::as_array);
        let mut names = Identifiers::new();
        for (index, value) in values.into_iter().flatten().enumerate() {
            if let Some(text) = value.as_str() {
                let pointer = join(&schema.at("enum"), &index.to_string());
                let what = format!("the value {text} of {}", last_token(&schema.pointer));
                names.take(lint, text.to_upper_camel_case(), &what, &pointer);
            }
        }
    }
}
