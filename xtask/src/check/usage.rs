//! Which operations a component reaches, so that a finding about it says who is affected.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::proof::Proved;
use crate::document::{Document, join};
use crate::lint::sites::METHODS;

/// So many operations are named.
const NAMED: usize = 6;

/// Names at each problem with a component the operations that it reaches.
pub fn name(proofs: &mut [Proved], document: &Document) {
    let mut usage = None;
    for problem in proofs.iter_mut().flat_map(Proved::problems_mut) {
        if let Some(component) = component(&problem.place.pointer) {
            let usage = usage.get_or_insert_with(|| Usage::of(document));
            problem.used_by = usage.shown(component);
        }
    }
}

/// `/components/<kind>/<name>` of a pointer into it.
fn component(pointer: &str) -> Option<&str> {
    let rest = pointer.strip_prefix("/components/")?;
    let kind = rest.find('/')?;
    let name = rest[kind + 1..]
        .find('/')
        .map_or(rest.len(), |end| kind + 1 + end);
    Some(&pointer[.."/components/".len() + name])
}

/// For each component the operations that lead to it, through others or at once.
struct Usage(BTreeMap<String, Vec<String>>);

impl Usage {
    fn of(document: &Document) -> Self {
        let mut usage: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let paths = document.get("/paths").and_then(Value::as_object);
        for (path, item) in paths.into_iter().flatten() {
            for method in METHODS {
                let Some(operation) = item.get(method) else {
                    continue;
                };
                let mut reached = BTreeSet::new();
                follow(document, operation, &mut reached);
                // Parameters of the path belong to each of its operations.
                follow(document, &item["parameters"], &mut reached);
                let id = operation.get("operationId").and_then(Value::as_str);
                let id = id.map_or_else(|| format!("{method} {path}"), str::to_owned);
                for component in reached {
                    usage.entry(component).or_default().push(id.clone());
                }
            }
        }
        Self(usage)
    }

    fn shown(&self, component: &str) -> Vec<String> {
        let all = self.0.get(component).map_or(&[][..], Vec::as_slice);
        let mut shown: Vec<String> = all.iter().take(NAMED).cloned().collect();
        if all.len() > NAMED {
            shown.push(format!("{} more", all.len() - NAMED));
        }
        shown
    }
}

/// Adds every component that a value refers to, and what those refer to.
fn follow(document: &Document, value: &Value, reached: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match member.as_str().and_then(|text| text.strip_prefix('#')) {
                    Some(target) if key == "$ref" => {
                        if reached.insert(target.to_owned())
                            && let Some(found) = document.get(target)
                        {
                            follow(document, found, reached);
                        }
                    }
                    _ => follow(document, member, reached),
                }
                if key == "security" {
                    schemes(member, reached);
                }
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| follow(document, item, reached)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Security schemes are referred to by their names.
fn schemes(security: &Value, reached: &mut BTreeSet<String>) {
    for alternative in security.as_array().into_iter().flatten() {
        for scheme in alternative
            .as_object()
            .into_iter()
            .flat_map(|map| map.keys())
        {
            reached.insert(join("/components/securitySchemes", scheme));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_component_is_used_by_the_operations_that_lead_to_it() {
        let document = Document::from_value(json!({
            "paths": {"/a": {"get": {"operationId": "get_a", "security": [{"Key": []}],
                "responses": {"200": {"$ref": "#/components/responses/A"}}}}},
            "components": {
                "responses": {"A": {"schema": {"$ref": "#/components/schemas/A"}}},
                "schemas": {"A": {"properties": {"a": {"$ref": "#/components/schemas/A"}}}}}
        }));
        let usage = Usage::of(&document);
        for pointer in [
            "/components/schemas/A/properties/a",
            "/components/responses/A",
            "/components/securitySchemes/Key/in",
        ] {
            let component = component(pointer).expect("a component");
            assert_eq!(usage.shown(component), ["get_a"], "{pointer}");
        }
        assert_eq!(component("/paths/~1a"), None);
        assert_eq!(usage.shown("/components/schemas/B"), Vec::<String>::new());
    }
}
