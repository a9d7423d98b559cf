//! Brings the document and what poem-openapi emits about the server into one comparable form.
//!
//! poem-openapi emits 3.0.0, writes shared responses, headers and parameters out where they are
//! used, and has no examples. So the document is written out in the same way, and the
//! emitted one is lifted to 3.1. Names of schemas are the same on both sides and are kept.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::facts;
use super::origin::{MARK, Origins, mark, member};
use crate::canonical::canonical;
use crate::document::{Document, join};
use crate::spelling::Keys;

/// What poem-openapi has no place for, so that it cannot differ.
const UNSAID: [&str; 3] = ["example", "examples", "openapi"];
/// Lists in which the order says nothing.
const SETS: [&str; 5] = ["parameters", "required", "enum", "security", "oneOf"];

/// The part of the document that the server can say about itself, written out, and where it is written.
#[must_use]
pub fn expected(document: &Document) -> (Value, Origins) {
    let mut marked = document.value.clone();
    facts::name_unmatched(&mut marked);
    mark(&mut marked, "", Keys::Keywords);
    let mut value = canonical(&marked);
    inline(&mut value, &marked);
    write_out_free_objects(&mut value);
    if let Some(components) = value.get_mut("components").and_then(Value::as_object_mut) {
        components.retain(|kind, _| kind == "schemas" || kind == "securitySchemes");
    }
    common(&mut value);
    let origins = Origins::harvest(&mut value);
    (value, origins)
}

/// What the server emits, lifted to the same form.
///
/// A Rust type for something that has no name in the document (a constant) is written out where it is used.
#[must_use]
pub fn lifted(emitted: &Value, document: &Document) -> Value {
    let mut value = emitted.clone();
    let facts = facts::take(&mut value);
    write_out_unnamed(&mut value, document);
    lift(&mut value, false);
    let mut value = canonical(&value);
    common(&mut value);
    facts::put(&mut value, facts);
    comparable(&mut value, false);
    value
}

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
fn canonical_part(part: &Value) -> Value {
    let mut wrapped = canonical(&json!({ "part": part }));
    wrapped
        .as_object_mut()
        .and_then(|map| map.shift_remove("part"))
        .unwrap_or_default()
}

