//! Sealed settings by name.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait as _};

use super::entities::setting::{ActiveModel, Column, Entity};
use super::failure::Failure;
use crate::authority::Changed;

/// Writes one, in the place of what was there.
pub(super) async fn put(
    db: &impl ConnectionTrait,
    name: &'static str,
    value: Vec<u8>,
    changed: &mut Changed,
) -> Result<(), Failure> {
    changed.settings = true;
    let row = ActiveModel {
        name: Set(name.to_owned()),
        value: Set(value),
    };
    let on_conflict = OnConflict::column(Column::Name)
        .update_column(Column::Value)
        .to_owned();
    Entity::insert(row)
        .on_conflict(on_conflict)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(super) async fn read(
    db: &impl ConnectionTrait,
    name: &'static str,
) -> Result<Option<Vec<u8>>, Failure> {
    let row = Entity::find_by_id(name.to_owned()).one(db).await?;
    Ok(row.map(|row| row.value))
}
