//! A change of one fact of the document, applied to the merged document as if the fragment said so.

use serde_json::{Map, Value};

use crate::document::{Document, is_within, join, last_token};
use crate::spelling;

/// One change of a value; a drift that changes a name everywhere has several.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Replaces what is at the pointer, or adds it there; `-` as the last token appends to a list.
    Set(String, Value),
    /// Takes away what is at the pointer.
    Remove(String),
    /// Gives the member at the pointer another key, at the same place among its siblings.
    Rename(String, String),
}

/// A change of one fact.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// What is done, such as `change-minimum`.
    pub operator: String,
    /// The fact.
    pub pointer: String,
    /// Tells apart what one operator does at one place in several ways.
    pub variant: String,
    /// What is done to the document.
    pub edits: Vec<Edit>,
}

impl Drift {
    /// A drift of one edit.
    #[must_use]
    pub fn new(operator: impl Into<String>, pointer: impl Into<String>, edit: Edit) -> Self {
        Self {
            operator: operator.into(),
            pointer: pointer.into(),
            variant: String::new(),
            edits: vec![edit],
        }
    }

    /// One of several that the operator does there.
    #[must_use]
    pub fn variant(mut self, variant: impl Into<String>) -> Self {
        self.variant = variant.into();
        self
    }

    /// Its stable name.
    #[must_use]
    pub fn id(&self) -> String {
        let sep = if self.variant.is_empty() { "" } else { " " };
        format!("{} {}{sep}{}", self.operator, self.pointer, self.variant)
    }

    /// Whether a finding at `place` is about this drift: the changed fact or something in it, what it
    /// belongs to, or what refers to it.
    #[must_use]
    pub fn is_about(&self, drifted: &Document, place: &str) -> bool {
        let about = |changed: &str| {
            let (changed, found) = (changed.to_lowercase(), place.to_lowercase());
            // A reference is all that there is at its place, and stands for all of it.
            let changed = changed
                .strip_suffix("/$ref")
                .map_or(changed.clone(), str::to_owned);
            is_within(&found, &changed)
                || found == split(&changed).0
                || within(&changed, "/security").is_some_and(|list| is_within(&found, list))
        };
        let edited = self.edits.iter().any(|edit| match edit {
            Edit::Set(pointer, _) => about(pointer.strip_suffix("/-").unwrap_or(pointer)),
            Edit::Remove(pointer) => about(pointer),
            Edit::Rename(pointer, name) => about(pointer) || about(&join(split(pointer).0, name)),
        });
        edited
            || references(&drifted.value, &self.pointer)
                .iter()
                .any(|reference| reference == place || split(reference).0 == place)
    }

    /// The document with the change, what is written where included, after everything got its one spelling.
    #[must_use]
    pub fn apply(&self, document: &Document) -> Document {
        let mut drifted = self.edited(document);
        spelling::unify(&mut drifted);
        drifted
    }

    /// The same as somebody wrote it.
    #[must_use]
    pub fn edited(&self, document: &Document) -> Document {
        let mut drifted = document.clone();
        for edit in &self.edits {
            match edit {
                Edit::Set(pointer, value) => set(&mut drifted, pointer, value.clone()),
                Edit::Remove(pointer) => remove(&mut drifted, pointer),
                Edit::Rename(pointer, name) => rename(&mut drifted, pointer, name),
            }
        }
        drifted
    }
}

/// The pointer up to and with a part of it.
fn within<'a>(pointer: &'a str, part: &str) -> Option<&'a str> {
    pointer.find(part).map(|at| &pointer[..at + part.len()])
}

/// Whether a fact only explains: examples, where we differ from what we were modelled on, and what the
/// document says about itself.
#[must_use]
pub fn is_documentation(pointer: &str) -> bool {
    let tokens: Vec<&str> = pointer.split('/').skip(1).collect();
    tokens
        .iter()
        .any(|token| matches!(*token, "examples" | "x-divergence" | "x-at-a-glance"))
        || tokens.last() == Some(&"example")
        || matches!(tokens.as_slice(), ["info", "description" | "license", ..])
}

/// Splits a pointer into its parent's and the last token.
#[must_use]
pub fn split(pointer: &str) -> (&str, String) {
    let parent = pointer.rfind('/').map_or("", |end| &pointer[..end]);
    (parent, last_token(pointer))
}

fn set(document: &mut Document, pointer: &str, value: Value) {
    let (parent, token) = split(pointer);
    if value != Value::Null && !value.is_object() && !value.is_array() {
        // The key stays where it was written; what was inside of it is gone.
        forget_inside(document, pointer);
    }
    // A component has its place from the fragment of its dialect, so that a new one has too.
    if document.get(pointer).is_none() && parent.starts_with("/components/") {
        let place = sibling(document, parent, &token);
        if let Some(place) = place {
            document.positions.insert(pointer.to_owned(), place);
        }
    }
    match document.value.pointer_mut(parent) {
        Some(Value::Object(map)) => {
            map.insert(token, value);
        }
        Some(Value::Array(items)) => match token.parse::<usize>() {
            Ok(index) if index < items.len() => items[index] = value,
            _ => items.push(value),
        },
        _ => {}
    }
}

