//! What the document says of a security scheme: its name, and where and how its credential travels.

use std::fmt;

/// One security scheme of the document; the associated constants are all there are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scheme {
    name: &'static str,
    placement: Placement,
}

impl Scheme {
    /// The scheme of that name in the document.
    pub(crate) const fn new(name: &'static str, placement: Placement) -> Self {
        Self { name, placement }
    }

    /// The scheme's name in the document.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Where in a request the credential travels.
    #[must_use]
    pub const fn placement(self) -> Placement {
        self.placement
    }
}

impl fmt::Debug for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Where in a request a credential travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Placement {
    /// `Authorization: Bearer …` (RFC 6750).
    Bearer,
    /// `Authorization: Basic …` (RFC 7617), of an id and a secret that are joined in this way.
    Basic(Pairing),
    /// A header of this name.
    Header(&'static str),
    /// A cookie of this name.
    Cookie(&'static str),
    /// A query parameter of this name.
    Query(&'static str),
}

/// How an id and a secret become the one text of HTTP Basic: the document's `x-basic`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pairing {
    /// Each is form encoded, then a colon joins them (RFC 6749 §2.3.1).
    Form,
    /// A colon joins them as they are (RFC 7617), so that an id with a colon is read as a shorter one.
    Plain,
}
