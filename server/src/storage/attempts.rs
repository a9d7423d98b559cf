//! What may happen once, or so many times: one-time codes and values, failed tries and locks.

use std::num::NonZeroU32;

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _,
};

use super::clock_notes;
use super::entities::{attempt, known_address, secret, single_use};
use super::failure::Failure;
use super::rows::{add, hash_key};
use crate::authority::changes::Tries;
use crate::authority::{ClockNote, LockoutPolicy, StoreError};
use crate::domain::{KeyId, SecretState, TokenHash};

/// Addresses that are remembered of one name; the newest stay.
const KNOWN_PER_NAME: u64 = 16;

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

/// Fails with `LockedUntil` while such tries are locked.
pub(super) async fn require_unlocked(
    db: &impl ConnectionTrait,
    tries: Tries,
    policy: LockoutPolicy,
) -> Result<(), Failure> {
    match locked_for_secs(db, tries, policy).await? {
        0 => Ok(()),
        retry_after_secs => Err(StoreError::LockedUntil { retry_after_secs }.into()),
    }
}

/// Whole seconds until such tries are looked at again. The statements are the same, whatever they find.
pub(super) async fn locked_for_secs(
    db: &impl ConnectionTrait,
    tries: Tries,
    policy: LockoutPolicy,
) -> Result<u64, Failure> {
    let (here, anywhere) = (hash_key(tries.here), hash_key(tries.anywhere));
    let rows = attempt::Entity::find()
        .filter(attempt::Column::Hash.is_in([here.clone(), anywhere.clone()]))
        .all(db)
        .await?;
    let known = is_known(db, tries).await?;
    let left = |key: &Vec<u8>| {
        let row = rows.iter().find(|row| row.hash == *key);
        row.map_or(0, |row| secs_left(row.locked_until_ms, tries.at_ms))
    };
    let of_address = policy.per_address.map_or(0, |_| left(&here));
    let of_name = policy.per_name.filter(|_| !known);
    Ok(of_address.max(of_name.map_or(0, |_| left(&anywhere))))
}

/// Whole seconds from now to then, rounded up; 0 when it is past.
fn secs_left(until_ms: i64, at_ms: i64) -> u64 {
    u64::try_from(until_ms.saturating_sub(at_ms))
        .unwrap_or(0)
        .div_ceil(1000)
}

/// Whether the address has succeeded for the name lately.
async fn is_known(db: &impl ConnectionTrait, tries: Tries) -> Result<bool, Failure> {
    let row = known_address::Entity::find_by_id(hash_key(tries.here))
        .filter(known_address::Column::ForgetAtMs.gt(tries.at_ms))
        .one(db)
        .await?;
    Ok(row.is_some())
}

/// Counts a failure for the address, and for the name unless the address is exempt from that lock.
pub(super) async fn count_failure(
    db: &impl ConnectionTrait,
    tries: Tries,
    policy: LockoutPolicy,
) -> Result<(), Failure> {
    let known = is_known(db, tries).await?;
    let of_name = policy.per_name.filter(|_| !known);
    for (key, limit) in [(tries.here, policy.per_address), (tries.anywhere, of_name)] {
        if let Some(limit) = limit {
            count(db, key, limit, tries.at_ms, policy).await?;
        }
    }
    Ok(())
}

async fn count(
    db: &impl ConnectionTrait,
    key: TokenHash,
    limit: NonZeroU32,
    at_ms: i64,
    policy: LockoutPolicy,
) -> Result<(), Failure> {
    let window_ms = i64::from(policy.window_secs).saturating_mul(1000);
    let since_ms = at_ms.saturating_sub(window_ms);
    let old = attempt::Entity::find_by_id(hash_key(key)).one(db).await?;
    let mut times = old.map_or_else(Vec::new, |row| times_of(&row.times));
    times.retain(|time| *time > since_ms);
    times.push(at_ms);
    let limit = usize::try_from(limit.get()).unwrap_or(usize::MAX);
    let until = at_ms.saturating_add(window_ms);
    let locked_until_ms = if times.len() >= limit { until } else { 0 };
    let row = attempt::ActiveModel {
        hash: Set(hash_key(key)),
        times: Set(times.into_iter().flat_map(i64::to_be_bytes).collect()),
        forget_at_ms: Set(until),
        locked_until_ms: Set(locked_until_ms),
    };
    let on_conflict = OnConflict::column(attempt::Column::Hash)
        .update_columns([
            attempt::Column::Times,
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

fn times_of(stored: &[u8]) -> Vec<i64> {
    let (times, _) = stored.as_chunks();
    times.iter().copied().map(i64::from_be_bytes).collect()
}

/// Forgets the failures of the address, and remembers it as one that has succeeded. The name's own count stays, or whoever
/// guesses would be given another round with each success of its holder.
pub(super) async fn note_success(
    db: &impl ConnectionTrait,
    tries: Tries,
    policy: LockoutPolicy,
) -> Result<(), Failure> {
    attempt::Entity::delete_by_id(hash_key(tries.here))
        .exec(db)
        .await?;
    let remember_ms = i64::from(policy.remember_days) * 24 * 3_600_000;
    let row = known_address::ActiveModel {
        hash: Set(hash_key(tries.here)),
        name_hash: Set(hash_key(tries.anywhere)),
        forget_at_ms: Set(tries.at_ms.saturating_add(remember_ms)),
    };
    let on_conflict = OnConflict::column(known_address::Column::Hash)
        .update_column(known_address::Column::ForgetAtMs)
        .to_owned();
    known_address::Entity::insert(row)
        .on_conflict(on_conflict)
        .exec_without_returning(db)
        .await?;
    let own = known_address::Column::NameHash.eq(hash_key(tries.anywhere));
    let newest = known_address::Entity::find()
        .select_only()
        .column(known_address::Column::Hash)
        .filter(own.clone())
        .order_by_desc(known_address::Column::ForgetAtMs)
        .order_by_asc(known_address::Column::Hash)
        .limit(KNOWN_PER_NAME)
        .into_query();
    known_address::Entity::delete_many()
        .filter(own)
        .filter(known_address::Column::Hash.not_in_subquery(newest))
        .exec(db)
        .await?;
    Ok(())
}
