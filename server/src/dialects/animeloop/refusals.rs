//! Animeloop's refusals: seven-digit codes under HTTP 200, and the few HTTP statuses beside them.

use crate::{
    authority::{IssueError, PasswordError, SessionError, Unavailable},
    dialects::seconds,
    edge::{EdgeFailure, OverRate},
    generated::{
        animeloop::{
            AnimeloopAnyRefusal, AnimeloopBadRequest, AnimeloopGetTokenFailure,
            AnimeloopMethodNotAllowed, AnimeloopPayloadTooLarge, AnimeloopRefusal,
            AnimeloopRefusalCode as Code, AnimeloopTooManyRequests,
        },
        wire::{CredentialFault, Rejection},
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
    AnimeloopBadRequest::new(400, "Bad request")
}

fn too_many_requests(retry_after_secs: u64) -> AnimeloopTooManyRequests {
    AnimeloopTooManyRequests::new(429, "Too many requests", seconds(retry_after_secs))
}

/// The body is too large.
pub(super) fn payload_too_large() -> AnimeloopPayloadTooLarge {
    AnimeloopPayloadTooLarge::new(413, "Payload too large")
}

/// The refusal of a request without a body that does not have the documented form.
pub(super) fn of_rejection(rejection: &Rejection) -> Failure {
    match rejection.kind.of_credential() {
        Some(CredentialFault::Missing) => no_session().into(),
        Some(
            CredentialFault::Repeated | CredentialFault::Malformed | CredentialFault::OfOtherScheme,
        )
        | None => bad_request().into(),
    }
}

told! {
    /// The refusal of a user that called too often.
    OverRate { retry_after_secs } as Failure => too_many_requests(retry_after_secs)
}

told! {
    /// What the authority said about a password.
    PasswordError as Failure {
        Wrong => credentials_wrong(),
        LockedOut { retry_after_secs } | Busy { retry_after_secs } => too_many_requests(retry_after_secs),
        Unavailable => internal(),
    }
}

told! {
    /// What the authority said about a new session.
    SessionError as Failure {
        Overtaken => credentials_wrong(),
        Unavailable => internal(),
    }
}

told! {
    /// What the authority said about a new token.
    IssueError as Failure {
        // The session ended while a token was made under it.
        Ended => no_session(),
        Disabled => user_gone(),
        TooLarge | Expired | Unavailable => internal(),
    }
}

told! { Unavailable as Failure => internal() }

told! {
    /// The refusal of a request that reaches no operation, or whose operation fails.
    EdgeFailure as AnimeloopAnyRefusal {
        NotFound => bad_request(),
        HeaderRefused(_fault) => bad_request(),
        MethodNotAllowed { allow } => AnimeloopMethodNotAllowed::new(400, "Bad request", allow),
        RateLimited { retry_after_secs } => too_many_requests(retry_after_secs),
        Internal => internal(),
    }
}
