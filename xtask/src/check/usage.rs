//! Which operations a component reaches, so that a finding about it says who is affected.

use std::collections::BTreeMap;

use serde_json::Value;

use super::proof::Proved;
use crate::document::{Document, METHODS, component};
use crate::reach::reached;

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
                let id = operation.get("operationId").and_then(Value::as_str);
                let id = id.map_or_else(|| format!("{method} {path}"), str::to_owned);
                for component in reached(&document.value, operation) {
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
                "schemas": {"A": {"properties": {"a": {"$ref": "#/components/schemas/A"}}}},
                "securitySchemes": {"Key": {"type": "http"}}}
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
