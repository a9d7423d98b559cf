//! The dialect's refusals: what has to do with rights never says why, the rest is one JSON member.

use crate::{
    authority::{IssueError, TokenError, Unavailable},
    dialects::seconds,
    edge::{EdgeFailure, HeaderFault, OverRate},
    generated::{
        token_generator::{
            TokenGeneratorAnyRefusal, TokenGeneratorBadRequest, TokenGeneratorCreateTokenFailure,
            TokenGeneratorMethodNotAllowed, TokenGeneratorNotFound, TokenGeneratorPayloadTooLarge,
            TokenGeneratorServiceUnavailable, TokenGeneratorTooManyRequests,
            TokenGeneratorUnauthorized, TokenGeneratorUnsupportedMediaType,
        },
        wire::{NO_CODING, Rejection, RejectionKind},
    },
};

/// When to come back after a failure on our side, in seconds.
const RETRY_AFTER_FAILURE_SECS: i64 = 30;

fn bad_request(error: &str) -> TokenGeneratorBadRequest {
    TokenGeneratorBadRequest::new(error)
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
    TokenGeneratorUnsupportedMediaType::new(error, accept_encoding.map(str::to_owned))
}

fn too_many_requests(retry_after_secs: u64) -> TokenGeneratorTooManyRequests {
    TokenGeneratorTooManyRequests::new("too many requests", seconds(retry_after_secs))
}

/// A failure on our side.
pub(super) fn unavailable() -> TokenGeneratorServiceUnavailable {
    TokenGeneratorServiceUnavailable::new(
        "the service is temporarily unavailable",
        RETRY_AFTER_FAILURE_SECS,
    )
}

told! {
    /// The refusal of a caller that called too often.
    OverRate { retry_after_secs } as TokenGeneratorCreateTokenFailure => too_many_requests(retry_after_secs)
}

told! {
    /// What the authority said about the caller's token.
    TokenError as TokenGeneratorCreateTokenFailure {
        Malformed | Unknown | Expired | NotYetValid | Revoked | Disabled => denied(),
        Unavailable => unavailable(),
    }
}

told! {
    /// What the authority said about the new tokens.
    IssueError as TokenGeneratorCreateTokenFailure {
        Ended | Expired | Disabled => denied(),
        TooLarge => bad_request("permission does not fit into a token"),
        Unavailable => unavailable(),
    }
}

told! { Unavailable as TokenGeneratorCreateTokenFailure => unavailable() }

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
        RejectionKind::BodyTooLarge => {
            TokenGeneratorPayloadTooLarge::new("the request body is too large").into()
        }
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

told! {
    /// The refusal of a request that reaches no operation, or whose operation fails.
    EdgeFailure as TokenGeneratorAnyRefusal {
        NotFound => TokenGeneratorNotFound::new("nothing is served at this path"),
        MethodNotAllowed { allow } => TokenGeneratorMethodNotAllowed::new("this path does not answer this method", allow),
        HeaderRefused(fault) => bad_request(fault_text(fault)),
        RateLimited { retry_after_secs } => too_many_requests(retry_after_secs),
        Internal => unavailable(),
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
