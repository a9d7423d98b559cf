//! The demo: principals of every dialect with random secrets, and a curl for every operation.

mod credentials;
mod folder;
mod guide;
mod principals;
#[cfg(test)]
mod tests;

pub use credentials::{Credentials, forget};
pub use folder::DemoFolder;
pub use guide::guide;
pub use principals::seed;

use crate::authority::{IssueError, RegistryError, Unavailable};

/// Why the demo could not be set up; the text is for operators.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A principal or secret was refused.
    #[error("cannot seed the demo's principals: {0}")]
    Registry(#[from] RegistryError),
    /// The token of the token generator's user was refused.
    #[error("cannot seed the demo's principals: {0}")]
    Token(#[from] IssueError),
    /// A part of the authority failed.
    #[error("cannot seed the demo's principals: {0}")]
    Authority(#[from] Unavailable),
    /// The authority did not hand out a secret it made.
    #[error("cannot seed the demo's principals: a secret is missing")]
    SecretMissing,
    /// The server refused to make a token that the printed commands need.
    #[error("cannot prepare the demo's commands: {0} was refused")]
    Trial(&'static str),
    /// The credentials cannot be written.
    #[error("cannot write the credentials to {path}: {reason}")]
    Credentials {
        /// The file.
        path: std::path::PathBuf,
        /// The system's words.
        reason: std::io::Error,
    },
}