/// Where the component was written whose name has the most in common with a new one.
fn sibling(document: &Document, parent: &str, name: &str) -> Option<crate::document::Position> {
    let siblings = document.get(parent)?.as_object()?;
    let common = |other: &str| {
        other
            .chars()
            .zip(name.chars())
            .take_while(|(a, b)| a == b)
            .count()
    };
    let nearest = siblings.keys().max_by_key(|other| common(other))?;
    document.positions.get(&join(parent, nearest)).cloned()
}

fn forget_inside(document: &mut Document, pointer: &str) {
    document
        .positions
        .retain(|place, _| place == pointer || !is_within(place, pointer));
}

fn remove(document: &mut Document, pointer: &str) {
    let (parent, token) = split(pointer);
    let length = match document.value.pointer_mut(parent) {
        Some(Value::Object(map)) => {
            map.shift_remove(&token);
            None
        }
        Some(Value::Array(items)) => match token.parse::<usize>() {
            Ok(index) if index < items.len() => {
                items.remove(index);
                Some((index, items.len()))
            }
            _ => None,
        },
        _ => None,
    };
    forget_inside(document, pointer);
    document.positions.remove(pointer);
    if let Some((index, length)) = length {
        for later in index..length {
            let from = join(parent, &(later + 1).to_string());
            move_places(document, &from, &join(parent, &later.to_string()));
        }
    }
}

fn rename(document: &mut Document, pointer: &str, name: &str) {
    let (parent, token) = split(pointer);
    if let Some(Value::Object(map)) = document.value.pointer_mut(parent) {
        let renamed: Map<String, Value> = std::mem::take(map)
            .into_iter()
            .map(|(key, value)| {
                if key == token {
                    (name.to_owned(), value)
                } else {
                    (key, value)
                }
            })
            .collect();
        *map = renamed;
    }
    move_places(document, pointer, &join(parent, name));
}

fn move_places(document: &mut Document, from: &str, to: &str) {
    let moved: Vec<String> = document
        .positions
        .keys()
        .filter(|place| is_within(place, from))
        .cloned()
        .collect();
    for place in moved {
        if let Some(position) = document.positions.remove(&place) {
            let rest = &place[from.len()..];
            document.positions.insert(format!("{to}{rest}"), position);
        }
    }
}

/// The pointers of all references to the component at `pointer`.
#[must_use]
pub fn references(document: &Value, pointer: &str) -> Vec<String> {
    let wanted = format!("#{pointer}");
    let mut found = Vec::new();
    walk(document, "", &mut |at, value| {
        if at.ends_with("/$ref") && value.as_str() == Some(&wanted) {
            found.push(at.to_owned());
        }
    });
    found
}

/// Visits every node with its pointer, parents first.
pub fn walk(value: &Value, at: &str, visit: &mut impl FnMut(&str, &Value)) {
    visit(at, value);
    match value {
        Value::Object(map) => {
            for (key, member) in map {
                walk(member, &join(at, key), visit);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &join(at, &index.to_string()), visit);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::document::Position;

    fn document() -> Document {
        let mut document =
            Document::from_value(json!({"a": [{"b": 1}, {"c": 2}], "d": {"e": 1, "f": 2}}));
        for (line, pointer) in ["/a", "/a/0", "/a/0/b", "/a/1", "/a/1/c", "/d/e"]
            .iter()
            .enumerate()
        {
            let file = Arc::from(std::path::Path::new("x.yaml"));
            document.positions.insert(
                (*pointer).to_owned(),
                Position {
                    file,
                    line,
                    column: 1,
                },
            );
        }
        document
    }

    fn drifted(edit: Edit) -> Document {
        Drift::new("x", "/", edit).apply(&document())
    }

    #[test]
    fn what_comes_after_a_removed_item_keeps_its_place() {
        let drifted = drifted(Edit::Remove("/a/0".to_owned()));
        assert_eq!(
            drifted.value,
            json!({"a": [{"c": 2}], "d": {"e": 1, "f": 2}})
        );
        assert_eq!(drifted.place("/a/0/c").line, 4);
        assert!(!drifted.positions.contains_key("/a/1"));
    }

    #[test]
    fn a_renamed_member_keeps_its_place_and_its_rank() {
        let drifted = drifted(Edit::Rename("/d/e".to_owned(), "g".to_owned()));
        assert_eq!(drifted.value["d"].to_string(), r#"{"g":1,"f":2}"#);
        assert_eq!(drifted.place("/d/g").line, 5);
    }

    #[test]
    fn setting_replaces_adds_and_appends() {
        let set = |pointer: &str| drifted(Edit::Set(pointer.to_owned(), json!(9))).value;
        assert_eq!(set("/d/e")["d"], json!({"e": 9, "f": 2}));
        assert_eq!(set("/d/z")["d"], json!({"e": 1, "f": 2, "z": 9}));
        assert_eq!(set("/a/-")["a"], json!([{"b": 1}, {"c": 2}, 9]));
    }
}
