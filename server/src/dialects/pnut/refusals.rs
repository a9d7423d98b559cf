//! The refusals of the operations that a token authenticates, in the `meta` envelope.

use poem::http::StatusCode;

use crate::{
    authority::{TokenError, Unavailable},
    dialects::seconds,
    edge::{EdgeFailure, OverRate},
    generated::{
        pnut::{
            PnutAnyRefusal, PnutBadRequest, PnutErrorEnvelope, PnutErrorMeta, PnutForbidden,
            PnutGetTokenFailure, PnutMethodNotAllowed, PnutNotFound, PnutTooManyRequests,
            PnutUnauthorized, PnutUnavailable,
        },
        wire::{Rejection, RejectionKind},
    },
};

/// Seconds after which a failure of ours may be over.
pub(super) const OUTAGE_SECS: u64 = 5;

/// What people are told who called too often, or guessed too many passwords.
pub(super) const RATE_LIMITED: &str = "Too many requests. Please wait before trying again.";
/// What people are told about a failure of ours.
pub(super) const UNAVAILABLE: &str = "The service is unavailable. Please try again later.";
/// What people are told whose request cannot be read.
pub(super) const MALFORMED: &str = "The request could not be understood.";

/// The challenge to somebody who sent no bearer token (RFC 6750 §3).
const ASKED: &str = r#"Bearer realm="tessera""#;
/// The challenge to somebody whose bearer token does not count.
const BLAMED: &str = r#"Bearer realm="tessera", error="invalid_token""#;

/// What an operation that a token authenticates can refuse with.
pub(super) type Failure = PnutGetTokenFailure;

fn envelope(status: StatusCode, message: &str) -> PnutErrorEnvelope {
    PnutErrorEnvelope {
        meta: PnutErrorMeta::new(i32::from(status.as_u16()), message),
    }
}

fn bad_request(message: &str) -> PnutBadRequest {
    PnutBadRequest {
        body: envelope(StatusCode::BAD_REQUEST, message),
    }
}

/// Header and query hold different tokens.
pub(super) fn token_conflict() -> PnutBadRequest {
    bad_request("The header and the query string carry different access tokens.")
}

fn unauthorized(message: &str, challenge: &str) -> PnutUnauthorized {
    PnutUnauthorized {
        body: envelope(StatusCode::UNAUTHORIZED, message),
        www_authenticate: challenge.to_owned(),
    }
}

/// No token came.
pub(super) fn token_missing() -> PnutUnauthorized {
    let message = "Call requires authentication: no access token was sent.";
    unauthorized(message, ASKED)
}

const TOKEN_INVALID: &str = "Call requires authentication: the access token is not valid.";

/// Unknown, expired, revoked or unreadable: never told apart.
pub(super) fn token_invalid() -> PnutUnauthorized {
    unauthorized(TOKEN_INVALID, BLAMED)
}

/// No bearer token came, but something else where one belongs. The challenge blames no token.
pub(super) fn token_of_other_scheme() -> PnutUnauthorized {
    unauthorized(TOKEN_INVALID, ASKED)
}

/// An app token where a user's is needed.
pub(super) fn user_token_required() -> PnutForbidden {
    let message = "Forbidden: this call requires a user token.";
    PnutForbidden {
        body: envelope(StatusCode::FORBIDDEN, message),
    }
}

fn too_many_requests(retry_after_secs: u64) -> PnutTooManyRequests {
    let retry_after = seconds(retry_after_secs);
    let mut body = envelope(StatusCode::TOO_MANY_REQUESTS, RATE_LIMITED);
    body.meta.retry_in = Some(retry_after);
    PnutTooManyRequests { body, retry_after }
}

/// A failure of ours of unknown length.
pub(super) fn unavailable() -> PnutUnavailable {
    PnutUnavailable {
        body: envelope(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE),
        retry_after: seconds(OUTAGE_SECS),
    }
}

/// The refusal of a token that was used too often.
impl From<OverRate> for Failure {
    fn from(over: OverRate) -> Self {
        too_many_requests(over.retry_after_secs).into()
    }
}

/// What the authority said about a token.
impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Malformed
            | TokenError::Unknown
            | TokenError::Expired
            | TokenError::NotYetValid
            | TokenError::Revoked
            | TokenError::Disabled => token_invalid().into(),
            TokenError::Unavailable => unavailable().into(),
        }
    }
}

impl From<Unavailable> for Failure {
    fn from(Unavailable: Unavailable) -> Self {
        unavailable().into()
    }
}

/// The refusal of a request whose credentials do not have the documented form.
pub(super) fn of_rejection(rejection: &Rejection) -> Failure {
    match rejection.kind {
        RejectionKind::CredentialMissing => token_missing().into(),
        RejectionKind::CredentialRepeated => {
            bad_request("The access token was sent more than once.").into()
        }
        RejectionKind::CredentialMalformed => token_invalid().into(),
        RejectionKind::CredentialOfOtherScheme => token_of_other_scheme().into(),
        RejectionKind::ParameterMissing
        | RejectionKind::ParameterRepeated
        | RejectionKind::ParameterInvalid
        | RejectionKind::MediaTypeUnsupported
        | RejectionKind::ContentCodingUnsupported
        | RejectionKind::BodyTooLarge
        | RejectionKind::BodyIncomplete
        | RejectionKind::BodyMissing
        | RejectionKind::BodyMalformed
        | RejectionKind::FieldMissing
        | RejectionKind::FieldUnknown
        | RejectionKind::FieldRepeated
        | RejectionKind::FieldInvalid => bad_request(MALFORMED).into(),
    }
}

/// The refusal of a request that reaches no operation, or whose operation fails.
pub(super) fn of_edge(failure: EdgeFailure) -> PnutAnyRefusal {
    match failure {
        EdgeFailure::NotFound => PnutNotFound {
            body: envelope(StatusCode::NOT_FOUND, "No such endpoint."),
        }
        .into(),
        EdgeFailure::MethodNotAllowed { allow } => {
            let message = "This endpoint does not answer this method.";
            PnutMethodNotAllowed {
                body: envelope(StatusCode::METHOD_NOT_ALLOWED, message),
                allow,
            }
            .into()
        }
        EdgeFailure::HeaderRefused(fault) => bad_request(&fault.to_string()).into(),
        EdgeFailure::RateLimited { retry_after_secs } => too_many_requests(retry_after_secs).into(),
        EdgeFailure::Internal => unavailable().into(),
    }
}
