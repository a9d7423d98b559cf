//! Keywords and extensions where the table of dispositions has them, with the JSON types it gives them.

use serde_json::Value;

use super::Lint;
use super::dispositions::{Disposition, Keyword, READERS, Shape, keywords};
use super::shapes;
use super::sites::{Kind, Site};
use crate::document::METHODS;
use crate::merge::COMPONENT_KINDS;
use crate::problem::Rule;

/// Keywords, extensions and the JSON types of both.
pub fn check(lint: &mut Lint<'_>) {
    for index in 0..lint.sites.len() {
        let site = lint.sites[index].clone();
        let Value::Object(map) = site.value else {
            lint.report(
                Rule::UnhandledKeyword,
                &site.pointer,
                format!("a {} has to be a mapping", name(site.kind)),
            );
            continue;
        };
        let allowed = keywords(site.kind);
        for (key, value) in map {
            if key.starts_with("x-") {
                extension(lint, &site, key, value);
            } else if key == "$ref" {
                if !may_be_reference(site.kind) {
                    lint.report(
                        Rule::UnhandledKeyword,
                        &site.at(key),
                        format!("a {} cannot be a reference", name(site.kind)),
                    );
                }
            } else {
                let handled = |known: &&Keyword| {
                    known.name == key && known.dispositions != [Disposition::Respelt]
                };
                match allowed.iter().find(handled) {
                    None => lint.report(
                        Rule::UnhandledKeyword,
                        &site.at(key),
                        unhandled(site.kind, key),
                    ),
                    Some(known) if !fits(known.shape, value) => lint.report(
                        Rule::UnhandledKeyword,
                        &site.at(key),
                        format!("{key} of the {} has the wrong type", name(site.kind)),
                    ),
                    Some(_) => {}
                }
            }
        }
    }
    component_kinds(lint);
    version(lint);
}

fn unhandled(kind: Kind, key: &str) -> String {
    if kind == Kind::PathItem && METHODS.contains(&key) {
        format!("operations with the method {key} are not generated")
    } else {
        format!("nobody acts upon {key} in a {}", name(kind))
    }
}

fn version(lint: &mut Lint<'_>) {
    const VERSION: &str = "3.1.0";
    let found = lint.document.get("/openapi").and_then(Value::as_str);
    if found != Some(VERSION) {
        lint.report(
            Rule::UnhandledKeyword,
            "/openapi",
            format!("the document is not written in OpenAPI {VERSION}"),
        );
    }
}

fn component_kinds(lint: &mut Lint<'_>) {
    let kinds = lint.document.get("/components").and_then(Value::as_object);
    for kind in kinds.into_iter().flat_map(|kinds| kinds.keys()) {
        if !COMPONENT_KINDS.contains(&kind.as_str()) {
            lint.report(
                Rule::UnhandledKeyword,
                &format!("/components/{kind}"),
                format!("nobody acts upon components of the kind {kind}"),
            );
        }
    }
}

const fn may_be_reference(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Parameter
            | Kind::RequestBody
            | Kind::Response
            | Kind::Header
            | Kind::Example
            | Kind::Schema
    )
}

fn fits(shape: Shape, value: &Value) -> bool {
    match shape {
        Shape::Text => value.is_string(),
        Shape::Flag => value.is_boolean(),
        Shape::Number => value.is_number(),
        Shape::Map => value.is_object(),
        Shape::List => value.is_array(),
        Shape::Any => true,
    }
}

fn extension(lint: &mut Lint<'_>, site: &Site<'_>, key: &str, value: &Value) {
    let pointer = site.at(key);
    let extensions = extensions();
    if !extensions.contains(&key) {
        lint.report(
            Rule::UnknownExtension,
            &pointer,
            format!("{key} is not one of {}", extensions.join(", ")),
        );
        return;
    }
    let belongs = keywords(site.kind).iter().any(|known| known.name == key);
    if !belongs {
        lint.report(
            Rule::UnknownExtension,
            &pointer,
            format!("{key} does not belong to a {}", name(site.kind)),
        );
        return;
    }
    if !shapes::fits(site.kind, key, value) {
        lint.report(
            Rule::UnknownExtension,
            &pointer,
            format!("{key} has to be {}", shapes::wanted(site.kind, key)),
        );
    } else if key == "x-refusal" {
        refusal_body(lint, site, &pointer);
    } else if key == "x-secret" && !is_text(lint, site) {
        lint.report(
            Rule::UnknownExtension,
            &pointer,
            "only a plain string can be kept secret",
        );
    }
}

/// Every extension that somebody reads.
fn extensions() -> Vec<&'static str> {
    READERS.iter().map(|(name, _)| *name).collect()
}

/// Whether it holds text of any form: the type that hides a text has room for nothing else.
fn is_text(lint: &Lint<'_>, site: &Site<'_>) -> bool {
    let schema = match site.value.get("schema") {
        Some(schema) => lint.document.resolve(schema, &site.at("schema")).0,
        None => site.value,
    };
    schema.get("type").and_then(Value::as_str) == Some("string")
        && schema.get("enum").is_none()
        && schema.get("format").is_none()
}

/// A refusal under a success status is the second of two alternatives of the body.
fn refusal_body(lint: &mut Lint<'_>, site: &Site<'_>, pointer: &str) {
    let body = site
        .value
        .get("content")
        .and_then(Value::as_object)
        .and_then(|content| content.values().next())
        .and_then(|media_type| media_type.get("schema"));
    let alternatives = body.and_then(|schema| {
        let (schema, _) = lint.document.resolve(schema, pointer);
        schema.get("oneOf").and_then(Value::as_array).map(Vec::len)
    });
    if alternatives != Some(2) {
        lint.report(
            Rule::UnknownExtension,
            pointer,
            "x-refusal needs a body that is oneOf [success, refusal]",
        );
    }
}

/// What people call it.
#[must_use]
pub const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Root => "document",
        Kind::Info => "description of the document",
        Kind::License => "license",
        Kind::Server => "server",
        Kind::Tag => "tag",
        Kind::PathItem => "path",
        Kind::Operation => "operation",
        Kind::Parameter => "parameter",
        Kind::RequestBody => "request body",
        Kind::Response => "response",
        Kind::Header => "header",
        Kind::MediaType => "media type",
        Kind::Example => "example",
        Kind::Schema => "schema",
        Kind::SecurityScheme => "security scheme",
    }
}
