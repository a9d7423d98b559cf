//! Who calls an operation: an address first, a principal once it has proved itself.

use poem::Request;

use crate::{
    domain::{Actor, Principal},
    edge::{Arrival, Context, OverRate},
};

/// The caller of an operation.
#[derive(Debug, Clone)]
pub struct Visitor(Arrival);

impl Context for Visitor {
    fn open(arrival: Arrival, _request: &Request) -> Self {
        Self(arrival)
    }
}

impl Visitor {
    /// Nobody known yet.
    pub(super) fn nobody(&self) -> Actor {
        Actor::anonymous(Some(self.address()))
    }

    /// The principal that it has proved to be.
    pub(super) fn actor(&self, principal: &Principal) -> Actor {
        Actor::principal(principal, Some(self.address()))
    }

    /// Counts the request against the principal that it has proved to be, not against its address.
    pub(super) fn prove(&self, principal: &Principal) -> Result<(), OverRate> {
        self.prove_as(principal.id)
    }

    /// The same for a caller that is more than one principal, or less.
    pub(super) fn prove_as(&self, who: impl std::fmt::Display) -> Result<(), OverRate> {
        self.0.prove(who)
    }

    /// Counts the request against its address, because there is nothing to prove.
    pub(super) fn count_anonymous(&self) -> Result<(), OverRate> {
        self.0.count_anonymous()
    }

    /// The request as it reached the edge.
    pub(super) fn arrival(&self) -> &Arrival {
        &self.0
    }

    fn address(&self) -> String {
        self.0.client_text().to_owned()
    }
}
