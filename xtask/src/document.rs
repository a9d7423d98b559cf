//! The merged document, with the place in the fragments that each JSON pointer came from.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use crate::problem::Place;

/// The merged document, relative to the root of the project.
pub const MERGED: &str = "openapi/openapi.json";

/// HTTP methods that a path item may have.
pub const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Where a node was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The fragment, relative to the root of the project.
    pub file: Arc<Path>,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

/// The merged `OpenAPI` 3.1 document; keys are in the order of the fragments.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// The document itself.
    pub value: Value,
    /// Where each JSON pointer was written: the key of a member, the first character of an item.
    pub positions: HashMap<String, Position>,
}

impl Document {
    /// A document without positions, as tests build it.
    #[must_use]
    pub fn from_value(value: Value) -> Self {
        Self {
            value,
            positions: HashMap::new(),
        }
    }

    /// The node at a JSON pointer.
    #[must_use]
    pub fn get(&self, pointer: &str) -> Option<&Value> {
        self.value.pointer(pointer)
    }

    /// The place of a JSON pointer, or of the nearest ancestor that was written somewhere.
    #[must_use]
    pub fn place(&self, pointer: &str) -> Place {
        let mut nearest = pointer;
        loop {
            if let Some(position) = self.positions.get(nearest) {
                return Place {
                    file: position.file.to_path_buf(),
                    line: position.line,
                    column: position.column,
                    pointer: pointer.to_owned(),
                };
            }
            match nearest.rfind('/') {
                Some(end) => nearest = &nearest[..end],
                None => break,
            }
        }
        Place {
            file: MERGED.into(),
            pointer: pointer.to_owned(),
            ..Place::default()
        }
    }

    /// Follows a local `$ref` (`#/components/…`) once; anything else is returned as it is.
    ///
    /// Returns the pointer of the target beside it, so that a problem can name its place.
    #[must_use]
    pub fn resolve<'a>(&'a self, node: &'a Value, pointer: &str) -> (&'a Value, String) {
        let target = node
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| reference.strip_prefix('#'));
        match target {
            Some(target) => match self.get(target) {
                Some(found) => (found, target.to_owned()),
                None => (node, pointer.to_owned()),
            },
            None => (node, pointer.to_owned()),
        }
    }
}

/// Appends one token to a JSON pointer, escaped as RFC 6901 §3 wants it.
#[must_use]
pub fn join(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
}

/// How a JSON pointer goes on after `outer`, when it is that of `outer` or of something in it.
#[must_use]
pub fn rest_within<'a>(pointer: &'a str, outer: &str) -> Option<&'a str> {
    pointer
        .strip_prefix(outer)
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a JSON pointer is that of `outer` or of something in it.
#[must_use]
pub fn is_within(pointer: &str, outer: &str) -> bool {
    rest_within(pointer, outer).is_some()
}

/// `/components/<kind>/<name>` of a pointer into it.
#[must_use]
pub fn component(pointer: &str) -> Option<&str> {
    let rest = pointer.strip_prefix("/components/")?;
    let kind = rest.find('/')? + 1;
    let name = rest[kind..].find('/').unwrap_or(rest.len() - kind);
    Some(&pointer[.."/components/".len() + kind + name])
}

/// The last token of a JSON pointer, unescaped.
#[must_use]
pub fn last_token(pointer: &str) -> String {
    let token = pointer.rsplit('/').next().unwrap_or_default();
    token.replace("~1", "/").replace("~0", "~")
}
