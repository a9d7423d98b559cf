//! The dialect's refusals: a code for programs, a sentence for people, a pointer to the field that is to blame.

use serde_json::{Map, Value};

use crate::{
    authority::{AssertionError, CodeError, IssueError, SecretError, TokenError, Unavailable},
    dialects::seconds,
    edge::{EdgeFailure, OverRate},
    generated::{
        auth_api::{
            AuthApiAnyRefusal, AuthApiBadRequest, AuthApiErrorCode as Code, AuthApiForbidden,
            AuthApiIssueShortTokenFailure, AuthApiMethodNotAllowed, AuthApiNotFound,
            AuthApiPayloadTooLarge, AuthApiServiceUnavailable, AuthApiTooManyRequests,
            AuthApiUnauthorized, AuthApiUnsupportedMediaType,
        },
        wire::{FreeObject, NO_CODING, Rejection, RejectionKind, RejectionPlace},
    },
};

/// Seconds after which a failure of ours is worth another try.
const RETRY_FAILURE_SECS: i64 = 30;

/// `WWW-Authenticate` of a 401 (RFC 6750 §3): no `error` unless a bearer token was sent.
const ASKED: &str = r#"Bearer realm="tessera""#;
/// The same for a bearer token that does not count.
const BLAMED: &str = r#"Bearer realm="tessera", error="invalid_token""#;

/// What every operation can refuse with; each of them converts it into its own.
pub(super) type Failure = AuthApiIssueShortTokenFailure;

fn bad_request(code: Code, message: &str) -> AuthApiBadRequest {
    AuthApiBadRequest::new(code, message)
}

fn invalid_request(message: &str) -> AuthApiBadRequest {
    bad_request(Code::InvalidRequest, message)
}

/// One field of the body is to blame.
fn at(pointer: &str, mut refusal: AuthApiBadRequest) -> AuthApiBadRequest {
    let member = ("pointer".to_owned(), Value::from(pointer));
    refusal.body.details = Some(FreeObject(Map::from_iter([member])));
    refusal
}

/// More than one proof.
pub(super) fn proofs_many() -> AuthApiBadRequest {
    bad_request(
        Code::InvalidGrant,
        "Exactly one proof is accepted per call.",
    )
}

/// `grant_type` is missing or unknown.
fn grant_type_unsupported() -> AuthApiBadRequest {
    let message = "grant_type must be client_credentials or assertion.";
    at("/grant_type", bad_request(Code::InvalidGrant, message))
}

/// The proof is not of the kind `grant_type` announces.
pub(super) fn grant_type_unfit() -> AuthApiBadRequest {
    let message = "The proof does not fit grant_type.";
    at("/grant_type", bad_request(Code::InvalidGrant, message))
}

/// An assertion without its type, or a type without an assertion.
pub(super) fn assertion_type_unfit() -> AuthApiBadRequest {
    let message = "assertion_type goes with an assertion and every assertion needs it.";
    at("/assertion_type", invalid_request(message))
}

/// Bearer and body hold different long tokens.
pub(super) fn tokens_differ() -> AuthApiBadRequest {
    let message = "The bearer and long_token are different tokens.";
    at("/long_token", invalid_request(message))
}

/// A scope beyond what may be had.
pub(super) fn scope_unavailable() -> AuthApiBadRequest {
    bad_request(Code::InvalidScope, "A requested scope is not available.")
}

fn unauthorized(code: Code, challenge: &str, message: &str) -> AuthApiUnauthorized {
    AuthApiUnauthorized::new(code, message, challenge.to_owned())
}

fn invalid_client(message: &str) -> AuthApiUnauthorized {
    unauthorized(Code::InvalidClient, ASKED, message)
}

/// Unknown client or wrong proof.
pub(super) fn client_invalid() -> AuthApiUnauthorized {
    invalid_client("The client could not be authenticated.")
}

/// No proof.
pub(super) fn proof_missing() -> AuthApiUnauthorized {
    invalid_client("A proof of the client's identity is required.")
}

/// `X-Client-Id` and `client_id` differ.
pub(super) fn clients_differ() -> AuthApiUnauthorized {
    invalid_client("X-Client-Id and client_id are different clients.")
}

/// Nobody says who asks for a long token.
pub(super) fn client_missing() -> AuthApiUnauthorized {
    invalid_client("X-Client-Id or a bearer token is required.")
}

/// No token where one is needed.
pub(super) fn token_missing() -> AuthApiUnauthorized {
    unauthorized(Code::InvalidToken, ASKED, "A bearer token is required.")
}

/// Unknown, revoked, of the wrong kind, not from here.
pub(super) fn token_invalid() -> AuthApiUnauthorized {
    unauthorized(Code::InvalidToken, BLAMED, "The token is not valid.")
}

/// Over.
fn token_expired() -> AuthApiUnauthorized {
    unauthorized(Code::TokenExpired, BLAMED, "The token has expired.")
}

fn forbidden(message: &str, www_authenticate: Option<String>) -> AuthApiForbidden {
    AuthApiForbidden::new(Code::InsufficientScope, message, www_authenticate)
}

