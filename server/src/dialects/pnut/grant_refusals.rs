//! The refusals of the operation that issues tokens: OAuth errors without the `meta` envelope.

use super::refusals::{MALFORMED, OUTAGE_SECS, RATE_LIMITED, UNAVAILABLE};
use crate::{
    authority::{IssueError, PasswordError, SecretError, Unavailable},
    dialects::seconds,
    edge::{EdgeFailure, OverRate},
    generated::{
        pnut::{
            PnutAccessTokenBadRequest, PnutAccessTokenPayloadTooLarge,
            PnutAccessTokenTooManyRequests, PnutAccessTokenUnauthorized,
            PnutAccessTokenUnavailable, PnutAccessTokenUnsupportedMediaType, PnutAnyRefusal,
            PnutCreateAccessTokenFailure, PnutOauthErrorCode as Code,
        },
        wire::{NO_CODING, Rejection, RejectionKind},
    },
};

/// What the operation can refuse with.
pub(super) type Failure = PnutCreateAccessTokenFailure;

fn bad_request(error: Code, message: &str) -> PnutAccessTokenBadRequest {
    PnutAccessTokenBadRequest::new(error, message)
}

fn invalid_request(message: &str) -> PnutAccessTokenBadRequest {
    bad_request(Code::InvalidRequest, message)
}

/// A form field is absent or empty.
pub(super) fn field_missing(name: &str) -> PnutAccessTokenBadRequest {
    invalid_request(&format!("{name} is required."))
}

/// A scope that does not exist, or that this client may not have.
pub(super) fn scope_unavailable() -> PnutAccessTokenBadRequest {
    bad_request(Code::InvalidScope, "A requested scope is not available.")
}

/// Unknown user or wrong password: never told apart.
pub(super) fn password_wrong() -> Failure {
    bad_request(Code::InvalidGrant, "Incorrect username or password.").into()
}

/// Unknown client or wrong client secret: never told apart.
pub(super) fn client_unknown() -> Failure {
    PnutAccessTokenUnauthorized::new(
        Code::InvalidClient,
        "The client could not be authenticated.",
    )
    .into()
}

fn unsupported(message: &str, coding: Option<&str>) -> PnutAccessTokenUnsupportedMediaType {
    PnutAccessTokenUnsupportedMediaType::new(
        Code::InvalidRequest,
        message,
        coding.map(str::to_owned),
    )
}

fn too_many_requests(retry_after_secs: u64) -> PnutAccessTokenTooManyRequests {
    PnutAccessTokenTooManyRequests::new(Code::RateLimited, RATE_LIMITED, seconds(retry_after_secs))
}

/// A failure of ours of unknown length.
pub(super) fn unavailable() -> PnutAccessTokenUnavailable {
    unavailable_for(OUTAGE_SECS)
}

fn unavailable_for(retry_after_secs: u64) -> PnutAccessTokenUnavailable {
    PnutAccessTokenUnavailable::new(
        Code::TemporarilyUnavailable,
        UNAVAILABLE,
        seconds(retry_after_secs),
    )
}

told! {
    /// The refusal of a caller that called too often.
    OverRate { retry_after_secs } as Failure => too_many_requests(retry_after_secs)
}

told! {
    /// What the authority said about a client's secret.
    SecretError as Failure {
        Wrong => client_unknown(),
        Unavailable => unavailable(),
    }
}

told! {
    /// What the authority said about a user's password.
    PasswordError as Failure {
        Wrong => password_wrong(),
        LockedOut { retry_after_secs } => too_many_requests(retry_after_secs),
        Busy { retry_after_secs } => unavailable_for(retry_after_secs),
        Unavailable => unavailable(),
    }
}

told! { Unavailable as Failure => unavailable() }

/// What the authority said about a new token; `gone` is the refusal of who it is for.
pub(super) fn of_issue(error: IssueError, gone: fn() -> Failure) -> Failure {
    match error {
        IssueError::Ended | IssueError::Expired | IssueError::Disabled => gone(),
        IssueError::TooLarge | IssueError::Unavailable => unavailable().into(),
    }
}

/// The refusal of a form that does not have the documented form.
pub(super) fn of_rejection(rejection: &Rejection) -> Failure {
    match rejection.kind {
        RejectionKind::BodyTooLarge => PnutAccessTokenPayloadTooLarge::new(
            Code::InvalidRequest,
            "The request body is too large.",
        )
        .into(),
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
        RejectionKind::BodyMissing => field_missing("grant_type").into(),
        RejectionKind::FieldMissing => field_missing(field(rejection)).into(),
        RejectionKind::FieldRepeated => {
            invalid_request(&format!("{} must be sent once.", field(rejection))).into()
        }
        RejectionKind::FieldInvalid if rejection.field() == Some("grant_type") => bad_request(
            Code::UnsupportedGrantType,
            "grant_type must be client_credentials or password.",
        )
        .into(),
        // The types leave any text be; what is refused is its name.
        RejectionKind::FieldInvalid
        | RejectionKind::FieldUnknown
        | RejectionKind::ParameterInvalid => {
            invalid_request("scope is read from the form field of exactly that name.").into()
        }
        RejectionKind::BodyIncomplete | RejectionKind::BodyMalformed => {
            invalid_request("The request body is not a valid form.").into()
        }
        RejectionKind::ParameterMissing
        | RejectionKind::ParameterRepeated
        | RejectionKind::CredentialMissing
        | RejectionKind::CredentialRepeated
        | RejectionKind::CredentialMalformed
        | RejectionKind::CredentialOfOtherScheme => invalid_request(MALFORMED).into(),
    }
}

/// The name of a field of ours; a caller's own words are not sent back.
fn field(rejection: &Rejection) -> &'static str {
    const FIELDS: [&str; 7] = [
        "grant_type",
        "client_id",
        "client_secret",
        "password_grant_secret",
        "username",
        "password",
        "scope",
    ];
    let named = rejection.field();
    FIELDS
        .into_iter()
        .find(|field| named == Some(field))
        .unwrap_or("Every field")
}

/// The refusal of a request for a token that does not reach the operation; `None` where there is no such operation.
pub(super) fn of_edge(failure: &EdgeFailure) -> Option<PnutAnyRefusal> {
    match failure {
        EdgeFailure::NotFound | EdgeFailure::MethodNotAllowed { .. } => None,
        EdgeFailure::HeaderRefused(fault) => Some(invalid_request(&fault.to_string()).into()),
        EdgeFailure::RateLimited { retry_after_secs } => {
            Some(too_many_requests(*retry_after_secs).into())
        }
        EdgeFailure::Internal => Some(unavailable().into()),
    }
}
