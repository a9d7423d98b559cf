//! The authoring rules: what the document may say so that every consumer of it says the same.

use crate::document::Document;
use crate::problem::Problems;

/// Looks at every rule, and reports every breach.
#[must_use]
pub fn lint(_document: &Document) -> Problems {
    Problems::new()
}
