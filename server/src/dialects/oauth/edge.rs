//! The edge's refusals in the dialect's shape; unmatched paths and methods are nobody's and stay problem documents.

use poem::{Request, Response};

use super::errors::OauthRefusal;
use crate::{
    edge::{Arrival, DialectEdge, EdgeFailure, problem},
    generated::oauth::OauthRevokeTokenFailure,
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
            EdgeFailure::NotFound | EdgeFailure::MethodNotAllowed { .. } => {
                return problem::refusal(&failure);
            }
            EdgeFailure::HeaderTooLarge => OauthRefusal::HeaderTooLarge,
            EdgeFailure::RateLimited { retry_after_secs } => OauthRefusal::RateLimited {
                retry_in_secs: retry_after_secs,
            },
            EdgeFailure::Internal => OauthRefusal::Unavailable,
        };
        OauthRevokeTokenFailure::from(refusal).into_response()
    }
}
