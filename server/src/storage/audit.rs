//! Audit rows of changes. (Refusals are counted: `refusals.rs`.)

use sea_orm::{ConnectionTrait, EntityTrait as _, QueryOrder as _, QuerySelect as _};

use super::convert;
use super::entities::audit::{Column, Entity};
use super::failure::Failure;
use super::tokens;
use crate::domain::AuditRecord;

/// Writes one, with the statement that also writes those of many tokens.
pub(super) async fn insert(db: &impl ConnectionTrait, record: &AuditRecord) -> Result<(), Failure> {
    tokens::audit(db, &[record]).await
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