/// Objects of any content are one Rust type whatever their name, so the name is written out.
///
/// What describes them stays behind with the name.
fn write_out_free_objects(value: &mut Value) {
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
fn write_out_unnamed(emitted: &mut Value, document: &Document) {
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

/// 3.0 spellings as 3.1 ones. `names` says that the keys of `value` are names, not keywords.
fn lift(value: &mut Value, names: bool) {
    match value {
        Value::Object(map) => {
            if !names {
                lift_keywords(map);
            }
            for (key, member) in map.iter_mut() {
                let below = !names
                    && matches!(
                        key.as_str(),
                        "properties" | "schemas" | "headers" | "responses"
                    );
                lift(member, below);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| lift(item, false)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn lift_keywords(map: &mut Map<String, Value>) {
    // `allOf: [schema, {description}]` is how 3.0 documents a reference.
    if let Some(Value::Array(parts)) = map.get("allOf")
        && let Some((_, rest)) = parts.split_first()
        && rest.iter().all(is_documentation)
    {
        let mut whole = Map::new();
        for part in parts.clone() {
            if let Value::Object(part) = part {
                whole.extend(part);
            }
        }
        map.shift_remove("allOf");
        map.extend(whole);
    }
    for (limit, exclusive) in [
        ("minimum", "exclusiveMinimum"),
        ("maximum", "exclusiveMaximum"),
    ] {
        match map.get(exclusive) {
            Some(Value::Bool(true)) => {
                if let Some(bound) = map.shift_remove(limit) {
                    map.insert(exclusive.to_owned(), bound);
                }
            }
            Some(Value::Bool(false)) => {
                map.shift_remove(exclusive);
            }
            _ => {}
        }
    }
    if map.shift_remove("nullable") == Some(Value::Bool(true))
        && let Some(kind) = map.get_mut("type")
    {
        *kind = json!([kind.clone(), "null"]);
    }
    facts::secret_title(map);
    // The title is the name of the type, which the pointer has already.
    if map.get("type") == Some(&json!("object")) {
        map.shift_remove("title");
    }
}

fn is_documentation(part: &Value) -> bool {
    part.as_object().is_some_and(|part| {
        part.keys()
            .all(|key| key == "description" || key == "title")
    })
}

/// What is done to both sides.
fn common(value: &mut Value) {
    if let Some(root) = value.as_object_mut() {
        // What it is about is not the generated code's to say.
        if let Some(info) = root.get_mut("info").and_then(Value::as_object_mut) {
            info.retain(|key, _| key == "title" || key == "version");
        }
        if let Some(tags) = root.get_mut("tags") {
            *tags = keyed(tags);
        }
    }
    comparable(value, false);
}

fn comparable(value: &mut Value, names: bool) {
    match value {
        Value::Object(map) => {
            if !names {
                for key in UNSAID {
                    map.shift_remove(key);
                }
                // poem-openapi says so of every parameter, and of single values it means nothing.
                if map.get("explode") == Some(&Value::Bool(true)) {
                    map.shift_remove("explode");
                }
                facts::keep_stated(map);
                for set in SETS {
                    if let Some(list) = map.get_mut(set).filter(|value| value.is_array()) {
                        *list = keyed(list);
                    }
                }
                if let Some(headers) = map.get_mut("headers").and_then(Value::as_object_mut) {
                    *headers = std::mem::take(headers)
                        .into_iter()
                        .map(|(name, header)| (name.to_lowercase(), header))
                        .collect();
                }
                // Nothing is demanded in either spelling: a security of the root was pushed down before.
                if map.get("security") == Some(&json!({})) {
                    map.shift_remove("security");
                }
                if let Some(properties) = map.get_mut("properties").and_then(Value::as_object_mut) {
                    for (name, property) in properties {
                        undocumented(name, property);
                    }
                }
                if map
                    .get("headers")
                    .and_then(Value::as_object)
                    .is_some_and(Map::is_empty)
                {
                    map.shift_remove("headers");
                }
                if map
                    .get("content")
                    .and_then(Value::as_object)
                    .is_some_and(Map::is_empty)
                {
                    map.shift_remove("content");
                }
            }
            for (key, member) in map.iter_mut() {
                if names || !matches!(key.as_str(), "description" | "summary") {
                    let below = !names
                        && matches!(
                            key.as_str(),
                            "properties"
                                | "required"
                                | "enum"
                                | "security"
                                | "oneOf"
                                | "schemas"
                                | "headers"
                                | "responses"
                                | "paths"
                                | "tags"
                                | "parameters"
                                | "securitySchemes"
                                | "content"
                        );
                    comparable(member, below);
                } else if let Value::String(text) = member {
                    // Doc comments lose the line break at the end.
                    *text = text.trim().to_owned();
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| comparable(item, false)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A field that the document does not describe has its own name as its comment.
fn undocumented(name: &str, property: &mut Value) {
    if let Some(property) = property.as_object_mut()
        && property.get("description").and_then(Value::as_str) == Some(name)
    {
        property.shift_remove("description");
    }
}

/// A list as a mapping, so that its order does not matter and a difference has a name.
fn keyed(list: &Value) -> Value {
    let mut map = Map::new();
    for item in list.as_array().into_iter().flatten() {
        let mut name = member(item);
        // A repetition must not hide behind the first.
        while map.contains_key(&name) {
            name.push_str(" (again)");
        }
        map.insert(name, item.clone());
    }
    Value::Object(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named<const N: usize>(schemas: [&str; N]) -> Document {
        let schemas: Map<String, Value> = schemas
            .iter()
            .map(|name| ((*name).to_owned(), json!({})))
            .collect();
        Document::from_value(json!({ "components": { "schemas": schemas } }))
    }

    #[test]
    fn a_type_without_a_name_in_the_document_is_written_out() {
        let emitted = json!({"components": {"schemas": {
            "A": {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/AConstant"}}},
            "AConstant": {"type": "string", "enum": ["x"]},
            "Forgotten": {"type": "string"}}}});
        let expected = json!({"components": {"schemas": {
            "A": {"type": "object", "properties": {"a": {"type": "string", "enum": {"x": "x"}}}},
            "Forgotten": {"type": "string"}}}});
        assert_eq!(lifted(&emitted, &named(["A"])), expected);
    }

    #[test]
    fn a_documented_reference_loses_its_all_of() {
        let emitted = json!({"components": {"schemas": {"A": {"type": "object", "title": "A", "properties": {
            "title": {"allOf": [{"$ref": "#/components/schemas/B"}, {"description": "b\n"}]}}}}}});
        let expected = json!({"components": {"schemas": {"A": {"type": "object", "properties": {
            "title": {"$ref": "#/components/schemas/B", "description": "b"}}}}}});
        assert_eq!(lifted(&emitted, &named(["A", "B"])), expected);
    }

    #[test]
    fn an_exclusive_bound_is_a_number() {
        let emitted = json!({"components": {"schemas": {"A": {"type": "integer", "minimum": 1.0, "exclusiveMinimum": true}}}});
        let expected =
            json!({"components": {"schemas": {"A": {"type": "integer", "exclusiveMinimum": 1}}}});
        assert_eq!(lifted(&emitted, &named(["A"])), expected);
    }

    #[test]
    fn shared_parts_are_written_out_and_examples_left_out() {
        let document = Document::from_value(json!({
            "openapi": "3.1.0",
            "paths": {"/a": {"get": {"x-rate-bucket": "b", "responses": {"200": {"$ref": "#/components/responses/R"}}}}},
            "components": {"responses": {"R": {"description": "r\n", "headers": {"X-A": {"$ref": "#/components/headers/H"}}}},
                "headers": {"H": {"required": true, "schema": {"type": "string"}, "example": "a"}}},
        }));
        let written = json!({"paths": {"/a": {"get": {"x-rate-bucket": "b", "responses": {"200": {"description": "r",
            "headers": {"x-a": {"required": true, "schema": {"type": "string"}}}}}}}}, "components": {}});
        assert_eq!(expected(&document).0, written);
    }
}
