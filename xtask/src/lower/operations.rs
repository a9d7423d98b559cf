//! Path items and operations: what 3.0 lacks, and what a client generated from it cannot be told.

use serde_json::{Map, Value};

use super::names::METHODS;
use super::{Lowering, LoweringRule};
use crate::document::join;

impl Lowering {
    /// Lowers every path item, after replacing references to shared ones by what they name.
    pub(super) fn paths(&mut self, document: &mut Value) {
        let Some(mut paths) = document.get_mut("paths").map(Value::take) else {
            // 3.1 allows a document without paths, 3.0 wants the empty list spelt out.
            if let Some(root) = document.as_object_mut() {
                root.insert("paths".to_owned(), Value::Object(Map::new()));
            }
            return;
        };
        if let Some(items) = paths.as_object_mut() {
            let mut lost = Vec::new();
            for (path, item) in items.iter_mut() {
                let pointer = join("/paths", path);
                if self.followed(item, document, &pointer) {
                    self.path_item(item, document, &pointer);
                } else {
                    lost.push(path.clone());
                }
            }
            for path in lost {
                items.shift_remove(&path);
            }
        }
        if let Some(root) = document.as_object_mut() {
            root.insert("paths".to_owned(), paths);
        }
        if let Some(components) = document
            .get_mut("components")
            .and_then(Value::as_object_mut)
        {
            components.shift_remove("pathItems");
        }
    }

    /// Replaces a path item that is a reference by its target; `false` when there is none to be had.
    fn followed(&mut self, item: &mut Value, document: &Value, pointer: &str) -> bool {
        // A reference may lead to another one; a ring of them has no end.
        for _ in 0..8 {
            let Some(reference) = item.get("$ref").and_then(Value::as_str) else {
                return true;
            };
            let target = reference
                .strip_prefix('#')
                .and_then(|at| document.pointer(at));
            match target {
                Some(target) => *item = target.clone(),
                None => break,
            }
        }
        self.lose(LoweringRule::PathReference, pointer, "the path is dropped");
        false
    }

    fn path_item(&mut self, item: &mut Value, document: &mut Value, pointer: &str) {
        let Some(item) = item.as_object_mut() else {
            return;
        };
        self.local_servers(item, pointer);
        self.parameters(item, document, pointer);
        for method in METHODS {
            if let Some(operation) = item.get_mut(*method).and_then(Value::as_object_mut) {
                self.operation(operation, document, &join(pointer, method));
            }
        }
    }

    fn operation(
        &mut self,
        operation: &mut Map<String, Value>,
        document: &mut Value,
        pointer: &str,
    ) {
        self.local_servers(operation, pointer);
        if operation.shift_remove("callbacks").is_some() {
            self.lose(
                LoweringRule::Callbacks,
                &join(pointer, "callbacks"),
                "dropped",
            );
        }
        self.parameters(operation, document, pointer);
        let at = join(pointer, "requestBody");
        if let Some(body) = operation.get_mut("requestBody") {
            self.request_body(body, &at);
            let optional = resolved(body, document).get("required") != Some(&Value::Bool(true));
            if optional {
                self.lose(
                    LoweringRule::OptionalBody,
                    &at,
                    "the client always sends a body, an empty object at least",
                );
            }
        }
        self.responses(operation, document, pointer);
    }

    fn local_servers(&mut self, owner: &mut Map<String, Value>, pointer: &str) {
        if owner.shift_remove("servers").is_some() {
            self.lose(
                LoweringRule::LocalServers,
                &join(pointer, "servers"),
                "dropped",
            );
        }
    }

    fn parameters(&mut self, owner: &mut Map<String, Value>, document: &Value, pointer: &str) {
        let Some(Value::Array(parameters)) = owner.get_mut("parameters") else {
            return;
        };
        let at = join(pointer, "parameters");
        let mut kept = Vec::new();
        for (index, mut parameter) in std::mem::take(parameters).into_iter().enumerate() {
            let at = join(&at, &index.to_string());
            self.parameter(&mut parameter, &at);
            let target = resolved(&parameter, document);
            if target.get("in") == Some(&Value::from("cookie")) {
                let name = target.get("name").and_then(Value::as_str);
                self.lose(LoweringRule::CookieParameter, &at, name.unwrap_or_default());
            } else {
                kept.push(parameter);
            }
        }
        *parameters = kept;
    }
}

/// What `object` is, or what it refers to.
pub(super) fn resolved<'a>(object: &'a Value, document: &'a Value) -> &'a Value {
    object
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| document.pointer(reference.strip_prefix('#')?))
        .unwrap_or(object)
}
