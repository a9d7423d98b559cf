//! Which tables and columns a database has, and whether they are those that are copied.

use std::collections::BTreeSet;

use sea_orm::{DatabaseConnection, QueryResult};

use super::backend::CATALOGUE;
use super::error::{CopyError, Side};
use super::table::{Column, Kind, Table, is_own, is_own_column};
use crate::storage::constant;
use crate::storage::open_error::{OpenError, explain, told};

/// Fails unless a database has these tables with these columns, and no others.
pub(super) async fn agree(
    side: Side,
    db: &DatabaseConnection,
    all: &[Table],
) -> Result<(), CopyError> {
    let rows = rows(db).await.map_err(side.failed())?;
    let found: BTreeSet<String> = rows
        .iter()
        .map(|(table, row)| format!("{table}.{}", row.name))
        .collect();
    let wanted = all.iter().flat_map(|table| {
        let columns = table.columns.iter();
        columns.map(|column| format!("{}.{}", table.name, column.name))
    });
    let wanted: BTreeSet<String> = wanted.collect();
    let listed = |some: &BTreeSet<String>, others| {
        let difference: Vec<&str> = some.difference(others).map(String::as_str).collect();
        difference.join(", ")
    };
    let (unknown, missing) = (listed(&found, &wanted), listed(&wanted, &found));
    let difference = match (&*unknown, &*missing) {
        ("", "") => return Ok(()),
        ("", missing) => format!("{missing} is missing"),
        (unknown, _) => format!("{unknown} is not known"),
    };
    Err(CopyError::Unknown { side, difference })
}

/// The tables of a SQLite database that are copied, in the order of their names.
pub(super) async fn typed(fresh: &DatabaseConnection) -> Result<Vec<Table>, OpenError> {
    let mut tables: Vec<Table> = Vec::new();
    for (name, row) in rows(fresh).await? {
        let kind = match &*row.kind.to_lowercase() {
            "bigint" | "integer" => Kind::Number,
            "boolean" => Kind::Flag,
            "text" | "varchar" => Kind::Text,
            "blob" => Kind::Bytes,
            other => {
                let words = format!(
                    "{name}.{} is of a kind that is not copied: {other}",
                    row.name
                );
                return Err(OpenError::new(words));
            }
        };
        let column = Column {
            name: row.name,
            kind,
            key: row.key,
        };
        match tables.last_mut() {
            Some(table) if table.name == name => table.columns.push(column),
            _ => tables.push(Table {
                name,
                columns: vec![column],
            }),
        }
    }
    Ok(tables)
}

/// A column as the catalogue has it.
struct Row {
    name: String,
    kind: String,
    key: bool,
}

/// The columns of all tables that are copied, in the order of their names.
async fn rows(db: &DatabaseConnection) -> Result<Vec<(String, Row)>, OpenError> {
    let found = constant::all(db, &CATALOGUE, vec![]).await.map_err(told)?;
    let read = |row: &QueryResult| {
        let table: String = row.try_get_by_index(0)?;
        let row = Row {
            name: row.try_get_by_index(1)?,
            kind: row.try_get_by_index(2)?,
            key: row.try_get_by_index(3)?,
        };
        Ok((table, row))
    };
    let rows: Result<Vec<_>, _> = found.iter().map(read).collect();
    let mut rows = rows.map_err(explain)?;
    rows.retain(|(table, row)| !is_own(table) && !is_own_column(table, &row.name));
    // Databases sort texts each in its own way.
    rows.sort_by(|(table, row), (other, next)| (table, &row.name).cmp(&(other, &next.name)));
    Ok(rows)
}
