//! RFC 9457 problem documents: the envelope of every path that belongs to no dialect.

use poem::{
    Request, Response,
    http::{HeaderValue, StatusCode, header},
};

use super::{Arrival, DialectEdge, EdgeFailure, probes};

/// The refusals of our own paths, as problem documents.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProblemEdge;

impl DialectEdge for ProblemEdge {
    type Context = Arrival;
    type Refusal = Response;

    async fn admit(&self, arrival: &Arrival, request: &Request) -> Result<(), Response> {
        if probes::ALL.contains(&request.uri().path()) {
            arrival.waive();
        }
        // Nothing of ours asks who its reader is.
        let counted = arrival.count_anonymous();
        counted.map_err(|over| refusal(&over.into()))
    }

    fn refuse(&self, _arrival: &Arrival, failure: EdgeFailure) -> Response {
        refusal(&failure)
    }
}

/// The problem document for a refusal of the edge, with the headers that belong to it.
#[must_use]
pub fn refusal(failure: &EdgeFailure) -> Response {
    match failure {
        EdgeFailure::NotFound => document(StatusCode::NOT_FOUND, "Nothing is served at this path."),
        EdgeFailure::MethodNotAllowed { allow } => {
            let mut response = document(
                StatusCode::METHOD_NOT_ALLOWED,
                "This path does not answer this method; `Allow` lists those it does.",
            );
            if let Ok(allow) = HeaderValue::from_str(allow) {
                response.headers_mut().insert(header::ALLOW, allow);
            }
            response
        }
        EdgeFailure::HeaderRefused(fault) => document(StatusCode::BAD_REQUEST, &fault.to_string()),
        EdgeFailure::RateLimited { retry_after_secs } => {
            let mut response = document(
                StatusCode::TOO_MANY_REQUESTS,
                "Too many requests; retry after the given number of seconds.",
            );
            let seconds = HeaderValue::from(*retry_after_secs);
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
            response
        }
        EdgeFailure::Internal => {
            unavailable("The request could not be served; nothing is known to have changed.")
        }
    }
}

/// A 503 that asks to come back in a second.
#[must_use]
pub fn unavailable(detail: &str) -> Response {
    let mut response = document(StatusCode::SERVICE_UNAVAILABLE, detail);
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from(1_u64));
    response
}

/// A problem document of the type `about:blank`, so that `title` is the status phrase (§4.2.1).
#[must_use]
pub fn document(status: StatusCode, detail: &str) -> Response {
    let body = serde_json::json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or("Error"),
        "status": status.as_u16(),
        "detail": detail,
    });
    Response::builder()
        .status(status)
        .content_type("application/problem+json")
        .body(body.to_string())
}
