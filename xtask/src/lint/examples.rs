//! Examples: that they are there, and that each is valid under its schema.

use std::collections::HashMap;

use heck::ToSnakeCase;
use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::Lint;
use super::sites::{Kind, Site};
use crate::document::{Document, join, last_token};
use crate::problem::{Problem, Rule};
use crate::reach::reached;

/// Presence and form of examples; cheap, and independent of other people's models.
pub fn presence(lint: &mut Lint<'_>) {
    for media_type in lint.written(Kind::MediaType) {
        if media_type.value.get("example").is_some() {
            lint.report(
                Rule::ExampleForm,
                &media_type.at("example"),
                "a body has an example without a name",
            );
        }
        let examples = media_type.value.get("examples").and_then(Value::as_object);
        if examples.is_none_or(Map::is_empty) {
            // An empty mapping is where the example belongs.
            let place = examples.map_or(media_type.pointer.clone(), |_| media_type.at("examples"));
            lint.report(
                Rule::MissingExample,
                &place,
                format!("{} has no example", last_token(&media_type.pointer)),
            );
        }
    }
    for example in lint.written(Kind::Example) {
        form(lint, &example);
    }
}

fn form(lint: &mut Lint<'_>, example: &Site<'_>) {
    let name = last_token(&example.pointer);
    if !example.is_component() && name != name.to_snake_case() {
        lint.report(
            Rule::ExampleForm,
            &example.pointer,
            format!("the name {name} is not in snake_case"),
        );
    }
    if example
        .text("summary")
        .is_none_or(|text| text.trim().is_empty())
    {
        lint.report(
            Rule::ExampleForm,
            &example.pointer,
            format!("the example {name} has no summary"),
        );
    }
    if example.value.get("value").is_none() {
        lint.report(
            Rule::ExampleForm,
            &example.pointer,
            format!("the example {name} has no value"),
        );
    }
}

/// Every example against its schema.
pub fn check(lint: &mut Lint<'_>) {
    let mut validators = Validators::new(lint.document);
    for owner in lint.sites.clone() {
        let schema = owner.at("schema");
        if owner.value.get("schema").is_none() {
            continue;
        }
        let examples: Vec<(String, &Value)> = match owner.kind {
            Kind::MediaType => {
                let at = owner.at("examples");
                let map = owner.value.get("examples").and_then(Value::as_object);
                map.into_iter()
                    .flatten()
                    .filter_map(|(name, example)| {
                        let (example, pointer) = lint.document.resolve(example, &join(&at, name));
                        Some((join(&pointer, "value"), example.get("value")?))
                    })
                    .collect()
            }
            Kind::Parameter | Kind::Header => owner
                .value
                .get("example")
                .map(|example| (owner.at("example"), example))
                .into_iter()
                .collect(),
            Kind::Root
            | Kind::Info
            | Kind::License
            | Kind::Server
            | Kind::Tag
            | Kind::PathItem
            | Kind::Operation
            | Kind::RequestBody
            | Kind::Response
            | Kind::Example
            | Kind::Schema
            | Kind::SecurityScheme => Vec::new(),
        };
        for (pointer, example) in examples {
            for fault in validators.faults(&schema, example) {
                let place = lint.document.place(&format!("{pointer}{}", fault.inside));
                let problem = Problem::wrong(Rule::InvalidExample, place, fault.message)
                    .because(lint.document.place(&fault.keyword));
                lint.problems.push(problem);
            }
        }
    }
}

/// One thing that is wrong with a value under a schema.
pub struct Fault {
    /// Where in the value.
    pub inside: String,
    /// Where in the document the keyword stands that the value breaks.
    pub keyword: String,
    /// What is wrong.
    pub message: String,
}

/// Validators for the schemas of one document, each built once.
pub struct Validators<'a> {
    document: &'a Document,
    known: HashMap<String, Result<Validator, String>>,
}

impl<'a> Validators<'a> {
    /// No validators yet.
    pub fn new(document: &'a Document) -> Self {
        Self {
            document,
            known: HashMap::new(),
        }
    }

    /// What is wrong with `value` under the schema at `pointer`.
    pub fn faults(&mut self, pointer: &str, value: &Value) -> Vec<Fault> {
        let Some(schema) = self.document.get(pointer) else {
            return Vec::new();
        };
        // Many places refer to one schema.
        let (_, target) = self.document.resolve(schema, pointer);
        let document = self.document;
        let validator = self
            .known
            .entry(target.clone())
            .or_insert_with(|| build(document, &target));
        match validator {
            Ok(validator) => validator
                .iter_errors(value)
                .map(|error| Fault {
                    inside: error.instance_path().to_string(),
                    keyword: place_of(&target, &error.schema_path().to_string()),
                    message: error.to_string(),
                })
                .collect(),
            Err(message) => vec![Fault {
                inside: String::new(),
                keyword: target,
                message: message.clone(),
            }],
        }
    }
}

/// Where a keyword stands in the document, of which a validator for the schema at `target` says where it is.
fn place_of(target: &str, keyword: &str) -> String {
    // References lead into the components, which the validator has inside of its schema.
    if keyword.starts_with("/components/") {
        keyword.to_owned()
    } else {
        format!("{target}{keyword}")
    }
}

fn build(document: &Document, pointer: &str) -> Result<Validator, String> {
    let mut schema = document.get(pointer).cloned().unwrap_or_default();
    let referred_to = reached(&document.value, &schema);
    if let Some(map) = schema.as_object_mut() {
        map.insert(
            "$schema".to_owned(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
        // References lead to #/components/schemas/…, so these have to be inside the schema's own document.
        let mut schemas = Map::new();
        for pointer in referred_to {
            let target = document.get(&pointer).cloned();
            schemas.insert(last_token(&pointer), target.unwrap_or_default());
        }
        map.insert("components".to_owned(), json!({ "schemas": schemas }));
    }
    jsonschema::options()
        .should_validate_formats(true)
        .should_ignore_unknown_formats(true)
        .build(&schema)
        .map_err(|error| error.to_string())
}
