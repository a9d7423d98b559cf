//! Secrets: their rows, how they end, and the last step of a one-time code.

use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QueryResult, QueryTrait as _, UpdateMany,
};

use super::backend::may_hold;
use super::convert;
use super::entities::secret::{Column, Entity};
use super::failure::Failure;
use super::rows::add_new;
use crate::authority::{Changed, ChangedSecret, StoreError};
use crate::domain::{KeyId, PrincipalId, SecretPurpose, SecretRecord, SecretState};

pub(super) async fn insert(
    db: &impl ConnectionTrait,
    record: SecretRecord,
    changed: &mut Changed,
) -> Result<(), Failure> {
    changed.secrets.push(ChangedSecret {
        id: record.id.clone(),
        principal: record.principal,
        purpose: record.purpose,
    });
    add_new(db, convert::secret_row(record), StoreError::AlreadyExists).await
}

/// Ends the live secrets of a principal for one purpose.
pub(super) async fn end_all(
    db: &impl ConnectionTrait,
    owner: PrincipalId,
    purpose: SecretPurpose,
    state: SecretState,
    changed: &mut Changed,
) -> Result<(), Failure> {
    let ending = Entity::update_many()
        .filter(Column::PrincipalId.eq(owner.0))
        .filter(Column::Purpose.eq(purpose.as_str()))
        .filter(Column::State.eq(SecretState::Live.as_str()));
    changed.secrets.extend(end_where(db, ending, state).await?);
    Ok(())
}

/// Ends one secret; `Conflict` if there is none of that identifier.
pub(super) async fn end(
    db: &impl ConnectionTrait,
    id: &KeyId,
    state: SecretState,
    changed: &mut Changed,
) -> Result<(), Failure> {
    let ending = Entity::update_many().filter(Column::Id.eq(id.as_str()));
    let ended = end_where(db, ending, state).await?;
    if ended.is_empty() {
        return Err(StoreError::Conflict.into());
    }
    changed.secrets.extend(ended);
    Ok(())
}

/// Gives those that were ended.
async fn end_where(
    db: &impl ConnectionTrait,
    which: UpdateMany<Entity>,
    state: SecretState,
) -> Result<Vec<ChangedSecret>, Failure> {
    let mut ending = which
        .col_expr(Column::State, Expr::value(state.as_str()))
        .into_query();
    let columns = [Column::Id, Column::PrincipalId, Column::Purpose];
    let ended = ending.returning(Query::returning().columns(columns));
    let read = |row: QueryResult| {
        let purpose: String = row.try_get_by_index(2)?;
        let purpose = SecretPurpose::parse(&purpose);
        Ok(ChangedSecret {
            id: KeyId::new(row.try_get_by_index::<String>(0)?),
            principal: PrincipalId(row.try_get_by_index(1)?),
            purpose: purpose.ok_or_else(|| Failure::unreadable("secrets.purpose"))?,
        })
    };
    db.query_all(ended).await?.into_iter().map(read).collect()
}

/// Compare and set: the step only grows, and only on a live seed.
pub(super) async fn raise_step(
    db: &impl ConnectionTrait,
    id: &KeyId,
    step: i64,
) -> Result<(), Failure> {
    let grows = Condition::any()
        .add(Column::LastStep.is_null())
        .add(Column::LastStep.lt(step));
    let raised = Entity::update_many()
        .col_expr(Column::LastStep, Expr::value(step))
        .filter(Column::Id.eq(id.as_str()))
        .filter(Column::State.eq(SecretState::Live.as_str()))
        .filter(grows)
        .exec(db)
        .await?;
    if raised.rows_affected == 1 {
        Ok(())
    } else {
        Err(StoreError::Replayed.into())
    }
}

pub(super) async fn by_id(
    db: &impl ConnectionTrait,
    id: &KeyId,
) -> Result<Option<SecretRecord>, Failure> {
    if !may_hold(db.get_database_backend(), id.as_str()) {
        return Ok(None);
    }
    let row = Entity::find_by_id(id.as_str().to_owned()).one(db).await?;
    row.map(convert::secret).transpose()
}

/// The live ones of a principal for one purpose, oldest first.
pub(super) async fn live(
    db: &impl ConnectionTrait,
    owner: PrincipalId,
    purpose: SecretPurpose,
) -> Result<Vec<SecretRecord>, Failure> {
    let rows = Entity::find()
        .filter(Column::PrincipalId.eq(owner.0))
        .filter(Column::Purpose.eq(purpose.as_str()))
        .filter(Column::State.eq(SecretState::Live.as_str()))
        .order_by_asc(Column::CreatedAtMs)
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(convert::secret).collect()
}
