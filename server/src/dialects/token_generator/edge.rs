//! What surrounds every request under the dialect's prefix: the headers on each answer, and the
//! refusals that no operation makes.

use poem::{
    Request, Response,
    http::{HeaderName, HeaderValue, StatusCode},
};

use super::errors::{TokenGeneratorError, body};
use crate::{
    edge::{Arrival, DialectEdge, EdgeFailure},
    generated::{token_generator::TokenGeneratorCreateTokenFailure, wire},
};

/// The headers of one value on every answer.
const FIXED_HEADERS: [(&str, &str); 11] = [
    ("cache-control", "no-cache, no-store"),
    ("pragma", "no-cache"),
    ("expires", "Fri, 01 Jan 1990 00:00:00 GMT"),
    ("vary", "Accept-Encoding"),
    (
        "p3p",
        "CP=\"NOI ADM DEV PSAi COM NAV OUR OTRo STP IND DEM\"",
    ),
    ("x-frame-options", "DENY"),
    ("x-content-type-options", "nosniff"),
    ("x-xss-protection", "1; mode=block"),
    ("x-download-options", "noopen"),
    ("x-permitted-cross-domain-policies", "none"),
    (
        "referrer-policy",
        "origin-when-cross-origin, strict-origin-when-cross-origin",
    ),
];

/// The token generator's side of the HTTP edge.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TokenGeneratorEdge;

impl DialectEdge for TokenGeneratorEdge {
    type Exchange = Arrival;

    fn open(&self, arrival: Arrival, _request: &Request) -> Arrival {
        arrival
    }

    fn after(&self, arrival: &Arrival, response: &mut Response) {
        let headers = response.headers_mut();
        for (name, value) in FIXED_HEADERS {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        let runtime = format!("{:.6}", arrival.elapsed().as_secs_f64());
        wire::set_header(response, "x-request-id", arrival.request_id());
        wire::set_header(response, "x-runtime", &runtime);
    }

    fn refuse(&self, _arrival: &Arrival, failure: EdgeFailure) -> Response {
        let refusal = match failure {
            EdgeFailure::NotFound => {
                return undocumented(StatusCode::NOT_FOUND, "nothing is served at this path");
            }
            EdgeFailure::MethodNotAllowed { allow: _ } => {
                return undocumented(
                    StatusCode::METHOD_NOT_ALLOWED,
                    "this path does not answer this method",
                );
            }
            EdgeFailure::HeaderRefused(fault) => TokenGeneratorError::HeaderRefused(fault),
            EdgeFailure::RateLimited { retry_after_secs } => {
                TokenGeneratorError::RateLimited { retry_after_secs }
            }
            EdgeFailure::Internal => TokenGeneratorError::Unavailable,
        };
        TokenGeneratorCreateTokenFailure::from(refusal).into_response()
    }
}

/// An answer outside every operation, which the document therefore does not declare.
fn undocumented(status: StatusCode, error: &str) -> Response {
    wire::json_response(status, "application/json; charset=utf-8", &body(error))
}
