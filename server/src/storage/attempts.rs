//! What may happen once, or so many times: one-time values, failed tries and locks.

use std::num::NonZeroU32;

use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _,
};

use super::backend::Text;
use super::constant;
use super::convert;
use super::entities::{attempt, known_address};
use super::failure::Failure;
use super::rows::hash_key;
use crate::authority::changes::Tries;
use crate::authority::{ClockNote, Lock, LockoutPolicy, StoreError};
use crate::domain::TokenHash;

/// Addresses that are remembered of one name; the newest stay.
const KNOWN_PER_NAME: u64 = 16;

static SPEND: Text = Text::new(
    "\
INSERT INTO single_use (hash, expires_at_ms) SELECT ?, ? \
WHERE NOT EXISTS (SELECT 1 FROM clock_notes WHERE name = ? AND at_ms >= ?) ON CONFLICT DO NOTHING",
);

/// Notes a one-time value. The insert itself is the test: two at once cannot both pass it. Of a value that is over no later
/// than others whose notes were swept nobody knows whether it was spent, so it was.
pub(super) async fn spend_once(
    db: &impl ConnectionTrait,
    hash: TokenHash,
    expires_at_ms: i64,
) -> Result<(), Failure> {
    let values = vec![
        hash_key(hash).into(),
        expires_at_ms.into(),
        ClockNote::OneTimeSwept.as_str().into(),
        expires_at_ms.into(),
    ];
    let spent = constant::run(db, &SPEND, values).await?;
    if spent.rows_affected() == 1 {
        Ok(())
    } else {
        Err(StoreError::Replayed.into())
    }
}

/// Fails with `LockedUntil` while such tries are locked. Failures are counted one after the other, as nobody writes beside a
/// transaction.
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
        .order_by_asc(attempt::Column::Hash)
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

static FAILURES: Text = Text::new(
    "\
INSERT INTO attempts (hash, times, forget_at_ms, locked_until_ms) VALUES (?, ?, ?, 0) \
ON CONFLICT (hash) DO UPDATE SET forget_at_ms = excluded.forget_at_ms RETURNING times",
);

/// Counts one. The first statement makes sure of the row, and gives what was counted before.
async fn count(
    db: &impl ConnectionTrait,
    key: TokenHash,
    limit: NonZeroU32,
    at_ms: i64,
    policy: LockoutPolicy,
) -> Result<(), Failure> {
    let window_ms = i64::from(policy.window_secs).saturating_mul(1000);
    let since_ms = at_ms.saturating_sub(window_ms);
    let until = at_ms.saturating_add(window_ms);
    let values = vec![hash_key(key).into(), Vec::<u8>::new().into(), until.into()];
    let row = constant::first(db, &FAILURES, values).await?;
    let row = row.ok_or_else(|| Failure::unreadable("attempts"))?;
    let mut times = times_of(&row.try_get_by_index::<Vec<u8>>(0)?);
    times.retain(|time| *time > since_ms);
    times.push(at_ms);
    let limit = usize::try_from(limit.get()).unwrap_or(usize::MAX);
    let row = attempt::ActiveModel {
        hash: Unchanged(hash_key(key)),
        locked_until_ms: Set(if times.len() >= limit { until } else { 0 }),
        times: Set(times.into_iter().flat_map(i64::to_be_bytes).collect()),
        forget_at_ms: Set(until),
    };
    row.update(db).await?;
    Ok(())
}

/// Forgets what is counted under a key, and with it the lock.
pub(super) async fn lift(db: &impl ConnectionTrait, key: TokenHash) -> Result<(), Failure> {
    let lifted = attempt::Entity::delete_by_id(hash_key(key))
        .exec(db)
        .await?;
    if lifted.rows_affected == 0 {
        return Err(StoreError::Conflict.into());
    }
    Ok(())
}

/// The locks that hold at a moment (milliseconds) in the order of their keys, after one of them.
pub(super) async fn locks(
    db: &impl ConnectionTrait,
    at_ms: i64,
    after: Option<TokenHash>,
    limit: u64,
) -> Result<Vec<Lock>, Failure> {
    let mut locks = attempt::Entity::find().filter(attempt::Column::LockedUntilMs.gt(at_ms));
    if let Some(after) = after {
        locks = locks.filter(attempt::Column::Hash.gt(hash_key(after)));
    }
    let rows = locks
        .order_by_asc(attempt::Column::Hash)
        .limit(limit)
        .all(db)
        .await?;
    let locks = rows.into_iter().map(|row| {
        Ok(Lock {
            key: convert::hash(&row.hash)?,
            failures: times_of(&row.times).len(),
            until_ms: row.locked_until_ms,
        })
    });
    locks.collect()
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
