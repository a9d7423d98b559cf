//! What the document says about callers, as facts that the server states of itself: `x-proves` and `x-owned-by`.

use serde_json::Value;

use super::model::{Fact, array, escape, members};
use crate::document::join;

const PROVES: &str = "x-proves";
const OWNED_BY: &str = "x-owned-by";

/// The facts of an operation: its own, and those of its schemes, parameters and body.
pub fn facts(document: &Value, operation: &Value) -> Vec<Fact> {
    let mut found: Vec<Fact> = Vec::new();
    let mut add = |name: &'static str, place: String, of: &Value| {
        if let Some(value) = of.get(name) {
            found.push((name, place, value.clone()));
        }
    };
    add(PROVES, String::new(), operation);
    let alternatives = array(operation, "security").iter();
    for (scheme, _) in alternatives.filter_map(Value::as_object).flatten() {
        let place = join("/components/securitySchemes", scheme);
        if let Some(scheme) = document.pointer(&place) {
            add(PROVES, place, scheme);
        }
    }
    for parameter in array(operation, "parameters") {
        let (parameter, _) = resolved(document, parameter);
        let text = |key: &str| parameter.get(key).and_then(Value::as_str);
        let place = format!(
            "{} {}",
            text("in").unwrap_or_default(),
            text("name").unwrap_or_default()
        );
        add(
            OWNED_BY,
            format!("/parameters/{}", escape(&place)),
            parameter,
        );
    }
    let body = operation.get("requestBody").unwrap_or(&Value::Null);
    let (body, _) = resolved(document, body);
    for (_, media_type) in members(body, "content") {
        let schema = media_type.get("schema").unwrap_or(&Value::Null);
        let (schema, at) = resolved(document, schema);
        for (name, member) in members(schema, "properties") {
            add(OWNED_BY, join(&join(at, "properties"), name), member);
        }
    }
    found
}

/// What a node refers to, and where that is; both of itself where it is no reference.
fn resolved<'a>(document: &'a Value, node: &'a Value) -> (&'a Value, &'a str) {
    let reference = node.get("$ref").and_then(Value::as_str);
    let target = reference.and_then(|reference| reference.strip_prefix('#'));
    target
        .and_then(|at| Some((document.pointer(at)?, at)))
        .unwrap_or((node, ""))
}
