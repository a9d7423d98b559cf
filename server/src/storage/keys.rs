//! Keys that sign tokens. A dialect has one active key, which an index of the database holds to.

use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelBehavior as _, ConnectionTrait, EntityTrait as _, QueryOrder as _};

use super::convert;
use super::entities::key::{ActiveModel, Column, Entity};
use super::failure::Failure;
use super::rows::{add_new, alter};
use crate::authority::{Changed, StoreError};
use crate::domain::{KeyId, KeyRecord, KeyState};

/// Two processes that start at once must not make an active key each: the second insert is refused.
pub(super) async fn insert(
    db: &impl ConnectionTrait,
    record: KeyRecord,
    changed: &mut Changed,
) -> Result<(), Failure> {
    changed.keys = true;
    let taken = match record.state {
        KeyState::Active => StoreError::Conflict,
        KeyState::Next | KeyState::Retiring | KeyState::Retired => StoreError::AlreadyExists,
    };
    add_new(db, convert::key_row(record), taken).await
}

pub(super) async fn set_state(
    db: &impl ConnectionTrait,
    id: &KeyId,
    state: KeyState,
    at_ms: i64,
    changed: &mut Changed,
) -> Result<(), Failure> {
    changed.keys = true;
    let over = matches!(state, KeyState::Retiring | KeyState::Retired);
    let row = ActiveModel {
        id: Unchanged(id.as_str().to_owned()),
        state: Set(state.as_str().to_owned()),
        retired_at_ms: Set(over.then_some(at_ms)),
        ..ActiveModel::new()
    };
    // Another may be the active one.
    let altered = alter(db, row).await;
    altered.map_err(|failure| failure.if_taken(StoreError::AlreadyExists))
}

/// All of them, oldest first.
pub(super) async fn all(db: &impl ConnectionTrait) -> Result<Vec<KeyRecord>, Failure> {
    let rows = Entity::find()
        .order_by_asc(Column::CreatedAtMs)
        .all(db)
        .await?;
    rows.into_iter().map(convert::key).collect()
}
