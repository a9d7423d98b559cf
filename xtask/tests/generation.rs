//! The lowering rule by rule, and the client generated from a small document, against committed texts.
//!
//! `BLESS=1 cargo test -p xtask --test generation` writes the expectations anew; read the difference before committing.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use xtask::document::Document;
use xtask::load::{FRAGMENTS, ROOT};
use xtask::lower::{LoweringRule, lower};
use xtask::problem::Rule;
use xtask::{plan, sdk_gen};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn blessing() -> bool {
    std::env::var_os("BLESS").is_some()
}

#[expect(
    clippy::disallowed_methods,
    reason = "nobody reads a fixture while it is blessed"
)]
fn bless(path: &Path, text: &str) {
    fs::write(path, text).expect("writable fixture");
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("fixture");
    serde_json::from_str(&text).expect("fixture is JSON")
}

fn lowering_fixture(name: &str) -> Value {
    read(&fixtures().join("lowering").join(format!("{name}.json")))
}

/// Lowers the fixture's document and compares the outcome with the rest of the fixture.
fn lowers_as_written(name: &str) -> Value {
    let path = fixtures().join("lowering").join(format!("{name}.json"));
    let fixture = read(&path);
    let lowered = lower(&fixture["document"]);
    let outcome = json!({
        "document": fixture["document"],
        "lowered": lowered.document,
        "losses": lowered.losses,
    });
    if blessing() {
        let text = serde_json::to_string_pretty(&outcome).expect("JSON");
        bless(&path, &(text + "\n"));
    } else {
        assert_eq!(fixture, outcome, "{name}");
    }
    outcome
}

#[test]
fn each_lossy_rule_has_a_fixture_that_breaks_it() {
    for rule in LoweringRule::ALL {
        let outcome = lowers_as_written(rule.name());
        let losses = outcome["losses"].as_array().expect("losses");
        let named = losses.iter().any(|loss| loss["kind"] == rule.name());
        assert!(named, "{rule} is not among {losses:?}");
    }
}

#[test]
fn spellings_that_3_0_has_too_are_rewritten_without_loss() {
    let outcome = lowers_as_written("lossless");
    assert_eq!(outcome["losses"], json!([]));
}

#[test]
fn a_lowered_document_is_read_by_openapiv3() {
    for name in LoweringRule::ALL
        .iter()
        .map(|rule| rule.name())
        .chain(["lossless"])
    {
        let lowered = lower(&lowering_fixture(name)["document"]);
        let read = serde_json::from_value::<openapiv3::OpenAPI>(lowered.document);
        assert!(read.is_ok(), "{name}: {read:?}");
    }
}

#[test]
fn lowering_twice_changes_nothing_more() {
    for name in LoweringRule::ALL
        .iter()
        .map(|rule| rule.name())
        .chain(["lossless"])
    {
        let once = lower(&lowering_fixture(name)["document"]).document;
        let twice = lower(&once);
        assert_eq!(once, twice.document, "{name}");
        // An optional body stays optional in the text; only the client cannot leave it out.
        let again = twice
            .losses
            .iter()
            .filter(|loss| loss.kind != "optional-body");
        assert_eq!(again.count(), 0, "{name}");
    }
}

#[test]
fn a_lossy_edit_points_into_the_original_document() {
    for rule in LoweringRule::ALL {
        let fixture = lowering_fixture(rule.name());
        for loss in lower(&fixture["document"]).losses {
            let found = fixture["document"].pointer(&loss.pointer);
            assert!(found.is_some(), "{rule}: {}", loss.pointer);
        }
    }
}

/// Compares the client generated from a document with the files below `tests/client/`.
fn gives_the_committed_client(document: &Document, golden: &str) {
    let (files, _) = sdk_gen::generate(document).expect("a client");
    let golden = fixtures().join("client").join(golden);
    for file in &files {
        let name = file.path.file_name().expect("a name");
        if blessing() {
            bless(&golden.join(name), &file.content);
        }
        let expected = fs::read_to_string(golden.join(name)).expect("golden file");
        assert_eq!(file.content, expected, "{}", file.path.display());
    }
    let committed = fs::read_dir(&golden).expect("golden files").count();
    assert_eq!(committed, files.len(), "golden files");
}

#[test]
fn a_small_document_gives_the_committed_client() {
    let document = Document::from_value(read(&fixtures().join("client/document.json")));
    gives_the_committed_client(&document, "generated");
}

/// It has a parameter of each sort, defaults on everything, bounds, and choices with a list; one operation is of another
/// dialect, with the name of a module that is there already, and shares types with the rest.
///
/// `client-sdk/tests/plain/` compiles what is committed, and calls it.
#[test]
fn a_plain_document_gives_the_committed_client() {
    let root = "openapi: 3.1.0\ninfo: {title: Plain, version: 1.0.0, description: Things.}\nservers: [{url: /}]\n";
    let fragment = fs::read_to_string(fixtures().join("plain/plain.yaml")).expect("the fragment");
    let texts = [
        (PathBuf::from(ROOT), root.to_owned()),
        (Path::new(FRAGMENTS).join("plain.yaml"), fragment),
    ];
    let mut document = plan::document_from(&texts).expect("a sound document");
    let tag = document
        .value
        .pointer_mut("/paths/~1plain~1things/get/tags/0")
        .expect("a tag");
    *tag = json!("types");
    gives_the_committed_client(&document, "plain");
    let shared = fixtures().join("client/plain/shared.rs");
    let shared = fs::read_to_string(shared).expect("there are shared types");
    for name in ["enum PlainOrder", "struct PlainProblem"] {
        assert!(shared.contains(name), "{name}");
    }
}

