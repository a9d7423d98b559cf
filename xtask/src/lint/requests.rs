//! What a request carries: parameters, bodies and credentials.

use serde_json::Value;

use super::Lint;
use super::sites::{Kind, Site};
use crate::document::join;
use crate::problem::Rule;

/// The media type that a body lists first, if it has it.
const JSON: &str = "application/json";

/// Media types of request bodies that code is generated for.
const REQUEST_MEDIA_TYPES: [&str; 2] = [JSON, "application/x-www-form-urlencoded"];

/// Request headers that belong to the protocol or to security schemes.
const RESERVED_HEADERS: [&str; 5] = [
    "authorization",
    "accept",
    "content-type",
    "content-length",
    "cookie",
];

/// All rules about requests.
pub fn check(lint: &mut Lint<'_>) {
    for parameter in lint.written(Kind::Parameter) {
        self::parameter(lint, &parameter);
    }
    for body in lint.written(Kind::RequestBody) {
        self::body(lint, &body);
    }
    for scheme in lint.of(Kind::SecurityScheme) {
        security_scheme(lint, &scheme);
    }
}

fn parameter(lint: &mut Lint<'_>, parameter: &Site<'_>) {
    let name = parameter.text("name").unwrap_or_default();
    if name.is_empty() {
        lint.report(
            Rule::ParameterShape,
            &parameter.pointer,
            "the parameter has no name",
        );
    }
    let required = parameter.value.get("required").and_then(Value::as_bool);
    match parameter.text("in") {
        Some("query") => {}
        Some("path") => {
            if required != Some(true) {
                lint.report(
                    Rule::PathParameter,
                    &parameter.pointer,
                    format!("the path parameter {name} is not required: true"),
                );
            }
        }
        Some("header") => {
            if RESERVED_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
                lint.report(
                    Rule::ParameterShape,
                    &parameter.at("name"),
                    format!("{name} is not a parameter: credentials are security schemes, media types are content"),
                );
            }
        }
        Some("cookie") => lint.report(
            Rule::ParameterShape,
            &parameter.at("in"),
            "cookies are security schemes, not parameters",
        ),
        _ => lint.report(
            Rule::ParameterShape,
            &parameter.pointer,
            "a parameter is in query, header or path",
        ),
    }
    // utoipa refuses parameters that leave it out, and readers wonder.
    if required.is_none() {
        lint.report(
            Rule::ParameterShape,
            &parameter.pointer,
            format!("the parameter {name} does not say whether it is required"),
        );
    }
    if parameter.value.get("example").is_none() {
        lint.report(
            Rule::ParameterShape,
            &parameter.pointer,
            format!("the parameter {name} has no example"),
        );
    }
    match parameter.value.get("schema") {
        None => lint.report(
            Rule::ParameterShape,
            &parameter.pointer,
            format!("the parameter {name} has no schema"),
        ),
        Some(schema) => {
            let pointer = parameter.at("schema");
            let (schema, _) = lint.document.resolve(schema, &pointer);
            let kind = schema.get("type").and_then(Value::as_str);
            if matches!(kind, Some("object" | "array")) || schema.get("oneOf").is_some() {
                lint.report(
                    Rule::ParameterShape,
                    &pointer,
                    format!("the parameter {name} is not a scalar"),
                );
            }
        }
    }
}

fn body(lint: &mut Lint<'_>, body: &Site<'_>) {
    if body
        .value
        .get("required")
        .and_then(Value::as_bool)
        .is_none()
    {
        lint.report(
            Rule::RequestBody,
            &body.pointer,
            "the body does not say whether it is required",
        );
    }
    let at = body.at("content");
    let Some(content) = body.value.get("content").and_then(Value::as_object) else {
        lint.report(Rule::RequestBody, &body.pointer, "the body has no content");
        return;
    };
    // Generators of clients take the first media type they know for the one to send.
    let sent_first = content.keys().next().map(String::as_str);
    if content.contains_key(JSON) && sent_first != Some(JSON) {
        lint.report(
            Rule::JsonFirst,
            &join(&at, JSON),
            "the body lists another media type before JSON",
        );
    }
    let mut first: Option<&Value> = None;
    for (media_type, value) in content {
        let at = join(&at, media_type);
        if !REQUEST_MEDIA_TYPES.contains(&media_type.as_str()) {
            lint.report(
                Rule::MediaType,
                &at,
                format!("a request body cannot be {media_type}"),
            );
        }
        let reference = value.get("schema").and_then(|schema| schema.get("$ref"));
        if reference.is_none() {
            lint.report(
                Rule::RequestBody,
                &at,
                "the schema of a body has to be a reference to a named one",
            );
        } else if first.is_some_and(|first| Some(first) != reference) {
            lint.report(
                Rule::RequestBody,
                &join(&at, "schema"),
                "the media types of one body have different schemas",
            );
        }
        first = first.or(reference);
    }
    if content.is_empty() {
        lint.report(Rule::RequestBody, &at, "the body has no media type");
    }
}

fn security_scheme(lint: &mut Lint<'_>, scheme: &Site<'_>) {
    let known = match scheme.text("type") {
        Some("http") => matches!(scheme.text("scheme"), Some("bearer" | "basic")),
        Some("apiKey") => {
            matches!(scheme.text("in"), Some("header" | "query" | "cookie"))
                && scheme.text("name").is_some_and(|name| !name.is_empty())
        }
        _ => false,
    };
    if !known {
        lint.report(
            Rule::SecurityScheme,
            &scheme.pointer,
            "the scheme is neither http bearer, http basic, nor an apiKey with in and name",
        );
    }
}
