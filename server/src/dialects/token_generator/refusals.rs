//! The dialect's refusals: what has to do with rights never says why, the rest is one JSON member.

use crate::{
    authority::{IssueError, TokenError, Unavailable},
    dialects::seconds,
    edge::{EdgeFailure, HeaderFault, OverRate},
    generated::{
        token_generator::{
            TokenGeneratorAnyRefusal, TokenGeneratorBadRequest, TokenGeneratorCreateTokenFailure,
            TokenGeneratorError, TokenGeneratorMethodNotAllowed, TokenGeneratorNotFound,
            TokenGeneratorPayloadTooLarge, TokenGeneratorServiceUnavailable,
            TokenGeneratorTooManyRequests, TokenGeneratorUnauthorized,
            TokenGeneratorUnsupportedMediaType,
        },
        wire::{NO_CODING, Rejection, RejectionKind},
    },
};

/// When to come back after a failure on our side, in seconds.
const RETRY_AFTER_FAILURE_SECS: i64 = 30;

fn body(error: &str) -> TokenGeneratorError {
    TokenGeneratorError {
        error: error.to_owned(),
    }
}

fn bad_request(error: &str) -> TokenGeneratorBadRequest {
    TokenGeneratorBadRequest { body: body(error) }
}

/// Whatever has to do with rights; nothing tells the reasons apart.
pub(super) const fn denied() -> TokenGeneratorUnauthorized {
    TokenGeneratorUnauthorized {}
}

/// `permission` is a text that is not JSON, nests too deep or has a member twice.
pub(super) fn permission_not_json() -> TokenGeneratorBadRequest {
    bad_request("permission is not valid JSON")
}

/// `permission` is JSON, but no object.
pub(super) fn permission_not_an_object() -> TokenGeneratorBadRequest {
    bad_request("permission must be a JSON object")
}

/// A number of the permission, or of the caller's claims, would lose digits.
pub(super) fn number_too_long() -> TokenGeneratorBadRequest {
    bad_request("a number has more digits than can be kept")
}

fn unsupported(error: &str, accept_encoding: Option<&str>) -> TokenGeneratorUnsupportedMediaType {
    TokenGeneratorUnsupportedMediaType {
        body: body(error),
        accept_encoding: accept_encoding.map(str::to_owned),
    }
}

fn too_many_requests(retry_after_secs: u64) -> TokenGeneratorTooManyRequests {
    TokenGeneratorTooManyRequests {
        body: body("too many requests"),
        retry_after: seconds(retry_after_secs),
    }
}

/// A failure on our side.
pub(super) fn unavailable() -> TokenGeneratorServiceUnavailable {
    TokenGeneratorServiceUnavailable {
        body: body("the service is temporarily unavailable"),
        retry_after: RETRY_AFTER_FAILURE_SECS,
    }
}

/// The refusal of a caller that called too often.
impl From<OverRate> for TokenGeneratorCreateTokenFailure {
    fn from(over: OverRate) -> Self {
        too_many_requests(over.retry_after_secs).into()
    }
}

/// What the authority said about the caller's token.
impl From<TokenError> for TokenGeneratorCreateTokenFailure {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Malformed
            | TokenError::Unknown
            | TokenError::Expired
            | TokenError::NotYetValid
            | TokenError::Revoked
            | TokenError::Disabled => denied().into(),
            TokenError::Unavailable => unavailable().into(),
        }
    }
}

/// What the authority said about the new tokens.
impl From<IssueError> for TokenGeneratorCreateTokenFailure {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Ended | IssueError::Expired | IssueError::Disabled => denied().into(),
            IssueError::TooLarge => bad_request("permission does not fit into a token").into(),
            IssueError::Unavailable => unavailable().into(),
        }
    }
}

impl From<Unavailable> for TokenGeneratorCreateTokenFailure {
    fn from(Unavailable: Unavailable) -> Self {
        unavailable().into()
    }
}

/// The refusal of a request that does not have the documented form.
pub(super) fn of_rejection(rejection: &Rejection) -> TokenGeneratorCreateTokenFailure {
    match rejection.kind {
        RejectionKind::CredentialMissing
        | RejectionKind::CredentialRepeated
        | RejectionKind::CredentialMalformed
        | RejectionKind::CredentialOfOtherScheme => denied().into(),
        RejectionKind::MediaTypeUnsupported => {
            unsupported("the media type is not supported", None).into()
        }
        RejectionKind::ContentCodingUnsupported => {
            unsupported("the content coding is not supported", Some(NO_CODING)).into()
        }
        RejectionKind::BodyTooLarge => TokenGeneratorPayloadTooLarge {
            body: body("the request body is too large"),
        }
        .into(),
        RejectionKind::FieldInvalid if rejection.pointer == "/permission" => {
            permission_not_an_object().into()
        }
        // Inside of a permission only numbers are looked at.
        RejectionKind::FieldInvalid if rejection.field() == Some("permission") => {
            number_too_long().into()
        }
        // The one parameter, the request id, takes any text.
        RejectionKind::ParameterInvalid | RejectionKind::FieldUnknown => {
            bad_request("the request has a parameter that is not known").into()
        }
        RejectionKind::ParameterMissing
        | RejectionKind::ParameterRepeated
        | RejectionKind::BodyIncomplete
        | RejectionKind::BodyMissing
        | RejectionKind::BodyMalformed
        | RejectionKind::FieldMissing
        | RejectionKind::FieldRepeated
        | RejectionKind::FieldInvalid => bad_request("the request body is malformed").into(),
    }
}

/// The refusal of a request that reaches no operation, or whose operation fails.
pub(super) fn of_edge(failure: EdgeFailure) -> TokenGeneratorAnyRefusal {
    match failure {
        EdgeFailure::NotFound => TokenGeneratorNotFound {
            body: body("nothing is served at this path"),
        }
        .into(),
        EdgeFailure::MethodNotAllowed { allow } => TokenGeneratorMethodNotAllowed {
            body: body("this path does not answer this method"),
            allow,
        }
        .into(),
        EdgeFailure::HeaderRefused(fault) => bad_request(fault_text(fault)).into(),
        EdgeFailure::RateLimited { retry_after_secs } => too_many_requests(retry_after_secs).into(),
        EdgeFailure::Internal => unavailable().into(),
    }
}

/// This dialect's messages begin in lower case and end without a full stop.
const fn fault_text(fault: HeaderFault) -> &'static str {
    match fault {
        HeaderFault::TooLarge => "a request header is too large",
        HeaderFault::Host => "the request needs exactly one valid Host header",
        HeaderFault::TransferCoding => "the only transfer coding is chunked",
    }
}
