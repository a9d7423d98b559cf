//! What the codes of both databases mean to operators.

use sea_orm::{DbErr, RuntimeErr, sqlx};

use crate::authority::NotReady;

fn cause(error: &DbErr) -> Option<&sqlx::Error> {
    let (DbErr::Conn(cause) | DbErr::Exec(cause) | DbErr::Query(cause)) = error else {
        return None;
    };
    match cause {
        RuntimeErr::SqlxError(cause) => Some(cause),
        RuntimeErr::Internal(_) => None,
    }
}

/// The database's own code, if it has answered.
pub(in crate::storage) fn code(error: &DbErr) -> Option<String> {
    Some(cause(error)?.as_database_error()?.code()?.into_owned())
}

/// Whether the connection is of no use any more: it broke, or the server ends it.
pub(in crate::storage) fn is_broken(error: &DbErr) -> bool {
    match code(error) {
        Some(code) => code.starts_with("08") || code.starts_with("57P"),
        None => matches!(
            cause(error),
            Some(sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::Tls(_))
        ),
    }
}

/// Whether a transaction that has failed so did nothing, and can be tried again: it met another in its way. (PostgreSQL's codes.)
pub(in crate::storage) fn may_be_retried(code: Option<&str>) -> bool {
    matches!(code, Some("40001" | "40P01"))
}

/// Whether a COMMIT of PostgreSQL that has failed so may have been done all the same: the server has not said that it refuses, or
/// it ends the session, or says that it does not know either.
pub(in crate::storage) fn outcome_is_unknown(code: Option<&str>) -> bool {
    code.is_none_or(|code| code.starts_with("08") || code.starts_with("57P") || code == "40003")
}

/// What a code means; `None` when there is none.
pub(in crate::storage) fn reason(code: Option<&str>) -> NotReady {
    // The five characters of PostgreSQL may all be digits; a number of SQLite's has at most four.
    match code {
        None => NotReady::Failing,
        Some(code) if code.len() == 5 => of_postgres(code),
        Some(code) => of_sqlite(code),
    }
}

/// The numbers are those of <https://www.sqlite.org/rescode.html>; the low byte is the primary code.
fn of_sqlite(code: &str) -> NotReady {
    const DATABASE_MOVED: u32 = 1032;
    let Ok(code) = code.parse::<u32>() else {
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

/// The codes are those of <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn of_postgres(code: &str) -> NotReady {
    match code {
        "53100" => NotReady::Full,
        "55P03" | "40001" | "40P01" => NotReady::Locked,
        "58030" => NotReady::Disk,
        "XX001" | "XX002" => NotReady::Damaged,
        _ => NotReady::Failing,
    }
}

#[cfg(test)]
mod tests {
    use super::{NotReady, may_be_retried, outcome_is_unknown, reason};

    #[test]
    fn extended_codes_are_told_by_their_primary_code() {
        for (code, told) in [
            // SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, SQLITE_FULL, SQLITE_BUSY_SNAPSHOT, SQLITE_CORRUPT_INDEX.
            ("778", NotReady::Disk),
            ("1034", NotReady::Disk),
            ("13", NotReady::Full),
            ("517", NotReady::Locked),
            ("779", NotReady::Damaged),
            ("1032", NotReady::Replaced),
            ("1", NotReady::Failing),
            // PostgreSQL's.
            ("53100", NotReady::Full),
            ("55P03", NotReady::Locked),
            ("58030", NotReady::Disk),
            ("XX001", NotReady::Damaged),
            ("57P01", NotReady::Failing),
            ("53300", NotReady::Failing),
        ] {
            assert_eq!(reason(Some(code)), told, "{code}");
        }
        assert_eq!(reason(None), NotReady::Failing);
    }

    #[test]
    fn a_commit_that_was_refused_is_known_and_one_without_an_answer_is_not() {
        for (code, unknown, again) in [
            (None, true, false),
            (Some("57P01"), true, false),
            (Some("08006"), true, false),
            (Some("40003"), true, false),
            (Some("40001"), false, true),
            (Some("40P01"), false, true),
            (Some("23503"), false, false),
            (Some("57014"), false, false),
        ] {
            assert_eq!(outcome_is_unknown(code), unknown, "{code:?}");
            assert_eq!(may_be_retried(code), again, "{code:?}");
        }
    }
}
