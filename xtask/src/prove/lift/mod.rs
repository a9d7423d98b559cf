//! Brings the document and what poem-openapi emits about the server into one comparable form.
//!
//! poem-openapi emits 3.0.0, writes shared responses, headers and parameters out where they are
//! used, and has no examples. So the document is written out in the same way, and the
//! emitted one is lifted to 3.1. Names of schemas are the same on both sides and are kept.

mod comparable;
mod upward;
mod written_out;

use serde_json::Value;

use self::comparable::{common, comparable};
use self::upward::lift;
use self::written_out::{canonical_part, write_out_free_objects, write_out_unnamed};
use super::facts;
use super::origin::{Origins, mark};
use crate::canonical::canonical;
use crate::document::Document;
use crate::spelling::Keys;

pub use self::written_out::inline;

/// The part of the document that the server can say about itself, written out, and where it is written.
#[must_use]
pub fn expected(document: &Document) -> (Value, Origins) {
    let mut marked = document.value.clone();
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
    let facts = facts::take(&mut value)
        .into_iter()
        .map(|fact| fact.formed(canonical_part))
        .collect();
    write_out_unnamed(&mut value, document);
    lift(&mut value, false);
    let mut value = canonical(&value);
    common(&mut value);
    facts::put(&mut value, facts);
    comparable(&mut value, false);
    value
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

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
