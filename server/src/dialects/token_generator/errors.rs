//! The dialect's refusals, and what each of them is on the wire.

use crate::{
    authority::{IssueError, TokenError, Unavailable},
    edge::{HeaderFault, OverRate},
    generated::{
        token_generator::{
            TokenGeneratorBadRequest, TokenGeneratorCreateTokenFailure,
            TokenGeneratorError as ErrorBody, TokenGeneratorPayloadTooLarge,
            TokenGeneratorServiceUnavailable, TokenGeneratorTooManyRequests,
            TokenGeneratorUnauthorized, TokenGeneratorUnsupportedMediaType,
        },
        wire::{NO_CODING, Rejection, RejectionKind},
    },
};

use super::attenuation::Escalation;

/// When to come back after a failure on our side, in seconds.
const RETRY_AFTER_FAILURE_SECS: i64 = 30;

/// Why the token generator refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenGeneratorError {
    /// Whatever has to do with rights; nothing tells the reasons apart.
    #[error("access denied")]
    Denied,
    /// `permission` is a text that is not JSON, nests too deep or has a member twice.
    #[error("permission is not valid JSON")]
    PermissionNotJson,
    /// `permission` is JSON, but no object.
    #[error("permission must be a JSON object")]
    PermissionNotAnObject,
    /// The token with that permission could not be presented to anybody.
    #[error("permission does not fit into a token")]
    PermissionTooLarge,
    /// A number of the permission, or of the caller's claims, would lose digits.
    #[error("a number has more digits than can be kept")]
    NumberTooLong,
    /// A field of the body or a parameter of the query that nobody reads.
    #[error("the request has a parameter that is not known")]
    ParameterUnknown,
    /// The body is not well-formed in its media type.
    #[error("the request body is malformed")]
    BodyMalformed,
    /// The body is beyond its limit.
    #[error("the request body is too large")]
    BodyTooLarge,
    /// The header is too large or ill framed.
    #[error("{}", fault_text(*.0))]
    HeaderRefused(HeaderFault),
    /// The body is neither a form nor JSON.
    #[error("the media type is not supported")]
    MediaTypeUnsupported,
    /// The body came under a content coding.
    #[error("the content coding is not supported")]
    ContentCodingUnsupported,
    /// The client called too often.
    #[error("too many requests")]
    RateLimited {
        /// Whole seconds until a call can succeed.
        retry_after_secs: u64,
    },
    /// A failure on our side.
    #[error("the service is temporarily unavailable")]
    Unavailable,
}

impl From<OverRate> for TokenGeneratorError {
    fn from(over: OverRate) -> Self {
        Self::RateLimited {
            retry_after_secs: over.retry_after_secs,
        }
    }
}

impl From<TokenError> for TokenGeneratorError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Malformed
            | TokenError::Unknown
            | TokenError::Expired
            | TokenError::NotYetValid
            | TokenError::Revoked
            | TokenError::Disabled => Self::Denied,
            TokenError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<IssueError> for TokenGeneratorError {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Ended | IssueError::Expired | IssueError::Disabled => Self::Denied,
            IssueError::TooLarge => Self::PermissionTooLarge,
            IssueError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<Unavailable> for TokenGeneratorError {
    fn from(Unavailable: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl From<Escalation> for TokenGeneratorError {
    fn from(Escalation: Escalation) -> Self {
        Self::Denied
    }
}

impl From<Rejection> for TokenGeneratorError {
    fn from(rejection: Rejection) -> Self {
        match rejection.kind {
            RejectionKind::CredentialMissing
            | RejectionKind::CredentialRepeated
            | RejectionKind::CredentialMalformed
            | RejectionKind::CredentialOfOtherScheme => Self::Denied,
            RejectionKind::MediaTypeUnsupported => Self::MediaTypeUnsupported,
            RejectionKind::ContentCodingUnsupported => Self::ContentCodingUnsupported,
            RejectionKind::BodyTooLarge => Self::BodyTooLarge,
            RejectionKind::FieldInvalid if rejection.pointer == "/permission" => {
                Self::PermissionNotAnObject
            }
            // Inside of a permission only numbers are looked at.
            RejectionKind::FieldInvalid if rejection.field() == Some("permission") => {
                Self::NumberTooLong
            }
            // The one parameter, the request id, takes any text.
            RejectionKind::ParameterInvalid | RejectionKind::FieldUnknown => Self::ParameterUnknown,
            RejectionKind::ParameterMissing
            | RejectionKind::ParameterRepeated
            | RejectionKind::BodyIncomplete
            | RejectionKind::BodyMissing
            | RejectionKind::BodyMalformed
            | RejectionKind::FieldMissing
            | RejectionKind::FieldRepeated
            | RejectionKind::FieldInvalid => Self::BodyMalformed,
        }
    }
}

impl From<TokenGeneratorError> for TokenGeneratorCreateTokenFailure {
    fn from(error: TokenGeneratorError) -> Self {
        let body = body(&error.to_string());
        match error {
            TokenGeneratorError::Denied => TokenGeneratorUnauthorized {}.into(),
            TokenGeneratorError::PermissionNotJson
            | TokenGeneratorError::PermissionNotAnObject
            | TokenGeneratorError::PermissionTooLarge
            | TokenGeneratorError::NumberTooLong
            | TokenGeneratorError::ParameterUnknown
            | TokenGeneratorError::BodyMalformed
            | TokenGeneratorError::HeaderRefused(_) => TokenGeneratorBadRequest { body }.into(),
            TokenGeneratorError::BodyTooLarge => TokenGeneratorPayloadTooLarge { body }.into(),
            TokenGeneratorError::MediaTypeUnsupported => {
                let accept_encoding = None;
                TokenGeneratorUnsupportedMediaType {
                    body,
                    accept_encoding,
                }
                .into()
            }
            TokenGeneratorError::ContentCodingUnsupported => {
                let accept_encoding = Some(NO_CODING.to_owned());
                TokenGeneratorUnsupportedMediaType {
                    body,
                    accept_encoding,
                }
                .into()
            }
            TokenGeneratorError::RateLimited { retry_after_secs } => {
                TokenGeneratorTooManyRequests {
                    body,
                    retry_after: i64::try_from(retry_after_secs).unwrap_or(i64::MAX),
                }
                .into()
            }
            TokenGeneratorError::Unavailable => TokenGeneratorServiceUnavailable {
                body,
                retry_after: RETRY_AFTER_FAILURE_SECS,
            }
            .into(),
        }
    }
}

/// The JSON of a refusal that has nothing to do with rights.
pub(super) fn body(error: &str) -> ErrorBody {
    ErrorBody {
        error: error.to_owned(),
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
