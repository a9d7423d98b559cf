//! Proof: what poem-openapi emits from the server's Rust types equals the document.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::accepted::Accepted;
use super::lift::{expected, lifted};
use crate::canonical::{NOTHING, differences};
use crate::document::Document;
use crate::problem::{Place, Problem, Problems, Rule};

/// The list of accepted differences.
pub const ACCEPTED: &str = "xtask/accepted/emitted.json";

/// Asks the server what it emits; the server is built for that when it has to be.
///
/// # Errors
/// A problem with the first error of the build or of the run.
pub fn ask(project: &Path) -> Result<Value, Box<Problem>> {
    let output = Command::new(super::cargo())
        .current_dir(project)
        .args([
            "run",
            "--quiet",
            "-p",
            "tessera-server",
            "--bin",
            "tessera",
            "--",
            "openapi",
        ])
        .output()
        .map_err(|error| unavailable(format!("cargo did not start: {error}")))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        return Err(unavailable(first_error(&text)));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| unavailable(format!("what the server printed is not JSON: {error}")))
}

fn unavailable(message: String) -> Box<Problem> {
    Box::new(Problem::wrong(
        Rule::EmittedUnavailable,
        Place::file("server"),
        message,
    ))
}

/// The first error of a build, with the line that says where.
fn first_error(text: &str) -> String {
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
#[must_use]
pub fn compare(document: &Document, emitted: &Value, accepted: &mut Accepted) -> Problems {
    let mut problems = Problems::new();
    for difference in differences(&expected(document), &lifted(emitted, document)) {
        if accepted.accepts(None, &difference.pointer) {
            continue;
        }
        let mut place = document.place(&written(document, &difference.pointer));
        // The accepted list names differences by the pointer of the form that is compared.
        place.pointer.clone_from(&difference.pointer);
        let message = match (difference.left.as_str(), difference.right.as_str()) {
            (_, NOTHING) => "the server does not emit this",
            (NOTHING, _) => "the server emits this, and the document does not say it",
            _ => "the server emits something else than the document says",
        };
        problems.push(
            Problem::wrong(Rule::EmittedDiffers, place, message)
                .with_sides(difference.left, difference.right),
        );
    }
    problems.extend(accepted.unused());
    problems
}

/// Where in the document something is that the compared form keeps under its name instead of its index.
fn written(document: &Document, pointer: &str) -> String {
    let Some(name) = pointer.strip_prefix("/tags/") else {
        return pointer.to_owned();
    };
    let name = name.split('/').next().unwrap_or_default();
    let index = document
        .get("/tags")
        .and_then(Value::as_array)
        .and_then(|tags| {
            tags.iter()
                .position(|tag| tag.get("name").and_then(Value::as_str) == Some(name))
        });
    index.map_or_else(|| pointer.to_owned(), |index| format!("/tags/{index}"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
