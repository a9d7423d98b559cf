//! Animeloop's refusals: seven-digit codes under HTTP 200, and the few HTTP statuses beside them.

use crate::{
    authority::{IssueError, PasswordError, SessionError, Unavailable},
    edge::OverRate,
    generated::{
        animeloop::{
            AnimeloopBadRequest, AnimeloopCreateSessionFailure, AnimeloopCreateTokenFailure,
            AnimeloopDeleteSessionFailure, AnimeloopGetTokenFailure, AnimeloopHttpError,
            AnimeloopHttpErrorStatus, AnimeloopPayloadTooLarge, AnimeloopReadTokenFailure,
            AnimeloopRefusal, AnimeloopRefusalCode, AnimeloopRefusalStatus,
            AnimeloopRevokeTokenFailure, AnimeloopTooManyRequests,
        },
        wire::{Rejection, RejectionKind, RejectionPlace},
    },
};

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnimeloopError {
    /// 1340401.
    #[error("the user has no token")]
    NoToken,
    /// 1940101.
    #[error("the captcha is switched on, and nothing can verify an answer to it")]
    CaptchaFailed,
    /// 1940102.
    #[error("the session is alive, its user is gone")]
    UserGone,
    /// 1940103.
    #[error("no session")]
    NoSession,
    /// 1940104.
    #[error("empty user name")]
    UsernameEmpty,
    /// 1940105.
    #[error("empty password")]
    PasswordEmpty,
    /// 1940106.
    #[error("wrong user name or password")]
    CredentialsWrong,
    /// 1950301.
    #[error("failure on the server's side")]
    Internal,
    /// HTTP 400.
    #[error("the request cannot be understood")]
    BadRequest,
    /// HTTP 413.
    #[error("the body is too large")]
    PayloadTooLarge,
    /// HTTP 429.
    #[error("too many requests, retry in {retry_after_secs} s")]
    TooManyRequests {
        /// Whole seconds to wait.
        retry_after_secs: u64,
    },
}

impl From<OverRate> for AnimeloopError {
    fn from(over: OverRate) -> Self {
        Self::TooManyRequests {
            retry_after_secs: over.retry_after_secs,
        }
    }
}

impl From<PasswordError> for AnimeloopError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Wrong => Self::CredentialsWrong,
            PasswordError::LockedOut { retry_after_secs }
            | PasswordError::Busy { retry_after_secs } => {
                Self::TooManyRequests { retry_after_secs }
            }
            PasswordError::Unavailable => Self::Internal,
        }
    }
}

impl From<SessionError> for AnimeloopError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Overtaken => Self::CredentialsWrong,
            SessionError::Unavailable => Self::Internal,
        }
    }
}

impl From<IssueError> for AnimeloopError {
    fn from(error: IssueError) -> Self {
        match error {
            // The session ended while a token was made under it.
            IssueError::Ended => Self::NoSession,
            IssueError::Disabled => Self::UserGone,
            IssueError::TooLarge | IssueError::Expired | IssueError::Unavailable => Self::Internal,
        }
    }
}

impl From<Unavailable> for AnimeloopError {
    fn from(Unavailable: Unavailable) -> Self {
        Self::Internal
    }
}

impl From<&Rejection> for AnimeloopError {
    fn from(rejection: &Rejection) -> Self {
        match rejection.kind {
            RejectionKind::CredentialMissing => Self::NoSession,
            RejectionKind::FieldMissing => match (rejection.place, rejection.field()) {
                (RejectionPlace::Body, Some("username")) => Self::UsernameEmpty,
                (RejectionPlace::Body, Some("password")) => Self::PasswordEmpty,
                (
                    RejectionPlace::Body
                    | RejectionPlace::Credential(_)
                    | RejectionPlace::Parameter(_),
                    _,
                ) => Self::BadRequest,
            },
            RejectionKind::BodyTooLarge => Self::PayloadTooLarge,
            RejectionKind::CredentialRepeated
            | RejectionKind::CredentialMalformed
            | RejectionKind::CredentialOfOtherScheme
            | RejectionKind::ParameterMissing
            | RejectionKind::ParameterRepeated
            | RejectionKind::ParameterInvalid
            | RejectionKind::MediaTypeUnsupported
            | RejectionKind::ContentCodingUnsupported
            | RejectionKind::BodyIncomplete
            | RejectionKind::BodyMissing
            | RejectionKind::BodyMalformed
            | RejectionKind::FieldUnknown
            | RejectionKind::FieldRepeated
            | RejectionKind::FieldInvalid => Self::BadRequest,
        }
    }
}

