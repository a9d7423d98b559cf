//! What a part of a document leads to: the components that it refers to, and those that they refer to.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::join;

/// The pointers of all components that `part` leads to in `document`, through others or at once.
///
/// Security schemes are referred to by their names.
#[must_use]
pub fn reached(document: &Value, part: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    follow(document, part, &mut found);
    found
}

fn follow(document: &Value, part: &Value, found: &mut BTreeSet<String>) {
    match part {
        Value::Object(members) => {
            for (key, member) in members {
                match (key.as_str(), member) {
                    ("$ref", Value::String(reference)) => {
                        if let Some(target) = reference.strip_prefix('#') {
                            enter(document, target.to_owned(), found);
                        }
                    }
                    ("security", Value::Array(alternatives)) => {
                        let alternatives = alternatives.iter().filter_map(Value::as_object);
                        for scheme in alternatives.flat_map(|alternative| alternative.keys()) {
                            enter(document, join("/components/securitySchemes", scheme), found);
                        }
                    }
                    (_, member) => follow(document, member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| follow(document, item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn enter(document: &Value, target: String, found: &mut BTreeSet<String>) {
    // What does not exist leads nowhere.
    if let Some(part) = document.pointer(&target)
        && found.insert(target)
    {
        follow(document, part, found);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_and_names_of_schemes_are_followed_and_circles_end() {
        let document = json!({"components": {
            "responses": {"A": {"schema": {"$ref": "#/components/schemas/A"}}},
            "schemas": {
                "A": {"properties": {"a": {"$ref": "#/components/schemas/A"}, "b": {"$ref": "#/components/schemas/B"}}},
                "B": {"type": "string"},
                "C": {"type": "string"}},
            "securitySchemes": {"Key": {"type": "http"}}}});
        let part = json!({
            "security": [{"Key": []}],
            "responses": {"200": {"$ref": "#/components/responses/A"}, "400": {"$ref": "#/components/responses/Gone"}}});
        let found: Vec<String> = reached(&document, &part).into_iter().collect();
        let expected = [
            "/components/responses/A",
            "/components/schemas/A",
            "/components/schemas/B",
            "/components/securitySchemes/Key",
        ];
        assert_eq!(found, expected);
    }
}
