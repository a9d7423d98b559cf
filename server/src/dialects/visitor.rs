//! Who calls an operation: an address first, a principal once it has proved itself.

use poem::Request;

use crate::{
    domain::{Actor, Principal},
    edge::{Arrival, OverRate},
};

/// The caller of an operation.
#[derive(Debug, Clone)]
pub struct Visitor(Option<Arrival>);

impl Visitor {
    /// Whom the edge found on the other side.
    pub(super) fn of(request: &Request) -> Self {
        Self(request.extensions().get().cloned())
    }

    /// Whom an arrival stands for.
    pub(super) fn arrived(arrival: Option<Arrival>) -> Self {
        Self(arrival)
    }

    /// Nobody known yet.
    pub(super) fn nobody(&self) -> Actor {
        Actor::anonymous(self.address())
    }

    /// The principal that it has proved to be.
    pub(super) fn actor(&self, principal: &Principal) -> Actor {
        Actor::principal(principal, self.address())
    }

    /// Counts the request against the principal that it has proved to be, not against its address.
    pub(super) fn prove(&self, principal: &Principal) -> Result<(), OverRate> {
        self.prove_as(principal.id)
    }

    /// The same for a caller that is more than one principal, or less.
    pub(super) fn prove_as(&self, who: impl std::fmt::Display) -> Result<(), OverRate> {
        self.0.as_ref().map_or(Ok(()), |arrival| arrival.prove(who))
    }

    /// Counts the request against its address, because there is nothing to prove.
    pub(super) fn count_anonymous(&self) -> Result<(), OverRate> {
        self.0.as_ref().map_or(Ok(()), Arrival::count_anonymous)
    }

    fn address(&self) -> Option<String> {
        let arrival = self.0.as_ref()?;
        Some(arrival.client().to_string())
    }
}
