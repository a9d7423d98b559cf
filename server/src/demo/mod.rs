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

use crate::dialects::seeding::ShowcaseError;

/// Why the demo could not be set up; the text is for operators.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The part of a dialect failed.
    #[error(transparent)]
    Showcase(#[from] ShowcaseError),
    /// The credentials cannot be written.
    #[error("cannot write the credentials to {path}: {reason}")]
    Credentials {
        /// The file.
        path: std::path::PathBuf,
        /// The system's words.
        reason: std::io::Error,
    },
}
