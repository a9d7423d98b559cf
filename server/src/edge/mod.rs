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
mod mount;
mod origins;
pub mod pages;
mod pipeline;
mod probes;
pub mod problem;
mod proxies;
mod request_log;
mod route_table;
mod strict;
mod tally;
#[cfg(test)]
mod tests;

use std::{future::Future, time::Duration};

use poem::{IntoResponse, Request, Response};

pub use arrival::{Arrival, RequestIds};
pub use assemble::{AssembleError, assemble};
pub use cors::CrossOrigin;
pub use forwarded::ForwardedHeader;
pub use framing::HeaderFault;
pub use mount::Mount;
pub use origins::{CorsArgs, Origin, OriginError, Origins};
pub use pipeline::Edge;
pub use proxies::{ProxyArgs, ProxyNetwork, ProxyNetworkError, TrustedProxies};
pub use route_table::Mounted;
pub use strict::{Strict, StrictError};
pub use tally::OverRate;

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

/// What a dialect keeps of a request while it is answered.
pub trait Context: Clone + Send + Sync + 'static {
    /// Begins with what is known before anyone looks inside the request.
    fn open(arrival: Arrival, request: &Request) -> Self;
}

impl Context for Arrival {
    fn open(arrival: Arrival, _request: &Request) -> Self {
        arrival
    }
}

/// What a dialect contributes around its operations: the refusals that no operation makes, and seldom more.
///
/// Its base paths, operations and constant headers are generated. For every request below its base paths the edge
/// opens a context, calls `admit` and the operation where one matches, then `after`. What an operation did not prove
/// through [`Arrival::prove`] is counted against the address before `after`.
pub trait DialectEdge: Send + Sync + 'static {
    /// Lives as long as the request. It is cloned, so what an operation must report back goes into a shared cell
    /// inside it.
    type Context: Context;

    /// Everything that the dialect can refuse with.
    type Refusal: IntoResponse;

    /// A refusal of the edge in the dialect's envelope. `Allow` is added by the edge when the answer to
    /// [`EdgeFailure::MethodNotAllowed`] lacks it.
    fn refuse(&self, context: &Self::Context, failure: EdgeFailure) -> Self::Refusal;

    /// Decides before the operation whether the request may go on; it is asked only where an operation will answer.
    fn admit(
        &self,
        context: &Self::Context,
        request: &Request,
    ) -> impl Future<Output = Result<(), Self::Refusal>> + Send {
        let _ = (context, request);
        async { Ok(()) }
    }

    /// Stamps what every answer of the dialect carries and the document cannot know, refusals included.
    fn after(&self, context: &Self::Context, response: &mut Response) {
        let _ = (context, response);
    }
}
