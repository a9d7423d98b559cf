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
    Visitor,
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
    limits::Lane,
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
    caller: OnceLock<Caller>,
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
            caller: OnceLock::new(),
        }))
    }

    /// The exchange that the edge opened for a request.
    pub(super) fn of(request: &Request) -> Self {
        let opened = request.extensions().get::<Self>().cloned();
        opened.unwrap_or_else(|| Self::new(None, request))
    }

    /// The live token that the request carries.
    pub(super) fn token(&self) -> Result<&LiveToken, PnutError> {
        match self.0.caller.get() {
            Some(Caller::Holder(token)) => Ok(token),
            Some(Caller::Refused(refusal)) => Err(refusal.clone()),
            Some(Caller::Anonymous) => Err(PnutError::TokenMissing),
            None => Err(PnutError::unavailable()),
        }
    }

    /// The caller, before its token or its grant is looked at.
    pub(super) fn visitor(&self) -> Visitor {
        Visitor::arrived(self.0.arrival.clone())
    }
}

/// The dialect's part of the edge.
#[derive(Debug)]
pub(super) struct PnutEdge {
    authority: TokenAuthority,
}

impl PnutEdge {
    pub(super) fn new(authority: TokenAuthority) -> Self {
        Self { authority }
    }
}

impl DialectEdge for PnutEdge {
    type Exchange = Exchange;

    fn lane(&self, request: &Request) -> Lane {
        rates::lane(request.method())
    }

    fn open(&self, arrival: Arrival, request: &Request) -> Exchange {
        Exchange::new(Some(arrival), request)
    }

    async fn admit(&self, exchange: &Exchange, request: &Request) -> Result<(), Refusal> {
        let Exchange(passage) = exchange;
        // What is posted proves itself in its body.
        if passage.method == Method::POST {
            return Ok(());
        }
        let caller = caller::identify(&self.authority, request).await;
        let visitor = exchange.visitor();
        let counted = match passage.caller.get_or_init(|| caller) {
            Caller::Holder(token) => visitor.prove_as(format_args!("token {}", token.record.id)),
            // Nobody can say whether this token is valid.
            Caller::Refused(PnutError::Unavailable { .. }) => Ok(()),
            Caller::Anonymous | Caller::Refused(_) => visitor.count_anonymous(),
        };
        Ok(counted?)
    }

    fn after(&self, exchange: &Exchange, response: &mut Response) {
        let Exchange(passage) = exchange;
        if let Some(rate) = passage.arrival.as_ref().and_then(Arrival::rate) {
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
            EdgeFailure::RateLimited { retry_after_secs } => {
                PnutError::RateLimited { retry_after_secs }
            }
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