#[test]
fn the_client_is_the_same_every_time() {
    let document = Document::from_value(read(&fixtures().join("client/document.json")));
    let first = sdk_gen::generate(&document).expect("a client");
    for _ in 0..3 {
        assert_eq!(sdk_gen::generate(&document).expect("a client"), first);
    }
}

#[test]
fn schemes_in_another_order_give_the_same_credentials() {
    let mut value = read(&fixtures().join("client/document.json"));
    let credentials = |value: &Value| {
        let (files, _) = sdk_gen::generate(&Document::from_value(value.clone())).expect("a client");
        let blocks = files.iter().filter_map(|file| {
            let at = file.content.find("impl Credential")?;
            Some(file.content.split_at(at).1.to_owned())
        });
        let blocks: Vec<String> = blocks.collect();
        assert!(!blocks.is_empty(), "no constructors");
        blocks
    };
    let before = credentials(&value);
    let schemes = &mut value["components"]["securitySchemes"];
    let turned = schemes.as_object().expect("schemes").clone();
    *schemes = Value::Object(turned.into_iter().rev().collect());
    assert_eq!(credentials(&value), before);
}

#[test]
fn a_panic_of_progenitor_becomes_a_problem_at_its_operation() {
    let mut value = read(&fixtures().join("client/document.json"));
    value["paths"]["/upload"] = json!({
        "put": {
            "operationId": "thing_upload",
            "requestBody": {
                "required": true,
                "content": {"multipart/form-data": {"schema": {"type": "object"}}},
            },
            "responses": {"204": {"description": "Stored."}},
        },
    });
    let problems = sdk_gen::generate(&Document::from_value(value)).expect_err("refused");
    let found: Vec<_> = problems
        .iter()
        .map(|problem| (problem.rule, problem.place.pointer.as_str()))
        .collect();
    assert_eq!(found, [(Rule::ClientUnsupported, "/paths/~1upload/put")]);
}

/// Spellings of 2020-12 that 3.0 lacks, each a set of keywords.
fn spellings() -> Vec<Value> {
    vec![
        json!({"type": ["string", "null"]}),
        json!({"type": ["integer", "boolean"]}),
        json!({"type": "null"}),
        json!({"const": 7}),
        json!({"const": null}),
        json!({"exclusiveMinimum": 3, "exclusiveMaximum": 9.5}),
        json!({"minimum": 4, "exclusiveMinimum": 3}),
        json!({"examples": [1, "two"]}),
        json!({"$ref": "#/components/schemas/Target", "description": "Beside."}),
        json!({"$ref": "#/components/schemas/Target", "maxLength": 3}),
        json!({"anyOf": [{"$ref": "#/components/schemas/Target"}, {"type": "null"}]}),
        json!({"oneOf": [{"type": "string"}, {"const": 2}, {"type": "null"}]}),
        json!({"allOf": [true, {"unevaluatedProperties": false}]}),
        json!({"prefixItems": [true, {"type": "null"}], "items": false}),
        json!({"properties": {"a": false, "b": true}, "patternProperties": {"^x": true}}),
        json!({"additionalProperties": {"type": ["number", "null"]}}),
        json!({"unevaluatedProperties": {"type": "string"}}),
        json!({"if": true, "then": false, "$defs": {"inner": true}, "$comment": "why"}),
        json!({"not": {"const": "never"}}),
        json!({"dependentSchemas": {"a": true}, "contains": true, "minContains": 2}),
    ]
}

#[test]
fn any_mixture_of_spellings_lowers_to_what_openapiv3_reads() {
    let spellings = spellings();
    for (first, a) in spellings.iter().enumerate() {
        for (second, b) in spellings.iter().enumerate() {
            let mut mixture = a.clone();
            let fields = mixture.as_object_mut().expect("an object");
            fields.extend(b.as_object().expect("an object").clone());
            let document = json!({
                "openapi": "3.1.0",
                "info": {"title": "Mixture", "version": "1"},
                "components": {"schemas": {
                    "Target": {"type": "string"},
                    "Mixture": {"type": "object", "properties": {
                        "plain": mixture,
                        "listed": {"type": "array", "items": mixture},
                        "chosen": {"oneOf": [mixture, {"type": "boolean"}]},
                    }},
                }},
            });
            let lowered = lower(&document).document;
            let read = serde_json::from_value::<openapiv3::OpenAPI>(lowered.clone());
            assert!(read.is_ok(), "{first} {second}: {read:?}\n{lowered:#}");
            let again = lower(&lowered);
            assert_eq!(again.document, lowered, "{first} {second}");
            assert_eq!(again.losses, [], "{first} {second}");
        }
    }
}
