//! What of each operation matters to a caller, as a digest: everything it refers to, nothing that is only text for people.
//!
//! The SDK has the digests compiled in and the server publishes its own, so that a client can tell an authority whose
//! document differs in a way that matters from one whose document only reads differently.

use serde_json::{Map, Value, json};

use crate::artefact;
use crate::canonical;
use crate::document::METHODS;
use crate::spelling::Keys;

/// Keywords that change nothing on the wire. So do all extensions but [`ON_THE_WIRE`].
const DOCUMENTATION: [&str; 9] = [
    "description",
    "summary",
    "title",
    "example",
    "examples",
    "externalDocs",
    "tags",
    "deprecated",
    "$comment",
];

/// Extensions that say what travels: whether a header does, and the text of a credential.
const ON_THE_WIRE: [&str; 3] = ["x-optional", "x-basic", "x-credential"];

/// How many of the digest's digits are kept: a mistake, not an attack, is what it has to tell.
const DIGITS: usize = 16;

/// The operationId and the digest of every operation, in the order of the document.
#[must_use]
pub fn digests(document: &Value) -> Vec<(String, String)> {
    let whole = canonical::canonical(document);
    let paths = whole.get("paths").and_then(Value::as_object);
    let mut found = Vec::new();
    for (path, item) in paths.into_iter().flatten() {
        for method in METHODS {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let id = operation.get("operationId").and_then(Value::as_str);
            let surface = json!({
                "at": [method, path],
                "operation": surface(&whole, operation, Keys::Keywords, &mut Vec::new()),
                "schemes": schemes(&whole, operation),
            });
            let mut digest = artefact::digest(&surface.to_string());
            digest.truncate(DIGITS);
            found.push((id.unwrap_or_default().to_owned(), digest));
        }
    }
    found
}

/// The digest of one operation; empty for one that the document does not have.
#[must_use]
pub fn of<'a>(digests: &'a [(String, String)], operation: &str) -> &'a str {
    let found = digests.iter().find(|(id, _)| id == operation);
    found.map_or("", |(_, digest)| digest)
}

/// A node without documentation, references followed and keys in alphabetical order.
fn surface(whole: &Value, node: &Value, keys: Keys, within: &mut Vec<String>) -> Value {
    match node {
        Value::Object(map) => {
            if keys == Keys::Keywords
                && let Some(reference) = map.get("$ref").and_then(Value::as_str)
            {
                let target = whole.pointer(reference.trim_start_matches('#'));
                // What refers to itself is told apart by where it does so.
                if let Some(at) = within.iter().position(|open| open == reference) {
                    return json!({"up": within.len() - at});
                }
                within.push(reference.to_owned());
                let found = target.map(|target| surface(whole, target, keys, within));
                within.pop();
                return found.unwrap_or_default();
            }
            let mut kept = Map::new();
            for (key, member) in map {
                if keys == Keys::Keywords && is_documentation(key) {
                    continue;
                }
                let inside = keys.below(key);
                let mut member = surface(whole, member, inside, within);
                // The values of an enum are data, and their order is not.
                if keys == Keys::Keywords
                    && key == "enum"
                    && let Value::Array(values) = &mut member
                {
                    values.sort_by_cached_key(Value::to_string);
                }
                kept.insert(key.clone(), member);
            }
            kept.sort_keys();
            Value::Object(kept)
        }
        Value::Array(items) => {
            let inside = keys.inside();
            let items = items.iter();
            let mut items: Vec<Value> = items
                .map(|item| surface(whole, item, inside, within))
                .collect();
            // Lists of keywords are sets; what a reference stood for may sort elsewhere than its name.
            if keys != Keys::Data {
                items.sort_by_cached_key(Value::to_string);
            }
            Value::Array(items)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => node.clone(),
    }
}

fn is_documentation(key: &str) -> bool {
    DOCUMENTATION.contains(&key) || (key.starts_with("x-") && !ON_THE_WIRE.contains(&key))
}

/// The security schemes that an operation names.
fn schemes(whole: &Value, operation: &Value) -> Value {
    let alternatives = operation.get("security").and_then(Value::as_array);
    let mut found = Map::new();
    for name in alternatives
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .flat_map(Map::keys)
    {
        let scheme = whole.pointer(&format!("/components/securitySchemes/{name}"));
        let scheme = scheme.unwrap_or(&Value::Null);
        let kept = surface(whole, scheme, Keys::Keywords, &mut Vec::new());
        found.insert(name.clone(), kept);
    }
    found.sort_keys();
    Value::Object(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        json!({
            "openapi": "3.1.0",
            "paths": {"/notes": {"get": {
                "operationId": "sample_list_notes", "summary": "List", "description": "Lists.", "tags": ["sample"],
                "security": [{"Key": []}],
                "responses": {"200": {"description": "Notes.", "content": {"application/json": {
                    "schema": {"$ref": "#/components/schemas/Note"}, "examples": {"a": {"value": {}}}}}}}}}},
            "components": {
                "schemas": {"Note": {"type": "object", "description": "A note.", "required": ["text"], "properties": {
                    "description": {"type": "string", "description": "What it says."},
                    "text": {"type": "string", "x-secret": true},
                    "inner": {"$ref": "#/components/schemas/Note"}}}},
                "securitySchemes": {"Key": {"type": "apiKey", "in": "header", "name": "x-key", "x-credential": "Sample {}", "description": "A key."}}}
        })
    }

    fn digest(value: &Value) -> String {
        let digests = digests(value);
        of(&digests, "sample_list_notes").to_owned()
    }

    #[test]
    fn what_is_only_text_changes_nothing() {
        let before = digest(&document());
        assert_eq!(before.len(), DIGITS);
        for pointer in [
            "/paths/~1notes/get/summary",
            "/paths/~1notes/get/description",
            "/paths/~1notes/get/responses/200/description",
            "/components/schemas/Note/description",
            "/components/schemas/Note/properties/text/x-secret",
            "/components/schemas/Note/properties/description/description",
            "/components/securitySchemes/Key/description",
        ] {
            let mut changed = document();
            *changed.pointer_mut(pointer).expect("a node") = json!("other");
            assert_eq!(digest(&changed), before, "{pointer}");
        }
        let mut renamed = document().to_string();
        renamed = renamed
            .replace("\"Note\"", "\"Memo\"")
            .replace("/Note\"", "/Memo\"");
        assert_eq!(
            digest(&serde_json::from_str(&renamed).expect("JSON")),
            before
        );
    }

    #[test]
    fn what_a_caller_sees_changes_it() {
        let before = digest(&document());
        for (pointer, value) in [
            ("/paths/~1notes/get/security/0", json!({})),
            ("/components/schemas/Note/required", json!([])),
            (
                "/components/schemas/Note/properties/description/type",
                json!("integer"),
            ),
            (
                "/components/schemas/Note/properties/inner",
                json!({"type": "null"}),
            ),
            ("/components/securitySchemes/Key/name", json!("x-other")),
            (
                "/components/securitySchemes/Key/x-credential",
                json!("Key {}"),
            ),
        ] {
            let mut changed = document();
            *changed.pointer_mut(pointer).expect("a node") = value;
            assert_ne!(digest(&changed), before, "{pointer}");
        }
    }
}
