//! Principals: their rows, finding them by identifier or name, and listing them. (What somebody claims to be is in `claims.rs`.)

use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelBehavior as _, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde_json::{Map, Value};

use super::backend::may_hold;
use super::convert;
use super::entities::principal::{ActiveModel, Column, Entity};
use super::failure::Failure;
use super::rows::{add_new, alter, asked, page};
use crate::authority::{Changed, Page, PrincipalFilter, StoreError};
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

/// Compare and set; `Conflict` when the profile is another one by now, or nobody has it.
pub(super) async fn replace_profile(
    db: &impl ConnectionTrait,
    id: PrincipalId,
    was: Map<String, Value>,
    is: Map<String, Value>,
    changed: &mut Changed,
) -> Result<(), Failure> {
    changed.principals.push(id);
    // It is stored as this program writes it, so equal profiles are equal texts.
    let replaced = Entity::update_many()
        .col_expr(Column::Profile, Expr::value(Value::Object(is).to_string()))
        .filter(Column::Id.eq(id.0))
        .filter(Column::Profile.eq(Value::Object(was).to_string()))
        .exec(db)
        .await?;
    if replaced.rows_affected == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict.into())
    }
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

/// In the order of their identifiers.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    filter: PrincipalFilter,
) -> Result<Page<Principal>, Failure> {
    let PrincipalFilter {
        dialect,
        kind,
        enabled,
        after,
        limit,
    } = filter;
    let narrowed = Condition::all()
        .add_option(dialect.map(|dialect| Column::Dialect.eq(dialect.as_str())))
        .add_option(kind.map(|kind| Column::Kind.eq(kind.as_str())))
        .add_option(enabled.map(|enabled| Column::Enabled.eq(enabled)))
        .add_option(after.map(|after| Column::Id.gt(after)));
    let rows = Entity::find()
        .filter(narrowed)
        .order_by_asc(Column::Id)
        .limit(u64::try_from(asked(limit)).unwrap_or(u64::MAX))
        .all(db)
        .await?;
    let rows = rows
        .into_iter()
        .map(|row| Ok((row.id, convert::principal(row)?)));
    Ok(page(limit, rows.collect::<Result<_, Failure>>()?))
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
