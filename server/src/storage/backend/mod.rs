//! What differs between SQLite and PostgreSQL: how a connection is made, how a constant text is written, what an error code means.
//!
//! Everything else is the same for both. What is asked of files, checkpoints and locks of files is `SQLite`'s alone.

mod codes;
mod postgres;
mod sqlite;
mod text;

pub(super) use codes::{code, is_broken, may_be_retried, outcome_is_unknown, reason};
pub(super) use text::{Text, may_hold, sought};

pub(super) use postgres::options as of_postgres;
pub(super) use sqlite::options as of_sqlite;
