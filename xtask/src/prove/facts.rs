//! The x- vocabulary as the server states it: poem-openapi has no extensions, but it has code samples.
//!
//! The generated metadata of an operation has one sample per fact: its name, the place below the
//! operation, and the value as JSON.

use serde_json::{Map, Value};

use crate::document::{METHODS, join, last_token};
use crate::spelling::SECRET;

/// Where poem-openapi prints code samples.
const SAMPLES: &str = "x-code-samples";

/// A fact about something of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The pointer of the operation.
    operation: String,
    /// The pointer below it, or of a component, in the compared form.
    place: String,
    /// The keyword.
    name: String,
    /// Its value.
    value: Value,
}

impl Fact {
    /// The fact with its value in the form of the document's.
    #[must_use]
    pub fn formed(mut self, form: impl Fn(&Value) -> Value) -> Self {
        self.value = form(&self.value);
        self
    }
}

/// Takes all facts out of an emitted document.
pub fn take(emitted: &mut Value) -> Vec<Fact> {
    let mut facts = Vec::new();
    let paths = emitted.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        for method in METHODS {
            let samples = item
                .get_mut(method)
                .and_then(Value::as_object_mut)
                .and_then(|operation| operation.shift_remove(SAMPLES));
            for sample in samples
                .as_ref()
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let text = |key: &str| sample.get(key).and_then(Value::as_str).unwrap_or_default();
                facts.push(Fact {
                    operation: join(&join("/paths", path), method),
                    place: text("label").to_owned(),
                    name: text("lang").to_owned(),
                    value: serde_json::from_str(text("source")).unwrap_or_default(),
                });
            }
        }
    }
    facts
}

/// Puts the facts where the document has them; one about nothing stays at the operation, as a difference.
pub fn put(value: &mut Value, facts: Vec<Fact>) {
    // The bucket called `default` is the one of operations that name none.
    let said = |fact: &Fact| fact.name != "x-rate-bucket" || fact.value != "default";
    for fact in facts.into_iter().filter(said) {
        let is_shared = ["/components/", "/tags/"]
            .iter()
            .any(|kind| fact.place.starts_with(kind));
        let whole = if is_shared {
            // An operation states it of something that it only belongs to or uses.
            fact.place.clone()
        } else {
            format!("{}{}", fact.operation, fact.place)
        };
        let (at, name) = if value.pointer(&whole).is_some_and(Value::is_object) {
            (whole, fact.name)
        } else {
            (fact.operation, format!("{} of {}", fact.name, fact.place))
        };
        if let Some(Value::Object(map)) = value.pointer_mut(&at) {
            map.insert(name, fact.value);
        }
    }
}

/// A secret's Rust type says so in the title of its schema.
pub fn secret_title(map: &mut Map<String, Value>) {
    if map.get("title").and_then(Value::as_str) == Some(SECRET) {
        map.shift_remove("title");
        map.insert(SECRET.to_owned(), Value::Bool(true));
    }
}

/// Leaves of the vocabulary what the server can state.
pub fn keep_stated(map: &mut Map<String, Value>) {
    // Whether a header is always sent is `required`; where we differ from others is for people.
    map.retain(|key, _| {
        !key.starts_with("x-")
            || matches!(
                last_token(key).as_str(),
                "x-secret"
                    | "x-stamped"
                    | "x-refusal"
                    | "x-rate-bucket"
                    | "x-exact-names"
                    | "x-cors"
                    | "x-base-path"
                    | "x-unmatched"
                    | "x-basic"
                    | "x-proves"
                    | "x-owned-by"
            )
            || key.contains(' ')
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_fact_stands_where_the_document_has_it() {
        let sample =
            |lang: &str, label: &str| json!({"lang": lang, "label": label, "source": "true"});
        let mut emitted = json!({"paths": {"/a": {"get": {
            "responses": {"200": {}},
            "x-code-samples": [sample("x-stamped", "/responses/200"), sample("x-refusal", "/responses/404")]}}}});
        let facts = take(&mut emitted);
        put(&mut emitted, facts);
        let expected = json!({"paths": {"/a": {"get": {
            "responses": {"200": {"x-stamped": true}}, "x-refusal of /responses/404": true}}}});
        assert_eq!(emitted, expected);
    }
}
