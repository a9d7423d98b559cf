//! The one error of every operation.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

use crate::HasHeaders;

/// Why a call gave no success.
///
/// `E` is the body of the operation's declared refusals. Neither `Display` nor `Debug` shows bodies or headers,
/// which may hold credentials.
#[derive(Error)]
#[non_exhaustive]
pub enum CallError<E> {
    /// The authority refused, in a way its document declares.
    #[error("{0}")]
    Refused(Refusal<E>),
    /// The authority, or something in front of it, answered what its document does not declare.
    #[error("undeclared answer {}", .0.status)]
    Undeclared(Payload),
    /// A declared answer whose body is not what the document says.
    #[error("malformed answer: {reason}")]
    Malformed {
        /// The body as it came.
        body: Bytes,
        /// What is wrong with it, without quoting it.
        reason: String,
    },
    /// No answer, or only a part of one.
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
    code: Option<String>,
    message: Option<String>,
    retry_in_secs: Option<u64>,
}

/// An answer without a type.
#[derive(Clone)]
#[non_exhaustive]
pub struct Payload {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Bytes,
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

// Where the dialects keep a refusal's code, in the order of preference.
const CODES: &[&str] = &["/code", "/soaCode", "/meta/code", "/error"];
const MESSAGES: &[&str] = &[
    "/message",
    "/detail",
    "/error_description",
    "/error_message",
    "/meta/error_message",
    "/error",
];
const RETRY_SECS: &[&str] = &["/meta/retry_in"];

impl<E: Serialize> Refusal<E> {
    pub(crate) fn new(status: StatusCode, headers: HeaderMap, body: Option<E>) -> Self {
        let facts = body
            .as_ref()
            .and_then(|body| serde_json::to_value(body).ok())
            .unwrap_or_default();
        let first = |pointers: &[&str]| pointers.iter().find_map(|pointer| facts.pointer(pointer));
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        let retry_in_secs = headers
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .or_else(|| first(RETRY_SECS).and_then(Value::as_u64));
        // The token generator says why it denies in a header only.
        let message = first(MESSAGES).and_then(text).or_else(|| {
            let message = headers.get("x-message")?;
            message.to_str().ok().map(str::to_owned)
        });
        Self {
            code: first(CODES).and_then(text),
            message,
            retry_in_secs,
            status,
            headers,
            body,
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
            | Self::Transport(_)
            | Self::Unsendable(_) => None,
        }
    }

    /// The HTTP status of the answer, where it is known.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused(refusal) => Some(refusal.status),
            Self::Undeclared(answer) => Some(answer.status),
            Self::Transport(error) => error.status(),
            Self::Malformed { .. } | Self::Unsendable(_) => None,
        }
    }

    /// The dialect's own code of a refusal, such as `1940103`, `invalid_client` or `CREDENTIALS_REJECTED`.
    pub fn code(&self) -> Option<&str> {
        self.refusal()?.code.as_deref()
    }

    /// The dialect's text about a refusal, for humans.
    pub fn message(&self) -> Option<&str> {
        self.refusal()?.message.as_deref()
    }

    /// How long to wait before the call is worth repeating, if the authority says so.
    pub fn retry_after(&self) -> Option<Duration> {
        self.refusal()?.retry_in_secs.map(Duration::from_secs)
    }

    /// Whether the same call may succeed later: it did not get through, came too often, or met an outage.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Transport(_) => true,
            Self::Refused(_) | Self::Undeclared(_) => {
                self.retry_after().is_some() || self.status().is_some_and(is_transient)
            }
            Self::Malformed { .. } | Self::Unsendable(_) => false,
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
            Self::Undeclared(answer) => Some(&answer.headers),
            Self::Malformed { .. } | Self::Transport(_) | Self::Unsendable(_) => None,
        }
    }
}

impl<E> fmt::Display for Refusal<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused with {}", self.status)?;
        if let Some(code) = &self.code {
            write!(f, ", {code}")?;
        }
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        Ok(())
    }
}

impl<E> fmt::Debug for Refusal<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal")
            .field("status", &self.status)
            .field("code", &self.code)
            .field("message", &self.message)
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
            Self::Malformed { body, reason } => f
                .debug_struct("Malformed")
                .field("length", &body.len())
                .field("reason", reason)
                .finish(),
            Self::Transport(error) => f.debug_tuple("Transport").field(error).finish(),
            Self::Unsendable(reason) => f.debug_tuple("Unsendable").field(reason).finish(),
        }
    }
}
