//! Validators of the document's schemas, and what a value has that its schema does not name.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::{Node, join};
use crate::harness::document::DOCUMENT;

/// One fault of a value under a schema.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The pointer in the document of the keyword that is broken.
    pub at: String,
    /// The pointer into the value.
    pub instance: String,
    /// What is wrong, without the value itself.
    pub message: String,
}

/// A schema made ready, or why it cannot be.
type Ready = Arc<Result<Validator, String>>;

static VALIDATORS: LazyLock<Mutex<HashMap<String, Ready>>> = LazyLock::new(Mutex::default);

/// The faults of a value under the schema at a pointer, as JSON Schema 2020-12 sees it, formats included.
pub fn faults(schema: &str, value: &Value) -> Vec<Fault> {
    let validator = {
        let mut held = VALIDATORS.lock().expect("no validator panics");
        Arc::clone(
            held.entry(schema.to_owned())
                .or_insert_with(|| Arc::new(compile(schema))),
        )
    };
    match validator.as_ref() {
        Ok(validator) => validator
            .iter_errors(value)
            .map(|error| {
                let path = error.schema_path().to_string();
                let at = match path.strip_prefix("/allOf/0") {
                    Some(inner) => format!("{schema}{inner}"),
                    None => path,
                };
                Fault {
                    at,
                    instance: error.instance_path().to_string(),
                    message: error.masked().to_string(),
                }
            })
            .collect(),
        Err(error) => vec![Fault {
            at: schema.to_owned(),
            instance: String::new(),
            message: format!("the schema cannot be used: {error}"),
        }],
    }
}

/// Whether a value is valid under the schema at a pointer.
pub fn is_valid(schema: &str, value: &Value) -> bool {
    faults(schema, value).is_empty()
}

fn compile(pointer: &str) -> Result<Validator, String> {
    let schema = DOCUMENT.pointer(pointer).ok_or("there is none")?;
    let mut root = Map::new();
    root.insert(
        "$schema".to_owned(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    root.insert(
        "components".to_owned(),
        json!({ "schemas": DOCUMENT.pointer("/components/schemas").cloned().unwrap_or_default() }),
    );
    root.insert("allOf".to_owned(), json!([schema]));
    jsonschema::options()
        .should_validate_formats(true)
        .build(&Value::Object(root))
        .map_err(|error| error.to_string())
}

/// The members of a value that its schema does not name, as pairs of schema pointer and instance pointer.
///
/// A schema that lists no properties, or says `additionalProperties: true`, names all of them.
pub fn unnamed(schema: &Node, value: &Value, instance: &str, found: &mut Vec<(String, String)>) {
    if let Some(variants) = schema.value.get("oneOf").and_then(Value::as_array) {
        for index in 0..variants.len() {
            if let Some(variant) = Node::at(&format!("{}/oneOf/{index}", schema.at))
                && is_valid(&variant.at, value)
            {
                unnamed(&variant, value, instance, found);
            }
        }
        return;
    }
    match value {
        Value::Object(held) => {
            let open = matches!(
                schema.value.get("additionalProperties"),
                Some(Value::Bool(true) | Value::Object(_))
            );
            let properties = schema.children("properties");
            for (name, value) in held {
                let at = join(instance, name);
                match properties.iter().find(|(known, _)| known == name) {
                    Some((_, property)) => unnamed(property, value, &at, found),
                    None if open => {}
                    None => found.push((join(&schema.at, "properties"), at)),
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = schema.child("items") {
                for (index, item) in items.iter().enumerate() {
                    unnamed(&schema, item, &format!("{instance}/{index}"), found);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Which parts of an answer have to be those of an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Those for programs: what its schema lists, and numbers.
    Codes,
    /// All but texts that have a format, such as times.
    Everything,
}

/// The parts of a value that do not change from one answer to the next, as pairs of instance pointer and value.
pub fn settled(
    which: Settled,
    schema: &Node,
    value: &Value,
    at: &str,
    found: &mut Vec<(String, Value)>,
) {
    let Value::Object(members) = value else {
        let says = |key: &str| schema.value.get(key).is_some();
        let is_settled = !value.is_string()
            || match which {
                Settled::Codes => says("enum"),
                Settled::Everything => !says("format"),
            };
        if is_settled {
            found.push((at.to_owned(), value.clone()));
        }
        return;
    };
    let properties = schema.child("properties");
    for (name, value) in members {
        if let Some(property) = properties.as_ref().and_then(|known| known.child(name)) {
            settled(which, &property, value, &join(at, name), found);
        }
    }
}
