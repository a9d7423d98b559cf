//! Other spellings of the merged document: the order of what is a set, shared parts written out, and keywords that
//! say the same in other words.

use serde_json::{Map, Value, json};

use crate::document::{Document, join};
use crate::lint::sites::{self, Kind, Site};
use crate::mutate::drift::{Drift, Edit, references, split};

/// All of them.
pub(super) fn spellings(document: &Document) -> Vec<Drift> {
    let mut all = reordered(document);
    all.extend(written_out(document));
    all.extend(respelt(document));
    all.extend(in_other_words(document));
    all.extend(said_above(document));
    all
}

fn replace(operator: &str, at: &str, value: Value) -> Drift {
    Drift::new(operator, at, Edit::Set(at.to_owned(), value))
}

fn reversed(map: &Map<String, Value>) -> Value {
    map.iter()
        .rev()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// The order of mappings, and of lists that are sets.
fn reordered(document: &Document) -> Vec<Drift> {
    let mut drifts = Vec::new();
    for at in ["/info", "/paths", "/components"] {
        if let Some(map) = document.get(at).and_then(Value::as_object) {
            drifts.push(replace("reorder-keys", at, reversed(map)));
        }
    }
    for (kind, _) in crate::mutate::operators::members(&document.value, "components") {
        let at = join("/components", kind);
        if let Some(map) = document.get(&at).and_then(Value::as_object) {
            drifts.push(replace("reorder-components", &at, reversed(map)));
        }
    }
    for site in sites::sites(document) {
        let Value::Object(map) = site.value else {
            continue;
        };
        let top = site.pointer.matches('/').count() < 4;
        if top && !site.pointer.is_empty() {
            drifts.push(replace("reorder-keywords", &site.pointer, reversed(map)));
        }
        for set in ["required", "enum", "security", "parameters"] {
            if let Some(items) = site.value.get(set).and_then(Value::as_array)
                && items.len() > 1
            {
                let items: Vec<Value> = items.iter().rev().cloned().collect();
                drifts.push(replace(
                    &format!("reorder-{set}"),
                    &site.at(set),
                    json!(items),
                ));
            }
        }
        for names in ["responses", "properties", "headers", "content", "examples"] {
            if let Some(map) = site.value.get(names).and_then(Value::as_object)
                && map.len() > 1
                // Of a body's media types the first one means something (rule `json-first`).
                && !(names == "content" && site.pointer.ends_with("/requestBody"))
            {
                drifts.push(replace(
                    &format!("reorder-{names}"),
                    &site.at(names),
                    reversed(map),
                ));
            }
        }
        let alternatives = site.value.get("security").and_then(Value::as_array);
        for (index, alternative) in alternatives.into_iter().flatten().enumerate() {
            if let Some(map) = alternative.as_object().filter(|map| map.len() > 1) {
                let at = join(&site.at("security"), &index.to_string());
                drifts.push(replace("reorder-schemes", &at, reversed(map)));
            }
        }
    }
    drifts
}

/// Shared parts where they are used; a part that is used once is not shared any more.
fn written_out(document: &Document) -> Vec<Drift> {
    let mut drifts = Vec::new();
    for kind in ["headers", "parameters", "examples"] {
        let at = join("/components", kind);
        let parts = document.get(&at).and_then(Value::as_object);
        for (name, part) in parts.into_iter().flatten() {
            let component = join(&at, name);
            let uses = references(&document.value, &component);
            let Some(first) = uses.first() else { continue };
            let mut drift = replace("write-out", split(first).0, part.clone());
            if uses.len() == 1 {
                drift.edits.push(Edit::Remove(component));
            }
            drifts.push(drift);
        }
    }
    drifts
}

/// Numbers, defaults and the ends of texts.
fn respelt(document: &Document) -> Vec<Drift> {
    let mut drifts = Vec::new();
    for site in sites::sites(document) {
        for bound in ["minimum", "maximum"] {
            if let Some(number) = site.value.get(bound).and_then(Value::as_i64)
                && let Ok(number) = i32::try_from(number)
            {
                drifts.push(replace(
                    "whole-float",
                    &site.at(bound),
                    json!(f64::from(number)),
                ));
            }
        }
        if site.value.get("x-rate-bucket") == Some(&json!("default")) {
            let at = site.at("x-rate-bucket");
            drifts.push(Drift::new(
                "leave-out-default",
                at.clone(),
                Edit::Remove(at),
            ));
        }
        if site.pointer.matches('/').count() < 4
            && let Some(text) = site.text("description")
        {
            let text = if text.ends_with('\n') {
                text.trim_end().to_owned()
            } else {
                format!("{text}\n")
            };
            drifts.push(replace(
                "final-line-break",
                &site.at("description"),
                json!(text),
            ));
        }
    }
    drifts
}

/// Keywords that say the same as others, or what holds without them.
fn in_other_words(document: &Document) -> Vec<Drift> {
    let mut drifts = Vec::new();
    for site in sites::sites(document) {
        match site.kind {
            Kind::Schema => drifts.extend(schema_in_other_words(&site)),
            Kind::Operation => {
                drifts.push(replace("say-default", &site.at("deprecated"), json!(false)));
            }
            Kind::Parameter if !site.is_reference() => {
                let usual = if site.text("in") == Some("query") {
                    "form"
                } else {
                    "simple"
                };
                let mut drift = replace("say-style", &site.at("style"), json!(usual));
                let explodes = Edit::Set(site.at("explode"), json!(usual == "form"));
                drift.edits.push(explodes);
                drifts.push(drift);
            }
            Kind::Header if !site.is_reference() => {
                drifts.push(replace("say-style", &site.at("style"), json!("simple")));
            }
            Kind::Root
            | Kind::Info
            | Kind::License
            | Kind::Server
            | Kind::Tag
            | Kind::PathItem
            | Kind::Parameter
            | Kind::RequestBody
            | Kind::Response
            | Kind::Header
            | Kind::MediaType
            | Kind::Example
            | Kind::SecurityScheme => {}
        }
    }
    drifts
}

fn schema_in_other_words(schema: &Site<'_>) -> Vec<Drift> {
    let mut drifts = Vec::new();
    if let Some(one) = schema.text("type") {
        drifts.push(replace("type-as-list", &schema.at("type"), json!([one])));
        drifts.push(replace(
            "say-default",
            &schema.at("deprecated"),
            json!(false),
        ));
    }
    if let Some([only]) = schema
        .value
        .get("enum")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        let mut drift = replace("enum-as-const", &schema.at("const"), only.clone());
        drift.edits.push(Edit::Remove(schema.at("enum")));
        drifts.push(drift);
    }
    // A named schema keeps its own name; what is inside of it may be wrapped.
    if !schema.is_component() {
        for combinator in ["allOf", "anyOf", "oneOf"] {
            let mut wrapped = schema.value.clone();
            let description = wrapped
                .as_object_mut()
                .and_then(|map| map.shift_remove("description"));
            let mut outer = json!({ combinator: [wrapped] });
            if let Some(description) = description {
                outer["description"] = description;
            }
            let drift = replace("wrap-alone", &schema.pointer, outer);
            drifts.push(drift.variant(combinator));
        }
    }
    drifts
}

