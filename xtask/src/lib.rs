//! The document and everything that is generated from it: reading, linting, generating, proving.

pub mod artefact;
pub mod document;
pub mod lower;
pub mod problem;
pub mod rule;
pub mod sdk_gen;
pub mod server_gen;

/// The merged document, relative to the root of the project.
pub const MERGED: &str = "openapi/openapi.json";
