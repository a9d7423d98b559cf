//! What may happen once, or so many times: one-time codes and values, failed tries and locks.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use super::apply::add;
use super::clock_notes;
use super::entities::{attempt, secret, single_use};
use super::failure::Failure;
use super::tokens::hash_key;
use crate::authority::{ClockNote, KeyId, SecretState, StoreError, TokenHash};

/// Compare and set: the step only grows, and only on a live seed.
pub(super) async fn raise_step(
    db: &impl ConnectionTrait,
    id: &KeyId,
    step: i64,
) -> Result<(), Failure> {
    let raised = secret::Entity::update_many()
        .col_expr(secret::Column::LastStep, Expr::value(step))
        .filter(secret::Column::Id.eq(id.as_str()))
        .filter(secret::Column::State.eq(SecretState::Live.as_str()))
        .filter(
            Condition::any()
                .add(secret::Column::LastStep.is_null())
                .add(secret::Column::LastStep.lt(step)),
        )
        .exec(db)
        .await?;
    if raised.rows_affected == 1 {
        Ok(())
    } else {
        Err(StoreError::Replayed.into())
    }
}

/// Notes a one-time value. The insert itself is the test: two at once cannot both pass it. Of a value that is over no later
/// than others whose notes were swept nobody knows whether it was spent, so it was.
pub(super) async fn spend_once(
    db: &impl ConnectionTrait,
    hash: TokenHash,
    expires_at_ms: i64,
) -> Result<(), Failure> {
    let swept = clock_notes::read(db, ClockNote::OneTimeSwept).await?;
    if swept.is_some_and(|swept| expires_at_ms <= swept) {
        return Err(StoreError::Replayed.into());
    }
    let row = single_use::ActiveModel {
        hash: Set(hash_key(hash)),
        expires_at_ms: Set(expires_at_ms),
    };
    add(db, row)
        .await
        .map_err(|failure| failure.if_taken(StoreError::Replayed))
}

pub(super) async fn require_unlocked(
    db: &impl ConnectionTrait,
    key: TokenHash,
    at_ms: i64,
) -> Result<(), Failure> {
    let row = attempt::Entity::find_by_id(hash_key(key)).one(db).await?;
    match row.map_or(0, |row| secs_left(row.locked_until_ms, at_ms)) {
        0 => Ok(()),
        retry_in_secs => Err(StoreError::LockedUntil { retry_in_secs }.into()),
    }
}

/// Whole seconds from now to then, rounded up; 0 when it is past.
pub(super) fn secs_left(until_ms: i64, at_ms: i64) -> u64 {
    u64::try_from(until_ms.saturating_sub(at_ms))
        .unwrap_or(0)
        .div_ceil(1000)
}

pub(super) async fn count_failure(
    db: &impl ConnectionTrait,
    key: TokenHash,
    at_ms: i64,
    max_failures: u32,
    lock_ms: i64,
) -> Result<(), Failure> {
    let old = attempt::Entity::find_by_id(hash_key(key)).one(db).await?;
    let before = old
        .as_ref()
        .filter(|row| row.forget_at_ms > at_ms)
        .map_or(0, |row| row.failures);
    let failures = before + 1;
    let until = at_ms.saturating_add(lock_ms);
    let locked_until_ms = if failures >= i64::from(max_failures) {
        until
    } else {
        0
    };
    let row = attempt::ActiveModel {
        hash: Set(hash_key(key)),
        failures: Set(failures),
        forget_at_ms: Set(until),
        locked_until_ms: Set(locked_until_ms),
    };
    let on_conflict = OnConflict::column(attempt::Column::Hash)
        .update_columns([
            attempt::Column::Failures,
            attempt::Column::ForgetAtMs,
            attempt::Column::LockedUntilMs,
        ])
        .to_owned();
    attempt::Entity::insert(row)
        .on_conflict(on_conflict)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Forgets failed tries.
pub(super) async fn clear(db: &impl ConnectionTrait, key: TokenHash) -> Result<(), Failure> {
    attempt::Entity::delete_by_id(hash_key(key))
        .exec(db)
        .await?;
    Ok(())
}
