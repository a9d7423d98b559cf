//! What surrounds a manis request: which credential it lacks, and the refusals no operation makes.

use poem::{Request, Response};

use super::{
    Visitor,
    errors::{ManisError, answer},
};
use crate::{
    authority::TokenAuthority,
    edge::{Arrival, DialectEdge, EdgeFailure},
};

/// The two credentials, in the order in which they are missed.
const CREDENTIALS: [&str; 2] = ["x-merchant-id", "x-secret"];

/// One request on its way through the dialect.
#[derive(Debug, Clone)]
pub struct Exchange {
    visitor: Visitor,
    lacking: Option<&'static str>,
}

impl Exchange {
    fn new(arrival: Option<Arrival>, request: &Request) -> Self {
        let sent = |name: &str| {
            let value = request.headers().get(name);
            value.is_some_and(|value| !value.is_empty())
        };
        Self {
            visitor: Visitor::arrived(arrival),
            lacking: CREDENTIALS.into_iter().find(|name| !sent(name)),
        }
    }

    /// The exchange that the edge opened for a request.
    pub(super) fn of(request: &Request) -> Self {
        let opened = request.extensions().get::<Self>().cloned();
        opened.unwrap_or_else(|| Self::new(None, request))
    }

    /// The first credential header that is absent or empty.
    pub(super) fn lacking(&self) -> Option<&'static str> {
        self.lacking
    }

    /// The caller.
    pub(super) fn visitor(&self) -> &Visitor {
        &self.visitor
    }
}

/// The dialect's part of the edge.
#[derive(Debug)]
pub(super) struct ManisEdge {
    authority: TokenAuthority,
}

impl ManisEdge {
    pub(super) fn new(authority: TokenAuthority) -> Self {
        Self { authority }
    }
}

impl DialectEdge for ManisEdge {
    type Exchange = Exchange;

    fn open(&self, arrival: Arrival, request: &Request) -> Exchange {
        Exchange::new(Some(arrival), request)
    }

    fn refuse(&self, _exchange: &Exchange, failure: EdgeFailure) -> Response {
        let error = match failure {
            EdgeFailure::NotFound => ManisError::NotFound,
            EdgeFailure::MethodNotAllowed { .. } => ManisError::MethodNotAllowed,
            EdgeFailure::HeaderRefused(fault) => ManisError::HeaderRefused(fault),
            EdgeFailure::RateLimited { retry_after_secs } => {
                ManisError::RateLimited { retry_after_secs }
            }
            EdgeFailure::Internal => ManisError::unavailable(),
        };
        answer(&error.at(self.authority.now_ms()))
    }
}
