//! The wire runtime that every generated dialect stands on: reads a request into checked
//! values or a [`Rejection`], and renders typed answers. It knows no dialect.

mod json;
mod read;
mod rejection;
mod render;
mod routes;
mod shape;
mod spelling;
mod types;
mod write;

pub use json::*;
pub use read::*;
pub use rejection::*;
pub use render::*;
pub use routes::*;
pub use shape::*;
pub use types::*;
pub use write::*;
use read::percent_decode;
use spelling::misspelt;
pub(crate) use types::{integer_enum, union_type};

/// Most bytes of a request body that are read; more is [`RejectionKind::BodyTooLarge`].
pub const BODY_LIMIT: usize = 64 * 1024;

/// `Accept-Encoding` of an answer that refuses a content coding (RFC 9110 §12.5.3): bodies are read as they are.
pub const NO_CODING: &str = "identity";
/// Deepest nesting of a JSON body; deeper is [`RejectionKind::BodyMalformed`].
pub const JSON_DEPTH_LIMIT: usize = 32;

/// Pages of which origins may read an operation's answers (`x-cors`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cors {
    /// Those of every origin, without credentials.
    Any,
    /// Those of the origins that the operator lists, with credentials.
    Listed,
}
