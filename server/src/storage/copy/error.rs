//! Why a copy was not made, in words for operators.

use std::fmt;

use sea_orm::DbErr;

use crate::storage::lock::LockError;
use crate::storage::open_error::{OpenError, explain};

/// One of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What is copied.
    Source,
    /// What it is copied into.
    Target,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "source",
            Self::Target => "target",
        })
    }
}

/// Why a copy was not made. Of the last four the target is left unfinished, if it was begun.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Both have one URL.
    #[error("source and target are one database")]
    Same,
    /// It is served, or another process makes it.
    #[error("the {side}: {reason}")]
    Locked {
        /// Which of them.
        side: Side,
        /// Who has it.
        reason: LockError,
    },
    /// The target holds something.
    #[error(
        "the target {0} holds rows already: name an empty database, or a file that is not there"
    )]
    NotEmpty(String),
    /// There are tables or columns that this program does not know, or some are missing.
    #[error(
        "the {side} has not the tables of this program: {difference}; nothing may be left out of a copy"
    )]
    Unknown {
        /// Which of them.
        side: Side,
        /// What is there and should not be, or the other way round.
        difference: String,
    },
    /// One of them does not open.
    #[error("the {side}: {reason}")]
    Open {
        /// Which of them.
        side: Side,
        /// Why.
        reason: OpenError,
    },
    /// A statement failed.
    #[error("the {side}, table {table}: {reason}")]
    Broke {
        /// Which of them.
        side: Side,
        /// The table, or `*`.
        table: String,
        /// Why.
        reason: OpenError,
    },
    /// Both sides were read, and are not the same.
    #[error(
        "table {table} of the target is not that of the source: {rows} rows there, {found} here; or their contents differ"
    )]
    Differs {
        /// The table.
        table: String,
        /// Rows of the source.
        rows: u64,
        /// Rows of the target.
        found: u64,
    },
}

impl Side {
    /// What is made of an error of opening.
    pub(super) fn failed(self) -> impl Fn(OpenError) -> CopyError {
        move |reason| CopyError::Open { side: self, reason }
    }

    /// What is made of an error of a statement on that table.
    pub(super) fn broke(self, table: &str) -> impl Fn(DbErr) -> CopyError {
        let table = table.to_owned();
        move |error| CopyError::Broke {
            side: self,
            table: table.clone(),
            reason: explain(error),
        }
    }
}
