//! Proof: what poem-openapi emits from the server's Rust types equals the document.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::accepted::Accepted;
use super::lift::{expected, lifted};
use crate::canonical::{NOTHING, differences};
use crate::document::Document;
use crate::problem::{Place, Problem, Problems, Rule};

/// The list of accepted differences.
pub const ACCEPTED: &str = "xtask/accepted/emitted.json";

/// Builds the server, when it has to be, and says where its binary is.
///
/// # Errors
/// A problem with the first error of the build.
pub fn build(project: &Path) -> Result<PathBuf, Box<Problem>> {
    let built = run(Command::new(super::cargo())
        .current_dir(project)
        .args(super::BUILD)
        .arg("--message-format=json-render-diagnostics"))?;
    binary(&String::from_utf8_lossy(&built))
        .ok_or_else(|| unavailable("cargo built no tessera".to_owned()))
}

/// Asks the server what it emits.
///
/// # Errors
/// A problem with the first error of the run.
pub fn ask(project: &Path, binary: &Path) -> Result<Value, Box<Problem>> {
    ask_for(project, binary, &["openapi"])
}

/// Runs a command of the server that prints JSON.
///
/// # Errors
/// A problem with the first error of the run.
pub fn ask_for(project: &Path, binary: &Path, command: &[&str]) -> Result<Value, Box<Problem>> {
    let printed = run(Command::new(binary).current_dir(project).args(command))?;
    serde_json::from_slice(&printed)
        .map_err(|error| unavailable(format!("what the server printed is not JSON: {error}")))
}

/// What a program prints, when it succeeds.
fn run(command: &mut Command) -> Result<Vec<u8>, Box<Problem>> {
    let program = command.get_program().display().to_string();
    let output = command
        .output()
        .map_err(|error| unavailable(format!("{program} did not start: {error}")))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(unavailable(first_error(&String::from_utf8_lossy(
        &output.stderr,
    ))))
}

/// The path of the server's binary in what cargo says about a build.
fn binary(messages: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|message| {
            message
                .pointer("/target/name")
                .is_some_and(|name| name == "tessera")
        })
        .and_then(|message| Some(message.get("executable")?.as_str()?.into()))
}

fn unavailable(message: String) -> Box<Problem> {
    Box::new(Problem::wrong(
        Rule::EmittedUnavailable,
        Place::file("server"),
        message,
    ))
}

/// The first error of a build, with the line that says where.
pub(crate) fn first_error(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let start = lines
        .iter()
        .position(|line| line.starts_with("error"))
        .unwrap_or(lines.len().saturating_sub(1));
    let what = lines.get(start).copied().unwrap_or("no output");
    let place = lines
        .iter()
        .skip(start)
        .take(4)
        .find_map(|line| line.trim_start().strip_prefix("--> "));
    match place {
        Some(place) => format!("{what} ({place})"),
        None => what.to_owned(),
    }
}

/// Compares the two, leaf by leaf in both directions.
///
/// A difference in a shared part is one problem, where the part is written, however often it is used.
#[must_use]
pub fn compare(document: &Document, emitted: &Value, accepted: &mut Accepted) -> Problems {
    let (expected, origins) = expected(document);
    let mut grouped: Vec<(Problem, usize)> = Vec::new();
    let differences = differences(&expected, &lifted_once(emitted, document));
    let differing = differences
        .iter()
        .map(|difference| difference.pointer.as_str())
        .collect();
    for difference in &differences {
        let sides = (difference.left.as_str(), difference.right.as_str());
        if accepted.accepts(None, &difference.pointer, Some(sides)) {
            continue;
        }
        let blamed = origins.blamed(document, &difference.pointer, &differing);
        let message = match sides {
            (_, NOTHING) => "the server does not emit this",
            (NOTHING, _) => "the server emits this, and the document does not say it",
            _ => "the server emits something else than the document says",
        };
        let message = if blamed.ends_with("/$ref") {
            let part = origins.written(document, &difference.pointer);
            format!("{message} at {part}, where this refers to")
        } else {
            message.to_owned()
        };
        let problem = Problem::wrong(Rule::EmittedDiffers, document.place(&blamed), message)
            .with_sides(difference.left.clone(), difference.right.clone())
            .with_remedy(format!(
                "cargo xtask generate, or accept {} by name in {ACCEPTED}",
                difference.pointer
            ));
        let same = grouped.iter_mut().find(|(known, _)| {
            known.place == problem.place
                && known.sides == problem.sides
                && known.message == problem.message
        });
        match same {
            Some((_, uses)) => *uses += 1,
            None => grouped.push((problem, 1)),
        }
    }
    let mut problems = Problems::new();
    for (mut problem, uses) in grouped {
        if uses > 1 {
            problem.message = format!("{}, in {uses} places", problem.message);
        }
        problems.push(problem);
    }
    problems.extend(accepted.unused());
    problems
}

