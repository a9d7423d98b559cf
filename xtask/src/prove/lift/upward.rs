//! Says in the words of 3.1 what poem-openapi says in those of 3.0.

use serde_json::{Map, Value, json};

use crate::prove::facts;

/// 3.0 spellings as 3.1 ones. `names` says that the keys of `value` are names, not keywords.
pub(super) fn lift(value: &mut Value, names: bool) {
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
