//! The official meta-schema: what the `OpenAPI` Initiative itself would refuse.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use jsonschema::{Registry, Validator};
use serde_json::Value;

use super::Lint;
use super::sites::Kind;
use crate::problem::Rule;

/// The meta-schema, entrance first; each of the files names itself by its `$id`.
const FILES: [&str; 4] = [
    include_str!("../../vendor/openapi-3.1/schema-base.json"),
    include_str!("../../vendor/openapi-3.1/schema.json"),
    include_str!("../../vendor/openapi-3.1/dialect-base.json"),
    include_str!("../../vendor/openapi-3.1/meta-base.json"),
];

/// Messages quote what they are about, which may be the whole document.
const LONGEST: usize = 200;

/// The whole document under the meta-schema.
pub fn check(lint: &mut Lint<'_>) {
    static VALIDATOR: OnceLock<Result<Validator, String>> = OnceLock::new();
    let errors: Vec<(String, String)> = match VALIDATOR.get_or_init(validator) {
        Ok(validator) => validator
            .iter_errors(&lint.document.value)
            .map(|error| (error.instance_path().to_string(), error.to_string()))
            .collect(),
        Err(message) => vec![(String::new(), message.clone())],
    };
    // One fault inside makes everything around it invalid too; the innermost places are where it is.
    for (pointer, message) in &errors {
        let has_cause = errors.iter().any(|(other, _)| {
            other
                .strip_prefix(pointer.as_str())
                .is_some_and(|rest| rest.starts_with('/'))
        });
        if !has_cause {
            lint.report(Rule::InvalidDocument, pointer, shortened(message));
        }
    }
}

fn validator() -> Result<Validator, String> {
    let files: Vec<Value> = FILES
        .iter()
        .map(|text| serde_json::from_str(text))
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())?;
    let named = files.iter().filter_map(|file| {
        let id = file.get("$id").and_then(Value::as_str)?;
        Some((id.to_owned(), file.clone()))
    });
    let registry = Registry::new()
        .extend(named)
        .and_then(jsonschema::RegistryBuilder::prepare)
        .map_err(|error| error.to_string())?;
    let entrance = files.first().ok_or("there is no meta-schema")?;
    jsonschema::options()
        .with_registry(&registry)
        .build(entrance)
        .map_err(|error| error.to_string())
}

fn shortened(message: &str) -> String {
    if message.chars().count() <= LONGEST {
        return message.to_owned();
    }
    // What is wrong stands at the end, after what it is wrong with.
    let kept: Vec<char> = message.chars().rev().take(LONGEST).collect();
    format!("…{}", kept.into_iter().rev().collect::<String>())
}

/// The keywords of JSON Schema 2020-12, which the meta-schema refers to and does not list.
const JSON_SCHEMA: &str = "$anchor $comment $defs $dynamicAnchor $dynamicRef $id $ref $schema $vocabulary additionalProperties \
    allOf anyOf const contains contentEncoding contentMediaType contentSchema default dependentRequired dependentSchemas \
    deprecated description else enum examples exclusiveMaximum exclusiveMinimum format if items maxContains maxItems \
    maxLength maxProperties maximum minContains minItems minLength minProperties minimum multipleOf not oneOf pattern \
    patternProperties prefixItems properties propertyNames readOnly required then title type unevaluatedItems \
    unevaluatedProperties uniqueItems writeOnly";

