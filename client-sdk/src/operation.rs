//! What the document says of an operation beyond its types: where it is, how a caller proves itself, what its answers tell.

use crate::scheme::Scheme;

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
    /// The proofs of which a call brings one alone (`x-one-proof`); `None` where any alternative does.
    pub one_proof: Option<OneProof>,
    /// The sessions that its answers hand out: status, and the scheme that the answer's cookie is the credential of.
    pub keeps: &'static [(u16, Scheme)],
    /// Where its refusals say why (`x-error`).
    pub refusals: &'static [RefusalPlaces],
    /// The statuses of declared refusals that carry no body.
    pub bodyless: &'static [u16],
    /// The media type, without parameters, of each declared answer that has a body.
    pub media: &'static [(u16, &'static str)],
    /// Digest of everything in the document that matters to a caller of it.
    pub digest: &'static str,
}

/// The proofs of which a call brings one alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OneProof {
    /// The schemes whose credentials are such a proof.
    pub schemes: &'static [Scheme],
    /// The members of the JSON body that are such a proof.
    pub members: &'static [&'static str],
}

/// Where the refusals of some statuses say why they refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusalPlaces {
    /// The statuses it is about.
    pub statuses: &'static [u16],
    /// Where the dialect's own code stands.
    pub code: Spot,
    /// Where the text for humans stands.
    pub message: Spot,
    /// Where the number of seconds to wait stands, beside `Retry-After`.
    pub retry: Spot,
}

/// A place in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// It is not told.
    Nowhere,
    /// In the JSON body, at this pointer (RFC 6901).
    Body(&'static str),
    /// In the header of this name.
    Header(&'static str),
}

impl Operation {
    /// Where a refusal of `status` says why; `None` where the document declares none.
    pub(crate) fn refusal(&self, status: u16) -> Option<&'static RefusalPlaces> {
        let mut places = self.refusals.iter();
        places.find(|places| places.statuses.contains(&status))
    }
}
