//! `Claims`: the one opaque shape in which a token's content crosses the core, order kept.

use serde_json::{Map, Value};

/// An ordered JSON object. The order of members is contract: it is signed, stored and reproduced as given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// No claims.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a member at the end (or overwrites in place) and hands the object back.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a member at the end, or overwrites it in place.
    pub fn insert(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// A member's value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A member's value if it is a string.
    #[must_use]
    pub fn get_str(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// The object itself.
    #[must_use]
    pub const fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Compact JSON text with the members in order, as signed and stored.
    #[must_use]
    pub fn to_text(&self) -> String {
        // Nothing that a map can hold fails to be written into a text.
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    /// Reads what [`Claims::to_text`] wrote; `None` unless it is a JSON object.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        match serde_json::from_str(text) {
            Ok(Value::Object(map)) => Some(Self(map)),
            Ok(_) | Err(_) => None,
        }
    }
}

impl From<Map<String, Value>> for Claims {
    fn from(map: Map<String, Value>) -> Self {
        Self(map)
    }
}
