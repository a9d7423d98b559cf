//! Principals: their rows, and finding them by identifier or name. (What somebody claims to be is in `claims.rs`.)

use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{
    ActiveModelBehavior as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _,
};
use serde_json::{Map, Value};

use super::backend::may_hold;
use super::convert;
use super::entities::principal::{ActiveModel, Column, Entity};
use super::failure::Failure;
use super::rows::{add_new, alter};
use crate::authority::{Changed, StoreError};
use crate::domain::{Dialect, Principal, PrincipalId, PrincipalKind};

pub(super) async fn insert(
    db: &impl ConnectionTrait,
    record: Principal,
    changed: &mut Changed,
) -> Result<(), Failure> {
    changed.principals.push(record.id);
    add_new(
        db,
        convert::principal_row(record),
        StoreError::AlreadyExists,
    )
    .await
}

pub(super) async fn update_profile(
    db: &impl ConnectionTrait,
    id: PrincipalId,
    profile: Map<String, Value>,
    changed: &mut Changed,
) -> Result<(), Failure> {
    changed.principals.push(id);
    let row = ActiveModel {
        id: Unchanged(id.0),
        profile: Set(Value::Object(profile).to_string()),
        ..ActiveModel::new()
    };
    alter(db, row).await
}

pub(super) async fn set_enabled(
    db: &impl ConnectionTrait,
    id: PrincipalId,
    enabled: bool,
    changed: &mut Changed,
) -> Result<(), Failure> {
    changed.principals.push(id);
    let row = ActiveModel {
        id: Unchanged(id.0),
        enabled: Set(enabled),
        ..ActiveModel::new()
    };
    alter(db, row).await
}

pub(super) async fn by_id(
    db: &impl ConnectionTrait,
    id: PrincipalId,
) -> Result<Option<Principal>, Failure> {
    let row = Entity::find_by_id(id.0).one(db).await?;
    row.map(convert::principal).transpose()
}

pub(super) async fn by_name(
    db: &impl ConnectionTrait,
    dialect: Dialect,
    kind: PrincipalKind,
    name: String,
) -> Result<Option<Principal>, Failure> {
    if !may_hold(db.get_database_backend(), &name) {
        return Ok(None);
    }
    let row = Entity::find()
        .filter(Column::Dialect.eq(dialect.as_str()))
        .filter(Column::Kind.eq(kind.as_str()))
        .filter(Column::Name.eq(name))
        .one(db)
        .await?;
    row.map(convert::principal).transpose()
}
