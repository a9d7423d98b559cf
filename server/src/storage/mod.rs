//! Durable storage behind the authority's `Store` port: sea-orm, its entities and migrations, the only place with SQL.
//!
//! Invariant: dialect rules never come in here; a precondition is a fact about rows.
//!
//! A precondition holds when the transaction commits, on any database: every transaction that writes raises the one row of `epochs`
//! first (`epochs.rs`), so it waits there for any other that has not ended, and nobody writes beside it. (`SQLite` has one writer
//! anyhow.) `PostgreSQL` is used with a snapshot for each statement (read committed), so that what is asked after the wait sees what
//! others have committed meanwhile. What differs between the two is in `backend/`; files, checkpoints and locks are `SQLite`'s alone.

mod apply;
mod attempts;
mod audit;
mod backend;
mod change_log;
mod checkpoint;
mod claims;
mod clock_notes;
mod connection;
mod constant;
mod contents;
mod convert;
mod copy;
mod end_listed;
mod entities;
mod epochs;
mod failure;
mod files;
mod grants;
mod health;
mod keys;
mod known;
mod lock;
mod many_rows;
mod mark;
mod migrations;
mod open;
mod open_error;
mod opened;
mod peek;
mod pool;
mod principals;
mod reads;
mod refusal_dialects;
mod refusals;
mod role;
mod rows;
mod schema;
mod secrets;
mod sessions;
mod settings;
mod source;
mod sweep;
mod token_pages;
mod token_reads;
mod token_row;
mod token_shapes;
mod token_statements;
mod tokens;
mod turn;
mod unfinished;
mod write;

pub use contents::look_at;
pub use copy::{Copied, CopyError, Progress, Side, copy};
pub use lock::{Holder, Lock, LockError, Purpose, one_name};
pub use open::SqlStore;
pub use open_error::OpenError;
pub use schema::Schema;
pub use source::database_file;

#[cfg(test)]
pub(crate) use tests::{Ground, before_compact_tokens};

#[cfg(test)]
mod tests;
