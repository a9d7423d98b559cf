//! Why a statement or a transaction did not do as asked: a precondition did not hold, or the database failed.

use sea_orm::{DbErr, SqlErr};

use super::backend::{code, is_broken, may_be_retried, reason};
use crate::authority::{NotReady, StoreError};

/// What ends a statement or a transaction inside storage.
#[derive(Debug)]
pub(super) enum Failure {
    /// A precondition did not hold. The connection is sound.
    Precondition(StoreError),
    /// The database failed. What its connection does next is anybody's guess.
    Database(Fault),
}

/// A failure of the database.
#[derive(Debug)]
pub(super) struct Fault {
    /// What operators and probes are told.
    pub(super) reason: NotReady,
    /// The driver's words, for the log only.
    pub(super) words: String,
    /// What is known of it besides.
    pub(super) nature: Nature,
}

/// What a fault is, to those who can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    /// A unique column was taken. PostgreSQL does nothing more in that transaction, so it is a refusal only in a savepoint.
    Taken,
    /// The transaction met another in its way, has done nothing, and can be tried again.
    Overlap,
    /// The connection is of no use any more; what was begun on it and not committed is nothing.
    Broken,
    /// Anything else.
    Other,
}

impl Fault {
    /// A fault that we found ourselves.
    pub(super) fn new(reason: NotReady, words: impl Into<String>) -> Self {
        Self {
            reason,
            words: words.into(),
            nature: Nature::Other,
        }
    }

    /// A connection that is of no use any more, by our own word.
    pub(super) fn broken(words: &str) -> Self {
        Self {
            nature: Nature::Broken,
            ..Self::new(NotReady::Failing, words)
        }
    }

    /// Whether a transaction that has ended so did nothing, and may do everything at its next try.
    pub(super) fn may_be_tried_again(&self) -> bool {
        match self.nature {
            Nature::Overlap | Nature::Broken => true,
            Nature::Taken | Nature::Other => false,
        }
    }

    /// Whether the operating system may hold pages that the disk has not, until a checkpoint has been synced.
    pub(super) fn leaves_pages_in_doubt(&self) -> bool {
        match self.reason {
            NotReady::Disk | NotReady::Damaged => true,
            NotReady::Full | NotReady::Replaced | NotReady::Locked | NotReady::Failing => false,
        }
    }
}

impl Failure {
    /// A stored value that no version of this program has written.
    pub(super) fn unreadable(column: &'static str) -> Self {
        Self::Database(Fault::new(
            NotReady::Failing,
            format!("unreadable value in {column}"),
        ))
    }

    /// The same, told as `error` when a unique column was taken. To be asked in a savepoint: see [`Nature::Taken`].
    pub(super) fn if_taken(self, error: StoreError) -> Self {
        match self {
            Self::Database(fault) if fault.nature == Nature::Taken => Self::Precondition(error),
            Self::Precondition(_) | Self::Database(_) => self,
        }
    }
}

impl From<DbErr> for Fault {
    fn from(error: DbErr) -> Self {
        let code = code(&error);
        let code = code.as_deref();
        let nature = if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) {
            Nature::Taken
        } else if may_be_retried(code) {
            Nature::Overlap
        } else if is_broken(&error) {
            Nature::Broken
        } else {
            Nature::Other
        };
        Self {
            nature,
            ..Self::new(reason(code), error.to_string())
        }
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self::Database(error.into())
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Database(fault)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Precondition(error)
    }
}
