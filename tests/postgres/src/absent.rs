//! Why there is no PostgreSQL for tests.

use std::io;

/// Why there is no PostgreSQL; the text is for whoever runs the tests.
#[derive(Debug, thiserror::Error)]
pub enum Absent {
    /// No binaries were found.
    #[error("PostgreSQL is not installed on this machine")]
    NotInstalled,
    /// They do not make or start a cluster.
    #[error("PostgreSQL does not start: {0}")]
    NotStarted(String),
    /// A file or a process could not be made.
    #[error("PostgreSQL cannot be set up: {0}")]
    System(#[from] io::Error),
    /// What `TESSERA_TEST_POSTGRES_URL` says is no URL of PostgreSQL.
    #[error("TESSERA_TEST_POSTGRES_URL is no postgres:// URL")]
    Url,
}
