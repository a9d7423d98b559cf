//! `x-stamped`: a header that a dialect writes on every answer is stamped wherever the dialect declares it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Lint;
use super::sites::{Kind, Site};
use crate::document::join;
use crate::problem::Rule;

const KEY: &str = "x-stamped";

/// By dialect and lowercase name: where a header is declared, and whether it is stamped there.
type Declared = BTreeMap<(String, String), BTreeSet<(String, bool)>>;

/// No answer declares a header of its own that its dialect writes over.
pub fn check(lint: &mut Lint<'_>) {
    let mut declared = Declared::new();
    for operation in lint.of(Kind::Operation) {
        let tags = operation.value.get("tags").and_then(Value::as_array);
        let Some(dialect) = tags.and_then(|tags| tags.first()).and_then(Value::as_str) else {
            continue;
        };
        if let Some(responses) = operation.value.get("responses") {
            note(
                lint,
                dialect,
                responses,
                &operation.at("responses"),
                &mut declared,
            );
        }
    }
    for tag in lint.of(Kind::Tag) {
        unmatched(lint, &tag, &mut declared);
    }
    for ((dialect, name), places) in declared {
        if places.iter().all(|(_, stamped)| !stamped) {
            continue;
        }
        for (pointer, _) in places.iter().filter(|(_, stamped)| !stamped) {
            let message = format!(
                "{dialect} stamps {name} on every answer: what this one has would be written over"
            );
            lint.report(Rule::StampedInPart, pointer, message);
        }
    }
}

/// What the dialect refuses with where no operation answers.
fn unmatched(lint: &Lint<'_>, tag: &Site<'_>, declared: &mut Declared) {
    let Some(dialect) = tag.text("name") else {
        return;
    };
    let at = tag.at("x-unmatched");
    let kinds = tag.value.get("x-unmatched").and_then(Value::as_object);
    for (kind, responses) in kinds.into_iter().flatten() {
        note(lint, dialect, responses, &join(&at, kind), declared);
    }
}

fn note(lint: &Lint<'_>, dialect: &str, responses: &Value, at: &str, declared: &mut Declared) {
    for (status, response) in responses.as_object().into_iter().flatten() {
        let (response, at) = lint.document.resolve(response, &join(at, status));
        let at = join(&at, "headers");
        let headers = response.get("headers").and_then(Value::as_object);
        for (name, header) in headers.into_iter().flatten() {
            let (header, pointer) = lint.document.resolve(header, &join(&at, name));
            let stamped = header.get(KEY) == Some(&Value::Bool(true));
            let key = (dialect.to_owned(), name.to_ascii_lowercase());
            declared.entry(key).or_default().insert((pointer, stamped));
        }
    }
}
