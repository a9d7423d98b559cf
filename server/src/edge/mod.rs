//! The HTTP edge: everything around a dialect that is the same for all of them.
//!
//! It decides who owns a path, enforces header limits and request rates, computes `Allow`, turns
//! `HEAD` into `GET` without a body, answers preflights, catches panics and writes the log line. What a refusal looks
//! like on the wire is never decided here: each dialect says so through [`DialectEdge`].

mod arrival;
mod assemble;
mod cors;
mod forwarded;
mod framing;
mod origins;
pub mod pages;
pub mod problem;
mod proxies;
mod request_log;
mod route_table;
mod strict;
mod tally;
#[cfg(test)]
mod tests;
mod unmounted;

use std::{future::Future, time::Duration};

use poem::{Request, Response};

use crate::limits::Lane;

pub use arrival::{Arrival, RequestIds};
pub use assemble::{AssembleError, Edge, Mount, assemble};
pub use cors::CrossOrigin;
pub use forwarded::ForwardedHeader;
pub use framing::HeaderFault;
pub use origins::{CorsArgs, Origin, OriginError, Origins};
pub use proxies::{ProxyArgs, ProxyNetwork, ProxyNetworkError, TrustedProxies};
pub use route_table::Mounted;
pub use strict::{Strict, StrictError};
pub use tally::OverRate;
pub use unmounted::Unmounted;

/// Longest header line (name, colon, space and value) and longest request target, in bytes.
pub const MAX_HEADER_BYTES: usize = 8 * 1024;

/// Longest header, all its lines together, in bytes.
pub const MAX_HEADERS_BYTES: usize = 32 * 1024;

/// Longest request body, in bytes; enforced where a body is read.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// Longest time that a request may take, besides the time in which its body must arrive.
pub const MAX_DURATION: Duration = Duration::from_secs(30);

/// Why the edge itself refuses a request; the owner of the path puts it into its own envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EdgeFailure {
    /// No operation has this path: the dialect's 404.
    NotFound,
    /// The path exists, the method does not: the dialect's 405.
    MethodNotAllowed {
        /// The value of the `Allow` header, computed from the mounted routes, such as `GET, HEAD`.
        allow: String,
    },
    /// The header is too large or ill framed: the dialect's malformed 400.
    HeaderRefused(HeaderFault),
    /// The client asked too often: the dialect's 429 with `Retry-After`.
    RateLimited {
        /// Whole seconds until a request can succeed again, at least 1.
        retry_after_secs: u64,
    },
    /// A panic, an error value of the framework, or more than [`MAX_DURATION`]: the dialect's 503 with `Retry-After`.
    Internal,
}

/// What a dialect contributes around its operations: a context per request, the headers that
/// every one of its answers carries, and the refusals that no operation makes.
///
/// The edge calls `open`, then `admit` and the operation where one matches, then `after`, for every
/// request under the dialect's prefixes. What an operation did not prove through
/// [`Arrival::prove`] is counted against the address before `after`.
pub trait DialectEdge: Send + Sync + 'static {
    /// Lives as long as the request; found again by the operation in `request.extensions()`.
    ///
    /// It is cloned, so what an operation must report back (the rate headers' numbers, say) goes
    /// into a shared cell inside it.
    type Exchange: Clone + Send + Sync + 'static;

    /// The buckets in which a request is counted that an operation answers.
    fn lane(&self, request: &Request) -> Lane {
        let _ = request;
        Lane::General
    }

    /// Starts the exchange. It cannot fail, because a refusal needs an exchange too.
    fn open(&self, arrival: Arrival, request: &Request) -> Self::Exchange;

    /// Decides before the operation whether the request may go on; it is asked only where an operation will answer. `Err` is answered through
    /// [`refuse`](Self::refuse) or, as [`Refusal::Answered`], as it is.
    fn admit(
        &self,
        exchange: &Self::Exchange,
        request: &Request,
    ) -> impl Future<Output = Result<(), Refusal>> + Send {
        let _ = (exchange, request);
        async { Ok(()) }
    }

    /// Stamps the headers that every answer of the dialect carries, refusals included.
    fn after(&self, exchange: &Self::Exchange, response: &mut Response) {
        let _ = (exchange, response);
    }

    /// Renders a refusal of the edge in the dialect's envelope. `Allow` is added by the edge when
    /// the answer to [`EdgeFailure::MethodNotAllowed`] lacks it.
    fn refuse(&self, exchange: &Self::Exchange, failure: EdgeFailure) -> Response;
}

/// How [`DialectEdge::admit`] turns a request away.
#[derive(Debug)]
pub enum Refusal {
    /// Through [`DialectEdge::refuse`].
    Failure(EdgeFailure),
    /// With this answer, already in the dialect's envelope.
    Answered(Box<Response>),
}

impl From<EdgeFailure> for Refusal {
    fn from(failure: EdgeFailure) -> Self {
        Self::Failure(failure)
    }
}
