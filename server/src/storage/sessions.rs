//! Cookie sessions, and whether what a caller was let in by is still good.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QuerySelect as _,
};

use super::convert;
use super::entities::secret;
use super::entities::session::{Column, Entity};
use super::failure::Failure;
use super::rows::{add_new, hash_key};
use crate::authority::StoreError;
use crate::domain::{PrincipalId, SecretState, SessionRecord, Standing, TokenHash};

pub(super) async fn insert(
    db: &impl ConnectionTrait,
    record: &SessionRecord,
) -> Result<(), Failure> {
    add_new(db, convert::session_row(record), StoreError::AlreadyExists).await
}

/// Moves its end, which never goes back.
pub(super) async fn slide(
    db: &impl ConnectionTrait,
    hash: TokenHash,
    expires_at_ms: i64,
) -> Result<(), Failure> {
    Entity::update_many()
        .col_expr(Column::ExpiresAtMs, Expr::value(expires_at_ms))
        .filter(Column::Hash.eq(hash_key(hash)))
        .filter(Column::ExpiresAtMs.lt(expires_at_ms))
        .exec(db)
        .await?;
    Ok(())
}

pub(super) async fn delete(db: &impl ConnectionTrait, hash: TokenHash) -> Result<(), Failure> {
    Entity::delete_by_id(hash_key(hash)).exec(db).await?;
    Ok(())
}

pub(super) async fn delete_all(
    db: &impl ConnectionTrait,
    owner: PrincipalId,
) -> Result<(), Failure> {
    Entity::delete_many()
        .filter(Column::PrincipalId.eq(owner.0))
        .exec(db)
        .await?;
    Ok(())
}

/// Those that are not over at that moment, milliseconds.
pub(super) async fn count(
    db: &impl ConnectionTrait,
    owner: PrincipalId,
    at_ms: i64,
) -> Result<u64, Failure> {
    let own = Entity::find()
        .filter(Column::PrincipalId.eq(owner.0))
        .filter(Column::ExpiresAtMs.gt(at_ms));
    Ok(own.count(db).await?)
}

pub(super) async fn by_hash(
    db: &impl ConnectionTrait,
    hash: TokenHash,
) -> Result<Option<SessionRecord>, Failure> {
    let row = Entity::find_by_id(hash_key(hash)).one(db).await?;
    row.as_ref().map(convert::session).transpose()
}

/// Fails with `Overtaken` unless the secret or session is still good. The row is locked until the transaction ends, so what ends it
/// comes after: by the transaction itself in `SQLite`, with `FOR SHARE` on other databases.
pub(super) async fn require_standing(
    db: &impl ConnectionTrait,
    standing: Standing,
) -> Result<(), Failure> {
    let stands = match standing {
        Standing::Secret(id) => secret::Entity::find_by_id(id.as_str().to_owned())
            .filter(secret::Column::State.eq(SecretState::Live.as_str()))
            .lock_shared()
            .one(db)
            .await?
            .is_some(),
        Standing::Session(hash) => Entity::find_by_id(hash_key(hash))
            .lock_shared()
            .one(db)
            .await?
            .is_some(),
    };
    if stands {
        Ok(())
    } else {
        Err(StoreError::Overtaken.into())
    }
}
