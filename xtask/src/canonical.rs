//! The form in which documents are compared: spellings that mean the same become the same.
//!
//! Keywords are in alphabetical order. Names keep the order of the document, since the order of
//! properties is the order on the wire; comparing two values does not look at it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Number, Value, json};

use crate::artefact;
use crate::document::{Document, join};
use crate::reach::reached;
use crate::spelling::{self, Keys};

/// The canonical form of a whole document.
///
/// Everything has its one spelling, lists that are sets are sorted, defaults that are written out are dropped.
#[must_use]
pub fn canonical(document: &Value) -> Value {
    let mut value = document.clone();
    spelling::respell(&mut value);
    node(&mut value, Keys::Keywords);
    value
}

/// SHA-256 of the canonical form: equal for two documents that mean the same.
#[must_use]
pub fn digest(document: &Document) -> String {
    artefact::digest(&canonical(&document.value).to_string())
}

/// For each tag, SHA-256 of what the document says about it: its operations and everything they lead to.
///
/// A change of another dialect leaves it as it is, so that it changes no file of this one.
#[must_use]
pub fn digests_of_tags(document: &Document) -> BTreeMap<String, String> {
    let whole = canonical(&document.value);
    let tags = whole.get("tags").and_then(Value::as_array);
    let digests = tags.into_iter().flatten().filter_map(|described| {
        let tag = described.get("name")?.as_str()?;
        Some((tag.to_owned(), digest_of_tag(&whole, tag, described)))
    });
    digests.collect()
}

fn digest_of_tag(whole: &Value, tag: &str, described: &Value) -> String {
    let mut parts = Map::new();
    parts.insert(join("/tags", tag), described.clone());
    let paths = whole.get("paths").and_then(Value::as_object);
    for (path, item) in paths.into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let tags = operation.get("tags").and_then(Value::as_array);
            if tags.is_some_and(|tags| tags.iter().any(|one| one == tag)) {
                parts.insert(join(&join("/paths", path), method), operation.clone());
                for pointer in reached(whole, operation) {
                    let target = whole.pointer(&pointer).cloned();
                    parts.entry(pointer).or_insert(target.unwrap_or_default());
                }
            }
        }
    }
    parts.sort_keys();
    artefact::digest(&Value::Object(parts).to_string())
}

fn node(value: &mut Value, keys: Keys) {
    match value {
        Value::Object(map) => {
            if keys == Keys::Keywords {
                keywords(map);
            }
            for (key, member) in map.iter_mut() {
                node(member, keys.below(key));
            }
        }
        Value::Array(items) => {
            for item in items {
                node(item, keys.inside());
            }
        }
        Value::Number(number) => *number = plain(number),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn keywords(map: &mut Map<String, Value>) {
    if map.get("required") == Some(&Value::Bool(false)) {
        map.shift_remove("required");
    }
    if map.get("x-rate-bucket") == Some(&json!("default")) {
        map.shift_remove("x-rate-bucket");
    }
    for empty in ["required", "parameters", "tags", "servers"] {
        if map
            .get(empty)
            .and_then(Value::as_array)
            .is_some_and(Vec::is_empty)
        {
            map.shift_remove(empty);
        }
    }
    if map.get("additionalProperties") == Some(&Value::Bool(true)) {
        map.shift_remove("additionalProperties");
    }
    if let Some(Value::Array(required)) = map.get_mut("required") {
        required.sort_by_key(Value::to_string);
    }
    if let Some(Value::Array(alternatives)) = map.get_mut("security") {
        for alternative in alternatives.iter_mut().filter_map(Value::as_object_mut) {
            alternative.sort_keys();
        }
        alternatives.sort_by_key(Value::to_string);
    }
    if let Some(Value::Array(parameters)) = map.get_mut("parameters") {
        parameters.sort_by_key(|parameter| {
            let text = |key: &str| {
                parameter
                    .get(key)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            };
            (text("in"), text("name"), text("$ref"))
        });
    }
    if let Some(Value::Object(responses)) = map.get_mut("responses") {
        responses.sort_keys();
    }
    map.sort_keys();
}

/// 30.0 is 30.
pub(crate) fn plain(number: &Number) -> Number {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        Some(float)
            if !number.is_i64()
                && !number.is_u64()
                && float.fract() == 0.0
                && float.abs() < EXACT =>
        {
            // The text of a whole float below 2^53 is an integer; the parse cannot fail.
            format!("{float:.0}")
                .parse::<i64>()
                .map_or_else(|_| number.clone(), Number::from)
        }
        _ => number.clone(),
    }
}

/// A leaf that two documents do not have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where, in either of them.
    pub pointer: String,
    /// What the left one says.
    pub left: String,
    /// What the right one says.
    pub right: String,
}

