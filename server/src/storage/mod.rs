//! Durable storage behind the authority's `Store` port: sea-orm, its entities and migrations, the only place with SQL.
//!
//! Invariant: dialect rules never come in here; a precondition is a fact about rows.

mod apply;
mod attempts;
mod checkpoint;
mod claims;
mod clock_notes;
mod connection;
mod contents;
mod convert;
mod entities;
mod failure;
mod files;
mod followers;
mod grants;
mod health;
mod lock;
mod migrations;
mod open;
mod open_error;
mod reads;
mod refusal_dialects;
mod refusals;
mod rows;
mod source;
mod sweep;
mod tokens;
mod write;

pub use contents::look_at;
pub use lock::{Holder, Lock, LockError, Purpose, one_name};
pub use open::SqlStore;
pub use open_error::OpenError;
pub use source::database_file;

#[cfg(test)]
mod tests;
