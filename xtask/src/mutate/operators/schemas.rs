//! What can be done to schemas: types, bounds, properties, what is required, null and defaults.

use serde_json::{Value, json};

use super::{members, put};
use crate::document::{Document, join};
use crate::lint::sites::{Kind, Site, sites};
use crate::mutate::drift::{Drift, Edit};

/// All of them.
pub fn drifts(document: &Document) -> Vec<Drift> {
    let mut drifts = Vec::new();
    for site in sites(document) {
        if site.kind != Kind::Schema {
            continue;
        }
        if site.is_reference() {
            let null = json!({"oneOf": [site.value, {"type": "null"}]});
            let edit = Edit::Set(site.pointer.clone(), null);
            drifts.push(Drift::new("add-null", site.pointer.clone(), edit));
            if site.value.get("description").is_none() {
                drifts.push(put(
                    "add-description",
                    &site.pointer,
                    "description",
                    json!("Changed."),
                ));
            }
            continue;
        }
        schema(&site, &mut drifts);
        objects(&site, &mut drifts);
    }
    drifts
}

/// Keywords that a schema of a type can have, with a value for one that does not have it.
fn additions(kind: &str) -> Vec<(&'static str, Value)> {
    match kind {
        "string" => vec![
            ("minLength", json!(1)),
            ("maxLength", json!(4096)),
            ("pattern", json!("^.*$")),
            ("format", json!("date-time")),
            ("default", json!("changed")),
        ],
        "integer" | "number" => vec![
            ("minimum", json!(0)),
            ("maximum", json!(9_007_199_254_740_991_i64)),
            ("exclusiveMinimum", json!(-1)),
            ("multipleOf", json!(1)),
            ("default", json!(1)),
        ],
        "boolean" => vec![("default", json!(true))],
        "array" => vec![
            ("minItems", json!(1)),
            ("maxItems", json!(100)),
            ("uniqueItems", json!(true)),
            ("default", json!([])),
        ],
        "object" => vec![
            ("minProperties", json!(1)),
            ("maxProperties", json!(100)),
            ("default", json!({})),
        ],
        _ => Vec::new(),
    }
}

fn schema(site: &Site<'_>, drifts: &mut Vec<Drift>) {
    let at = &site.pointer;
    let kind = site.text("type").unwrap_or_default();
    for (key, value) in additions(kind) {
        let present = site.value.get(key).is_some();
        // The default of an enum has to be one of its values.
        let fits = key != "default" || site.value.get("enum").is_none();
        if !present && fits {
            drifts.push(put(&format!("add-{key}"), at, key, value));
        }
    }
    if !kind.is_empty() {
        let null = json!([kind, "null"]);
        drifts.push(Drift::new(
            "add-null",
            at.clone(),
            Edit::Set(join(at, "type"), null),
        ));
    }
    for (key, value) in [
        ("deprecated", json!(true)),
        ("readOnly", json!(true)),
        ("writeOnly", json!(true)),
        ("nullable", json!(true)),
        ("x-secret", json!(true)),
    ] {
        if site.value.get(key).is_none() {
            drifts.push(put(&format!("add-{key}"), at, key, value));
        }
    }
    if site.value.get("description").is_none() {
        drifts.push(put("add-description", at, "description", json!("Changed.")));
    }
    if let Some(values) = site.value.get("enum").and_then(Value::as_array) {
        let value = if kind == "integer" {
            json!(99)
        } else {
            json!("changed")
        };
        drifts.push(put("add-enum-value", &site.at("enum"), "-", value));
        if let Some(first) = values.first() {
            if site.value.get("default").is_none() {
                drifts.push(put("add-default", at, "default", first.clone()));
            }
            drifts.push(put("add-const", at, "const", first.clone()));
        }
    } else if kind == "string" {
        drifts.push(put("add-enum", at, "enum", json!(["changed"])));
    }
    if let Some(alternatives) = site.value.get("oneOf").and_then(Value::as_array) {
        drifts.push(put(
            "add-alternative",
            &site.at("oneOf"),
            "-",
            json!({"type": "null"}),
        ));
        let one_of = site.at("oneOf");
        drifts.push(Drift::new(
            "one-of-becomes-any-of",
            one_of.clone(),
            Edit::Rename(one_of.clone(), "anyOf".to_owned()),
        ));
        if let Some(first) = alternatives.first() {
            drifts.push(put("repeat-alternative", &one_of, "-", first.clone()));
        }
    }
}

