//! Every refusal of the dialect, and its one place in the answers of each operation.

use poem::http::StatusCode;

use crate::{
    authority::{IssueError, PasswordError, SecretError, TokenError, Unavailable},
    edge::{HeaderFault, OverRate},
    generated::{
        pnut::{
            PnutAccessTokenBadRequest, PnutAccessTokenPayloadTooLarge,
            PnutAccessTokenTooManyRequests, PnutAccessTokenUnauthorized,
            PnutAccessTokenUnavailable, PnutAccessTokenUnsupportedMediaType, PnutBadRequest,
            PnutCreateAccessTokenFailure, PnutDeleteTokenFailure, PnutErrorEnvelope, PnutErrorMeta,
            PnutForbidden, PnutGetTokenFailure, PnutOauthError, PnutOauthErrorCode,
            PnutTooManyRequests, PnutUnauthorized, PnutUnavailable,
        },
        wire::{self, Rejection, RejectionKind},
    },
};

/// Seconds after which a failure of ours may be over.
const OUTAGE_SECS: u64 = 5;

/// The challenge to somebody who sent no bearer token (RFC 6750 §3).
const ASKED: &str = r#"Bearer realm="tessera""#;
/// The challenge to somebody whose bearer token does not count.
const BLAMED: &str = r#"Bearer realm="tessera", error="invalid_token""#;

