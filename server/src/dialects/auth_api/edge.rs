//! The edge's refusals in the dialect's shape, and `Cache-Control: no-store` on every answer.

use poem::{
    Request, Response,
    http::{HeaderValue, StatusCode, header},
};

use super::{answers, errors::AuthApiRefusal};
use crate::{
    edge::{Arrival, DialectEdge, EdgeFailure},
    generated::{
        auth_api::{AuthApiErrorCode, AuthApiRevokeTokenFailure},
        wire,
    },
};

/// See [`DialectEdge`].
#[derive(Debug, Clone, Copy)]
pub(super) struct AuthApiEdge;

impl DialectEdge for AuthApiEdge {
    type Exchange = Arrival;

    fn open(&self, arrival: Arrival, _request: &Request) -> Arrival {
        arrival
    }

    fn after(&self, _arrival: &Arrival, response: &mut Response) {
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }

    fn refuse(&self, _arrival: &Arrival, failure: EdgeFailure) -> Response {
        let refusal = match failure {
            EdgeFailure::NotFound => {
                return undocumented(
                    StatusCode::NOT_FOUND,
                    AuthApiErrorCode::NotFound,
                    "There is no such path.",
                );
            }
            EdgeFailure::MethodNotAllowed { .. } => {
                return undocumented(
                    StatusCode::METHOD_NOT_ALLOWED,
                    AuthApiErrorCode::MethodNotAllowed,
                    "This path does not answer this method.",
                );
            }
            EdgeFailure::HeaderRefused(fault) => AuthApiRefusal::HeaderRefused(fault),
            EdgeFailure::RateLimited { retry_after_secs } => {
                AuthApiRefusal::RateLimited { retry_after_secs }
            }
            EdgeFailure::Internal => AuthApiRefusal::Unavailable,
        };
        AuthApiRevokeTokenFailure::from(refusal).into_response()
    }
}

/// An answer that no operation documents, because no operation gives it.
fn undocumented(status: StatusCode, code: AuthApiErrorCode, message: &str) -> Response {
    wire::json_response(
        status,
        "application/json",
        &answers::body(code, message.to_owned(), None),
    )
}
