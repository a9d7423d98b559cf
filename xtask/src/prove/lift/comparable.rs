//! Takes away what says nothing, on both sides, and gives lists whose order says nothing the form of mappings.

use serde_json::{Map, Value, json};

use crate::prove::facts;
use crate::prove::origin::member;

/// What poem-openapi has no place for, so that it cannot differ.
const UNSAID: [&str; 3] = ["example", "examples", "openapi"];
/// Lists in which the order says nothing.
const SETS: [&str; 5] = ["parameters", "required", "enum", "security", "oneOf"];

/// What is done to both sides.
pub(super) fn common(value: &mut Value) {
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

pub(super) fn comparable(value: &mut Value, names: bool) {
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
