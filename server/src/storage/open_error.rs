//! Why a database does not open, in words for operators.

use sea_orm::DbErr;

use super::failure::{Failure, Fault};
use crate::authority::NotReady;

/// Why a database cannot be opened; the text is for operators.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It does not open, or is not what it should be.
    #[error("database: {0}")]
    Failed(String),
    /// A newer program has migrated it.
    #[error(
        "database: its schema is newer than this program, which does not know {0}; use the program that made it"
    )]
    Newer(String),
    /// It is not to be migrated now, and would have to be.
    #[error(
        "database: its schema is older than this program, which needs {0}; say `tessera migrate up`"
    )]
    Pending(String),
    /// It holds a part of another database.
    #[error(
        "database: a copy from {0} into it was not finished: delete it (the file, or the database on its server), make it \
         anew, and copy again"
    )]
    Unfinished(String),
}

impl OpenError {
    pub(super) fn new(words: impl Into<String>) -> Self {
        Self::Failed(words.into())
    }
}

/// What an operator is told of a database error.
pub(super) fn explain(error: DbErr) -> OpenError {
    let fault = Fault::from(error);
    OpenError::new(if fault.reason == NotReady::Damaged {
        format!("{}; restore a backup", fault.words)
    } else {
        fault.words
    })
}

/// What an operator is told of a failure.
pub(super) fn told(failure: Failure) -> OpenError {
    OpenError::new(match failure {
        Failure::Precondition(error) => error.to_string(),
        Failure::Database(fault) => fault.words,
    })
}
