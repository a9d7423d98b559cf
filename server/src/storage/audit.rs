//! Audit rows of changes. (Refusals are counted: `refusals.rs`.)

use std::sync::LazyLock;

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Value,
};

use super::convert;
use super::entities::audit::{Column, Entity};
use super::failure::Failure;
use super::many_rows::ManyRows;
use super::rows::{asked, page};
use crate::authority::{AuditFilter, Page};
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

/// A page by filter, newest first.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    filter: AuditFilter,
) -> Result<Page<AuditRecord>, Failure> {
    let AuditFilter {
        principal,
        target,
        action,
        from_ms,
        before_ms,
        after,
        limit,
    } = filter;
    let mut found = Entity::find();
    if let Some((id, dialect, name)) = principal {
        let as_target = Condition::all()
            .add(Column::Dialect.eq(dialect.as_str()))
            .add(Column::Target.eq(name));
        let either = Condition::any()
            .add(Column::ActorId.eq(id.0))
            .add(as_target);
        found = found.filter(either);
    }
    if let Some(target) = target {
        found = found.filter(Column::Target.eq(target));
    }
    if let Some(action) = action {
        found = found.filter(Column::Action.eq(action));
    }
    if let Some(from_ms) = from_ms {
        found = found.filter(Column::AtMs.gte(from_ms));
    }
    if let Some(before_ms) = before_ms {
        found = found.filter(Column::AtMs.lt(before_ms));
    }
    if let Some(after) = after {
        found = found.filter(Column::Id.lt(after));
    }
    let asked = u64::try_from(asked(limit)).unwrap_or(u64::MAX);
    let rows = found.order_by_desc(Column::Id).limit(asked).all(db).await?;
    let rows = rows.into_iter().map(|row| (row.id, convert::audit(row)));
    Ok(page(limit, rows.collect()))
}
