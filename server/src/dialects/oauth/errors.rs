//! The dialect's refusals: where they come from, and their answers (RFC 6749 §5.2).

use crate::{
    authority::{SecretError, Unavailable},
    edge::{HeaderFault, OverRate},
    generated::{
        oauth::{
            OauthBadRequest, OauthError, OauthErrorCode, OauthForbidden, OauthGetMetadataFailure,
            OauthIntrospectTokenFailure, OauthListKeysFailure, OauthPayloadTooLarge,
            OauthRevokeTokenFailure, OauthTooManyRequests, OauthUnauthorized, OauthUnavailable,
            OauthUnsupportedMediaType,
        },
        wire::{NO_CODING, Rejection, RejectionKind},
    },
};

/// Seconds after which a failure of ours is worth another try.
const RETRY_FAILURE_SECS: u64 = 30;

/// Why a request was refused; the text is the `error_description`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OauthRefusal {
    /// No `token`, or an empty one.
    #[error("The parameter token is required.")]
    TokenMissing,
    /// `token` came twice.
    #[error("The parameter token must be sent once.")]
    TokenRepeated,
    /// Another parameter came twice (RFC 6749 §3.2).
    #[error("A parameter must not be sent twice.")]
    ParameterRepeated,
    /// The body is not a form.
    #[error("The request body is not a valid form.")]
    BodyMalformed,
    /// Two `Authorization` headers.
    #[error("The header Authorization must be sent once.")]
    CredentialRepeated,
    /// HTTP Basic and a secret in the form, or the id of another client there.
    #[error("The client must authenticate in one way only.")]
    ClientTwice,
    /// The header is too large or ill framed.
    #[error("{0}")]
    HeaderRefused(HeaderFault),
    /// No credentials.
    #[error("Client authentication is required.")]
    ClientMissing,
    /// Unknown client, wrong secret, or no HTTP Basic.
    #[error("The client could not be authenticated.")]
    ClientInvalid,
    /// The client has no right to introspect.
    #[error("This client may not introspect tokens.")]
    IntrospectionDenied,
    /// The token is somebody else's.
    #[error("Revoking the token of another client requires tokens:revoke:any.")]
    ForeignToken,
    /// The body is over the limit.
    #[error("The request body is too large.")]
    BodyTooLarge,
    /// The body is of another media type.
    #[error("The request body must be application/x-www-form-urlencoded.")]
    MediaTypeUnsupported,
    /// The body came under a content coding.
    #[error("The request body must be sent without a Content-Encoding.")]
    ContentCodingUnsupported,
    /// The client called too often.
    #[error("Too many requests.")]
    RateLimited {
        /// Whole seconds until a request can succeed.
        retry_after_secs: u64,
    },
    /// A failure of ours.
    #[error("The service is temporarily unavailable.")]
    Unavailable,
}

impl From<&Rejection> for OauthRefusal {
    fn from(rejection: &Rejection) -> Self {
        match rejection.kind {
            RejectionKind::CredentialMissing => Self::ClientMissing,
            RejectionKind::CredentialMalformed | RejectionKind::CredentialOfOtherScheme => {
                Self::ClientInvalid
            }
            RejectionKind::CredentialRepeated => Self::CredentialRepeated,
            RejectionKind::MediaTypeUnsupported => Self::MediaTypeUnsupported,
            RejectionKind::ContentCodingUnsupported => Self::ContentCodingUnsupported,
            RejectionKind::BodyTooLarge => Self::BodyTooLarge,
            RejectionKind::BodyMissing | RejectionKind::FieldMissing => Self::TokenMissing,
            RejectionKind::FieldRepeated if rejection.field() == Some("token") => {
                Self::TokenRepeated
            }
            RejectionKind::FieldRepeated | RejectionKind::ParameterRepeated => {
                Self::ParameterRepeated
            }
            RejectionKind::ParameterMissing
            | RejectionKind::ParameterInvalid
            | RejectionKind::BodyIncomplete
            | RejectionKind::BodyMalformed
            | RejectionKind::FieldUnknown
            | RejectionKind::FieldInvalid => Self::BodyMalformed,
        }
    }
}

impl From<OverRate> for OauthRefusal {
    fn from(over: OverRate) -> Self {
        Self::RateLimited {
            retry_after_secs: over.retry_after_secs,
        }
    }
}