fn objects(site: &Site<'_>, drifts: &mut Vec<Drift>) {
    let at = &site.pointer;
    if site.text("type") != Some("object") {
        return;
    }
    match site.value.get("additionalProperties") {
        None => {
            for value in [json!(false), json!({"type": "string"})] {
                let variant = value.to_string();
                drifts
                    .push(put("close-object", at, "additionalProperties", value).variant(variant));
            }
        }
        Some(Value::Bool(true)) => {
            let pointer = site.at("additionalProperties");
            let edit = Edit::Set(pointer.clone(), json!({"type": "string"}));
            drifts.push(Drift::new("type-additional-properties", pointer, edit));
        }
        Some(_) => {}
    }
    let required = site.value.get("required").and_then(Value::as_array);
    for (name, _) in members(site.value, "properties") {
        if required.is_some_and(|required| !required.contains(&json!(name))) {
            let edit = Edit::Set(join(&site.at("required"), "-"), json!(name));
            drifts.push(Drift::new("add-required-entry", site.at("required"), edit).variant(name));
        }
    }
    if site.value.get("properties").is_some() {
        let properties = site.at("properties");
        let property = json!({"type": "string", "description": "Changed."});
        drifts.push(put(
            "add-property",
            &properties,
            "changed",
            property.clone(),
        ));
        if required.is_some() {
            let pointer = join(&properties, "changed");
            let mut both = Drift::new(
                "add-required-property",
                pointer.clone(),
                Edit::Set(pointer, property),
            );
            both.edits
                .push(Edit::Set(join(&site.at("required"), "-"), json!("changed")));
            drifts.push(both);
        }
    }
}

/// Where examples hold an object of the schema at `schema`.
pub fn instances(document: &Value, schema: &str) -> Vec<String> {
    let wrapped = Document::from_value(document.clone());
    let mut found = Vec::new();
    for site in sites(&wrapped) {
        if site.kind != Kind::MediaType {
            continue;
        }
        let at = site.at("examples");
        for (name, example) in members(site.value, "examples") {
            let (example, pointer) = wrapped.resolve(example, &join(&at, name));
            if let Some(value) = example.get("value") {
                let own = site.at("schema");
                inside(
                    &wrapped,
                    &own,
                    schema,
                    value,
                    &join(&pointer, "value"),
                    0,
                    &mut found,
                );
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

fn inside(
    document: &Document,
    schema: &str,
    wanted: &str,
    value: &Value,
    at: &str,
    depth: usize,
    found: &mut Vec<String>,
) {
    // Deeper than any example; a schema may contain itself.
    const DEEPEST: usize = 16;
    let Some(node) = document.get(schema).filter(|_| depth < DEEPEST) else {
        return;
    };
    let (node, schema) = document.resolve(node, schema);
    if schema == wanted && value.is_object() {
        found.push(at.to_owned());
    }
    for (name, _) in members(node, "properties") {
        if let Some(member) = value.get(name) {
            let own = join(&join(&schema, "properties"), name);
            inside(
                document,
                &own,
                wanted,
                member,
                &join(at, name),
                depth + 1,
                found,
            );
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        let own = join(&schema, "items");
        inside(
            document,
            &own,
            wanted,
            item,
            &join(at, &index.to_string()),
            depth + 1,
            found,
        );
    }
    let alternatives = node.get("oneOf").and_then(Value::as_array);
    for index in 0..alternatives.map_or(0, Vec::len) {
        let own = join(&join(&schema, "oneOf"), &index.to_string());
        inside(document, &own, wanted, value, at, depth + 1, found);
    }
}
