//! Writes out what the other side has no name for: shared parts of the document, objects of any content, unnamed types.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::canonical::canonical;
use crate::document::{Document, join};
use crate::prove::origin::MARK;

/// Replaces references to shared responses, headers, parameters and bodies by what they refer to.
pub fn inline(value: &mut Value, document: &Value) {
    let target = value
        .get("$ref")
        .and_then(Value::as_str)
        .filter(|reference| !reference.starts_with("#/components/schemas/"))
        .and_then(|reference| document.pointer(reference.strip_prefix('#')?));
    if let Some(target) = target {
        *value = canonical_part(target);
    }
    match value {
        Value::Object(map) => map.values_mut().for_each(|member| inline(member, document)),
        Value::Array(items) => items.iter_mut().for_each(|item| inline(item, document)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The canonical form of something that stands in the document.
pub(super) fn canonical_part(part: &Value) -> Value {
    let mut wrapped = canonical(&json!({ "part": part }));
    wrapped
        .as_object_mut()
        .and_then(|map| map.shift_remove("part"))
        .unwrap_or_default()
}

/// Objects of any content are one Rust type whatever their name, so the name is written out.
///
/// What describes them stays behind with the name.
pub(super) fn write_out_free_objects(value: &mut Value) {
    let mut free = Map::new();
    if let Some(schemas) = value
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    {
        for (name, schema) in std::mem::take(schemas) {
            if is_free_object(&schema) {
                free.insert(name, json!({ "type": "object" }));
            } else {
                schemas.insert(name, schema);
            }
        }
    }
    write_out(value, &free, &mut BTreeSet::new(), 0);
}

fn is_free_object(schema: &Value) -> bool {
    schema.as_object().is_some_and(|schema| {
        schema.get("type") == Some(&json!("object"))
            && schema.keys().all(|key| {
                key == MARK || key == "type" || key == "description" || key.starts_with("x-")
            })
    })
}

/// Replaces references to schemas that the document does not name by the schemas, and drops these.
pub(super) fn write_out_unnamed(emitted: &mut Value, document: &Document) {
    let mut unnamed = Map::new();
    if let Some(schemas) = emitted
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    {
        for (name, schema) in std::mem::take(schemas) {
            if document.get(&join("/components/schemas", &name)).is_some() {
                schemas.insert(name, schema);
            } else {
                unnamed.insert(name, schema);
            }
        }
    }
    let mut used = BTreeSet::new();
    write_out(emitted, &unnamed, &mut used, 0);
    // A type that nothing refers to has nowhere to be written out; it stays, and is a difference.
    if let Some(schemas) = emitted
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    {
        schemas.extend(unnamed.into_iter().filter(|(name, _)| !used.contains(name)));
    }
}

fn write_out(
    value: &mut Value,
    unnamed: &Map<String, Value>,
    used: &mut BTreeSet<String>,
    depth: usize,
) {
    // A type that contains itself would be written out for ever.
    const DEEPEST: usize = 32;
    let target = value
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| reference.strip_prefix("#/components/schemas/"))
        .and_then(|name| Some((name.to_owned(), unnamed.get(name)?)));
    if let Some((name, schema)) = target
        && depth < DEEPEST
    {
        used.insert(name);
        *value = schema.clone();
    }
    match value {
        Value::Object(map) => map
            .values_mut()
            .for_each(|member| write_out(member, unnamed, used, depth + 1)),
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| write_out(item, unnamed, used, depth + 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