/// An error in the shape its code or status asks for.
enum Answer {
    Refused(AnimeloopRefusal),
    BadRequest(AnimeloopBadRequest),
    PayloadTooLarge(AnimeloopPayloadTooLarge),
    TooManyRequests(AnimeloopTooManyRequests),
}

impl From<AnimeloopError> for Answer {
    fn from(error: AnimeloopError) -> Self {
        use AnimeloopRefusalCode as Code;
        match error {
            AnimeloopError::NoToken => {
                refusal(Code::V1340401, "request token failed. token doesn't exist.")
            }
            AnimeloopError::CaptchaFailed => {
                refusal(Code::V1940101, "Google reCAPTCHA verification failed.")
            }
            AnimeloopError::UserGone => {
                refusal(Code::V1940102, "cookie session validation failed.")
            }
            AnimeloopError::NoSession => refusal(Code::V1940103, "cookie session doesn't exist."),
            AnimeloopError::UsernameEmpty => refusal(Code::V1940104, "username is empty."),
            AnimeloopError::PasswordEmpty => refusal(Code::V1940105, "password is empty."),
            AnimeloopError::CredentialsWrong => {
                refusal(Code::V1940106, "incorrect username or password.")
            }
            AnimeloopError::Internal => {
                refusal(Code::V1950301, "internal server error, database error.")
            }
            AnimeloopError::BadRequest => Self::BadRequest(bad_request()),
            AnimeloopError::PayloadTooLarge => Self::PayloadTooLarge(AnimeloopPayloadTooLarge {
                body: http_error(413, "Payload too large"),
            }),
            AnimeloopError::TooManyRequests { retry_after_secs } => {
                Self::TooManyRequests(AnimeloopTooManyRequests {
                    body: http_error(429, "Too many requests"),
                    retry_after: i64::try_from(retry_after_secs).unwrap_or(i64::MAX),
                })
            }
        }
    }
}

fn refusal(code: AnimeloopRefusalCode, message: &str) -> Answer {
    Answer::Refused(AnimeloopRefusal {
        status: AnimeloopRefusalStatus::Error,
        code,
        message: message.to_owned(),
    })
}

fn bad_request() -> AnimeloopBadRequest {
    AnimeloopBadRequest {
        body: http_error(400, "Bad request"),
    }
}

fn http_error(code: i32, message: &str) -> AnimeloopHttpError {
    AnimeloopHttpError {
        status: AnimeloopHttpErrorStatus::Error,
        code,
        message: message.to_owned(),
    }
}

impl From<AnimeloopError> for AnimeloopCreateSessionFailure {
    fn from(error: AnimeloopError) -> Self {
        match Answer::from(error) {
            Answer::Refused(refusal) => refusal.into(),
            Answer::BadRequest(answer) => answer.into(),
            Answer::PayloadTooLarge(answer) => answer.into(),
            Answer::TooManyRequests(answer) => answer.into(),
        }
    }
}

/// The operations without a body have no 413: they ignore whatever body comes along.
macro_rules! failures_without_413 {
    ($($failure:ty),+ $(,)?) => {$(
        impl From<AnimeloopError> for $failure {
            fn from(error: AnimeloopError) -> Self {
                match Answer::from(error) {
                    Answer::Refused(refusal) => refusal.into(),
                    Answer::BadRequest(answer) => answer.into(),
                    Answer::PayloadTooLarge(_) => bad_request().into(),
                    Answer::TooManyRequests(answer) => answer.into(),
                }
            }
        }
    )+};
}

failures_without_413!(
    AnimeloopDeleteSessionFailure,
    AnimeloopGetTokenFailure,
    AnimeloopReadTokenFailure,
    AnimeloopCreateTokenFailure,
    AnimeloopRevokeTokenFailure,
);
