//! Facts: what one side says, by what it is about.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::tokens::Spot;
use crate::problem::Place;

/// A place in the generated SDK.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    /// The file, relative to the root of the project.
    pub file: Arc<str>,
    pub spot: Spot,
}

impl At {
    /// The place, as findings have it.
    pub fn place(&self) -> Place {
        Place {
            column: self.spot.column.max(1),
            ..Place::line(&*self.file, self.spot.line.max(1))
        }
    }
}

/// What the SDK says about one thing.
#[derive(Debug, Clone)]
pub(super) struct Said {
    /// What it says; names of types stand in [`OPEN`] and [`CLOSE`].
    pub value: String,
    /// Where.
    pub at: At,
}

/// The facts of the SDK by what they are about.
pub(super) type Facts = BTreeMap<String, Said>;

/// What stands before and after the name of a type that the SDK declares.
pub(super) const OPEN: char = '‹';
/// See [`OPEN`].
pub(super) const CLOSE: char = '›';

/// A declared type, as facts name it.
pub(super) fn named(name: &str) -> String {
    format!("{OPEN}{name}{CLOSE}")
}
