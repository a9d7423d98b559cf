//! Lifts what progenitor returns into one success or one [`CallError`].

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use progenitor_client::{Error, ResponseValue};
use reqwest::header::CONTENT_TYPE;
use serde::Serialize;
use serde::de::DeserializeOwned;

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
            operation,
            status,
            headers,
            Some(refusal),
        ))),
    }
}

/// Gives declared errors the type that refusals under a success status share with them.
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

/// How much of a declared answer is read; a longer one is malformed. The authority's own stay far below it.
const MAX_DECLARED_BYTES: usize = 1024 * 1024;

/// Why the body of a declared answer has no type.
#[derive(Clone)]
enum Flaw {
    Malformed(String),
    CutOff(Arc<reqwest::Error>),
}

/// The body of a declared answer that has no type. It travels in the extensions of its answer, because progenitor's
/// error for such a body keeps neither status nor headers.
#[derive(Clone)]
struct Unfit {
    body: Bytes,
    flaw: Flaw,
}

/// How the reading of a body ended.
enum End {
    Whole,
    TooLong,
    CutOff(Arc<reqwest::Error>),
}

/// The body of `response`, and how its reading ended; it ends at the first piece that goes beyond `limit`.
async fn body_of(response: &mut reqwest::Response, limit: usize) -> (Bytes, End) {
    let mut body = BytesMut::new();
    let end = loop {
        match response.chunk().await {
            Ok(Some(piece)) => body.extend_from_slice(&piece),
            Ok(None) => break End::Whole,
            // The address may carry a credential in its query, so the error forgets it.
            Err(error) => break End::CutOff(Arc::new(error.without_url())),
        }
        if body.len() > limit {
            break End::TooLong;
        }
    };
    (body.freeze(), end)
}

/// Reads a declared answer as its type; one that does not fit stays whole.
pub(crate) async fn read<T: DeserializeOwned, E>(
    mut response: reqwest::Response,
) -> Result<ResponseValue<T>, Error<E>> {
    let (body, end) = body_of(&mut response, MAX_DECLARED_BYTES).await;
    let flaw = match end {
        End::Whole => match serde_json::from_slice(&body) {
            Ok(inner) => {
                let headers = std::mem::take(response.headers_mut());
                return Ok(ResponseValue::new(inner, response.status(), headers));
            }
            Err(error) => Flaw::Malformed(location(&error)),
        },
        End::TooLong => Flaw::Malformed("longer than 1 MiB".to_owned()),
        End::CutOff(error) => Flaw::CutOff(error),
    };
    response.extensions_mut().insert(Unfit { body, flaw });
    Err(Error::UnexpectedResponse(response))
}

async fn lift_error<E: Serialize>(error: Error<E>, operation: &Operation) -> CallError<E> {
    match error {
        Error::InvalidRequest(reason) | Error::Custom(reason) => CallError::Unsendable(reason),
        // `read` keeps the answer where progenitor would give one of the last three.
        Error::CommunicationError(error)
        | Error::InvalidUpgrade(error)
        | Error::ResponseBodyError(error) => CallError::Transport(error.without_url()),
        Error::ErrorResponse(answer) => {
            let status = answer.status();
            let headers = answer.headers().clone();
            let body = Some(answer.into_inner());
            CallError::Refused(Refusal::new(operation, status, headers, body))
        }
        Error::InvalidResponsePayload(_, error) => CallError::Unsendable(location(&error)),
        Error::UnexpectedResponse(response) => unexpected(response, operation).await,
    }
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
    mut response: reqwest::Response,
    operation: &Operation,
) -> CallError<E> {
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    if let Some(Unfit { body, flaw }) = response.extensions_mut().remove::<Unfit>() {
        let answer = Payload::new(operation, status, headers, &body);
        return match flaw {
            Flaw::Malformed(reason) => CallError::Malformed { answer, reason },
            Flaw::CutOff(error) => CallError::CutOff { answer, error },
        };
    }
    let (body, end) = body_of(&mut response, Payload::MAX_BODY_BYTES).await;
    if let End::CutOff(error) = end {
        let answer = Payload::new(operation, status, headers, &body);
        return CallError::CutOff { answer, error };
    }
    if operation.bodyless.contains(&status.as_u16()) && body.is_empty() {
        return CallError::Refused(Refusal::new(operation, status, headers, None));
    }
    CallError::Undeclared(Payload::new(operation, status, headers, &body))
}
