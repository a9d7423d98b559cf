//! Animeloop's refusals: seven-digit codes under HTTP 200, and the few HTTP statuses beside them.

use crate::{
    authority::{IssueError, PasswordError, SessionError, Unavailable},
    dialects::seconds,
    edge::{EdgeFailure, OverRate},
    generated::{
        animeloop::{
            AnimeloopAnyRefusal, AnimeloopBadRequest, AnimeloopGetTokenFailure, AnimeloopHttpError,
            AnimeloopMethodNotAllowed, AnimeloopPayloadTooLarge, AnimeloopRefusal,
            AnimeloopRefusalCode as Code, AnimeloopTooManyRequests,
        },
        wire::{Rejection, RejectionKind},
    },
};

/// What every operation can refuse with. Only the one with a body has more: 413.
pub(super) type Failure = AnimeloopGetTokenFailure;

/// The user has no token.
pub(super) fn no_token() -> AnimeloopRefusal {
    AnimeloopRefusal::new(Code::V1340401, "request token failed. token doesn't exist.")
}

/// The captcha is switched on, and nothing can verify an answer to it.
pub(super) fn captcha_failed() -> AnimeloopRefusal {
    AnimeloopRefusal::new(Code::V1940101, "Google reCAPTCHA verification failed.")
}

/// The session is alive, its user is gone.
pub(super) fn user_gone() -> AnimeloopRefusal {
    AnimeloopRefusal::new(Code::V1940102, "cookie session validation failed.")
}

/// No session.
pub(super) fn no_session() -> AnimeloopRefusal {
    AnimeloopRefusal::new(Code::V1940103, "cookie session doesn't exist.")
}

/// Empty user name.
pub(super) fn username_empty() -> AnimeloopRefusal {
    AnimeloopRefusal::new(Code::V1940104, "username is empty.")
}

/// Empty password.
pub(super) fn password_empty() -> AnimeloopRefusal {
    AnimeloopRefusal::new(Code::V1940105, "password is empty.")
}

/// Wrong user name or password.
pub(super) fn credentials_wrong() -> AnimeloopRefusal {
    AnimeloopRefusal::new(Code::V1940106, "incorrect username or password.")
}

/// A failure on the server's side.
fn internal() -> AnimeloopRefusal {
    AnimeloopRefusal::new(Code::V1950301, "internal server error, database error.")
}

/// The request cannot be understood.
pub(super) fn bad_request() -> AnimeloopBadRequest {
    AnimeloopBadRequest {
        body: AnimeloopHttpError::new(400, "Bad request"),
    }
}

fn too_many_requests(retry_after_secs: u64) -> AnimeloopTooManyRequests {
    AnimeloopTooManyRequests {
        body: AnimeloopHttpError::new(429, "Too many requests"),
        retry_after: seconds(retry_after_secs),
    }
}

/// The body is too large.
pub(super) fn payload_too_large() -> AnimeloopPayloadTooLarge {
    AnimeloopPayloadTooLarge {
        body: AnimeloopHttpError::new(413, "Payload too large"),
    }
}

/// The refusal of a request without a body that does not have the documented form.
pub(super) fn of_rejection(rejection: &Rejection) -> Failure {
    if rejection.kind == RejectionKind::CredentialMissing {
        no_session().into()
    } else {
        bad_request().into()
    }
}

/// The refusal of a user that called too often.
impl From<OverRate> for Failure {
    fn from(over: OverRate) -> Self {
        too_many_requests(over.retry_after_secs).into()
    }
}

/// What the authority said about a password.
impl From<PasswordError> for Failure {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Wrong => credentials_wrong().into(),
            PasswordError::LockedOut { retry_after_secs }
            | PasswordError::Busy { retry_after_secs } => {
                too_many_requests(retry_after_secs).into()
            }
            PasswordError::Unavailable => internal().into(),
        }
    }
}

/// What the authority said about a new session.
impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Overtaken => credentials_wrong().into(),
            SessionError::Unavailable => internal().into(),
        }
    }
}

/// What the authority said about a new token.
impl From<IssueError> for Failure {
    fn from(error: IssueError) -> Self {
        match error {
            // The session ended while a token was made under it.
            IssueError::Ended => no_session().into(),
            IssueError::Disabled => user_gone().into(),
            IssueError::TooLarge | IssueError::Expired | IssueError::Unavailable => {
                internal().into()
            }
        }
    }
}

impl From<Unavailable> for Failure {
    fn from(Unavailable: Unavailable) -> Self {
        internal().into()
    }
}

/// The refusal of a request that reaches no operation, or whose operation fails.
pub(super) fn of_edge(failure: EdgeFailure) -> AnimeloopAnyRefusal {
    match failure {
        EdgeFailure::NotFound | EdgeFailure::HeaderRefused(_) => bad_request().into(),
        EdgeFailure::MethodNotAllowed { allow } => AnimeloopMethodNotAllowed {
            body: AnimeloopHttpError::new(400, "Bad request"),
            allow,
        }
        .into(),
        EdgeFailure::RateLimited { retry_after_secs } => too_many_requests(retry_after_secs).into(),
        EdgeFailure::Internal => internal().into(),
    }
}