/// Every keyword that `OpenAPI` 3.1 knows at a kind of place, apart from references and extensions.
///
/// # Errors
/// When the meta-schema is not JSON.
pub fn official(kind: Kind) -> Result<BTreeSet<String>, serde_json::Error> {
    let [_, openapi, _, base] = FILES;
    let openapi: Value = serde_json::from_str(openapi)?;
    let mut found = BTreeSet::new();
    let name = match kind {
        Kind::Root => {
            members(&openapi, &mut found);
            None
        }
        Kind::Schema => {
            members(&serde_json::from_str(base)?, &mut found);
            found.extend(JSON_SCHEMA.split_whitespace().map(str::to_owned));
            None
        }
        Kind::Info => Some("info"),
        Kind::License => Some("license"),
        Kind::Server => Some("server"),
        Kind::Tag => Some("tag"),
        Kind::PathItem => Some("path-item"),
        Kind::Operation => Some("operation"),
        Kind::Parameter => Some("parameter"),
        Kind::RequestBody => Some("request-body"),
        Kind::Response => Some("response"),
        Kind::Header => Some("header"),
        Kind::MediaType => Some("media-type"),
        Kind::Example => Some("example"),
        Kind::SecurityScheme => Some("security-scheme"),
    };
    if let Some(name) = name {
        let definition = &openapi["$defs"][name];
        collect(definition, &mut found);
        if definition.to_string().contains("#/$defs/examples") {
            collect(&openapi["$defs"]["examples"], &mut found);
        }
    }
    found.remove("$ref");
    Ok(found)
}

fn members(schema: &Value, found: &mut BTreeSet<String>) {
    let properties = schema.get("properties").and_then(Value::as_object);
    found.extend(properties.into_iter().flat_map(|map| map.keys().cloned()));
}

/// The members of a definition, also those that depend on others.
fn collect(definition: &Value, found: &mut BTreeSet<String>) {
    members(definition, found);
    match definition {
        Value::Object(map) => map.values().for_each(|inner| collect(inner, found)),
        Value::Array(list) => list.iter().for_each(|inner| collect(inner, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::artefact::digest;
    use crate::document::Document;
    use crate::lint::sites;
    use crate::problem::Problems;

    fn pointers(value: Value) -> Vec<String> {
        let document = Document::from_value(value);
        let mut lint = Lint {
            document: &document,
            sites: sites::sites(&document),
            problems: Problems::new(),
        };
        check(&mut lint);
        lint.problems
            .iter()
            .map(|problem| problem.place.pointer.clone())
            .collect()
    }

    #[test]
    fn the_files_are_the_official_ones() {
        let digests = FILES.map(digest);
        assert_eq!(
            digests,
            [
                "fec4b1da8f5682a3f918e8aa9beef6644d086ea4c1b472288653e2b100a5dfe3",
                "62a3c815db2c0a74ab6f0b91bdeec6d6c323e05c8594a49addaaf79a7f5c0a7e",
                "fa7d6a95f0f1a3cb08727d2a60e46ddbfa5a1f481b01305283b2ee16987cbb7a",
                "261dc88cc4c92d7c9e7fc24344730fc9419fba0f386026803c4ca2aab48482bb",
            ]
        );
    }

    #[test]
    fn a_fault_of_the_document_or_of_a_schema_in_it_is_named_where_it_is() {
        let sound = json!({
            "openapi": "3.1.0",
            "info": {"title": "Sample", "version": "1"},
            "paths": {"/notes": {"get": {"responses": {"200": {"description": "Notes."}}}}},
            "components": {"schemas": {"Note": {"type": "object", "properties": {"text": {"type": "string"}}}}},
        });
        assert_eq!(pointers(sound.clone()), Vec::<String>::new());
        let drifts = [
            ("/paths/~1notes/get/responses/200", "description", json!(1)),
            ("/paths/~1notes/get", "parameters", json!([{"in": "moon"}])),
            (
                "/components/schemas/Note/properties/text",
                "minLength",
                json!(-1),
            ),
            ("/components/schemas/Note", "discriminator", json!({})),
        ];
        for (place, key, value) in drifts {
            let mut document = sound.clone();
            document.pointer_mut(place).expect("the place")[key] = value;
            let found = pointers(document);
            assert!(!found.is_empty(), "{place}/{key}");
            let wanted = format!("{place}/{key}");
            assert!(
                found.iter().all(|pointer| pointer.starts_with(&wanted)),
                "{wanted}: {found:?}"
            );
        }
    }
}
