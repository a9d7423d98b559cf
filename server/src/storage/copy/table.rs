//! A table that is copied, and what of the schema is not.

use sea_orm::sea_query::{Alias, DeleteStatement, Query};

use crate::storage::checkpoint::MARKS;
use crate::storage::schema::MIGRATIONS;
use crate::storage::turn::TURNS;
use crate::storage::unfinished::UNFINISHED;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// 64 bits.
    Number,
    /// Yes or no.
    Flag,
    /// UTF-8.
    Text,
    /// Bytes.
    Bytes,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Whether it is of the primary key.
    pub(super) key: bool,
}

/// A table that is copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    /// In the order of their names.
    pub(super) columns: Vec<Column>,
}

impl Table {
    /// Removes all of its rows.
    pub(super) fn delete(&self) -> DeleteStatement {
        let mut delete = Query::delete();
        delete.from_table(Alias::new(&self.name));
        delete
    }
}

/// Whether a table is what it is for one database only: checkpoints are marked in it, or it lists the migrations, which both sides
/// apply by themselves.
pub(super) fn is_own(table: &str) -> bool {
    [MIGRATIONS, TURNS, UNFINISHED].contains(&table) || MARKS.contains(&table)
}

/// The same of a column: the checkpoint that a commit stands on.
pub(super) fn is_own_column(table: &str, column: &str) -> bool {
    (table, column) == ("epochs", "checkpoint")
}
