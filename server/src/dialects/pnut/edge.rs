//! What surrounds every pnut request: its caller, its rate, the layout of its answer, and the
//! refusals that no operation makes.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use poem::{
    Request, Response,
    http::{HeaderValue, Method, StatusCode, header},
};

use super::{
    caller::{self, Caller},
    errors::{PnutError, envelope},
    layout, rates,
};
use crate::{
    authority::{LiveToken, TokenAuthority},
    edge::{Arrival, DialectEdge, EdgeFailure, Refusal},
    generated::{
        pnut::{PnutCreateAccessTokenFailure, PnutGetTokenFailure},
        wire,
    },
    limits::{Rate, RateLimits},
};

/// Where tokens are issued; its refusals are OAuth errors without the `meta` envelope.
const ACCESS_TOKEN_PATH: &str = "/v1/oauth/access_token";

/// One request on its way through the dialect.
#[derive(Clone)]
pub struct Exchange(Arc<Passage>);

struct Passage {
    arrival: Option<Arrival>,
    method: Method,
    indented: bool,
    speaks_oauth: bool,
    standing: OnceLock<Standing>,
}

/// Who the caller is and how much more it may ask for.
struct Standing {
    caller: Caller,
    rate: Option<Rate>,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exchange")
    }
}

impl Exchange {
    fn new(arrival: Option<Arrival>, request: &Request) -> Self {
        Self(Arc::new(Passage {
            arrival,
            method: request.method().clone(),
            indented: layout::wants_indent(request),
            speaks_oauth: request.method() == Method::POST
                && request.uri().path() == ACCESS_TOKEN_PATH,
            standing: OnceLock::new(),
        }))
    }

    /// The exchange that the edge opened for a request.
    pub(super) fn of(request: &Request) -> Self {
        let opened = request.extensions().get::<Self>().cloned();
        opened.unwrap_or_else(|| Self::new(None, request))
    }

    /// The live token that the request carries.
    pub(super) fn token(&self) -> Result<&LiveToken, PnutError> {
        match self.0.standing.get().map(|standing| &standing.caller) {
            Some(Caller::Holder(token)) => Ok(token),
            Some(Caller::Refused(refusal)) => Err(refusal.clone()),
            Some(Caller::Anonymous) => Err(PnutError::TokenMissing),
            None => Err(PnutError::unavailable()),
        }
    }

    /// The caller's address, for the audit.
    pub(super) fn address(&self) -> Option<String> {
        let arrival = self.0.arrival.as_ref()?;
        Some(arrival.client().to_string())
    }
}

/// The dialect's part of the edge.
#[derive(Debug)]
pub(super) struct PnutEdge {
    authority: TokenAuthority,
    limits: Arc<RateLimits>,
}

impl PnutEdge {
    pub(super) fn new(authority: TokenAuthority, limits: Arc<RateLimits>) -> Self {
        Self { authority, limits }
    }

    fn standing(&self, passage: &Passage, caller: Caller) -> Standing {
        let rate = passage
            .arrival
            .as_ref()
            .map(|arrival| rates::count(&self.limits, &passage.method, arrival, &caller));
        Standing { caller, rate }
    }
}

impl DialectEdge for PnutEdge {
    type Exchange = Exchange;

    fn open(&self, arrival: Arrival, request: &Request) -> Exchange {
        Exchange::new(Some(arrival), request)
    }

    async fn admit(&self, exchange: &Exchange, request: &Request) -> Result<(), Refusal> {
        let Exchange(passage) = exchange;
        // What is posted proves itself in its body.
        let caller = if passage.method == Method::POST {
            Caller::Anonymous
        } else {
            caller::identify(&self.authority, request).await
        };
        let standing = self.standing(passage, caller);
        let standing = passage.standing.get_or_init(|| standing);
        match standing.rate.and_then(|rate| rate.retry_in_secs) {
            Some(retry_after_secs) => Err(EdgeFailure::RateLimited { retry_after_secs }.into()),
            None => Ok(()),
        }
    }

    fn after(&self, exchange: &Exchange, response: &mut Response) {
        let Exchange(passage) = exchange;
        // A request that was refused before it was admitted has not been counted yet.
        let counted = || self.standing(passage, Caller::Anonymous);
        if let Some(rate) = &passage.standing.get_or_init(counted).rate {
            let headers = response.headers_mut();
            headers.insert("x-ratelimit-limit", rate.limit.into());
            headers.insert("x-ratelimit-remaining", rate.remaining.into());
            headers.insert("x-ratelimit-reset", rate.reset_secs.into());
        }
        if passage.indented {
            layout::indent(response);
        }
    }

    fn refuse(&self, exchange: &Exchange, failure: EdgeFailure) -> Response {
        let error = match failure {
            EdgeFailure::NotFound => {
                return unmatched(StatusCode::NOT_FOUND, "No such endpoint.");
            }
            EdgeFailure::MethodNotAllowed { .. } => {
                return unmatched(
                    StatusCode::METHOD_NOT_ALLOWED,
                    "This endpoint does not answer this method.",
                );
            }
            EdgeFailure::HeaderRefused(fault) => PnutError::HeaderRefused(fault),
            EdgeFailure::RateLimited { retry_after_secs } => PnutError::RateLimited {
                retry_in_secs: retry_after_secs,
            },
            EdgeFailure::Internal => PnutError::unavailable(),
        };
        if exchange.0.speaks_oauth {
            PnutCreateAccessTokenFailure::from(error).into_response()
        } else {
            PnutGetTokenFailure::from(error).into_response()
        }
    }
}

/// The answer to a request that no operation matches.
fn unmatched(status: StatusCode, message: &str) -> Response {
    let mut response =
        wire::json_response(status, "application/json", &envelope(status, message, None));
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}
