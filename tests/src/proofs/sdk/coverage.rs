//! Whether the calls of the proof reach everything that the document lets a caller say.

use std::collections::BTreeSet;

use serde_json::Value;

use super::case::Case;
use super::{Findings, pointers};
use crate::harness::document;

/// What the document offers and no call makes use of.
pub fn judge(cases: &[Case], findings: &mut Findings) {
    for site in pointers::sites() {
        let id = site.operation["operationId"].as_str().unwrap_or_default();
        let own: Vec<&Case> = cases
            .iter()
            .filter(|case| case.operation == id && !case.unsendable)
            .collect();
        let mut miss = |pointer: &str, what: String| {
            findings.add("sdk-coverage", pointer, format!("no call of {id} {what}"));
        };
        if own.is_empty() {
            miss(&site.pointer, "is made at all".to_owned());
            continue;
        }
        for (location, name, parameter) in pointers::parameters(site.operation) {
            let gives = |case: &&&Case| {
                let mut given = case.parameters.iter();
                given.any(|(at, own, _)| *at == location && *own == name)
            };
            if own.iter().find(gives).is_none() {
                miss(
                    &site.pointer,
                    format!("gives the {location} parameter {name}"),
                );
            }
            let required = parameter["required"] == true;
            if !required && own.iter().all(|case| gives(&case)) {
                miss(
                    &site.pointer,
                    format!("leaves out the {location} parameter {name}"),
                );
            }
        }
        for alternative in pointers::alternatives(site.operation) {
            let carries = |case: &&Case| {
                let carried: BTreeSet<_> = case.carried.iter().map(|(scheme, _)| *scheme).collect();
                carried == alternative
            };
            if !own.iter().any(carries) {
                miss(&site.pointer, format!("carries {alternative:?} alone"));
            }
        }
        properties(&site, &own, &mut miss);
    }
}

fn properties(site: &pointers::Site, own: &[&Case], miss: &mut dyn FnMut(&str, String)) {
    let Some((schema, at)) = pointers::request_schema(site.operation) else {
        return;
    };
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for (name, property) in document::members(schema, "properties") {
        let pointer = format!("{at}/properties/{name}");
        let (property, _) = document::resolve(property, String::new());
        let default = property.get("default");
        let values: Vec<Option<&Value>> = own
            .iter()
            .filter_map(|case| case.body.as_ref())
            .map(|body| body.get(name))
            .collect();
        if !values
            .iter()
            .any(|value| value.is_some() && *value != default)
        {
            miss(&pointer, format!("says {name}"));
        }
        let silent = |value: Option<&Value>| value.is_none() || value == default;
        if !required.contains(&name) && !values.iter().copied().any(silent) {
            miss(&pointer, format!("leaves out {name}"));
        }
        let values: Vec<&Value> = values.into_iter().flatten().collect();
        for allowed in property["enum"].as_array().into_iter().flatten() {
            if !values.contains(&allowed) {
                miss(&pointer, format!("says {name} {allowed}"));
            }
        }
    }
}
