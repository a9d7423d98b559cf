//! Runs a constant text with its values. The driver prepares such a text once.

use sea_orm::{ConnectionTrait, ExecResult, QueryResult, Statement, Value};

use super::backend::Text;
use super::failure::Failure;

/// As the database of that connection is told.
pub(super) fn statement(db: &impl ConnectionTrait, text: &Text, values: Vec<Value>) -> Statement {
    let backend = db.get_database_backend();
    Statement::from_sql_and_values(backend, text.on(backend), values)
}

/// Runs it, and says how many rows it has written.
pub(super) async fn run(
    db: &impl ConnectionTrait,
    text: &Text,
    values: Vec<Value>,
) -> Result<ExecResult, Failure> {
    Ok(db.execute_raw(statement(db, text, values)).await?)
}

/// All rows that it gives.
pub(super) async fn all(
    db: &impl ConnectionTrait,
    text: &Text,
    values: Vec<Value>,
) -> Result<Vec<QueryResult>, Failure> {
    Ok(db.query_all_raw(statement(db, text, values)).await?)
}

/// The first row that it gives.
pub(super) async fn first(
    db: &impl ConnectionTrait,
    text: &Text,
    values: Vec<Value>,
) -> Result<Option<QueryResult>, Failure> {
    Ok(db.query_one_raw(statement(db, text, values)).await?)
}
