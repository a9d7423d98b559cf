//! What the document says of an operation beyond its types: where it is, which credentials it takes.

use crate::generated::operations::{self, Scheme};

/// One operation of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// The operationId, which is also the name of the client's method.
    pub id: &'static str,
    /// The HTTP method, upper case.
    pub method: &'static str,
    /// The path template.
    pub path: &'static str,
    /// The alternatives that authenticate it, each a set of schemes that go together; empty when it needs none.
    pub security: &'static [&'static [Scheme]],
    /// The statuses of declared refusals that carry no body.
    pub bodyless: &'static [u16],
    /// The media type, without parameters, of each declared answer that has a body.
    pub media: &'static [(u16, &'static str)],
    /// Digest of everything in the document that matters to a caller of it.
    pub digest: &'static str,
}

impl Operation {
    /// The operation of that id.
    #[must_use]
    pub fn named(id: &str) -> Option<&'static Self> {
        operations::ALL
            .iter()
            .copied()
            .find(|operation| operation.id == id)
    }
}

/// Where in a request a credential travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// `Authorization: Bearer …` (RFC 6750).
    Bearer,
    /// `Authorization: Basic …` (RFC 7617); the credential is already `id:secret`.
    Basic,
    /// A header of this name.
    Header(&'static str),
    /// A cookie of this name.
    Cookie(&'static str),
    /// A query parameter of this name.
    Query(&'static str),
}