/// What the server emits, lifted. The last is remembered: of the document only the names of its schemas have a part in
/// it, and whoever measures the proofs asks about one server and thousands of documents.
fn lifted_once(emitted: &Value, document: &Document) -> Arc<Value> {
    struct Last {
        emitted: Value,
        schemas: Vec<String>,
        lifted: Arc<Value>,
    }
    static LAST: Mutex<Option<Last>> = Mutex::new(None);
    let schemas = document.get("/components/schemas");
    let schemas = schemas.and_then(Value::as_object).into_iter().flatten();
    let schemas: Vec<String> = schemas.map(|(name, _)| name.clone()).collect();
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    match &*last {
        Some(known) if known.schemas == schemas && known.emitted == *emitted => {
            Arc::clone(&known.lifted)
        }
        _ => {
            let lifted = Arc::new(lifted(emitted, document));
            *last = Some(Last {
                emitted: emitted.clone(),
                schemas,
                lifted: Arc::clone(&lifted),
            });
            lifted
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Document {
        Document::from_value(json!({
            "openapi": "3.1.0",
            "info": {"title": "Sample", "version": "1"},
            "paths": {"/notes": {"get": {
                "operationId": "sample_list_notes", "summary": "List", "description": "Lists.", "tags": ["sample"],
                "security": [{"A": []}, {"B": [], "C": []}],
                "parameters": [{"$ref": "#/components/parameters/Limit"}],
                "responses": {"200": {"description": "Notes.", "content": {"application/json": {
                    "schema": {"$ref": "#/components/schemas/Notes"}, "examples": {"a": {"value": {"notes": []}}}}}},
                    "401": {"$ref": "#/components/responses/Unauthorized"}}}}},
            "components": {
                "parameters": {"Limit": {"name": "limit", "in": "query", "required": false, "description": "How many.",
                    "schema": {"type": "integer", "format": "int32", "minimum": 1}, "example": 1}},
                "responses": {"Unauthorized": {"description": "No.", "headers": {"WWW-Authenticate": {
                    "required": true, "description": "How.", "schema": {"type": "string"}, "example": "Bearer"}}}},
                "schemas": {"Notes": {"type": "object", "description": "Notes.", "required": ["kind", "notes"], "properties": {
                    "kind": {"type": "string", "enum": ["notes"]},
                    "notes": {"type": "array", "items": {"type": "string"}}}}},
                "securitySchemes": {"A": {"type": "http", "scheme": "bearer"}}}
        }))
    }

    /// What poem-openapi would print about the same.
    fn emitted() -> Value {
        json!({
            "openapi": "3.0.0",
            "info": {"title": "Sample", "version": "1"},
            "servers": [],
            "tags": [],
            "paths": {"/notes": {"get": {
                "tags": ["sample"], "summary": "List", "description": "Lists.",
                "parameters": [{"name": "limit", "in": "query", "required": false, "deprecated": false, "explode": true,
                    "description": "How many.", "schema": {"type": "integer", "format": "int32", "minimum": 1.0}}],
                "responses": {
                    "401": {"description": "No.", "headers": {"WWW-AUTHENTICATE": {
                        "required": true, "deprecated": false, "description": "How.", "schema": {"type": "string"}}}},
                    "200": {"description": "Notes.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Notes"}}}}},
                "security": [{"C": [], "B": []}, {"A": []}], "operationId": "sample_list_notes"}}},
            "components": {
                "schemas": {
                    "Notes": {"type": "object", "title": "Notes", "description": "Notes.", "required": ["notes", "kind"], "properties": {
                        "kind": {"allOf": [{"$ref": "#/components/schemas/NotesKind"}, {"description": "kind"}]},
                        "notes": {"type": "array", "items": {"type": "string"}}}},
                    "NotesKind": {"type": "string", "enum": ["notes"]}},
                "securitySchemes": {"A": {"type": "http", "scheme": "bearer"}}}
        })
    }

    fn pointers(emitted: &Value) -> Vec<String> {
        let mut accepted = Accepted::default();
        compare(&document(), emitted, &mut accepted)
            .into_iter()
            .map(|problem| problem.place.pointer)
            .collect()
    }

    #[test]
    fn what_means_the_same_is_no_difference() {
        assert_eq!(pointers(&emitted()), Vec::<String>::new());
    }

    #[test]
    fn every_drift_of_a_single_point_is_seen_where_it_is() {
        let get = "/paths/~1notes/get";
        let schema = "/components/schemas/Notes";
        let drifts: [(String, &str, Value); 14] = [
            (format!("{get}/operationId"), "", json!("sample_notes")),
            (format!("{get}/summary"), "", json!("All")),
            (format!("{get}/tags/0"), "", json!("other")),
            (format!("{get}/security/0"), "", json!({"B": []})),
            (format!("{get}/parameters/0/required"), "", json!(true)),
            (format!("{get}/parameters/0/name"), "", json!("offset")),
            (
                format!("{get}/parameters/0/schema/format"),
                "",
                json!("int64"),
            ),
            (format!("{get}/parameters/0/schema/minimum"), "", json!(2.0)),
            (
                format!("{get}/responses/200/description"),
                "",
                json!("Other."),
            ),
            (
                format!("{get}/responses"),
                "500",
                json!({"description": "Broken."}),
            ),
            (
                format!("{get}/responses/401/headers/WWW-AUTHENTICATE/required"),
                "",
                json!(false),
            ),
            (format!("{schema}/required"), "", json!(["notes"])),
            (format!("{schema}Kind/enum/0"), "", json!("cards")),
            (
                format!("{schema}/properties"),
                "more",
                json!({"type": "string"}),
            ),
        ];
        for (pointer, member, value) in drifts {
            let mut drifted = emitted();
            let node = drifted.pointer_mut(&pointer).expect("a node");
            match node.as_object_mut().filter(|_| !member.is_empty()) {
                Some(map) => {
                    map.insert(member.to_owned(), value);
                }
                None => *node = value,
            }
            assert!(!pointers(&drifted).is_empty(), "{pointer} {member}");
        }
    }

    #[test]
    fn what_is_missing_on_either_side_is_seen() {
        let whole = emitted();
        for (parent, name) in [
            ("/paths", "/notes"),
            ("/paths/~1notes/get/responses", "401"),
            ("/components/schemas", "Notes"),
            ("/components/securitySchemes", "A"),
        ] {
            let mut less = whole.clone();
            let map = less.pointer_mut(parent).and_then(Value::as_object_mut);
            let gone = map.expect("a mapping").shift_remove(name);
            assert!(gone.is_some() && !pointers(&less).is_empty(), "{name}");
            let mut more = whole.clone();
            let map = more.pointer_mut(parent).and_then(Value::as_object_mut);
            map.expect("a mapping")
                .insert("extra".to_owned(), json!({}));
            assert!(!pointers(&more).is_empty(), "more {parent}");
        }
    }

    #[test]
    fn the_first_error_of_a_build_has_its_place() {
        let text =
            "   Compiling x\nerror[E0425]: cannot find value `y`\n --> src/main.rs:1:2\n  |\n";
        assert_eq!(
            first_error(text),
            "error[E0425]: cannot find value `y` (src/main.rs:1:2)"
        );
    }
}
