//! What a user lets a client do: kept while any token of the two lives.

use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _,
};

use super::entities::{grant, token};
use super::failure::Failure;
use super::rows::{add, live};
use crate::domain::{PrincipalId, ScopeSet};

pub(super) async fn merge(
    db: &impl ConnectionTrait,
    user: PrincipalId,
    client: PrincipalId,
    scopes: &ScopeSet,
    at_ms: i64,
) -> Result<(), Failure> {
    let old = grant::Entity::find_by_id((user.0, client.0))
        .one(db)
        .await?;
    let mut merged = old
        .as_ref()
        .map_or_else(ScopeSet::empty, |row| ScopeSet::parse(&row.scopes));
    for scope in scopes.iter() {
        merged.insert(scope);
    }
    let row = grant::ActiveModel {
        user_id: Unchanged(user.0),
        client_id: Unchanged(client.0),
        scopes: Set(merged.to_string()),
        granted_at_ms: Set(at_ms),
    };
    if old.is_some() {
        row.update(db).await?;
    } else {
        let row = grant::ActiveModel {
            user_id: Set(user.0),
            client_id: Set(client.0),
            ..row
        };
        add(db, row).await?;
    }
    Ok(())
}

pub(super) async fn drop_unused(
    db: &impl ConnectionTrait,
    user: PrincipalId,
    client: PrincipalId,
    at_ms: i64,
) -> Result<(), Failure> {
    let in_use = token::Entity::find()
        .filter(token::Column::SubjectId.eq(user.0))
        .filter(token::Column::PrincipalId.eq(client.0))
        .filter(live(at_ms))
        .one(db)
        .await?;
    if in_use.is_none() {
        grant::Entity::delete_by_id((user.0, client.0))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Drops everything that a user has granted.
pub(super) async fn drop_all(db: &impl ConnectionTrait, user: PrincipalId) -> Result<(), Failure> {
    grant::Entity::delete_many()
        .filter(grant::Column::UserId.eq(user.0))
        .exec(db)
        .await?;
    Ok(())
}
