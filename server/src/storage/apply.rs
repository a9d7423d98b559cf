//! Applies one change with its preconditions inside a transaction.

use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _,
    QueryFilter as _,
};
use serde_json::Value;

use super::convert;
use super::entities::{
    attempt, audit, epoch, key, principal, secret, session, setting, single_use,
};
use super::open::refused;
use super::tokens::{self, hash_key};
use crate::authority::changes::Change;
use crate::authority::{
    Epoch, KeyId, KeyState, PrincipalId, SecretPurpose, SecretState, StoreError, TokenHash,
};

pub(super) async fn change(db: &impl ConnectionTrait, change: Change) -> Result<(), StoreError> {
    match change {
        Change::InsertPrincipal(record) => {
            principal::Entity::insert(convert::principal_row(record))
                .exec_without_returning(db)
                .await
                .map_err(refused)?;
        }
        Change::UpdateProfile(id, profile) => {
            let profile = Set(Value::Object(profile).to_string());
            let row = principal::ActiveModel {
                id: Unchanged(id.0),
                profile,
                ..Default::default()
            };
            row.update(db).await.map_err(refused)?;
        }
        Change::SetEnabled(id, enabled) => {
            let row = principal::ActiveModel {
                id: Unchanged(id.0),
                enabled: Set(enabled),
                ..Default::default()
            };
            row.update(db).await.map_err(refused)?;
        }
        Change::InsertSecret(record) => {
            secret::Entity::insert(convert::secret_row(record))
                .exec_without_returning(db)
                .await
                .map_err(refused)?;
        }
        Change::EndSecrets(owner, purpose, state) => end_secrets(db, owner, purpose, state).await?,
        Change::EndSecret(id, state) => {
            let row = secret::ActiveModel {
                id: Unchanged(id.as_str().to_owned()),
                state: Set(state.as_str().to_owned()),
                ..Default::default()
            };
            row.update(db).await.map_err(refused)?;
        }
        Change::InsertToken { record, takes_slot } => {
            tokens::insert(db, *record, takes_slot).await?
        }
        Change::EndTokens {
            selection,
            state,
            at_ms,
        } => tokens::end(db, selection, state, at_ms).await?,
        Change::RaiseStep(id, step) => raise_step(db, &id, step).await?,
        Change::SpendOnce {
            hash,
            expires_at_ms,
        } => spend_once(db, hash, expires_at_ms).await?,
        Change::RequireUnlocked { key, at_ms } => require_unlocked(db, key, at_ms).await?,
        Change::CountFailure {
            key,
            at_ms,
            max_failures,
            lock_ms,
        } => count_failure(db, key, at_ms, max_failures, lock_ms).await?,
        Change::ClearFailures(key) => {
            attempt::Entity::delete_by_id(hash_key(key))
                .exec(db)
                .await
                .map_err(refused)?;
        }
        Change::InsertSession(record) => {
            session::Entity::insert(convert::session_row(&record))
                .exec_without_returning(db)
                .await
                .map_err(refused)?;
        }
        Change::SlideSession(hash, expires_at_ms) => {
            session::Entity::update_many()
                .col_expr(session::Column::ExpiresAtMs, Expr::value(expires_at_ms))
                .filter(session::Column::Hash.eq(hash_key(hash)))
                .filter(session::Column::ExpiresAtMs.lt(expires_at_ms))
                .exec(db)
                .await
                .map_err(refused)?;
        }
        Change::DeleteSession(hash) => {
            session::Entity::delete_by_id(hash_key(hash))
                .exec(db)
                .await
                .map_err(refused)?;
        }
        Change::InsertKey(record) => {
            key::Entity::insert(convert::key_row(record))
                .exec_without_returning(db)
                .await
                .map_err(refused)?;
        }
        Change::SetKeyState(id, state, at_ms) => set_key_state(db, &id, state, at_ms).await?,
        Change::MergeGrant {
            user,
            client,
            scopes,
            at_ms,
        } => tokens::merge_grant(db, user, client, &scopes, at_ms).await?,
        Change::DropGrantIfUnused {
            user,
            client,
            at_ms,
        } => tokens::drop_unused_grant(db, user, client, at_ms).await?,
        Change::PutSetting(name, value) => {
            let row = setting::ActiveModel {
                name: Set(name.to_owned()),
                value: Set(value),
            };
            let on_conflict = OnConflict::column(setting::Column::Name)
                .update_column(setting::Column::Value)
                .to_owned();
            setting::Entity::insert(row)
                .on_conflict(on_conflict)
                .exec_without_returning(db)
                .await
                .map_err(refused)?;
        }
        Change::Audit(record) => {
            audit::Entity::insert(convert::audit_row(record))
                .exec_without_returning(db)
                .await
                .map_err(refused)?;
        }
    }
    Ok(())
}

