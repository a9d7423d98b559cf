//! The dialect's refusals, all of one shape (RFC 6749 §5.2).

use crate::{
    authority::{SecretError, Unavailable},
    dialects::seconds,
    edge::{EdgeFailure, OverRate},
    generated::{
        oauth::{
            OauthAnyRefusal, OauthBadRequest, OauthError, OauthErrorCode as Code, OauthForbidden,
            OauthIntrospectTokenFailure, OauthListKeysFailure, OauthMethodNotAllowed,
            OauthNotFound, OauthPayloadTooLarge, OauthTooManyRequests, OauthUnauthorized,
            OauthUnavailable, OauthUnsupportedMediaType,
        },
        wire::{NO_CODING, Rejection, RejectionKind},
    },
};

/// Seconds after which a failure of ours is worth another try.
const RETRY_FAILURE_SECS: i64 = 30;

/// What an operation that a client calls can refuse with.
pub(super) type Failure = OauthIntrospectTokenFailure;

fn body(error: Code, description: &str) -> OauthError {
    OauthError {
        error,
        error_description: description.to_owned(),
    }
}

fn bad_request(description: &str) -> OauthBadRequest {
    OauthBadRequest {
        body: body(Code::InvalidRequest, description),
    }
}

/// No `token`, or an empty one.
pub(super) fn token_missing() -> OauthBadRequest {
    bad_request("The parameter token is required.")
}

/// HTTP Basic and a secret in the form, or the id of another client there.
pub(super) fn client_twice() -> OauthBadRequest {
    bad_request("The client must authenticate in one way only.")
}

fn unauthorized(description: &str) -> OauthUnauthorized {
    OauthUnauthorized {
        body: body(Code::InvalidClient, description),
    }
}

/// No credentials.
pub(super) fn client_missing() -> OauthUnauthorized {
    unauthorized("Client authentication is required.")
}

/// Unknown client, wrong secret, or no HTTP Basic.
fn client_invalid() -> OauthUnauthorized {
    unauthorized("The client could not be authenticated.")
}

/// The client has no right to introspect.
pub(super) fn introspection_denied() -> OauthForbidden {
    OauthForbidden {
        body: body(Code::AccessDenied, "This client may not introspect tokens."),
    }
}

/// The token is another client's.
pub(super) fn not_owner() -> OauthForbidden {
    let description = "Revoking the token of another client requires tokens:revoke:any.";
    OauthForbidden {
        body: body(Code::InsufficientScope, description),
    }
}

fn unsupported(description: &str, accept_encoding: Option<&str>) -> OauthUnsupportedMediaType {
    OauthUnsupportedMediaType {
        body: body(Code::InvalidRequest, description),
        accept_encoding: accept_encoding.map(str::to_owned),
    }
}

fn too_many_requests(retry_after_secs: u64) -> OauthTooManyRequests {
    OauthTooManyRequests {
        body: body(Code::RateLimited, "Too many requests."),
        retry_after: seconds(retry_after_secs),
    }
}

/// A failure of ours.
pub(super) fn unavailable() -> OauthUnavailable {
    OauthUnavailable {
        body: body(
            Code::TemporarilyUnavailable,
            "The service is temporarily unavailable.",
        ),
        retry_after: RETRY_FAILURE_SECS,
    }
}

/// The refusal of a caller that called too often.
impl From<OverRate> for OauthListKeysFailure {
    fn from(over: OverRate) -> Self {
        too_many_requests(over.retry_after_secs).into()
    }
}

/// What the authority said about a client.
impl From<SecretError> for Failure {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Wrong => client_invalid().into(),
            SecretError::Unavailable => unavailable().into(),
        }
    }
}

impl From<Unavailable> for OauthListKeysFailure {
    fn from(Unavailable: Unavailable) -> Self {
        unavailable().into()
    }
}

/// The refusal of a request that does not have the documented form.
pub(super) fn of_rejection(rejection: &Rejection) -> Failure {
    match rejection.kind {
        RejectionKind::CredentialMissing => client_missing().into(),
        RejectionKind::CredentialMalformed | RejectionKind::CredentialOfOtherScheme => {
            client_invalid().into()
        }
        RejectionKind::CredentialRepeated => {
            bad_request("The header Authorization must be sent once.").into()
        }
        RejectionKind::MediaTypeUnsupported => unsupported(
            "The request body must be application/x-www-form-urlencoded.",
            None,
        )
        .into(),
        RejectionKind::ContentCodingUnsupported => unsupported(
            "The request body must be sent without a Content-Encoding.",
            Some(NO_CODING),
        )
        .into(),
        RejectionKind::BodyTooLarge => OauthPayloadTooLarge {
            body: body(Code::InvalidRequest, "The request body is too large."),
        }
        .into(),
        RejectionKind::BodyMissing | RejectionKind::FieldMissing => token_missing().into(),
        RejectionKind::FieldRepeated if rejection.field() == Some("token") => {
            bad_request("The parameter token must be sent once.").into()
        }
        // RFC 6749 §3.2.
        RejectionKind::FieldRepeated | RejectionKind::ParameterRepeated => {
            bad_request("A parameter must not be sent twice.").into()
        }
        RejectionKind::ParameterMissing
        | RejectionKind::ParameterInvalid
        | RejectionKind::BodyIncomplete
        | RejectionKind::BodyMalformed
        | RejectionKind::FieldUnknown
        | RejectionKind::FieldInvalid => {
            bad_request("The request body is not a valid form.").into()
        }
    }
}

/// The refusal of a request that reaches no operation, or whose operation fails.
pub(super) fn of_edge(failure: EdgeFailure) -> OauthAnyRefusal {
    match failure {
        EdgeFailure::NotFound => OauthNotFound {
            body: body(Code::InvalidRequest, "Nothing is served at this path."),
        }
        .into(),
        EdgeFailure::MethodNotAllowed { allow } => OauthMethodNotAllowed {
            body: body(
                Code::InvalidRequest,
                "This path does not answer this method.",
            ),
            allow,
        }
        .into(),
        EdgeFailure::HeaderRefused(fault) => bad_request(&fault.to_string()).into(),
        EdgeFailure::RateLimited { retry_after_secs } => too_many_requests(retry_after_secs).into(),
        EdgeFailure::Internal => unavailable().into(),
    }
}
