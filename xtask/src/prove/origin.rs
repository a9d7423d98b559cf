//! Where the parts of the compared form are written: shared parts are written out where they are used,
//! and a finding has to point at the one place where somebody can change them.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::document::{Document, join, last_token};
use crate::spelling::Keys;

/// A member that no document can have, for the time in which parts are moved about.
pub const MARK: &str = "\u{1}at";

/// Writes into each mapping of keywords where it stands.
pub fn mark(value: &mut Value, at: &str, keys: Keys) {
    match value {
        Value::Object(map) => {
            for (key, member) in map.iter_mut() {
                let below = keys.below(key);
                if below != Keys::Data {
                    mark(member, &join(at, key), below);
                }
            }
            // An empty mapping is compared as such.
            if keys == Keys::Keywords && !map.is_empty() {
                map.insert(MARK.to_owned(), Value::String(at.to_owned()));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                mark(item, &join(at, &index.to_string()), keys.inside());
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Which mapping of the compared form was written where.
#[derive(Debug, Default)]
pub struct Origins(HashMap<String, String>);

impl Origins {
    /// Takes the marks out again.
    pub fn harvest(value: &mut Value) -> Self {
        let mut origins = Self::default();
        origins.take(value, "");
        origins
    }

    fn take(&mut self, value: &mut Value, at: &str) {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(origin)) = map.shift_remove(MARK) {
                    self.0.insert(at.to_owned(), origin);
                }
                for (key, member) in map.iter_mut() {
                    self.take(member, &join(at, key));
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.take(item, &join(at, &index.to_string()));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// Where a difference has to be repaired: in the shared part, when all uses of that part differ there,
    /// and otherwise at the reference, since the other uses agree with what the part says.
    #[must_use]
    pub fn blamed(&self, document: &Document, pointer: &str, differing: &HashSet<&str>) -> String {
        let mut place = self.written(document, pointer);
        let mut at = pointer;
        loop {
            let origin = self.0.get(at).filter(|origin| *origin != at);
            if let Some(origin) = origin.filter(|origin| is_component(origin)) {
                let rest = &pointer[at.len()..];
                let mut uses = self.0.iter().filter(|(_, other)| *other == origin);
                let shared =
                    uses.all(|(used, _)| differing.contains(format!("{used}{rest}").as_str()));
                if shared && !rest.is_empty() {
                    return place;
                }
                place = join(&self.above(document, at), "$ref");
            }
            match at.rfind('/') {
                Some(end) => at = &at[..end],
                None => return place,
            }
        }
    }

    /// Where something is written by what it stands in, whatever it refers to.
    fn above(&self, document: &Document, pointer: &str) -> String {
        let end = pointer.rfind('/').unwrap_or_default();
        self.from(document, &pointer[..end], pointer)
    }

    /// Where in the document something of the compared form is written.
    #[must_use]
    pub fn written(&self, document: &Document, pointer: &str) -> String {
        self.from(document, pointer, pointer)
    }

    /// The same, by the nearest known place from `known` upwards.
    fn from(&self, document: &Document, mut known: &str, pointer: &str) -> String {
        let origin = loop {
            if let Some(origin) = self.0.get(known) {
                break origin.as_str();
            }
            match known.rfind('/') {
                Some(end) => known = &known[..end],
                None => break "",
            }
        };
        let mut written = origin.to_owned();
        for token in pointer[known.len()..].split('/').skip(1) {
            let next = format!("{written}/{token}");
            written = match document.get(&written) {
                // A set is compared by what is in it, and written as a list.
                Some(Value::Array(items)) => {
                    let name = last_token(&next);
                    match items.iter().position(|item| {
                        member(item) == name || member(document.resolve(item, "").0) == name
                    }) {
                        Some(index) => join(&written, &index.to_string()),
                        None => return written,
                    }
                }
                // Names of headers are compared without case.
                Some(Value::Object(map)) if !map.contains_key(&last_token(&next)) => {
                    let name = last_token(&next);
                    let same = map.keys().find(|key| key.eq_ignore_ascii_case(&name));
                    same.map_or(next, |key| join(&written, key))
                }
                _ => next,
            };
        }
        written
    }
}

/// Whether a pointer is that of a shared part itself.
fn is_component(pointer: &str) -> bool {
    pointer.starts_with("/components/") && pointer.matches('/').count() == 3
}

/// What a member of a set is called.
#[must_use]
pub fn member(item: &Value) -> String {
    match item {
        Value::String(text) => text.clone(),
        Value::Object(map) => {
            let name = |key: &str| map.get(key).and_then(Value::as_str);
            match (name("$ref"), name("in"), name("name")) {
                (Some(reference), ..) => last_token(reference),
                (_, Some("header"), Some(name)) => format!("header {}", name.to_lowercase()),
                (_, Some(place), Some(name)) => format!("{place} {name}"),
                (_, None, Some(name)) => name.to_owned(),
                _ if map.values().all(Value::is_array) => alternative(map),
                _ => {
                    let mut plain = map.clone();
                    plain.shift_remove(MARK);
                    Value::Object(plain).to_string()
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => item.to_string(),
    }
}

/// An alternative of a security by what it demands.
fn alternative(map: &Map<String, Value>) -> String {
    if map.is_empty() {
        return "nothing".to_owned();
    }
    let mut schemes: Vec<&str> = map.keys().map(String::as_str).collect();
    schemes.sort_unstable();
    schemes.join(" and ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_moved_is_found_where_it_was_written() {
        let document = Document::from_value(json!({
            "paths": {"/a": {"get": {"parameters": [{"$ref": "#/components/parameters/P"}], "tags": ["x", "y"]}}},
            "components": {"parameters": {"P": {"name": "p", "in": "query", "schema": {"type": "string"}}}}
        }));
        let mut value = document.value.clone();
        mark(&mut value, "", Keys::Keywords);
        let moved = value["components"]["parameters"]["P"].clone();
        value["paths"]["/a"]["get"]["parameters"] = json!({ "query p": moved });
        let origins = Origins::harvest(&mut value);
        let written = |pointer: &str| origins.written(&document, pointer);
        let parameter = "/paths/~1a/get/parameters/query p";
        assert_eq!(written(parameter), "/components/parameters/P");
        assert_eq!(
            written(&format!("{parameter}/schema/format")),
            "/components/parameters/P/schema/format"
        );
        assert_eq!(written("/paths/~1a/get/tags/y"), "/paths/~1a/get/tags/1");
        assert_eq!(written("/paths/~1a/get/tags/z"), "/paths/~1a/get/tags");
    }

    #[test]
    fn a_part_is_blamed_when_all_of_its_uses_differ_and_else_the_reference() {
        let shared = json!({"$ref": "#/components/headers/H"});
        let document = Document::from_value(json!({
            "a": {"headers": {"X": shared}}, "b": {"headers": {"X": shared}},
            "components": {"headers": {"H": {"description": "h"}}}
        }));
        let mut value = document.value.clone();
        mark(&mut value, "", Keys::Keywords);
        let written = value["components"]["headers"]["H"].clone();
        for used in ["a", "b"] {
            value[used]["headers"] = json!({ "x": written });
        }
        value["components"] = json!({});
        let origins = Origins::harvest(&mut value);
        let blamed = |all: &[&'static str]| {
            let differing = all.iter().copied().collect();
            origins.blamed(&document, all[0], &differing)
        };
        let (a, b) = ("/a/headers/x/description", "/b/headers/x/description");
        assert_eq!(blamed(&[a, b]), "/components/headers/H/description");
        assert_eq!(blamed(&[a]), "/a/headers/X/$ref");
        assert_eq!(blamed(&["/b/headers/x"]), "/b/headers/X/$ref");
    }

    #[test]
    fn members_of_sets_have_names() {
        for (item, name) in [
            (json!("a"), "a"),
            (json!({"B": [], "A": []}), "A and B"),
            (json!({}), "nothing"),
            (json!({"$ref": "#/components/schemas/S"}), "S"),
            (json!({"in": "header", "name": "X-A"}), "header x-a"),
            (json!({"name": "tag", "description": "d"}), "tag"),
            (json!(1), "1"),
        ] {
            assert_eq!(member(&item), name);
        }
    }
}
