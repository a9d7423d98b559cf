//! Why something could not be measured, in words for whoever started it.

use std::io;

/// What stopped a measurement.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A file, a process or a socket failed.
    #[error("{what}: {reason}")]
    Io {
        /// What was done.
        what: String,
        /// The system's words.
        reason: io::Error,
    },
    /// A process did not come up.
    #[error("{0} did not start: {1}")]
    NotStarted(String, String),
    /// An answer refuses what was asked for.
    #[error("refused with {status}: {shown}")]
    Refused {
        /// Its status.
        status: u16,
        /// The answer, for people.
        shown: String,
    },
    /// An answer is not what can be gone on with.
    #[error("{0}")]
    Answer(String),
}

impl Fault {
    /// An error of the system, with what was done.
    pub fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |reason| Self::Io { what, reason }
    }
}
