//! Why a statement or a transaction did not do as asked: a precondition did not hold, or the database failed.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

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
}

impl Fault {
    /// A fault that we found ourselves.
    pub(super) fn new(reason: NotReady, words: impl Into<String>) -> Self {
        Self {
            reason,
            words: words.into(),
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

    /// The same, told as `error` when a unique column was taken.
    pub(super) fn if_taken(self, error: StoreError) -> Self {
        match self {
            Self::Precondition(StoreError::AlreadyExists) => Self::Precondition(error),
            Self::Precondition(_) | Self::Database(_) => self,
        }
    }
}

impl From<DbErr> for Fault {
    fn from(error: DbErr) -> Self {
        Self::new(reason(code(&error)), error.to_string())
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(_)) = error.sql_err() {
            return Self::Precondition(StoreError::AlreadyExists);
        }
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

/// SQLite's extended result code.
fn code(error: &DbErr) -> Option<u32> {
    let (DbErr::Conn(cause) | DbErr::Exec(cause) | DbErr::Query(cause)) = error else {
        return None;
    };
    let RuntimeErr::SqlxError(cause) = cause else {
        return None;
    };
    cause.as_database_error()?.code()?.parse().ok()
}

/// The numbers are those of <https://www.sqlite.org/rescode.html>; the low byte is the primary code.
fn reason(code: Option<u32>) -> NotReady {
    const DATABASE_MOVED: u32 = 1032;
    let Some(code) = code else {
        return NotReady::Failing;
    };
    match (code, code & 0xff) {
        (DATABASE_MOVED, _) => NotReady::Replaced,
        (_, 5 | 6) => NotReady::Locked,
        (_, 10) => NotReady::Disk,
        (_, 11 | 26) => NotReady::Damaged,
        (_, 13) => NotReady::Full,
        _ => NotReady::Failing,
    }
}

#[cfg(test)]
mod tests {
    use super::{NotReady, reason};

    #[test]
    fn extended_codes_are_told_by_their_primary_code() {
        // SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, SQLITE_FULL, SQLITE_BUSY_SNAPSHOT, SQLITE_CORRUPT_INDEX.
        let told = [778, 1034, 13, 517, 779].map(|code| reason(Some(code)));
        assert_eq!(
            told,
            [
                NotReady::Disk,
                NotReady::Disk,
                NotReady::Full,
                NotReady::Locked,
                NotReady::Damaged
            ]
        );
        assert_eq!(reason(Some(1032)), NotReady::Replaced);
        assert_eq!(reason(Some(1)), NotReady::Failing);
        assert_eq!(reason(None), NotReady::Failing);
    }
}
