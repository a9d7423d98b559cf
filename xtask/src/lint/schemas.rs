//! Schemas: one type each, named objects and enums, and defaults that are valid.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use super::Lint;
use super::examples::Validators;
use super::sites::{Kind, Site};
use crate::document::{component, join, last_token};
use crate::problem::{Problem, Rule};
use crate::reach;

const TYPES: [&str; 6] = ["string", "integer", "number", "boolean", "array", "object"];
const FORMATS: [(&str, &[&str]); 3] = [
    ("integer", &["int32", "int64"]),
    ("number", &["float", "double"]),
    (
        "string",
        &[
            "date-time",
            "date",
            "uri",
            "uuid",
            "email",
            "byte",
            "password",
            "ipv4",
            "ipv6",
        ],
    ),
];

/// All rules about schemas.
pub fn check(lint: &mut Lint<'_>) {
    let answered = Reached::new(lint, &["/responses/"]);
    let asked = Reached::new(lint, &["/requestBody/", "/requestBodies/", "/parameters/"]);
    for schema in lint.written(Kind::Schema) {
        combinators(lint, &schema);
        objects(lint, &schema);
        enums(lint, &schema);
        if schema.value.get("pattern").is_some() && answered.covers(&schema.pointer) {
            lint.report(
                Rule::ResponsePattern,
                &schema.at("pattern"),
                "a response has a pattern",
            );
        }
        if let Some(format) = schema.text("format")
            && schema.text("type") == Some("string")
            && is_known("string", format)
            && asked.covers(&schema.pointer)
        {
            lint.report(
                Rule::UnhandledKeyword,
                &schema.at("format"),
                format!("nobody checks that a request has the format {format}"),
            );
        }
    }
    validity(lint);
}

fn combinators(lint: &mut Lint<'_>, schema: &Site<'_>) {
    for key in ["anyOf", "allOf", "not", "nullable"] {
        if schema.value.get(key).is_some() {
            lint.report(
                Rule::SchemaType,
                &schema.at(key),
                format!("{key} is not kept by all consumers"),
            );
        }
    }
    if schema.value.get("oneOf").is_some() {
        one_of(lint, schema);
        return;
    }
    match schema.value.get("type") {
        Some(Value::String(kind)) if TYPES.contains(&kind.as_str()) => {
            format_of(lint, schema, kind);
        }
        Some(_) => lint.report(
            Rule::SchemaType,
            &schema.at("type"),
            format!("the type has to be one of {}", TYPES.join(", ")),
        ),
        None => lint.report(Rule::SchemaType, &schema.pointer, "the schema has no type"),
    }
    if schema.text("type") == Some("array") && schema.value.get("items").is_none() {
        lint.report(
            Rule::SchemaType,
            &schema.pointer,
            "the array does not say what its items are",
        );
    }
}

fn format_of(lint: &mut Lint<'_>, schema: &Site<'_>, kind: &str) {
    let format = schema.text("format");
    if kind == "integer" && !matches!(format, Some("int32" | "int64")) {
        let pointer = if format.is_some() {
            schema.at("format")
        } else {
            schema.pointer.clone()
        };
        lint.report(
            Rule::IntegerFormat,
            &pointer,
            format!(
                "the integer {} has no format int32 or int64",
                last_token(&schema.pointer)
            ),
        );
    } else if let Some(format) = format
        && !is_known(kind, format)
    {
        lint.report(
            Rule::UnhandledKeyword,
            &schema.at("format"),
            format!("nobody acts upon the format {format} of a {kind}"),
        );
    }
}

fn is_known(kind: &str, format: &str) -> bool {
    FORMATS
        .iter()
        .any(|(owner, formats)| *owner == kind && formats.contains(&format))
}

fn one_of(lint: &mut Lint<'_>, schema: &Site<'_>) {
    if !schema.is_component() {
        lint.report(
            Rule::SchemaType,
            &schema.at("oneOf"),
            "oneOf stands outside of a named component",
        );
    }
    if schema.value.get("type").is_some() {
        // utoipa loses the oneOf when a type stands beside it.
        lint.report(
            Rule::SchemaType,
            &schema.at("type"),
            "a type stands beside oneOf",
        );
    }
    let alternatives = schema.value.get("oneOf").and_then(Value::as_array);
    if alternatives.is_none_or(|all| all.len() < 2) {
        lint.report(
            Rule::SchemaType,
            &schema.at("oneOf"),
            "oneOf has fewer than two alternatives",
        );
    }
}

