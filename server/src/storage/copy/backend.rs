//! What differs between the databases when one is copied into the other.

use sea_orm::{
    AccessMode, ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    IsolationLevel, Statement, TransactionTrait as _,
};

use super::error::{CopyError, Side};
use super::table::{Kind, Table};
use crate::storage::backend::Text;
use crate::storage::checkpoint::MARKS;

/// Table, column, type, and whether it is of the primary key; SQLite alone says the last.
pub(super) static CATALOGUE: Text = Text::each(
    "SELECT m.name, c.name, c.type, c.pk > 0 FROM sqlite_master m, pragma_table_info(m.name) c \
     WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    "SELECT table_name::text, column_name::text, data_type::text, false \
     FROM information_schema.columns WHERE table_schema = current_schema()",
);

/// One state of everything.
pub(super) async fn snapshot(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    if db.get_database_backend() == DbBackend::Sqlite {
        return db.begin().await;
    }
    let (level, mode) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
    db.begin_with_config(Some(level), Some(mode)).await
}

/// How a column is read: numbers in 64 bits, whatever they are stored in.
pub(super) fn read(kind: Kind, column: &str) -> String {
    match kind {
        Kind::Number => format!("CAST({column} AS bigint)"),
        Kind::Flag => format!("CASE WHEN {column} THEN 1 ELSE 0 END"),
        Kind::Text | Kind::Bytes => column.to_owned(),
    }
}

/// How rows are sorted by a column: by bytes, whatever the language of the database.
pub(super) fn sort(backend: DbBackend, kind: Kind, column: &str) -> String {
    if kind == Kind::Text && backend != DbBackend::Sqlite {
        format!("{column} COLLATE \"C\"")
    } else {
        column.to_owned()
    }
}

/// What is to be done to the target besides: numbers that the database gives go on after those that were copied, and no checkpoint of
/// a file is ahead of its commits.
pub(super) async fn settle(db: &DatabaseConnection, all: &[Table]) -> Result<(), CopyError> {
    let backend = db.get_database_backend();
    if backend == DbBackend::Sqlite {
        for table in MARKS {
            let sql = format!("UPDATE {table} SET epoch = 0");
            let done = db.execute_unprepared(&sql).await;
            done.map_err(Side::Target.broke(table))?;
        }
        return Ok(());
    }
    for table in all {
        let numbers = table.columns.iter();
        for column in numbers.filter(|column| column.key && column.kind == Kind::Number) {
            let (table, column) = (&table.name, &column.name);
            let sql = format!(
                "SELECT setval(pg_get_serial_sequence('\"{table}\"', '{column}'), max(\"{column}\")) FROM \"{table}\" \
                 HAVING pg_get_serial_sequence('\"{table}\"', '{column}') IS NOT NULL AND max(\"{column}\") IS NOT NULL"
            );
            let done = db.query_all_raw(Statement::from_string(backend, sql)).await;
            done.map_err(Side::Target.broke(table))?;
        }
    }
    Ok(())
}
