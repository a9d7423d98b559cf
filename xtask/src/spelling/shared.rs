//! What the path and the root say for all operations is said by each of them.

use serde_json::{Value, json};

use super::Moved;
use crate::document::METHODS;
use crate::document::join;

/// What the path and the root say for all operations is said by each of them.
pub(super) fn push_down(document: &mut Value, moved: &mut Vec<Moved>) {
    let has_paths = document.get("paths").is_some_and(Value::is_object);
    let security = document
        .as_object_mut()
        .filter(|_| has_paths)
        .and_then(|root| root.shift_remove("security"));
    // Taken out meanwhile, so that shared parameters can be looked up.
    let taken = document.get_mut("paths").map(Value::take);
    let mut paths = taken.unwrap_or_default();
    for (path, item) in paths.as_object_mut().into_iter().flatten() {
        let Some(item) = item.as_object_mut() else {
            continue;
        };
        let at = join("/paths", path);
        let shared = item
            .get("parameters")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        if item.get("parameters").is_some_and(Value::is_array) {
            item.shift_remove("parameters");
        }
        for method in METHODS {
            let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) else {
                continue;
            };
            let at_operation = join(&at, method);
            if let Some(security) = &security
                && !operation.contains_key("security")
            {
                operation.insert("security".to_owned(), security.clone());
                moved.push(("/security".to_owned(), join(&at_operation, "security")));
            }
            if shared.is_empty() {
                continue;
            }
            let own = operation.entry("parameters").or_insert_with(|| json!([]));
            let Value::Array(own) = own else { continue };
            for (index, parameter) in shared.iter().enumerate() {
                if overridden(own, parameter, document) {
                    continue;
                }
                let from = join(&join(&at, "parameters"), &index.to_string());
                let to = join(&join(&at_operation, "parameters"), &own.len().to_string());
                own.push(parameter.clone());
                moved.push((from, to));
            }
        }
    }
    if let Some(place) = document.get_mut("paths") {
        *place = paths;
    }
}

/// Whether one of an operation's own parameters is `shared`, or has its name and place; either may be a reference.
fn overridden(own: &[Value], shared: &Value, document: &Value) -> bool {
    let name = named(shared, document);
    own.iter()
        .any(|one| one == shared || (name.is_some() && named(one, document) == name))
}

/// The name and the place of a parameter, which may be a reference to one.
fn named<'a>(parameter: &'a Value, document: &'a Value) -> Option<(&'a Value, Option<&'a Value>)> {
    let reference = parameter.get("$ref").and_then(Value::as_str);
    let parameter = match reference.and_then(|reference| reference.strip_prefix('#')) {
        Some(target) => document.pointer(target)?,
        None => parameter,
    };
    Some((parameter.get("name")?, parameter.get("in")))
}
