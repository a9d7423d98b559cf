//! Spellings that become one, and what must be left alone.

use std::path::Path;

use serde_json::json;

use super::*;
use crate::problem::Problems;
use crate::yaml;

/// A document as it is written, and where things are.
fn read(text: &str) -> Document {
    let mut problems = Problems::new();
    let parsed = yaml::parse(Path::new("x.yaml"), text, &mut problems).expect("YAML");
    let mut document = Document {
        value: parsed.value,
        positions: parsed.positions,
    };
    unify(&mut document);
    document
}

#[test]
fn what_the_path_and_the_root_say_is_said_by_each_operation_where_it_was_written() {
    let document = read(
        "security: [{A: []}]\n\
         paths:\n\
         \x20 /a:\n\
         \x20   parameters:\n\
         \x20     - {name: q, in: query, schema: {type: string}}\n\
         \x20     - {name: r, in: query, schema: {const: x}}\n\
         \x20   get:\n\
         \x20     parameters: [{name: q, in: query, description: own}]\n\
         \x20   put:\n\
         \x20     security: []\n",
    );
    let expected = json!({"paths": {"/a": {
        "get": {
            "parameters": [
                {"name": "q", "in": "query", "description": "own"},
                {"name": "r", "in": "query", "schema": {"enum": ["x"]}}],
            "security": [{"A": []}]},
        "put": {"security": [], "parameters": [
            {"name": "q", "in": "query", "schema": {"type": "string"}},
            {"name": "r", "in": "query", "schema": {"enum": ["x"]}}]}}}});
    assert_eq!(document.value, expected);
    for (pointer, line) in [
        ("/paths/~1a/get/security/0/A", 1),
        ("/paths/~1a/get/parameters/0/name", 8),
        ("/paths/~1a/get/parameters/1/schema/enum/0", 6),
        ("/paths/~1a/put/parameters/0/name", 5),
    ] {
        assert_eq!(document.place(pointer).line, line, "{pointer}");
    }
}

#[test]
fn an_operation_overrides_what_the_path_says_also_through_references() {
    let named = json!({"name": "q", "in": "query", "description": "shared"});
    let reference = json!({"$ref": "#/components/parameters/Q"});
    let own = json!({"name": "q", "in": "query", "description": "own"});
    for (of_path, of_operation) in [
        (&reference, &own),
        (&named, &reference),
        (&reference, &reference),
    ] {
        let mut document = json!({
            "paths": {"/a": {"parameters": [of_path], "get": {"parameters": [of_operation]}}},
            "components": {"parameters": {"Q": named}}});
        respell(&mut document);
        let found = document.pointer("/paths/~1a/get/parameters");
        assert_eq!(found, Some(&json!([of_operation])));
    }
}

#[test]
fn spellings_of_a_schema_become_one() {
    let one = |spelling: Value| {
        let mut document = json!({"components": {"schemas": {"A": spelling}}});
        respell(&mut document);
        document["components"]["schemas"]["A"].take()
    };
    for (spelling, expected) in [
        (json!({"type": ["string"]}), json!({"type": "string"})),
        (
            json!({"type": "string", "const": "a"}),
            json!({"type": "string", "enum": ["a"]}),
        ),
        (
            json!({"allOf": [{"$ref": "#/b"}], "description": "d"}),
            json!({"$ref": "#/b", "description": "d"}),
        ),
        (
            json!({"anyOf": [{"oneOf": [{"type": "string"}]}]}),
            json!({"type": "string"}),
        ),
        (
            json!({"oneOf": [{"type": "string", "description": "of all"}], "description": "here"}),
            json!({"type": "string", "description": "here"}),
        ),
        (
            json!({"description": "here", "allOf": [{"description": "of all", "type": "string"}]}),
            json!({"description": "here", "type": "string"}),
        ),
        (
            json!({"type": "object", "additionalProperties": {}}),
            json!({"type": "object", "additionalProperties": true}),
        ),
        (
            json!({"type": "string", "deprecated": false, "readOnly": false}),
            json!({"type": "string"}),
        ),
    ] {
        assert_eq!(one(spelling.clone()), expected, "{spelling}");
    }
    // These say more than one alternative alone, or contradict themselves; rules look at them.
    for kept in [
        json!({"allOf": [{"type": "string"}, {"maxLength": 3}]}),
        json!({"allOf": [{"maxLength": 4}], "maxLength": 3}),
        json!({"type": ["string", "null"]}),
        json!({"const": "a", "enum": ["a", "b"]}),
        json!({"deprecated": true}),
    ] {
        assert_eq!(one(kept.clone()), kept);
    }
}

#[test]
fn the_usual_way_to_write_a_parameter_is_not_said() {
    let one = |place: &str, style: &str, explode: bool| {
        let mut document = json!({"components": {"parameters": {"A":
            {"name": "a", "in": place, "schema": {}, "style": style, "explode": explode}}}});
        respell(&mut document);
        let parameter = document["components"]["parameters"]["A"].take();
        (
            parameter.get("style").is_some(),
            parameter.get("explode").is_some(),
        )
    };
    assert_eq!(one("query", "form", true), (false, false));
    assert_eq!(one("query", "form", false), (false, true));
    assert_eq!(one("header", "simple", false), (false, false));
    assert_eq!(one("path", "label", false), (true, false));
}

#[test]
fn a_parameter_or_header_is_as_secret_as_its_schema() {
    let secret = json!({"schema": {"type": "string", "x-secret": true}});
    let mut document = json!({"components": {
        "headers": {"A": secret}, "parameters": {"A": {"in": "query", "schema": secret["schema"]}},
        "requestBodies": {"A": {"content": {"text/plain": secret}}}}});
    respell(&mut document);
    let expected = json!({"components": {
        "headers": {"A": {"schema": {"type": "string"}, "x-secret": true}},
        "parameters": {"A": {"in": "query", "schema": {"type": "string"}, "x-secret": true}},
        "requestBodies": {"A": {"content": {"text/plain": secret}}}}});
    assert_eq!(document, expected);
}

#[test]
fn names_and_data_that_look_like_keywords_are_left_alone() {
    let mut document = json!({"components": {
        "schemas": {
            "const": {"type": "object", "properties": {"const": {"type": "string"}, "deprecated": {"type": "boolean"}},
                "default": {"const": 1, "type": ["a"]}, "x-divergence": {"allOf": [{}]}}},
        "examples": {"A": {"value": {"deprecated": false, "const": 1}}}}});
    let before = document.clone();
    assert!(respell(&mut document).is_empty());
    assert_eq!(document, before);
}
