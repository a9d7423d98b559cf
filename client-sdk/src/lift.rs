//! Lifts what progenitor returns into one success or one [`CallError`].

use std::future::Future;
use std::pin::Pin;

use progenitor_client::{Error, ResponseValue};
use reqwest::header::CONTENT_TYPE;
use serde::Serialize;

use crate::error::{CallError, Either, Payload, Refusal};
use crate::operation::Operation;

/// A call under way: what awaiting a builder runs.
pub type Call<'a, T, E> =
    Pin<Box<dyn Future<Output = Result<ResponseValue<T>, CallError<E>>> + Send + 'a>>;

/// What progenitor's own `send` returns.
type Sent<T, E> = Result<ResponseValue<T>, Error<E>>;

/// Lifts the outcome of an operation whose success status means success.
pub(crate) async fn lift<T, E: Serialize>(
    sent: Sent<T, E>,
    operation: &Operation,
) -> Result<ResponseValue<T>, CallError<E>> {
    match sent {
        Ok(answer) => Ok(answer),
        Err(error) => Err(lift_error(error, operation).await),
    }
}

/// Lifts the outcome of an operation that also refuses under its success status; `split` tells the two apart.
pub(crate) async fn lift_choice<A, T, E: Serialize>(
    sent: Sent<A, E>,
    operation: &Operation,
    split: impl FnOnce(A) -> Result<T, E>,
) -> Result<ResponseValue<T>, CallError<E>> {
    let answer = lift(sent, operation).await?;
    let status = answer.status();
    let headers = answer.headers().clone();
    match split(answer.into_inner()) {
        Ok(success) => Ok(ResponseValue::new(success, status, headers)),
        Err(refusal) => Err(CallError::Refused(Refusal::new(
            status,
            headers,
            Some(refusal),
        ))),
    }
}

/// Gives declared errors the type that refusals under a success status share with them.
#[expect(clippy::result_large_err, reason = "the size is progenitor's")]
pub(crate) fn declared<A, S, D>(sent: Sent<A, D>) -> Sent<A, Either<S, D>> {
    sent.map_err(|error| match error {
        Error::InvalidRequest(reason) => Error::InvalidRequest(reason),
        Error::CommunicationError(error) => Error::CommunicationError(error),
        Error::InvalidUpgrade(error) => Error::InvalidUpgrade(error),
        Error::ErrorResponse(answer) => {
            let status = answer.status();
            let headers = answer.headers().clone();
            let body = Either::Declared(answer.into_inner());
            Error::ErrorResponse(ResponseValue::new(body, status, headers))
        }
        Error::ResponseBodyError(error) => Error::ResponseBodyError(error),
        Error::InvalidResponsePayload(body, error) => Error::InvalidResponsePayload(body, error),
        Error::UnexpectedResponse(response) => Error::UnexpectedResponse(response),
        Error::Custom(reason) => Error::Custom(reason),
    })
}

/// The answer, unless its media type is not the declared one: then whoever wrote it, it is not the document's.
#[expect(clippy::result_large_err, reason = "the size is progenitor's")]
pub(crate) fn of_declared_media<E>(
    response: reqwest::Response,
    operation: &Operation,
) -> Result<reqwest::Response, Error<E>> {
    let status = response.status().as_u16();
    let declared = operation.media.iter().find(|(own, _)| *own == status);
    let sent = response.headers().get(CONTENT_TYPE);
    let sent = sent.and_then(|sent| sent.to_str().ok()).unwrap_or_default();
    let essence = sent.split(';').next().unwrap_or_default().trim();
    if declared.is_some_and(|(_, declared)| !declared.eq_ignore_ascii_case(essence)) {
        return Err(Error::UnexpectedResponse(response));
    }
    Ok(response)
}

async fn lift_error<E: Serialize>(error: Error<E>, operation: &Operation) -> CallError<E> {
    match error {
        Error::InvalidRequest(reason) | Error::Custom(reason) => CallError::Unsendable(reason),
        Error::CommunicationError(error)
        | Error::InvalidUpgrade(error)
        | Error::ResponseBodyError(error) => transport(error),
        Error::ErrorResponse(answer) => {
            let status = answer.status();
            let headers = answer.headers().clone();
            let body = Some(answer.into_inner());
            CallError::Refused(Refusal::new(status, headers, body))
        }
        Error::InvalidResponsePayload(body, error) => CallError::Malformed {
            reason: location(&error),
            body,
        },
        Error::UnexpectedResponse(response) => unexpected(response, operation).await,
    }
}

/// The address may carry a credential in its query, so the error forgets it.
fn transport<E>(error: reqwest::Error) -> CallError<E> {
    CallError::Transport(error.without_url())
}

/// Where a body is wrong; serde's own text may quote the value it stumbled over.
fn location(error: &serde_json::Error) -> String {
    let kind = match error.classify() {
        serde_json::error::Category::Io => "unreadable",
        serde_json::error::Category::Syntax => "not JSON",
        serde_json::error::Category::Data => "not of the documented shape",
        serde_json::error::Category::Eof => "cut short",
    };
    format!("{kind} at line {}, column {}", error.line(), error.column())
}

/// An answer that the typed client does not know by status and media type: a declared refusal without a body, or a surprise.
async fn unexpected<E: Serialize>(
    response: reqwest::Response,
    operation: &Operation,
) -> CallError<E> {
    let status = response.status();
    let headers = response.headers().clone();
    let body = match response.bytes().await {
        Ok(body) => body,
        Err(error) => return transport(error),
    };
    if operation.bodyless.contains(&status.as_u16()) && body.is_empty() {
        return CallError::Refused(Refusal::new(status, headers, None));
    }
    CallError::Undeclared(Payload {
        status,
        headers,
        body,
    })
}
