//! What an operation answers: statuses, bodies and headers.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::Lint;
use super::sites::{Kind, Site};
use crate::document::join;
use crate::problem::Rule;

/// Response headers that the media type or the connection is responsible for.
const RESERVED_HEADERS: [&str; 4] = [
    "content-type",
    "content-length",
    "transfer-encoding",
    "connection",
];

/// All rules about responses.
pub fn check(lint: &mut Lint<'_>) {
    for operation in lint.of(Kind::Operation) {
        statuses(lint, &operation);
        error_schemas(lint, &operation);
    }
    for response in lint.written(Kind::Response) {
        media_type(lint, &response);
        header_names(lint, &response);
    }
    for header in lint.written(Kind::Header) {
        self::header(lint, &header);
    }
}

fn responses<'a>(operation: &Site<'a>) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
    let map: Option<&Map<String, Value>> =
        operation.value.get("responses").and_then(Value::as_object);
    map.into_iter().flatten()
}

fn is_success(status: &str) -> bool {
    status.starts_with('2')
}

fn statuses(lint: &mut Lint<'_>, operation: &Site<'_>) {
    let at = operation.at("responses");
    let mut successes = Vec::new();
    for (status, response) in responses(operation) {
        let pointer = join(&at, status);
        let exact = status.len() == 3
            && status
                .parse::<u16>()
                .is_ok_and(|code| (200..600).contains(&code));
        if !exact {
            lint.report(
                Rule::StatusCode,
                &pointer,
                format!("{status} is not an exact status"),
            );
        } else if is_success(status) {
            successes.push(pointer);
        } else if response.get("$ref").is_none() {
            lint.report(
                Rule::ResponseReference,
                &pointer,
                format!("the response {status} is not a reference to a component"),
            );
        }
    }
    match successes.as_slice() {
        [_] => {}
        [] => lint.report(
            Rule::OneSuccess,
            &operation.pointer,
            "the operation has no 2xx response",
        ),
        [_, rest @ ..] => {
            for pointer in rest {
                lint.report(
                    Rule::OneSuccess,
                    pointer,
                    "the operation has a second 2xx response",
                );
            }
        }
    }
}

fn error_schemas(lint: &mut Lint<'_>, operation: &Site<'_>) {
    let at = operation.at("responses");
    let mut first: Option<(String, String)> = None;
    for (status, response) in responses(operation).filter(|(status, _)| !is_success(status)) {
        let pointer = join(&at, status);
        let (response, _) = lint.document.resolve(response, &pointer);
        for schema in body_schemas(response) {
            // A body that is always empty has no schema that could differ.
            if schema.get("maxLength").and_then(Value::as_u64) == Some(0) {
                continue;
            }
            let identity = schema.get("$ref").unwrap_or(schema).to_string();
            match &first {
                Some((known, code)) if *known != identity => {
                    let code = code.clone();
                    lint.report(
                        Rule::OneErrorSchema,
                        &pointer,
                        format!("the response {status} has another schema than {code}"),
                    );
                }
                Some(_) => {}
                None => first = Some((identity, status.clone())),
            }
        }
    }
}

fn body_schemas(response: &Value) -> impl Iterator<Item = &Value> {
    response
        .get("content")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|content| content.values())
        .filter_map(|media_type| media_type.get("schema"))
}

fn media_type(lint: &mut Lint<'_>, response: &Site<'_>) {
    let Some(content) = response.value.get("content").and_then(Value::as_object) else {
        return;
    };
    let at = response.at("content");
    if content.len() != 1 {
        lint.report(
            Rule::MediaType,
            &at,
            format!(
                "the response has {} media types instead of one",
                content.len()
            ),
        );
    }
    for (media_type, value) in content {
        let at = join(&at, media_type);
        let schema = value.get("schema");
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        let empty = schema
            .and_then(|schema| schema.get("maxLength"))
            .and_then(Value::as_u64)
            == Some(0);
        if schema.is_none() {
            lint.report(Rule::MediaType, &at, "the body has no schema");
        } else if essence != "application/json" && !empty {
            lint.report(
                Rule::MediaType,
                &at,
                format!(
                    "{media_type} is generated for bodies that are always empty (maxLength: 0) only"
                ),
            );
        }
    }
}

fn header_names(lint: &mut Lint<'_>, response: &Site<'_>) {
    let at = response.at("headers");
    let mut seen = HashSet::new();
    for name in response
        .value
        .get("headers")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|map| map.keys())
    {
        let lower = name.to_ascii_lowercase();
        if RESERVED_HEADERS.contains(&lower.as_str()) {
            lint.report(
                Rule::ResponseHeader,
                &join(&at, name),
                format!("{name} is set by the server itself and not declared"),
            );
        }
        if !seen.insert(lower) {
            lint.report(
                Rule::ResponseHeader,
                &join(&at, name),
                format!("{name} is declared twice"),
            );
        }
    }
}

fn header(lint: &mut Lint<'_>, header: &Site<'_>) {
    let required = header.value.get("required").and_then(Value::as_bool) == Some(true);
    let optional = header.value.get("x-optional").is_some();
    if required == optional {
        lint.report(
            Rule::ResponseHeader,
            &header.pointer,
            "the header is not exactly one of required: true and x-optional: true",
        );
    }
    for key in ["schema", "example"] {
        if header.value.get(key).is_none() {
            lint.report(
                Rule::ResponseHeader,
                &header.pointer,
                format!("the header has no {key}"),
            );
        }
    }
    if let Some(schema) = header.value.get("schema") {
        let pointer = header.at("schema");
        let (schema, _) = lint.document.resolve(schema, &pointer);
        let kind = schema.get("type").and_then(Value::as_str);
        if !matches!(kind, Some("string" | "integer" | "number" | "boolean")) {
            lint.report(Rule::ResponseHeader, &pointer, "the header is not a scalar");
        }
    }
}
