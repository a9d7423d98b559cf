//! Every change of one fact that can be made to a document: each leaf with each operator that applies.

mod everywhere;
mod expected;
mod operations;
mod schemas;

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::drift::{Drift, Edit};
use crate::document::{Document, join};
pub use expected::is_expected;

/// All drifts of a document, each id once, none that changes nothing.
#[must_use]
pub fn drifts(document: &Document) -> Vec<Drift> {
    let mut all = everywhere::drifts(document);
    all.extend(operations::drifts(document));
    all.extend(schemas::drifts(document));
    let mut seen = HashSet::new();
    all.retain(|drift| seen.insert(drift.id()));
    all
}

/// A drift that adds or replaces a member.
fn put(operator: &str, owner: &str, key: &str, value: Value) -> Drift {
    let pointer = join(owner, key);
    Drift::new(operator, pointer.clone(), Edit::Set(pointer, value))
}

/// The members of an object; none when it is something else.
pub(super) fn members<'a>(
    value: &'a Value,
    key: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
    let map: Option<&Map<String, Value>> = value.get(key).and_then(Value::as_object);
    map.into_iter().flatten()
}

/// Another component of the same kind, of the same dialect where there is one.
fn another(document: &Value, pointer: &str) -> Option<String> {
    let (parent, name) = super::drift::split(pointer);
    let names: Vec<&String> = document.pointer(parent)?.as_object()?.keys().collect();
    let at = names.iter().position(|other| **other == name)?;
    let prefix = name.get(..3).unwrap_or_default();
    let neighbours = names.iter().cycle().skip(at + 1).take(names.len() - 1);
    let same = neighbours.clone().find(|other| other.starts_with(prefix));
    same.or_else(|| neighbours.clone().next())
        .map(|other| join(parent, other))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::mutate::drift::walk;

    fn document() -> Document {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        crate::plan::document(&root).expect("the project's own document")
    }

    #[test]
    fn every_leaf_of_the_document_is_changed_or_dropped_by_some_drift() {
        let document = document();
        let drifts = drifts(&document);
        let pointers: HashSet<&str> = drifts.iter().map(|drift| drift.pointer.as_str()).collect();
        let mut forgotten = Vec::new();
        walk(&document.value, "", &mut |at, value| {
            let leaf = match value {
                Value::Object(map) => map.is_empty(),
                Value::Array(items) => items.is_empty(),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
            };
            if leaf && !pointers.contains(at) {
                forgotten.push(at.to_owned());
            }
        });
        assert_eq!(forgotten, Vec::<String>::new());
    }

    #[test]
    fn every_drift_changes_something() {
        let document = document();
        // Every seventh is enough to see an operator that does nothing.
        for drift in drifts(&document).iter().step_by(7) {
            let same = drift.edited(&document).value == document.value;
            assert!(!same, "{}", drift.id());
        }
    }
}
