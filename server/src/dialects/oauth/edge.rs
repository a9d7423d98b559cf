//! The edge's refusals in the dialect's shape.

use poem::{Request, Response, http::StatusCode};

use super::errors::OauthRefusal;
use crate::{
    edge::{Arrival, DialectEdge, EdgeFailure},
    generated::{
        oauth::{OauthError, OauthErrorCode, OauthRevokeTokenFailure},
        wire,
    },
};

/// See [`DialectEdge`].
#[derive(Debug, Clone, Copy)]
pub(super) struct OauthEdge;

impl DialectEdge for OauthEdge {
    type Exchange = Arrival;

    fn open(&self, arrival: Arrival, _request: &Request) -> Arrival {
        arrival
    }

    fn refuse(&self, _arrival: &Arrival, failure: EdgeFailure) -> Response {
        let refusal = match failure {
            EdgeFailure::NotFound => {
                return unmatched(StatusCode::NOT_FOUND, "Nothing is served at this path.");
            }
            EdgeFailure::MethodNotAllowed { .. } => {
                return unmatched(
                    StatusCode::METHOD_NOT_ALLOWED,
                    "This path does not answer this method.",
                );
            }
            EdgeFailure::HeaderRefused(fault) => OauthRefusal::HeaderRefused(fault),
            EdgeFailure::RateLimited { retry_after_secs } => {
                OauthRefusal::RateLimited { retry_after_secs }
            }
            EdgeFailure::Internal => OauthRefusal::Unavailable,
        };
        OauthRevokeTokenFailure::from(refusal).into_response()
    }
}

/// The answer to a request that no operation matches.
fn unmatched(status: StatusCode, description: &str) -> Response {
    let body = OauthError {
        error: OauthErrorCode::InvalidRequest,
        error_description: description.to_owned(),
    };
    let mut response = wire::json_response(status, "application/json", &body);
    wire::set_header(&mut response, "cache-control", "no-store");
    response
}
