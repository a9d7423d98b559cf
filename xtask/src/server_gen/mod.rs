//! Generates the server's payload types, response types, traits and routes from the document.

use crate::artefact::Artefact;
use crate::document::Document;
use crate::problem::Problems;

/// The files of `server/src/generated/`.
///
/// # Errors
/// Every construct of the document that the generator cannot express.
pub fn generate(_document: &Document) -> Result<Vec<Artefact>, Problems> {
    Ok(Vec::new())
}
