//! Audit rows of changes. (Refusals are counted: `refusals.rs`.)

use std::sync::LazyLock;

use sea_orm::{ConnectionTrait, EntityTrait as _, QueryOrder as _, QuerySelect as _, Value};

use super::convert;
use super::entities::audit::{Column, Entity};
use super::failure::Failure;
use super::many_rows::ManyRows;
use crate::domain::{AuditRecord, Dialect};

const COLUMNS: [&str; 9] = [
    "at_ms", "actor", "actor_id", "address", "action", "dialect", "target", "outcome", "reason",
];

/// `OR FAIL`, as of tokens (`token_statements.rs`).
static INSERT: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(COLUMNS.len(), "", |rows| {
        let columns = COLUMNS.join(", ");
        format!(
            "WITH v ({columns}) AS (VALUES {rows}) \
             INSERT OR FAIL INTO audit ({columns}) SELECT {columns} FROM v WHERE at_ms IS NOT NULL"
        )
    })
});

/// Writes rows, at most as many as one statement takes.
pub(super) async fn insert(
    db: &impl ConnectionTrait,
    records: &[&AuditRecord],
) -> Result<(), Failure> {
    if records.is_empty() {
        return Ok(());
    }
    let row = |record: &&AuditRecord| -> [Value; COLUMNS.len()] {
        [
            record.at_ms.into(),
            record.actor.name.as_str().into(),
            record.actor.principal.map(|id| id.0).into(),
            record.actor.address.as_deref().into(),
            record.action.as_ref().into(),
            record.dialect.map(Dialect::as_str).into(),
            record.target.as_str().into(),
            record.outcome.as_ref().into(),
            record.reason.as_deref().into(),
        ]
    };
    let mut values = Vec::with_capacity(INSERT.room(records.len()));
    values.extend(records.iter().flat_map(row));
    INSERT.write(db, values).await?;
    Ok(())
}

/// The newest, newest first.
pub(super) async fn newest(
    db: &impl ConnectionTrait,
    limit: u64,
) -> Result<Vec<AuditRecord>, Failure> {
    let rows = Entity::find()
        .order_by_desc(Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(convert::audit).collect())
}
