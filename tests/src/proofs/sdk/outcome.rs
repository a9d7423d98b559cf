//! What a call through the SDK ended in, with its types left behind so that one judge can look at all of them.

use std::collections::BTreeMap;
use std::fmt::Debug;

use reqwest::header::HeaderMap;
use serde::Serialize;
use serde_json::Value;
use tessera_client::{CallError, DeclaredHeaders, HasHeaders, ResponseValue};

use crate::dialects::TRIALS;

/// How a call ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// A success, with its body serialised again.
    Success(u16, Value),
    /// A declared refusal, with its body serialised again.
    Refused(u16, Option<Value>),
    /// An answer the document does not declare.
    Undeclared(u16),
    /// A declared answer of another shape; the reason.
    Malformed(u16, String),
    /// Half an answer.
    CutOff(u16),
    /// No answer.
    Transport,
    /// Nothing was sent.
    Unsendable(String),
}

/// What a caller gets to see.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// How the call ended.
    pub ending: Ending,
    /// What each typed accessor of a declared header gives, by the header's name in lower case.
    pub headers: BTreeMap<&'static str, Option<String>>,
    /// The dialect's code of a refusal.
    pub code: Option<String>,
    /// The dialect's text about a refusal.
    pub message: Option<String>,
    /// How many seconds to wait.
    pub retry_after: Option<u64>,
    /// Whether a repetition may help.
    pub transient: bool,
    /// Everything that `Debug` and `Display` show.
    pub shown: String,
    /// What is kept of the body of an answer without a type.
    pub payload: Option<Vec<u8>>,
    /// The headers as they were sent.
    sent: HeaderMap,
}

impl Outcome {
    /// Takes the types off.
    pub fn of<T, E>(result: Result<ResponseValue<T>, CallError<E>>) -> Self
    where
        T: Serialize + Debug,
        E: Serialize + Debug,
    {
        match result {
            Ok(answer) => Self {
                headers: headers(&answer),
                shown: format!("{answer:?}"),
                ending: Ending::Success(answer.status().as_u16(), json(&*answer)),
                code: None,
                message: None,
                retry_after: None,
                transient: false,
                payload: None,
                sent: answer.headers().clone(),
            },
            Err(error) => Self {
                headers: headers(&error),
                code: error.code().map(str::to_owned),
                message: error.message().map(str::to_owned),
                retry_after: error.retry_after().map(|wait| wait.as_secs()),
                transient: error.is_transient(),
                shown: format!("{error} {error:?}"),
                ending: ending(&error),
                payload: error.payload().map(|answer| answer.body.to_vec()),
                sent: error.header_map().cloned().unwrap_or_default(),
            },
        }
    }

    /// The status of the answer, if one came.
    pub fn status(&self) -> Option<u16> {
        match self.ending {
            Ending::Success(status, _)
            | Ending::Refused(status, _)
            | Ending::Undeclared(status)
            | Ending::Malformed(status, _)
            | Ending::CutOff(status) => Some(status),
            Ending::Transport | Ending::Unsendable(_) => None,
        }
    }

    /// Which kind of ending it is.
    pub fn variant(&self) -> &'static str {
        match self.ending {
            Ending::Success(..) => "Success",
            Ending::Refused(..) => "Refused",
            Ending::Undeclared(_) => "Undeclared",
            Ending::Malformed(..) => "Malformed",
            Ending::CutOff(_) => "CutOff",
            Ending::Transport => "Transport",
            Ending::Unsendable(_) => "Unsendable",
        }
    }

    /// A header of the answer as it was sent.
    pub fn sent(&self, name: &str) -> Option<&str> {
        self.sent.get(name)?.to_str().ok()
    }
}

fn ending<E: Serialize>(error: &CallError<E>) -> Ending {
    match error {
        CallError::Refused(refusal) => Ending::Refused(
            refusal.status.as_u16(),
            refusal.body.as_ref().map(|body| json(body)),
        ),
        CallError::Undeclared(answer) => Ending::Undeclared(answer.status.as_u16()),
        CallError::Malformed { answer, reason } => {
            Ending::Malformed(answer.status.as_u16(), reason.clone())
        }
        CallError::CutOff { answer, .. } => Ending::CutOff(answer.status.as_u16()),
        CallError::Transport(_) => Ending::Transport,
        CallError::Unsendable(reason) => Ending::Unsendable(reason.clone()),
        other => panic!("no ending is known for {other:?}"),
    }
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("what was read from JSON can be written as JSON")
}

/// The headers that HTTP itself knows, and those that dialects have of their own.
fn headers(answer: &dyn HasHeaders) -> BTreeMap<&'static str, Option<String>> {
    let text = |value: Option<&str>| value.map(str::to_owned);
    let known = [
        ("accept-encoding", text(answer.accept_encoding())),
        (
            "retry-after",
            DeclaredHeaders::retry_after(answer).map(|secs| secs.to_string()),
        ),
        (
            "set-cookie",
            answer.set_cookie().map(|it| it.expose().to_owned()),
        ),
        ("www-authenticate", text(answer.www_authenticate())),
    ];
    let own = TRIALS.iter().flat_map(|trial| trial.sdk_headers(answer));
    known.into_iter().chain(own).collect()
}