impl From<SecretError> for OauthRefusal {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Wrong => Self::ClientInvalid,
            SecretError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<Unavailable> for OauthRefusal {
    fn from(Unavailable: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl OauthRefusal {
    const fn code(self) -> OauthErrorCode {
        match self {
            Self::TokenMissing
            | Self::TokenRepeated
            | Self::ParameterRepeated
            | Self::BodyMalformed
            | Self::CredentialRepeated
            | Self::ClientTwice
            | Self::HeaderRefused(_)
            | Self::BodyTooLarge
            | Self::MediaTypeUnsupported
            | Self::ContentCodingUnsupported => OauthErrorCode::InvalidRequest,
            Self::ClientMissing | Self::ClientInvalid => OauthErrorCode::InvalidClient,
            Self::IntrospectionDenied => OauthErrorCode::AccessDenied,
            Self::ForeignToken => OauthErrorCode::InsufficientScope,
            Self::RateLimited { .. } => OauthErrorCode::RateLimited,
            Self::Unavailable => OauthErrorCode::TemporarilyUnavailable,
        }
    }

    fn body(self) -> OauthError {
        OauthError {
            error: self.code(),
            error_description: self.to_string(),
        }
    }

    fn unavailable() -> OauthUnavailable {
        OauthUnavailable {
            body: Self::Unavailable.body(),
            retry_after: header_secs(RETRY_FAILURE_SECS),
        }
    }
}

/// The answer of an operation that documents every refusal of the dialect.
macro_rules! answers {
    ($failure:ident) => {
        impl From<OauthRefusal> for $failure {
            fn from(refusal: OauthRefusal) -> Self {
                let body = refusal.body();
                match refusal {
                    OauthRefusal::TokenMissing
                    | OauthRefusal::TokenRepeated
                    | OauthRefusal::ParameterRepeated
                    | OauthRefusal::BodyMalformed
                    | OauthRefusal::CredentialRepeated
                    | OauthRefusal::ClientTwice
                    | OauthRefusal::HeaderRefused(_) => OauthBadRequest { body }.into(),
                    OauthRefusal::ClientMissing | OauthRefusal::ClientInvalid => {
                        OauthUnauthorized { body }.into()
                    }
                    OauthRefusal::IntrospectionDenied | OauthRefusal::ForeignToken => {
                        OauthForbidden { body }.into()
                    }
                    OauthRefusal::BodyTooLarge => OauthPayloadTooLarge { body }.into(),
                    OauthRefusal::MediaTypeUnsupported => {
                        let accept_encoding = None;
                        OauthUnsupportedMediaType {
                            body,
                            accept_encoding,
                        }
                        .into()
                    }
                    OauthRefusal::ContentCodingUnsupported => {
                        let accept_encoding = Some(NO_CODING.to_owned());
                        OauthUnsupportedMediaType {
                            body,
                            accept_encoding,
                        }
                        .into()
                    }
                    OauthRefusal::RateLimited { retry_after_secs } => OauthTooManyRequests {
                        body,
                        retry_after: header_secs(retry_after_secs),
                    }
                    .into(),
                    OauthRefusal::Unavailable => OauthRefusal::unavailable().into(),
                }
            }
        }
    };
}

answers!(OauthIntrospectTokenFailure);
answers!(OauthRevokeTokenFailure);

/// What is public and takes no body has most refusals of the dialect not.
macro_rules! answers_to_everybody {
    ($failure:ident) => {
        impl From<OauthRefusal> for $failure {
            fn from(refusal: OauthRefusal) -> Self {
                let body = refusal.body();
                match refusal {
                    OauthRefusal::CredentialRepeated | OauthRefusal::HeaderRefused(_) => {
                        OauthBadRequest { body }.into()
                    }
                    OauthRefusal::RateLimited { retry_after_secs } => OauthTooManyRequests {
                        body,
                        retry_after: header_secs(retry_after_secs),
                    }
                    .into(),
                    OauthRefusal::TokenMissing
                    | OauthRefusal::TokenRepeated
                    | OauthRefusal::ParameterRepeated
                    | OauthRefusal::BodyMalformed
                    | OauthRefusal::ClientTwice
                    | OauthRefusal::ClientMissing
                    | OauthRefusal::ClientInvalid
                    | OauthRefusal::IntrospectionDenied
                    | OauthRefusal::ForeignToken
                    | OauthRefusal::BodyTooLarge
                    | OauthRefusal::MediaTypeUnsupported
                    | OauthRefusal::ContentCodingUnsupported
                    | OauthRefusal::Unavailable => OauthRefusal::unavailable().into(),
                }
            }
        }
    };
}

answers_to_everybody!(OauthListKeysFailure);
answers_to_everybody!(OauthGetMetadataFailure);

fn header_secs(secs: u64) -> i64 {
    i64::try_from(secs).unwrap_or(i64::MAX)
}