/// A refusal; its text is the `error_message` on the wire.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PnutError {
    /// The header is too large or ill framed.
    #[error("{0}")]
    HeaderRefused(HeaderFault),
    /// A parameter that is not a credential cannot be read.
    #[error("The request could not be understood.")]
    RequestMalformed,
    /// The same credential came twice.
    #[error("The access token was sent more than once.")]
    TokenRepeated,
    /// Header and query hold different tokens.
    #[error("The header and the query string carry different access tokens.")]
    TokenConflict,
    /// No token came.
    #[error("Call requires authentication: no access token was sent.")]
    TokenMissing,
    /// Unknown, expired, revoked or unreadable: never told apart.
    #[error("Call requires authentication: the access token is not valid.")]
    TokenInvalid,
    /// No bearer token came, but something else where one belongs. Told as [`Self::TokenInvalid`], whose challenge
    /// blames a token.
    #[error("Call requires authentication: the access token is not valid.")]
    TokenOfOtherScheme,
    /// An app token where a user's is needed.
    #[error("Forbidden: this call requires a user token.")]
    UserTokenRequired,
    /// A form field is absent or empty.
    #[error("{0} is required.")]
    FieldMissing(&'static str),
    /// A form field came twice.
    #[error("{0} must be sent once.")]
    FieldRepeated(&'static str),
    /// A parameter that looks like the scopes asked for, and is not read.
    #[error("scope is read from the form field of exactly that name.")]
    ScopeMisspelt,
    /// The body is not a form.
    #[error("The request body is not a valid form.")]
    BodyMalformed,
    /// The body is longer than 64 KiB.
    #[error("The request body is too large.")]
    BodyTooLarge,
    /// The body is of another media type.
    #[error("The request body must be application/x-www-form-urlencoded.")]
    MediaTypeUnsupported,
    /// The body came under a content coding.
    #[error("The request body must be sent without a Content-Encoding.")]
    ContentCodingUnsupported,
    /// Neither of the two grants.
    #[error("grant_type must be client_credentials or password.")]
    GrantTypeUnsupported,
    /// Unknown client or wrong client secret: never told apart.
    #[error("The client could not be authenticated.")]
    ClientUnknown,
    /// Unknown user or wrong password: never told apart.
    #[error("Incorrect username or password.")]
    PasswordWrong,
    /// A scope that does not exist, or that this client may not have.
    #[error("A requested scope is not available.")]
    ScopeUnavailable,
    /// A bucket is empty, or somebody guessed too many passwords.
    #[error("Too many requests. Please wait before trying again.")]
    RateLimited {
        /// Whole seconds to wait.
        retry_after_secs: u64,
    },
    /// A failure of ours.
    #[error("The service is unavailable. Please try again later.")]
    Unavailable {
        /// Whole seconds to wait.
        retry_after_secs: u64,
    },
}

impl PnutError {
    /// A failure of ours of unknown length.
    pub(super) const fn unavailable() -> Self {
        Self::Unavailable {
            retry_after_secs: OUTAGE_SECS,
        }
    }

    /// What the authority said about a client's secret.
    pub(super) const fn of_client(error: SecretError) -> Self {
        match error {
            SecretError::Wrong => Self::ClientUnknown,
            SecretError::Unavailable => Self::unavailable(),
        }
    }

    /// What the authority said about a user's password.
    pub(super) const fn of_password(error: PasswordError) -> Self {
        match error {
            PasswordError::Wrong => Self::PasswordWrong,
            PasswordError::LockedOut { retry_after_secs } => Self::RateLimited { retry_after_secs },
            PasswordError::Busy { retry_after_secs } => Self::Unavailable { retry_after_secs },
            PasswordError::Unavailable => Self::unavailable(),
        }
    }

    /// What the authority said about issuing a token; `gone` is the refusal of who it is for.
    pub(super) fn of_issue(error: IssueError, gone: Self) -> Self {
        match error {
            IssueError::Ended | IssueError::Expired | IssueError::Disabled => gone,
            IssueError::TooLarge | IssueError::Unavailable => Self::unavailable(),
        }
    }

    /// What is wrong with the credentials of a request that carries a token.
    pub(super) fn of_credential(rejection: &Rejection) -> Self {
        match rejection.kind {
            RejectionKind::CredentialMissing => Self::TokenMissing,
            RejectionKind::CredentialRepeated => Self::TokenRepeated,
            RejectionKind::CredentialMalformed => Self::TokenInvalid,
            RejectionKind::CredentialOfOtherScheme => Self::TokenOfOtherScheme,
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
            | RejectionKind::FieldInvalid => Self::RequestMalformed,
        }
    }

    /// What is wrong with the form that asks for a token.
    pub(super) fn of_grant(rejection: &Rejection) -> Self {
        match rejection.kind {
            RejectionKind::BodyTooLarge => Self::BodyTooLarge,
            RejectionKind::MediaTypeUnsupported => Self::MediaTypeUnsupported,
            RejectionKind::ContentCodingUnsupported => Self::ContentCodingUnsupported,
            RejectionKind::BodyMissing => Self::FieldMissing("grant_type"),
            RejectionKind::FieldMissing => Self::FieldMissing(field(rejection)),
            RejectionKind::FieldRepeated => Self::FieldRepeated(field(rejection)),
            RejectionKind::FieldInvalid if rejection.field() == Some("grant_type") => {
                Self::GrantTypeUnsupported
            }
            // The types leave any text be; what is refused is its name.
            RejectionKind::FieldInvalid
            | RejectionKind::FieldUnknown
            | RejectionKind::ParameterInvalid => Self::ScopeMisspelt,
            RejectionKind::BodyIncomplete | RejectionKind::BodyMalformed => Self::BodyMalformed,
            RejectionKind::ParameterMissing
            | RejectionKind::ParameterRepeated
            | RejectionKind::CredentialMissing
            | RejectionKind::CredentialRepeated
            | RejectionKind::CredentialMalformed
            | RejectionKind::CredentialOfOtherScheme => Self::RequestMalformed,
        }
    }

    fn oauth(&self, error: PnutOauthErrorCode) -> PnutOauthError {
        PnutOauthError {
            error,
            error_message: self.to_string(),
        }
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

/// The envelope of a refusal.
pub(super) fn envelope(
    status: StatusCode,
    message: &str,
    retry_after_secs: Option<u64>,
) -> PnutErrorEnvelope {
    PnutErrorEnvelope {
        meta: PnutErrorMeta {
            code: i32::from(status.as_u16()),
            error_message: message.to_owned(),
            retry_in: retry_after_secs.map(seconds),
        },
    }
}

fn seconds(secs: u64) -> i64 {
    i64::try_from(secs).unwrap_or(i64::MAX)
}

/// What the authority said about a presented token.
impl From<OverRate> for PnutError {
    fn from(over: OverRate) -> Self {
        Self::RateLimited {
            retry_after_secs: over.retry_after_secs,
        }
    }
}

impl From<TokenError> for PnutError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Malformed
            | TokenError::Unknown
            | TokenError::Expired
            | TokenError::NotYetValid
            | TokenError::Revoked
            | TokenError::Disabled => Self::TokenInvalid,
            TokenError::Unavailable => Self::unavailable(),
        }
    }
}

impl From<Unavailable> for PnutError {
    fn from(Unavailable: Unavailable) -> Self {
        Self::unavailable()
    }
}

