//! Runs a constant text with its values. The driver prepares such a text once.

use sea_orm::{ConnectionTrait, ExecResult, QueryResult, Statement, Value};

use super::failure::Failure;

fn statement(db: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, values)
}

/// Runs it, and says how many rows it has written.
pub(super) async fn run(
    db: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<ExecResult, Failure> {
    Ok(db.execute_raw(statement(db, sql, values)).await?)
}

/// All rows that it gives.
pub(super) async fn all(
    db: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<QueryResult>, Failure> {
    Ok(db.query_all_raw(statement(db, sql, values)).await?)
}

/// The first row that it gives.
pub(super) async fn first(
    db: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Option<QueryResult>, Failure> {
    Ok(db.query_one_raw(statement(db, sql, values)).await?)
}
