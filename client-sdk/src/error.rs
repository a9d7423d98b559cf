//! The one error of every operation.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

use crate::headers::HasHeaders;
use crate::operation::{Operation, RefusalPlaces, Spot};
use crate::retry_after;

/// Why a call gave no success.
///
/// `E` is the body of the operation's declared refusals. Every answer that came keeps its status and headers, and of
/// an answer without a type the [`Payload`] keeps the body, cut to [`Payload::MAX_BODY_BYTES`].
/// Neither `Display` nor `Debug` shows bodies or headers, which may hold credentials.
#[derive(Error)]
#[non_exhaustive]
pub enum CallError<E> {
    /// The authority refused, in a way its document declares.
    #[error("{0}")]
    Refused(Refusal<E>),
    /// The authority, or something in front of it, answered what its document does not declare, such as a redirect.
    #[error("undeclared answer {}", .0.status)]
    Undeclared(Payload),
    /// A declared answer whose body is not what the document says.
    #[error("malformed answer {}: {reason}", .answer.status)]
    Malformed {
        /// The answer as it came.
        answer: Payload,
        /// What is wrong with its body, without quoting it.
        reason: String,
    },
    /// An answer whose body broke off on the way.
    #[error("the answer {} broke off: {}", .answer.status, chain(.error))]
    CutOff {
        /// The answer, with as much of its body as came.
        answer: Payload,
        /// Why it broke off.
        error: Arc<reqwest::Error>,
    },
    /// No answer.
    #[error("no answer: {}", chain(.0))]
    Transport(reqwest::Error),
    /// Nothing was sent, because the call is incomplete or cannot be put on the wire.
    #[error("the call cannot be sent: {0}")]
    Unsendable(String),
}

/// An error with its causes: reqwest's own text leaves out what went wrong.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// A refusal that the document declares.
#[derive(Clone)]
#[non_exhaustive]
pub struct Refusal<E> {
    /// The HTTP status; a success where the dialect refuses under HTTP 200.
    pub status: StatusCode,
    /// The headers of the answer.
    pub headers: HeaderMap,
    /// The body; `None` for a refusal that is declared without one.
    pub body: Option<E>,
    facts: Facts,
}

/// An answer without a type.
#[derive(Clone)]
#[non_exhaustive]
pub struct Payload {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came, cut to [`Payload::MAX_BODY_BYTES`].
    pub body: Bytes,
    facts: Facts,
}

/// What an answer says in its dialect's own places.
#[derive(Clone)]
struct Facts {
    code: Option<String>,
    message: Option<String>,
    retry_after: Option<Duration>,
}

/// The body of a refusal where a dialect has two shapes: one under a success status, one under the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Either<S, D> {
    /// A refusal that travelled under a success status.
    UnderSuccess(S),
    /// A refusal with an HTTP status of its own.
    Declared(D),
}

impl Facts {
    /// What an answer says at `places`; when to come back is in `Retry-After` first, whatever the answer.
    fn of(headers: &HeaderMap, body: &Value, places: Option<&RefusalPlaces>) -> Self {
        let said = |spot: fn(&RefusalPlaces) -> Spot| match places.map(spot) {
            Some(Spot::Body(pointer)) => body.pointer(pointer).cloned(),
            Some(Spot::Header(name)) => Some(headers.get(name)?.to_str().ok()?.into()),
            Some(Spot::Nowhere) | None => None,
        };
        let text = |value: Value| match value {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        let retry_after = retry_after::wait(headers).or_else(|| {
            let secs = said(|places| places.retry)?.as_u64()?;
            Some(retry_after::seconds(secs))
        });
        Self {
            code: said(|places| places.code).and_then(text),
            message: said(|places| places.message).and_then(text),
            retry_after,
        }
    }
}

impl<E: Serialize> Refusal<E> {
    pub(crate) fn new(
        operation: &Operation,
        status: StatusCode,
        headers: HeaderMap,
        body: Option<E>,
    ) -> Self {
        let said = body
            .as_ref()
            .and_then(|body| serde_json::to_value(body).ok())
            .unwrap_or_default();
        Self {
            facts: Facts::of(&headers, &said, operation.refusal(status.as_u16())),
            status,
            headers,
            body,
        }
    }
}

impl Payload {
    /// How much of a body is kept: 64 KiB.
    pub const MAX_BODY_BYTES: usize = 64 * 1024;