impl From<PnutError> for PnutGetTokenFailure {
    fn from(error: PnutError) -> Self {
        let body =
            |status, retry_after_secs| envelope(status, &error.to_string(), retry_after_secs);
        match error {
            PnutError::TokenMissing | PnutError::TokenOfOtherScheme => {
                unauthorized(body(StatusCode::UNAUTHORIZED, None), ASKED).into()
            }
            PnutError::TokenInvalid => {
                unauthorized(body(StatusCode::UNAUTHORIZED, None), BLAMED).into()
            }
            PnutError::UserTokenRequired => PnutForbidden {
                body: body(StatusCode::FORBIDDEN, None),
            }
            .into(),
            PnutError::RateLimited { retry_after_secs } => PnutTooManyRequests {
                body: body(StatusCode::TOO_MANY_REQUESTS, Some(retry_after_secs)),
                retry_after: seconds(retry_after_secs),
            }
            .into(),
            PnutError::Unavailable { retry_after_secs } => PnutUnavailable {
                body: body(StatusCode::SERVICE_UNAVAILABLE, None),
                retry_after: seconds(retry_after_secs),
            }
            .into(),
            PnutError::HeaderRefused(_)
            | PnutError::RequestMalformed
            | PnutError::TokenRepeated
            | PnutError::TokenConflict
            // The rest belongs to the operation that takes a form.
            | PnutError::FieldMissing(_)
            | PnutError::FieldRepeated(_)
            | PnutError::ScopeMisspelt
            | PnutError::BodyMalformed
            | PnutError::BodyTooLarge
            | PnutError::MediaTypeUnsupported
            | PnutError::ContentCodingUnsupported
            | PnutError::GrantTypeUnsupported
            | PnutError::ClientUnknown
            | PnutError::PasswordWrong
            | PnutError::ScopeUnavailable => PnutBadRequest {
                body: body(StatusCode::BAD_REQUEST, None),
            }
            .into(),
        }
    }
}

fn unauthorized(body: PnutErrorEnvelope, challenge: &str) -> PnutUnauthorized {
    PnutUnauthorized {
        body,
        www_authenticate: challenge.to_owned(),
    }
}

impl From<PnutError> for PnutDeleteTokenFailure {
    fn from(error: PnutError) -> Self {
        match PnutGetTokenFailure::from(error) {
            PnutGetTokenFailure::BadRequest(answer) => answer.into(),
            PnutGetTokenFailure::Unauthorized(answer) => answer.into(),
            PnutGetTokenFailure::Forbidden(answer) => answer.into(),
            PnutGetTokenFailure::TooManyRequests(answer) => answer.into(),
            PnutGetTokenFailure::Unavailable(answer) => answer.into(),
        }
    }
}

impl From<PnutError> for PnutCreateAccessTokenFailure {
    fn from(error: PnutError) -> Self {
        use PnutOauthErrorCode as Code;
        let bad_request = |code| PnutAccessTokenBadRequest {
            body: error.oauth(code),
        };
        match error {
            PnutError::GrantTypeUnsupported => bad_request(Code::UnsupportedGrantType).into(),
            PnutError::PasswordWrong => bad_request(Code::InvalidGrant).into(),
            PnutError::ScopeUnavailable => bad_request(Code::InvalidScope).into(),
            PnutError::BodyTooLarge => PnutAccessTokenPayloadTooLarge {
                body: error.oauth(Code::InvalidRequest),
            }
            .into(),
            PnutError::MediaTypeUnsupported => PnutAccessTokenUnsupportedMediaType {
                body: error.oauth(Code::InvalidRequest),
                accept_encoding: None,
            }
            .into(),
            PnutError::ContentCodingUnsupported => PnutAccessTokenUnsupportedMediaType {
                body: error.oauth(Code::InvalidRequest),
                accept_encoding: Some(wire::NO_CODING.to_owned()),
            }
            .into(),
            PnutError::ClientUnknown => PnutAccessTokenUnauthorized {
                body: error.oauth(Code::InvalidClient),
            }
            .into(),
            PnutError::RateLimited { retry_after_secs } => PnutAccessTokenTooManyRequests {
                body: error.oauth(Code::RateLimited),
                retry_after: seconds(retry_after_secs),
            }
            .into(),
            PnutError::Unavailable { retry_after_secs } => PnutAccessTokenUnavailable {
                body: error.oauth(Code::TemporarilyUnavailable),
                retry_after: seconds(retry_after_secs),
            }
            .into(),
            PnutError::HeaderRefused(_)
            | PnutError::RequestMalformed
            | PnutError::FieldMissing(_)
            | PnutError::FieldRepeated(_)
            | PnutError::ScopeMisspelt
            | PnutError::BodyMalformed
            // The rest belongs to the operations that a token authenticates.
            | PnutError::TokenRepeated
            | PnutError::TokenConflict
            | PnutError::TokenMissing
            | PnutError::TokenInvalid
            | PnutError::TokenOfOtherScheme
            | PnutError::UserTokenRequired => bad_request(Code::InvalidRequest).into(),
        }
    }
}
