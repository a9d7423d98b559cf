//! One spelling for what OpenAPI can say in several, so that an edit which changes no meaning changes nothing.
//!
//! Authors may use any of them; whatever comes after merging sees only the one. What is a set keeps its
//! order here; comparing as a set is `canonical`'s.

mod keys;
mod keywords;
mod shared;
#[cfg(test)]
mod tests;

use serde_json::Value;

use self::keywords::{keywords, unwrap_single};
use self::shared::push_down;
use crate::document::{Document, join, rest_within};

pub use self::keys::Keys;

/// Marks a text that is nobody else's business.
pub const SECRET: &str = "x-secret";

/// Something that now stands elsewhere, or elsewhere too: where it was written, and where it is.
type Moved = (String, String);

/// Gives everything its one spelling; what was written elsewhere keeps its line and column.
pub fn unify(document: &mut Document) {
    for (from, to) in respell(&mut document.value) {
        let moved: Vec<_> = document
            .positions
            .iter()
            .filter_map(|(pointer, position)| {
                let rest = rest_within(pointer, &from)?;
                Some((format!("{to}{rest}"), position.clone()))
            })
            .collect();
        document.positions.extend(moved);
    }
}

/// The same for a value that was written nowhere; says what stands elsewhere now, in the order it went there.
pub fn respell(document: &mut Value) -> Vec<Moved> {
    let mut moved = Vec::new();
    push_down(document, &mut moved);
    node(document, At::Root, Keys::Keywords, &mut moved);
    moved
}

/// Where a node is. Nearly all nodes stay where they are, so a pointer is only written down when one does not.
#[derive(Clone, Copy)]
enum At<'a> {
    Root,
    Member(&'a Self, &'a str),
    Item(&'a Self, usize),
}

impl At<'_> {
    /// Whether it is a member of the mapping of that name.
    fn is_one_of(self, names: &str) -> bool {
        matches!(self, Self::Member(Self::Member(_, above), _) if *above == names)
    }

    fn pointer(self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Member(above, key) => join(&above.pointer(), key),
            Self::Item(above, index) => join(&above.pointer(), &index.to_string()),
        }
    }
}

fn node(value: &mut Value, at: At<'_>, keys: Keys, moved: &mut Vec<Moved>) {
    match value {
        _ if keys == Keys::Data => {}
        Value::Object(map) => {
            if keys == Keys::Keywords {
                unwrap_single(map, at, moved);
                keywords(map, at, moved);
            }
            for (key, member) in map.iter_mut() {
                node(member, At::Member(&at, key), keys.below(key), moved);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                node(item, At::Item(&at, index), keys.inside(), moved);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
