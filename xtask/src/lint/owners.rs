//! `x-owned-by`: what of a request names something of a caller, and what somebody else's is answered with.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Lint;
use super::sites::{Kind, Site};
use crate::document::join;
use crate::problem::Rule;

const KEY: &str = "x-owned-by";

/// Whether the value is `nobody`, or `{others: '404'}` with any status in it.
pub fn is_shaped(value: &Value) -> bool {
    value == "nobody"
        || value.as_object().is_some_and(|map| {
            let status = map.get("others").and_then(Value::as_str);
            map.len() == 1 && status.is_some_and(|status| status.parse::<u16>().is_ok())
        })
}

/// Who owns a path parameter is said, the status is declared, and what nobody asks for has no owner.
pub fn check(lint: &mut Lint<'_>) {
    let mut asked = BTreeSet::new();
    for operation in lint.of(Kind::Operation) {
        let wants_credentials = wants_credentials(&operation);
        for (pointer, value, is_path) in parts(lint, &operation) {
            asked.insert(pointer.clone());
            match value.get(KEY) {
                None if is_path && wants_credentials => lint.report(
                    Rule::UndeclaredOwner,
                    &pointer,
                    "nobody says whose it is that this parameter names",
                ),
                Some(owner) => status(lint, &operation, &join(&pointer, KEY), owner),
                None => {}
            }
        }
    }
    for kind in [Kind::Parameter, Kind::Schema] {
        for site in lint.of(kind) {
            if site.value.get(KEY).is_some() && !asked.contains(&site.pointer) {
                lint.report(
                    Rule::UnknownExtension,
                    &site.at(KEY),
                    "nobody asks for it: it belongs to a parameter, or to a member of an operation's body",
                );
            }
        }
    }
}

fn status(lint: &mut Lint<'_>, operation: &Site<'_>, pointer: &str, owner: &Value) {
    // What has another shape is `vocabulary`'s to report.
    let status = owner.get("others").and_then(Value::as_str);
    let Some(status) = status.filter(|_| is_shaped(owner)) else {
        return;
    };
    let declared = operation.value.get("responses");
    if declared.is_none_or(|responses| responses.get(status).is_none()) {
        let id = operation.text("operationId").unwrap_or_default();
        let message = format!("{id} does not declare the status {status}");
        lint.report(Rule::UndeclaredOwner, pointer, message);
    }
}

/// The parameters of an operation and the members of its bodies: where each is, what it says, whether it is in the path.
fn parts<'a>(lint: &Lint<'a>, operation: &Site<'a>) -> Vec<(String, &'a Value, bool)> {
    let mut found = Vec::new();
    let at = operation.at("parameters");
    let parameters = operation.value.get("parameters").and_then(Value::as_array);
    for (index, parameter) in parameters.into_iter().flatten().enumerate() {
        let (parameter, pointer) = lint
            .document
            .resolve(parameter, &join(&at, &index.to_string()));
        let is_path = parameter.get("in").and_then(Value::as_str) == Some("path");
        found.push((pointer, parameter, is_path));
    }
    let Some(body) = operation.value.get("requestBody") else {
        return found;
    };
    let (body, at) = lint.document.resolve(body, &operation.at("requestBody"));
    let content = body.get("content").and_then(Value::as_object);
    for (name, media_type) in content.into_iter().flatten() {
        let Some(schema) = media_type.get("schema") else {
            continue;
        };
        let at = join(&join(&join(&at, "content"), name), "schema");
        let (schema, at) = lint.document.resolve(schema, &at);
        let members = schema.get("properties").and_then(Value::as_object);
        for (name, member) in members.into_iter().flatten() {
            let at = join(&join(&at, "properties"), name);
            found.push((at, member, false));
        }
    }
    found
}

/// Whether there is an alternative that asks for a credential.
fn wants_credentials(operation: &Site<'_>) -> bool {
    let alternatives = operation.value.get("security").and_then(Value::as_array);
    let mut alternatives = alternatives.into_iter().flatten();
    alternatives.any(|one| one.as_object().is_some_and(|schemes| !schemes.is_empty()))
}