    pub(crate) fn new(
        operation: &Operation,
        status: StatusCode,
        headers: HeaderMap,
        body: &Bytes,
    ) -> Self {
        let said = serde_json::from_slice(body).unwrap_or_default();
        // A copy, so that the rest of a long body is let go.
        let kept = body.get(..Self::MAX_BODY_BYTES);
        Self {
            facts: Facts::of(&headers, &said, operation.refusal(status.as_u16())),
            status,
            headers,
            body: kept.map_or_else(|| body.clone(), Bytes::copy_from_slice),
        }
    }
}

impl<E> CallError<E> {
    /// The refusal, if the authority declared one.
    pub fn refusal(&self) -> Option<&Refusal<E>> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Undeclared(_)
            | Self::Malformed { .. }
            | Self::CutOff { .. }
            | Self::Transport(_)
            | Self::Unsendable(_) => None,
        }
    }

    /// The answer, if one came that has no type.
    pub fn payload(&self) -> Option<&Payload> {
        match self {
            Self::Undeclared(answer)
            | Self::Malformed { answer, .. }
            | Self::CutOff { answer, .. } => Some(answer),
            Self::Refused(_) | Self::Transport(_) | Self::Unsendable(_) => None,
        }
    }

    /// The HTTP status of the answer, if one came.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused(refusal) => Some(refusal.status),
            Self::Undeclared(answer)
            | Self::Malformed { answer, .. }
            | Self::CutOff { answer, .. } => Some(answer.status),
            Self::Transport(_) | Self::Unsendable(_) => None,
        }
    }

    fn facts(&self) -> Option<&Facts> {
        let refused = self.refusal().map(|refusal| &refusal.facts);
        refused.or_else(|| self.payload().map(|answer| &answer.facts))
    }

    /// What a declared answer says. A code in an undeclared one, such as a proxy's, is not the dialect's.
    fn declared(&self) -> Option<&Facts> {
        self.facts()
            .filter(|_| !matches!(self, Self::Undeclared(_)))
    }

    /// The dialect's own code of a refusal as a text, whether it is a word or a number on the wire.
    ///
    /// Of a malformed answer it is what stands in the code's place, which may be a code that the document lacks.
    pub fn code(&self) -> Option<&str> {
        self.declared()?.code.as_deref()
    }

    /// The dialect's text about a refusal, for humans.
    pub fn message(&self) -> Option<&str> {
        self.declared()?.message.as_deref()
    }

    /// How long to wait before the call is worth repeating, if the answer says so: at most 2^31 seconds.
    ///
    /// `Retry-After` is read on every answer, whatever its body: seconds, or a date (RFC 9110 §10.2.3), which counts
    /// from the answer's `Date` or else from the local clock. Of several lines the longest wait counts. A line that
    /// is neither is ignored; so is a fraction or a negative number.
    pub fn retry_after(&self) -> Option<Duration> {
        self.facts()?.retry_after
    }

    /// Whether the same call may succeed later: it did not get through, came too often, or met an outage.
    ///
    /// An answer that came is judged by its status and `Retry-After`, whatever its body. A redirect is not transient.
    pub fn is_transient(&self) -> bool {
        if self.status().is_some_and(|status| status.is_redirection()) {
            return false;
        }
        match self {
            Self::Transport(_) => true,
            Self::CutOff { answer, .. } if answer.status.is_success() => true,
            Self::Refused(_)
            | Self::Undeclared(_)
            | Self::Malformed { .. }
            | Self::CutOff { .. } => {
                self.retry_after().is_some() || self.status().is_some_and(is_transient)
            }
            Self::Unsendable(_) => false,
        }
    }
}

fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 502 | 503 | 504)
}

impl<E> HasHeaders for CallError<E> {
    fn header_map(&self) -> Option<&HeaderMap> {
        match self {
            Self::Refused(refusal) => Some(&refusal.headers),
            Self::Undeclared(answer)
            | Self::Malformed { answer, .. }
            | Self::CutOff { answer, .. } => Some(&answer.headers),
            Self::Transport(_) | Self::Unsendable(_) => None,
        }
    }
}

impl<E> fmt::Display for Refusal<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused with {}", self.status)?;
        if let Some(code) = &self.facts.code {
            write!(f, ", {code}")?;
        }
        if let Some(message) = &self.facts.message {
            write!(f, ": {message}")?;
        }
        Ok(())
    }
}

impl<E> fmt::Debug for Refusal<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal")
            .field("status", &self.status)
            .field("code", &self.facts.code)
            .field("message", &self.facts.message)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload")
            .field("status", &self.status)
            .field("length", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl<E> fmt::Debug for CallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Undeclared(answer) => f.debug_tuple("Undeclared").field(answer).finish(),
            Self::Malformed { answer, reason } => f
                .debug_struct("Malformed")
                .field("answer", answer)
                .field("reason", reason)
                .finish(),
            Self::CutOff { answer, error } => f
                .debug_struct("CutOff")
                .field("answer", answer)
                .field("error", error)
                .finish(),
            Self::Transport(error) => f.debug_tuple("Transport").field(error).finish(),
            Self::Unsendable(reason) => f.debug_tuple("Unsendable").field(reason).finish(),
        }
    }
}
