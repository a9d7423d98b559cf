//! Why the bench has no answer.

use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;

/// Why the bench has no answer.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A file or program is not to be had.
    #[error("{subject}: {source}")]
    Io {
        /// The file or program.
        subject: String,
        /// What the system says.
        source: io::Error,
    },
    /// A patch does not fit the project any more.
    #[error("{}: found {occurrences} times instead of once: {find}", file.display())]
    Stale {
        /// The file.
        file: PathBuf,
        /// What was looked for.
        find: String,
        /// How often it was there.
        occurrences: usize,
    },
    /// The patched project does not compile.
    #[error("the patched project does not compile:\n{}", errors.join("\n"))]
    Compile {
        /// The compiler's errors, as it shows them.
        errors: Vec<String>,
    },
    /// The build ended well and told of no executable.
    #[error("the build told of no executable {0}")]
    NoExecutable(String),
    /// The copy's server did not say what it emits.
    #[error("the server of the copy does not say what it emits: {0}")]
    Silent(String),
}

/// What the system says about a file or program.
pub fn io_error(subject: impl AsRef<OsStr>) -> impl FnOnce(io::Error) -> BenchError {
    let subject = subject.as_ref().to_string_lossy().into_owned();
    move |source| BenchError::Io { subject, source }
}