/// Everything in which two values differ; a member that one side lacks is one difference.
#[must_use]
pub fn differences(left: &Value, right: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare("", Some(left), Some(right), &mut found);
    found
}

fn compare(
    pointer: &str,
    left: Option<&Value>,
    right: Option<&Value>,
    found: &mut Vec<Difference>,
) {
    match (left, right) {
        (Some(left), Some(right)) if left == right => {}
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            let keys: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            for key in keys {
                compare(&join(pointer, key), left.get(key), right.get(key), found);
            }
        }
        (Some(Value::Array(left)), Some(Value::Array(right))) => {
            for index in 0..left.len().max(right.len()) {
                compare(
                    &join(pointer, &index.to_string()),
                    left.get(index),
                    right.get(index),
                    found,
                );
            }
        }
        _ => found.push(Difference {
            pointer: pointer.to_owned(),
            left: shown(left),
            right: shown(right),
        }),
    }
}

/// How a side that has nothing is shown.
pub const NOTHING: &str = "nothing";

/// A value as one short line.
#[must_use]
pub fn shown(value: Option<&Value>) -> String {
    const LONGEST: usize = 160;
    let Some(value) = value else {
        return NOTHING.to_owned();
    };
    let text = value.to_string();
    if text.chars().count() <= LONGEST {
        text
    } else {
        let cut: String = text.chars().take(LONGEST).collect();
        format!("{cut}…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Value {
        json!({
            "openapi": "3.1.0",
            "tags": [{"name": "a"}, {"name": "b"}],
            "paths": {
                "/a": {"get": {"tags": ["a"], "security": [{"A": []}], "parameters": [{"name": "q", "in": "query", "required": false}],
                    "responses": {"200": {"$ref": "#/components/responses/A"}}}},
                "/b": {"get": {"tags": ["b"], "responses": {}}}},
            "components": {
                "responses": {"A": {"description": "a", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}},
                "schemas": {"A": {"type": "object", "required": ["x", "y"], "properties": {"x": {"type": "string", "const": "x"}, "y": {"type": "number", "minimum": 1}}}},
                "securitySchemes": {"A": {"type": "http", "scheme": "bearer"}}}
        })
    }

    fn digests(value: Value) -> (String, String) {
        let of_tags = digests_of_tags(&Document::from_value(value));
        (of_tags["a"].clone(), of_tags["b"].clone())
    }

    #[test]
    fn spellings_that_mean_the_same_are_the_same() {
        let mut other = sample();
        let mut set = |pointer: &str, value: Value| {
            *other.pointer_mut(pointer).expect("a node") = value;
        };
        set("/components/schemas/A/required", json!(["y", "x"]));
        set(
            "/components/schemas/A/properties/x",
            json!({"enum": ["x"], "type": "string"}),
        );
        set("/components/schemas/A/properties/y/minimum", json!(1.0));
        set(
            "/paths/~1a/get/parameters/0",
            json!({"name": "q", "in": "query"}),
        );
        assert_eq!(differences(&canonical(&sample()), &canonical(&other)), []);
    }

    #[test]
    fn names_that_look_like_keywords_are_left_alone() {
        let value = json!({"components": {"schemas": {"const": {"type": "object", "properties": {
            "required": {"type": "boolean"}, "deprecated": {"type": "boolean"}}, "default": {"required": false}}}}});
        assert_eq!(canonical(&value), value);
    }

    #[test]
    fn a_change_concerns_only_the_tag_that_reaches_it() {
        let (a, b) = digests(sample());
        for (pointer, value) in [
            ("/components/schemas/A/properties/y/minimum", json!(2)),
            ("/components/securitySchemes/A/scheme", json!("basic")),
            ("/components/responses/A/description", json!("other")),
        ] {
            let mut changed = sample();
            *changed.pointer_mut(pointer).expect("a node") = value;
            let (changed_a, changed_b) = digests(changed);
            assert_ne!(a, changed_a, "{pointer}");
            assert_eq!(b, changed_b, "{pointer}");
        }
    }
}