/// The token lacks this scope.
pub(super) fn scope_insufficient(scope: &str) -> AuthApiForbidden {
    let error = r#"error="insufficient_scope""#;
    forbidden(
        "The token does not hold the scope this operation needs.",
        Some(format!(r#"{ASKED}, {error}, scope="{scope}""#)),
    )
}

/// The client has to prove itself more strongly.
pub(super) fn step_up_required() -> AuthApiForbidden {
    forbidden(
        "This client must prove itself with a one-time code or an assertion.",
        None,
    )
}

/// The client has no token of that id.
pub(super) fn token_unknown() -> AuthApiNotFound {
    AuthApiNotFound::new(Code::NotFound, "There is no such token.")
}

fn unsupported(message: &str, accept_encoding: Option<&str>) -> AuthApiUnsupportedMediaType {
    AuthApiUnsupportedMediaType::new(
        Code::UnsupportedMediaType,
        message,
        accept_encoding.map(str::to_owned),
    )
}

fn too_many_requests(retry_after_secs: u64) -> AuthApiTooManyRequests {
    AuthApiTooManyRequests::new(
        Code::RateLimited,
        "Too many requests; please retry later.",
        seconds(retry_after_secs),
    )
}

/// A failure of ours.
pub(super) fn unavailable() -> AuthApiServiceUnavailable {
    AuthApiServiceUnavailable::new(
        Code::TemporarilyUnavailable,
        "The service is temporarily unavailable.",
        RETRY_FAILURE_SECS,
    )
}

told! {
    /// The refusal of a client that called too often.
    OverRate { retry_after_secs } as Failure => too_many_requests(retry_after_secs)
}

told! {
    /// What the authority said about a bearer token.
    TokenError as Failure {
        Malformed | Unknown | NotYetValid | Revoked | Disabled => token_invalid(),
        Expired => token_expired(),
        Unavailable => unavailable(),
    }
}

told! {
    /// What the authority said about a new token.
    IssueError as Failure {
        // Only scopes make a short token grow.
        TooLarge => scope_unavailable(),
        Ended | Disabled => token_invalid(),
        Expired => token_expired(),
        Unavailable => unavailable(),
    }
}

told! {
    /// What the authority said about a client's secret.
    SecretError as Failure {
        Wrong => client_invalid(),
        Unavailable => unavailable(),
    }
}

told! {
    /// What the authority said about a one-time code.
    CodeError as Failure {
        Wrong | Replayed => client_invalid(),
        LockedOut { retry_after_secs } => too_many_requests(retry_after_secs),
        Unavailable => unavailable(),
    }
}

told! {
    /// What the authority said about an assertion.
    AssertionError as Failure {
        Wrong | Replayed => client_invalid(),
        TooLong { max_secs } => invalid_client(&format!(
            "The assertion ends too late: exp may lie at most {max_secs} seconds ahead."
        )),
        Unavailable => unavailable(),
    }
}

told! { Unavailable as Failure => unavailable() }

/// The refusal of a call that does not have the documented form; `missing` is that of one without credentials.
pub(super) fn of_rejection(rejection: &Rejection, missing: fn() -> AuthApiUnauthorized) -> Failure {
    let of_client_key = rejection.place == RejectionPlace::Credential("X-Client-Id");
    match rejection.kind {
        RejectionKind::CredentialMissing => missing().into(),
        RejectionKind::CredentialMalformed if of_client_key => client_invalid().into(),
        RejectionKind::CredentialMalformed => token_invalid().into(),
        // The challenge blames no token, as none was sent.
        RejectionKind::CredentialOfOtherScheme => {
            unauthorized(Code::InvalidToken, ASKED, "The token is not valid.").into()
        }
        RejectionKind::CredentialRepeated => {
            invalid_request("A credential header was sent more than once.").into()
        }
        RejectionKind::ParameterMissing
        | RejectionKind::ParameterRepeated
        | RejectionKind::ParameterInvalid => {
            invalid_request("What narrows a token or a revocation belongs in the request body.")
                .into()
        }
        RejectionKind::MediaTypeUnsupported => {
            unsupported("The request body must be application/json.", None).into()
        }
        RejectionKind::ContentCodingUnsupported => unsupported(
            "The request body must be sent without a Content-Encoding.",
            Some(NO_CODING),
        )
        .into(),
        RejectionKind::BodyTooLarge => {
            AuthApiPayloadTooLarge::new(Code::PayloadTooLarge, "The request body is too large.")
                .into()
        }
        RejectionKind::BodyMissing => invalid_request("A request body is required.").into(),
        RejectionKind::BodyIncomplete | RejectionKind::BodyMalformed => {
            invalid_request("The request body is not valid JSON.").into()
        }
        RejectionKind::FieldMissing => of_field("A required field is missing.", rejection).into(),
        RejectionKind::FieldUnknown => of_field("The body has an unknown field.", rejection).into(),
        RejectionKind::FieldInvalid | RejectionKind::FieldRepeated => {
            of_field("A field has a value that is not accepted.", rejection).into()
        }
    }
}

fn of_field(message: &str, rejection: &Rejection) -> AuthApiBadRequest {
    match rejection.field() {
        Some("grant_type") => grant_type_unsupported(),
        Some("ttl_seconds") => {
            let message = "ttl_seconds must be between 3600 and 7776000.";
            at("/ttl_seconds", invalid_request(message))
        }
        Some(_) | None if rejection.pointer.is_empty() => invalid_request(message),
        Some(_) | None => at(&rejection.pointer, invalid_request(message)),
    }
}

told! {
    /// The refusal of a request that reaches no operation, or whose operation fails.
    EdgeFailure as AuthApiAnyRefusal {
        NotFound => AuthApiNotFound::new(Code::NotFound, "There is no such path."),
        MethodNotAllowed { allow } => AuthApiMethodNotAllowed::new(
            Code::MethodNotAllowed,
            "This path does not answer this method.",
            allow,
        ),
        HeaderRefused(fault) => invalid_request(&fault.to_string()),
        RateLimited { retry_after_secs } => too_many_requests(retry_after_secs),
        Internal => unavailable(),
    }
}
