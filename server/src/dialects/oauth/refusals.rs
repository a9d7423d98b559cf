//! The dialect's refusals, all of one shape (RFC 6749 §5.2).

use crate::{
    authority::{SecretError, Unavailable},
    dialects::seconds,
    edge::{EdgeFailure, OverRate},
    generated::{
        oauth::{
            OauthAnyRefusal, OauthBadRequest, OauthErrorCode as Code, OauthForbidden,
            OauthIntrospectTokenFailure, OauthListKeysFailure, OauthMethodNotAllowed,
            OauthNotFound, OauthPayloadTooLarge, OauthTooManyRequests, OauthUnauthorized,
            OauthUnavailable, OauthUnsupportedMediaType,
        },
        wire::{NO_CODING, Rejection, RejectionKind},
    },
};

/// Seconds after which a failure of ours is worth another try.
const RETRY_FAILURE_SECS: i64 = 30;

/// What every operation can refuse with.
pub(super) type Common = OauthListKeysFailure;

/// What an operation that a client calls can refuse with.
pub(super) type Failure = OauthIntrospectTokenFailure;

fn bad_request(description: &str) -> OauthBadRequest {
    OauthBadRequest::new(Code::InvalidRequest, description)
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
    OauthUnauthorized::new(Code::InvalidClient, description)
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
    OauthForbidden::new(Code::AccessDenied, "This client may not introspect tokens.")
}

/// The token is another client's.
pub(super) fn not_owner() -> OauthForbidden {
    let description = "Revoking the token of another client requires tokens:revoke:any.";
    OauthForbidden::new(Code::InsufficientScope, description)
}

fn unsupported(description: &str, accept_encoding: Option<&str>) -> OauthUnsupportedMediaType {
    OauthUnsupportedMediaType::new(
        Code::InvalidRequest,
        description,
        accept_encoding.map(str::to_owned),
    )
}

fn too_many_requests(retry_after_secs: u64) -> OauthTooManyRequests {
    OauthTooManyRequests::new(
        Code::RateLimited,
        "Too many requests.",
        seconds(retry_after_secs),
    )
}

/// A failure of ours.
pub(super) fn unavailable() -> OauthUnavailable {
    OauthUnavailable::new(
        Code::TemporarilyUnavailable,
        "The service is temporarily unavailable.",
        RETRY_FAILURE_SECS,
    )
}

told! {
    /// The refusal of a caller that called too often.
    OverRate { retry_after_secs } as Common => too_many_requests(retry_after_secs)
}

told! {
    /// What the authority said about a client.
    SecretError as Failure {
        Wrong => client_invalid(),
        Unavailable => unavailable(),
    }
}

told! { Unavailable as Common => unavailable() }

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
        RejectionKind::BodyTooLarge => {
            OauthPayloadTooLarge::new(Code::InvalidRequest, "The request body is too large.").into()
        }
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

told! {
    /// The refusal of a request that reaches no operation, or whose operation fails.
    EdgeFailure as OauthAnyRefusal {
        NotFound => OauthNotFound::new(Code::InvalidRequest, "Nothing is served at this path."),
        MethodNotAllowed { allow } => OauthMethodNotAllowed::new(
            Code::InvalidRequest,
            "This path does not answer this method.",
            allow,
        ),
        HeaderRefused(fault) => bad_request(&fault.to_string()),
        RateLimited { retry_after_secs } => too_many_requests(retry_after_secs),
        Internal => unavailable(),
    }
}
