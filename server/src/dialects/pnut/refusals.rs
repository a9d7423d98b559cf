//! The refusals of the operations that a token authenticates, in the `meta` envelope.

use crate::{
    authority::{TokenError, Unavailable},
    dialects::seconds,
    edge::{EdgeFailure, OverRate},
    generated::{
        pnut::{
            PnutAnyRefusal, PnutBadRequest, PnutErrorMeta, PnutForbidden, PnutGetTokenFailure,
            PnutMethodNotAllowed, PnutNotFound, PnutTooManyRequests, PnutUnauthorized,
            PnutUnavailable,
        },
        wire::{CredentialFault, Rejection},
    },
};

/// Seconds after which a failure of ours may be over.
pub(super) const OUTAGE_SECS: u64 = 5;

/// What people are told who called too often, or guessed too many passwords.
pub(super) const RATE_LIMITED: &str = "Too many requests. Please wait before trying again.";
/// What people are told about a failure of ours.
pub(super) const UNAVAILABLE: &str = "The service is unavailable. Please try again later.";
/// What people are told whose request cannot be read.
pub(super) const MALFORMED: &str = "The request could not be understood.";

/// The challenge to somebody who sent no bearer token (RFC 6750 §3).
const ASKED: &str = r#"Bearer realm="tessera""#;
/// The challenge to somebody whose bearer token does not count.
const BLAMED: &str = r#"Bearer realm="tessera", error="invalid_token""#;

/// What an operation that a token authenticates can refuse with.
pub(super) type Failure = PnutGetTokenFailure;

fn bad_request(message: &str) -> PnutBadRequest {
    PnutBadRequest::new(PnutErrorMeta::new(400, message))
}

/// Header and query hold different tokens.
pub(super) fn token_conflict() -> PnutBadRequest {
    bad_request("The header and the query string carry different access tokens.")
}

/// No token came.
pub(super) fn token_missing() -> PnutUnauthorized {
    let message = "Call requires authentication: no access token was sent.";
    PnutUnauthorized::new(PnutErrorMeta::new(401, message), ASKED)
}

const TOKEN_INVALID: &str = "Call requires authentication: the access token is not valid.";

/// Unknown, expired, revoked or unreadable: never told apart.
pub(super) fn token_invalid() -> PnutUnauthorized {
    PnutUnauthorized::new(PnutErrorMeta::new(401, TOKEN_INVALID), BLAMED)
}

/// No bearer token came, but something else where one belongs. The challenge blames no token.
pub(super) fn token_of_other_scheme() -> PnutUnauthorized {
    PnutUnauthorized::new(PnutErrorMeta::new(401, TOKEN_INVALID), ASKED)
}

/// An app token where a user's is needed.
pub(super) fn user_token_required() -> PnutForbidden {
    let message = "Forbidden: this call requires a user token.";
    PnutForbidden::new(PnutErrorMeta::new(403, message))
}

fn too_many_requests(retry_after_secs: u64) -> PnutTooManyRequests {
    let retry_after = seconds(retry_after_secs);
    let meta = PnutErrorMeta {
        retry_in: Some(retry_after),
        ..PnutErrorMeta::new(429, RATE_LIMITED)
    };
    PnutTooManyRequests::new(meta, retry_after)
}

/// A failure of ours of unknown length.
pub(super) fn unavailable() -> PnutUnavailable {
    PnutUnavailable::new(PnutErrorMeta::new(503, UNAVAILABLE), seconds(OUTAGE_SECS))
}

told! {
    /// The refusal of a token that was used too often.
    OverRate { retry_after_secs } as Failure => too_many_requests(retry_after_secs)
}

told! {
    /// What the authority said about a token.
    TokenError as Failure {
        Malformed | Unknown | Expired | NotYetValid | Revoked | Disabled => token_invalid(),
        Unavailable => unavailable(),
    }
}

told! { Unavailable as Failure => unavailable() }

/// The refusal of a request whose credentials do not have the documented form.
pub(super) fn of_rejection(rejection: &Rejection) -> Failure {
    match rejection.kind.of_credential() {
        Some(CredentialFault::Missing) => token_missing().into(),
        Some(CredentialFault::Repeated) => {
            bad_request("The access token was sent more than once.").into()
        }
        Some(CredentialFault::Malformed) => token_invalid().into(),
        Some(CredentialFault::OfOtherScheme) => token_of_other_scheme().into(),
        None => bad_request(MALFORMED).into(),
    }
}

told! {
    /// The refusal of a request that reaches no operation, or whose operation fails.
    EdgeFailure as PnutAnyRefusal {
        NotFound => PnutNotFound::new(PnutErrorMeta::new(404, "No such endpoint.")),
        MethodNotAllowed { allow } => PnutMethodNotAllowed::new(
            PnutErrorMeta::new(405, "This endpoint does not answer this method."),
            allow,
        ),
        HeaderRefused(fault) => bad_request(&fault.to_string()),
        RateLimited { retry_after_secs } => too_many_requests(retry_after_secs),
        Internal => unavailable(),
    }
}