/// Counts the commit.
pub(super) async fn next_epoch(db: &impl ConnectionTrait) -> Result<Epoch, StoreError> {
    epoch::Entity::update_many()
        .col_expr(
            epoch::Column::Value,
            ExprTrait::add(Expr::col(epoch::Column::Value), 1),
        )
        .filter(epoch::Column::Id.eq(1))
        .exec(db)
        .await
        .map_err(refused)?;
    let row = epoch::Entity::find_by_id(1)
        .one(db)
        .await
        .map_err(refused)?;
    row.map(|row| Epoch(row.value))
        .ok_or(StoreError::Unavailable)
}

async fn end_secrets(
    db: &impl ConnectionTrait,
    owner: PrincipalId,
    purpose: SecretPurpose,
    state: SecretState,
) -> Result<(), StoreError> {
    secret::Entity::update_many()
        .col_expr(secret::Column::State, Expr::value(state.as_str()))
        .filter(secret::Column::PrincipalId.eq(owner.0))
        .filter(secret::Column::Purpose.eq(purpose.as_str()))
        .filter(secret::Column::State.eq(SecretState::Live.as_str()))
        .exec(db)
        .await
        .map_err(refused)?;
    Ok(())
}

/// Compare and set: the step only grows, and only on a live seed.
async fn raise_step(db: &impl ConnectionTrait, id: &KeyId, step: i64) -> Result<(), StoreError> {
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
        .await
        .map_err(refused)?;
    if raised.rows_affected == 1 {
        Ok(())
    } else {
        Err(StoreError::Replayed)
    }
}

async fn spend_once(
    db: &impl ConnectionTrait,
    hash: TokenHash,
    expires_at_ms: i64,
) -> Result<(), StoreError> {
    let row = single_use::ActiveModel {
        hash: Set(hash_key(hash)),
        expires_at_ms: Set(expires_at_ms),
    };
    single_use::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map_err(|error| match refused(error) {
            StoreError::AlreadyExists => StoreError::Replayed,
            other => other,
        })?;
    Ok(())
}

async fn require_unlocked(
    db: &impl ConnectionTrait,
    key: TokenHash,
    at_ms: i64,
) -> Result<(), StoreError> {
    let row = attempt::Entity::find_by_id(hash_key(key))
        .one(db)
        .await
        .map_err(refused)?;
    match row.map_or(0, |row| secs_left(row.locked_until_ms, at_ms)) {
        0 => Ok(()),
        retry_in_secs => Err(StoreError::LockedUntil { retry_in_secs }),
    }
}

/// Whole seconds from now to then, rounded up; 0 when it is past.
pub(super) fn secs_left(until_ms: i64, at_ms: i64) -> u64 {
    u64::try_from(until_ms.saturating_sub(at_ms))
        .unwrap_or(0)
        .div_ceil(1000)
}

async fn count_failure(
    db: &impl ConnectionTrait,
    key: TokenHash,
    at_ms: i64,
    max_failures: u32,
    lock_ms: i64,
) -> Result<(), StoreError> {
    let old = attempt::Entity::find_by_id(hash_key(key))
        .one(db)
        .await
        .map_err(refused)?;
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
        .await
        .map_err(refused)?;
    Ok(())
}

async fn set_key_state(
    db: &impl ConnectionTrait,
    id: &KeyId,
    state: KeyState,
    at_ms: i64,
) -> Result<(), StoreError> {
    let over = matches!(state, KeyState::Retiring | KeyState::Retired);
    let row = key::ActiveModel {
        id: Unchanged(id.as_str().to_owned()),
        state: Set(state.as_str().to_owned()),
        retired_at_ms: Set(over.then_some(at_ms)),
        ..Default::default()
    };
    row.update(db).await.map_err(refused)?;
    Ok(())
}
