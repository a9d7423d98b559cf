//! Failed tries: how they add up, whom they lock, and when they are forgotten.

use std::num::NonZeroU32;

use sea_orm::{ConnectionTrait as _, EntityTrait as _};

use super::ground::test_on;
use super::{Ground, Outcome, one};
use crate::authority::changes::{Change, Sweep, Tries};
use crate::authority::{LockoutPolicy, Store as _, StoreError};
use crate::domain::TokenHash;
use crate::storage::SqlStore;
use crate::storage::entities::{attempt, known_address};
use crate::storage::sweep::MOST_ATTEMPTS;

pub(super) fn tries(address: u8, at_ms: i64) -> Tries {
    Tries {
        here: TokenHash([address; 32]),
        anywhere: TokenHash([255; 32]),
        at_ms,
    }
}

pub(super) fn policy(per_address: u32, per_name: u32) -> LockoutPolicy {
    LockoutPolicy {
        per_address: NonZeroU32::new(per_address),
        per_name: NonZeroU32::new(per_name),
        window_secs: 1,
        remember_days: 1,
    }
}

async fn failures_lock_and_are_forgotten(ground: Ground) -> Outcome {
    let store = ground.open().await?;
    let policy = policy(2, 0);
    let fail = |at_ms| one(Change::CountFailure(tries(1, at_ms), policy));
    let try_at = |at_ms| one(Change::RequireUnlocked(tries(1, at_ms), policy));
    store.commit(fail(0)).await?;
    store.commit(try_at(0)).await?;
    // The first failure is forgotten after a lock's time.
    store.commit(fail(1000)).await?;
    store.commit(try_at(1000)).await?;
    store.commit(fail(1001)).await?;
    assert_eq!(
        store.commit(try_at(1500)).await,
        Err(StoreError::LockedUntil {
            retry_after_secs: 1
        })
    );
    assert_eq!(store.locked_for_secs(tries(1, 1001), policy).await?, 1);
    assert_eq!(store.locked_for_secs(tries(1, 2001), policy).await?, 0);
    assert_eq!(store.locked_for_secs(tries(2, 1001), policy).await?, 0);
    store
        .commit(one(Change::NoteSuccess(tries(1, 1500), policy)))
        .await?;
    store.commit(try_at(1500)).await?;
    Ok(())
}

test_on!(in_memory failures_lock_and_are_forgotten);

pub(super) const NOTHING_OVER: Sweep = Sweep {
    at_ms: 0,
    tokens_ended_before_ms: 0,
    refusals_before_ms: 0,
    changes_before_ms: 0,
};

pub(super) async fn sweep(store: &SqlStore, sweep: Sweep) -> Result<(), StoreError> {
    while store.left_to_sweep(sweep).await? {
        store.commit(one(Change::Sweep(sweep))).await?;
    }
    Ok(())
}

async fn beyond_a_hundred_thousand_failed_tries_the_oldest_go_but_no_lock(
    ground: Ground,
) -> Outcome {
    let store = ground.open().await?;
    // The first ten of a thousand too many lock, until after the sweep.
    let rows = MOST_ATTEMPTS + 1000;
    let (random, zeros) = if ground.is_postgres() {
        ("sha256(n::text::bytea)", "decode(repeat('00', 32), 'hex')")
    } else {
        ("randomblob(32)", "zeroblob(32)")
    };
    let insert = format!(
        "INSERT INTO attempts (hash, times, forget_at_ms, locked_until_ms) \
         WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {rows}) \
         SELECT {random}, {zeros}, 1000000 + n, CASE WHEN n <= 10 THEN 1000000 + n ELSE 0 END FROM n"
    );
    store.reads.execute_unprepared(&insert).await?;
    let at_ms = 500;
    sweep(
        &store,
        Sweep {
            at_ms,
            ..NOTHING_OVER
        },
    )
    .await?;
    let left = attempt::Entity::find().all(&store.reads).await?;
    let locks = left.iter().filter(|row| row.locked_until_ms > at_ms);
    assert_eq!(locks.count(), 10);
    let newest = left.iter().filter(|row| row.forget_at_ms > 1_001_000);
    assert_eq!(u64::try_from(newest.count())?, MOST_ATTEMPTS);
    assert_eq!(u64::try_from(left.len())?, MOST_ATTEMPTS + 10);
    Ok(())
}

test_on!(in_memory beyond_a_hundred_thousand_failed_tries_the_oldest_go_but_no_lock);

async fn either_lock_can_be_off(ground: Ground) -> Outcome {
    let store = ground.open().await?;
    for address in [1, 1, 2] {
        let fail = Change::CountFailure(tries(address, 0), policy(2, 3));
        store.commit(one(fail)).await?;
    }
    for (address, policy, locked) in [
        (1, policy(2, 3), 1),
        (3, policy(2, 3), 1),
        (1, policy(2, 0), 1),
        (3, policy(2, 0), 0),
        (1, policy(0, 0), 0),
    ] {
        let secs = store.locked_for_secs(tries(address, 0), policy).await?;
        assert_eq!(secs, locked, "{address} {policy:?}");
    }
    // What is off does not count either.
    let off = policy(0, 0);
    store
        .commit(one(Change::CountFailure(tries(9, 0), off)))
        .await?;
    assert_eq!(store.locked_for_secs(tries(9, 0), policy(1, 0)).await?, 0);
    Ok(())
}

test_on!(in_memory either_lock_can_be_off);

async fn only_successes_are_remembered_sixteen_of_a_name_and_for_their_time(
    ground: Ground,
) -> Outcome {
    let store = ground.open().await?;
    let policy = policy(5, 50);
    let known = async || {
        let all = known_address::Entity::find().all(&store.reads).await;
        all.map(|rows| rows.len())
    };
    for address in 0..100 {
        let fail = Change::CountFailure(tries(address, 0), policy);
        store.commit(one(fail)).await?;
    }
    assert_eq!(known().await?, 0);
    for address in 0..20 {
        let success = Change::NoteSuccess(tries(address, address.into()), policy);
        store.commit(one(success)).await?;
    }
    assert_eq!(known().await?, 16);
    // The newest stay: they are exempt from the name's lock.
    let locked = |address, at_ms| store.locked_for_secs(tries(address, at_ms), policy);
    assert_eq!((locked(19, 20).await?, locked(3, 20).await?), (0, 1));
    let day_ms = 24 * 3_600_000;
    let sweep = |at_ms| {
        one(Change::Sweep(Sweep {
            at_ms,
            ..NOTHING_OVER
        }))
    };
    store.commit(sweep(day_ms + 3)).await?;
    assert_eq!(known().await?, 16);
    store.commit(sweep(day_ms + 19)).await?;
    assert_eq!(known().await?, 0);
    Ok(())
}

test_on!(in_memory only_successes_are_remembered_sixteen_of_a_name_and_for_their_time);
