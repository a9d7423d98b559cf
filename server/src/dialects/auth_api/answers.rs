//! The dialect's refusals as answers of its operations.

use serde_json::{Map, Value};

use super::errors::AuthApiRefusal;
use crate::generated::{
    auth_api::{
        AuthApiBadRequest, AuthApiError, AuthApiErrorCode, AuthApiForbidden,
        AuthApiIssueLongTokenFailure, AuthApiIssueShortTokenFailure, AuthApiNotFound,
        AuthApiPayloadTooLarge, AuthApiRevokeTokenFailure, AuthApiServiceUnavailable,
        AuthApiTooManyRequests, AuthApiUnauthorized, AuthApiUnsupportedMediaType,
    },
    wire::FreeObject,
};

/// Seconds after which a failure of ours is worth another try.
const RETRY_FAILURE_SECS: i64 = 30;

/// The body of every refusal.
pub(super) fn body(code: AuthApiErrorCode, message: String, pointer: Option<&str>) -> AuthApiError {
    let details = pointer.map(|pointer| {
        let member = ("pointer".to_owned(), Value::from(pointer));
        FreeObject(Map::from_iter([member]))
    });
    AuthApiError {
        code,
        message,
        details,
    }
}

/// A refusal with its status.
enum Answer {
    BadRequest(AuthApiBadRequest),
    Unauthorized(AuthApiUnauthorized),
    Forbidden(AuthApiForbidden),
    NotFound(AuthApiNotFound),
    PayloadTooLarge(AuthApiPayloadTooLarge),
    UnsupportedMediaType(AuthApiUnsupportedMediaType),
    TooManyRequests(AuthApiTooManyRequests),
    ServiceUnavailable(AuthApiServiceUnavailable),
}

impl From<AuthApiRefusal> for Answer {
    fn from(refusal: AuthApiRefusal) -> Self {
        let code = refusal.code();
        let retry_after = if let AuthApiRefusal::RateLimited { retry_after_secs } = refusal {
            i64::try_from(retry_after_secs).unwrap_or(i64::MAX)
        } else {
            RETRY_FAILURE_SECS
        };
        let body = body(code, refusal.to_string(), refusal.pointer());
        let accept_encoding = refusal.accept_encoding();
        match code {
            AuthApiErrorCode::InvalidGrant
            | AuthApiErrorCode::InvalidRequest
            | AuthApiErrorCode::InvalidScope => Self::BadRequest(AuthApiBadRequest { body }),
            AuthApiErrorCode::InvalidClient
            | AuthApiErrorCode::InvalidToken
            | AuthApiErrorCode::TokenExpired => Self::Unauthorized(AuthApiUnauthorized {
                body,
                www_authenticate: refusal.challenge(),
            }),
            AuthApiErrorCode::InsufficientScope => Self::Forbidden(AuthApiForbidden {
                body,
                www_authenticate: refusal.scope_challenge(),
            }),
            AuthApiErrorCode::NotFound => Self::NotFound(AuthApiNotFound { body }),
            AuthApiErrorCode::PayloadTooLarge => {
                Self::PayloadTooLarge(AuthApiPayloadTooLarge { body })
            }
            AuthApiErrorCode::UnsupportedMediaType => {
                Self::UnsupportedMediaType(AuthApiUnsupportedMediaType {
                    body,
                    accept_encoding,
                })
            }
            AuthApiErrorCode::RateLimited => {
                Self::TooManyRequests(AuthApiTooManyRequests { body, retry_after })
            }
            // No operation refuses a method; the edge does.
            AuthApiErrorCode::MethodNotAllowed | AuthApiErrorCode::TemporarilyUnavailable => {
                Self::ServiceUnavailable(unavailable())
            }
        }
    }
}

fn unavailable() -> AuthApiServiceUnavailable {
    let refusal = AuthApiRefusal::Unavailable;
    AuthApiServiceUnavailable {
        body: body(refusal.code(), refusal.to_string(), None),
        retry_after: RETRY_FAILURE_SECS,
    }
}

/// A refusal that the operation does not document is a fault of ours, and said so.
fn misplaced(status: u16) -> AuthApiServiceUnavailable {
    tracing::error!(status, "a refusal that the operation does not document");
    unavailable()
}

impl From<AuthApiRefusal> for AuthApiIssueLongTokenFailure {
    fn from(refusal: AuthApiRefusal) -> Self {
        match Answer::from(refusal) {
            Answer::BadRequest(answer) => answer.into(),
            Answer::Unauthorized(answer) => answer.into(),
            Answer::Forbidden(answer) => answer.into(),
            Answer::NotFound(_) => misplaced(404).into(),
            Answer::PayloadTooLarge(answer) => answer.into(),
            Answer::UnsupportedMediaType(answer) => answer.into(),
            Answer::TooManyRequests(answer) => answer.into(),
            Answer::ServiceUnavailable(answer) => answer.into(),
        }
    }
}

impl From<AuthApiRefusal> for AuthApiIssueShortTokenFailure {
    fn from(refusal: AuthApiRefusal) -> Self {
        match Answer::from(refusal) {
            Answer::BadRequest(answer) => answer.into(),
            Answer::Unauthorized(answer) => answer.into(),
            Answer::Forbidden(_) => misplaced(403).into(),
            Answer::NotFound(_) => misplaced(404).into(),
            Answer::PayloadTooLarge(answer) => answer.into(),
            Answer::UnsupportedMediaType(answer) => answer.into(),
            Answer::TooManyRequests(answer) => answer.into(),
            Answer::ServiceUnavailable(answer) => answer.into(),
        }
    }
}

impl From<AuthApiRefusal> for AuthApiRevokeTokenFailure {
    fn from(refusal: AuthApiRefusal) -> Self {
        match Answer::from(refusal) {
            Answer::BadRequest(answer) => answer.into(),
            Answer::Unauthorized(answer) => answer.into(),
            Answer::Forbidden(answer) => answer.into(),
            Answer::NotFound(answer) => answer.into(),
            Answer::PayloadTooLarge(answer) => answer.into(),
            Answer::UnsupportedMediaType(answer) => answer.into(),
            Answer::TooManyRequests(answer) => answer.into(),
            Answer::ServiceUnavailable(answer) => answer.into(),
        }
    }
}
