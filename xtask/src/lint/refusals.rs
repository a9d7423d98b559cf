//! Refusals that have to be declared: of input that has constraints, and of callers without credentials.

use serde_json::Value;

use super::Lint;
use super::sites::{Kind, Site};
use crate::document::join;
use crate::problem::Rule;

/// Keywords of a scalar schema by which some text is no value of it.
const CONSTRAINTS: [&str; 7] = [
    "minLength",
    "maxLength",
    "pattern",
    "enum",
    "minimum",
    "maximum",
    "format",
];

/// The statuses that say that a request is malformed; others are about who asks, for what, and how often.
const MALFORMED: [&str; 2] = ["400", "422"];

/// Both rules, for every operation.
pub fn check(lint: &mut Lint<'_>) {
    for operation in lint.of(Kind::Operation) {
        let declared = Declared::of(lint, &operation);
        if declared.refusal {
            continue;
        }
        if !declared.malformed
            && let Some((pointer, what)) = constrained(lint, &operation)
        {
            lint.report(
                Rule::UndeclaredRefusal,
                &pointer,
                format!("{what} can be malformed, and the operation declares no answer to that"),
            );
        }
        if !declared.unauthorized && is_secured(&operation) {
            lint.report(
                Rule::UndeclaredUnauthorized,
                &operation.at("security"),
                "the operation wants credentials, and declares no answer to wrong ones",
            );
        }
    }
}

/// What an operation says about refusals.
struct Declared {
    /// A refusal under a success status, which may be about anything.
    refusal: bool,
    /// One of [`MALFORMED`].
    malformed: bool,
    unauthorized: bool,
}

impl Declared {
    fn of(lint: &Lint<'_>, operation: &Site<'_>) -> Self {
        let at = operation.at("responses");
        let responses = operation.value.get("responses").and_then(Value::as_object);
        let mut declared = Self {
            refusal: false,
            malformed: false,
            unauthorized: false,
        };
        for (status, response) in responses.into_iter().flatten() {
            let (response, _) = lint.document.resolve(response, &join(&at, status));
            declared.refusal |= response.get("x-refusal").is_some();
            declared.unauthorized |= status == "401";
            declared.malformed |= MALFORMED.contains(&status.as_str());
        }
        declared
    }
}

/// Whether every alternative wants some credential.
fn is_secured(operation: &Site<'_>) -> bool {
    let alternatives = operation.value.get("security").and_then(Value::as_array);
    alternatives.is_some_and(|all| {
        !all.is_empty()
            && all
                .iter()
                .all(|one| one.as_object().is_some_and(|schemes| !schemes.is_empty()))
    })
}

/// The first part of a request that can be malformed: where it is, and what it is called.
fn constrained(lint: &Lint<'_>, operation: &Site<'_>) -> Option<(String, String)> {
    let at = operation.at("parameters");
    let parameters = operation.value.get("parameters").and_then(Value::as_array);
    for (index, parameter) in parameters.into_iter().flatten().enumerate() {
        let pointer = join(&at, &index.to_string());
        let (parameter, _) = lint.document.resolve(parameter, &pointer);
        let schema = parameter.get("schema").unwrap_or(&Value::Null);
        let (schema, _) = lint.document.resolve(schema, &pointer);
        let is_path = parameter.get("in").and_then(Value::as_str) == Some("path");
        let is_required = parameter.get("required") == Some(&Value::Bool(true));
        let has_type = schema.get("type").and_then(Value::as_str) != Some("string");
        let is_bound = CONSTRAINTS.iter().any(|key| schema.get(key).is_some());
        // Without its path parameter a request is one of another operation.
        if (is_required && !is_path) || has_type || is_bound {
            let name = parameter.get("name").and_then(Value::as_str);
            return Some((
                pointer,
                format!("the parameter {}", name.unwrap_or_default()),
            ));
        }
    }
    let body = operation.value.get("requestBody")?;
    body.is_object()
        .then(|| (operation.at("requestBody"), "the body".to_owned()))
}
