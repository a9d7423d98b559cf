//! Why a database does not open, in words for operators.

use sea_orm::DbErr;

use super::failure::{Failure, Fault};
use crate::authority::NotReady;

/// Why a database cannot be opened; the text is for operators.
#[derive(Debug, thiserror::Error)]
#[error("database: {0}")]
pub struct OpenError(String);

impl OpenError {
    pub(super) fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

/// What an operator is told of a database error.
pub(super) fn explain(error: DbErr) -> OpenError {
    let fault = Fault::from(error);
    OpenError(if fault.reason == NotReady::Damaged {
        format!("{}; restore a backup", fault.words)
    } else {
        fault.words
    })
}

/// What an operator is told of a failure.
pub(super) fn told(failure: Failure) -> OpenError {
    OpenError(match failure {
        Failure::Precondition(error) => error.to_string(),
        Failure::Database(fault) => fault.words,
    })
}