/// What several operations say, said once above them.
fn said_above(document: &Document) -> Vec<Drift> {
    let operations: Vec<Site<'_>> = sites::sites(document)
        .into_iter()
        .filter(|site| site.kind == Kind::Operation)
        .collect();
    let mut drifts = Vec::new();
    let mut securities: Vec<&Value> = Vec::new();
    for operation in &operations {
        let Some(security) = operation.value.get("security") else {
            continue;
        };
        if securities.contains(&security) {
            continue;
        }
        securities.push(security);
        let mut drift = Drift::new(
            "security-of-the-root",
            operation.at("security"),
            Edit::Set("/security".to_owned(), security.clone()),
        );
        let alike = operations
            .iter()
            .filter(|other| other.value.get("security") == Some(security));
        drift
            .edits
            .extend(alike.map(|other| Edit::Remove(other.at("security"))));
        drifts.push(drift);
    }
    let paths = document.get("/paths").and_then(Value::as_object);
    for (path, item) in paths.into_iter().flatten() {
        let at = join("/paths", path);
        let mut said = item.as_object().into_iter().flatten();
        let shared = said.next().and_then(|(_, one)| one.get("parameters"));
        let Some(shared) =
            shared.filter(|shared| said.all(|(_, one)| one.get("parameters") == Some(*shared)))
        else {
            continue;
        };
        let mut drift = replace(
            "parameters-of-the-path",
            &join(&at, "parameters"),
            shared.clone(),
        );
        let methods = item.as_object().into_iter().flat_map(Map::keys);
        drift
            .edits
            .extend(methods.map(|method| Edit::Remove(join(&join(&at, method), "parameters"))));
        drifts.push(drift);
    }
    drifts
}