fn objects(lint: &mut Lint<'_>, schema: &Site<'_>) {
    let is_object =
        schema.text("type") == Some("object") || schema.value.get("properties").is_some();
    if !is_object {
        return;
    }
    // The free alternative of a oneOf has no name of its own and needs none.
    let free = schema.value.get("properties").is_none()
        && schema.value.get("additionalProperties") == Some(&Value::Bool(true));
    let alternative = schema.pointer.rsplit('/').nth(1) == Some("oneOf");
    let named = schema.is_component() || (free && alternative);
    if !named {
        lint.report(
            Rule::InlineObject,
            &schema.pointer,
            format!("the object {} has no name", last_token(&schema.pointer)),
        );
    }
    let additional = schema.value.get("additionalProperties");
    if additional.is_some_and(|value| !value.is_boolean() && !value.is_object()) {
        lint.report(
            Rule::UnhandledKeyword,
            &schema.at("additionalProperties"),
            "additionalProperties is neither true, false nor a schema",
        );
    }
    let properties = schema.value.get("properties").and_then(Value::as_object);
    if properties.is_none() && additional.is_none() {
        lint.report(
            Rule::InlineObject,
            &schema.pointer,
            "the object has neither properties nor additionalProperties",
        );
    }
    let required = schema.value.get("required").and_then(Value::as_array);
    if required.is_none() && properties.is_some() {
        lint.report(
            Rule::ObjectRequired,
            &schema.pointer,
            format!(
                "the object {} does not list what is required",
                last_token(&schema.pointer)
            ),
        );
    }
    let mut seen = HashSet::new();
    for (index, name) in required.into_iter().flatten().enumerate() {
        let pointer = join(&schema.at("required"), &index.to_string());
        let known = name
            .as_str()
            .is_some_and(|name| properties.is_some_and(|properties| properties.contains_key(name)));
        if !known {
            lint.report(
                Rule::ObjectRequired,
                &pointer,
                format!("{name} is required but not a property"),
            );
        } else if !seen.insert(name.to_string()) {
            lint.report(
                Rule::ObjectRequired,
                &pointer,
                format!("{name} is listed twice"),
            );
        }
    }
}

fn enums(lint: &mut Lint<'_>, schema: &Site<'_>) {
    let Some(values) = schema.value.get("enum").and_then(Value::as_array) else {
        return;
    };
    if values.len() > 1 && !schema.is_component() {
        lint.report(
            Rule::InlineEnum,
            &schema.at("enum"),
            format!("the enum has {} values and no name", values.len()),
        );
    }
    let kind = schema.text("type");
    for (index, value) in values.iter().enumerate() {
        let fits = match kind {
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64() || value.is_u64(),
            Some("boolean") => value.is_boolean(),
            Some("number") => value.is_number(),
            _ => false,
        };
        if !fits {
            lint.report(
                Rule::InvalidSchema,
                &join(&schema.at("enum"), &index.to_string()),
                format!("the value {value} is not a {}", kind.unwrap_or("scalar")),
            );
        }
    }
}

/// What requests, or answers, consist of.
struct Reached {
    /// What the pointers of their own places contain.
    roots: &'static [&'static str],
    /// The components they lead to.
    components: BTreeSet<String>,
}

impl Reached {
    fn new(lint: &Lint<'_>, roots: &'static [&'static str]) -> Self {
        let mut reached = Self {
            roots,
            components: BTreeSet::new(),
        };
        for site in &lint.sites {
            if site.kind == Kind::Schema && reached.is_root(&site.pointer) {
                let components = reach::reached(&lint.document.value, site.value);
                reached.components.extend(components);
            }
        }
        reached
    }

    fn is_root(&self, pointer: &str) -> bool {
        self.roots.iter().any(|root| pointer.contains(root))
    }

    fn covers(&self, pointer: &str) -> bool {
        let component = component(pointer);
        self.is_root(pointer)
            || component.is_some_and(|component| self.components.contains(component))
    }
}

/// Schemas that are JSON Schema, and defaults that are valid under them.
fn validity(lint: &mut Lint<'_>) {
    let mut sound = true;
    for schema in lint.of(Kind::Schema) {
        // Each schema is looked at where it is written, so that the place is exact: without what is inside of it.
        let mut own = schema.value.clone();
        if let Some(map) = own.as_object_mut() {
            for inner in ["properties", "items", "additionalProperties", "oneOf"] {
                map.shift_remove(inner);
            }
            map.shift_remove("$ref");
        }
        if let Err(error) = jsonschema::draft202012::new(&own) {
            sound = false;
            let keyword = error.instance_path().to_string();
            lint.report(
                Rule::InvalidSchema,
                &format!("{}{keyword}", schema.pointer),
                error.to_string(),
            );
        }
    }
    let resolved = lint
        .problems
        .iter()
        .all(|problem| problem.rule != Rule::UnresolvedReference);
    if !sound || !resolved {
        return;
    }
    let mut validators = Validators::new(lint.document);
    for schema in lint.written(Kind::Schema) {
        if let Some(default) = schema.value.get("default") {
            for fault in validators.faults(&schema.pointer, default) {
                let place = lint.document.place(&schema.at("default"));
                let problem = Problem::wrong(Rule::InvalidDefault, place, fault.message)
                    .because(lint.document.place(&fault.keyword));
                lint.problems.push(problem);
            }
        }
    }
}
