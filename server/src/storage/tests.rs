//! The store by itself: atomic change sets, preconditions, epochs, a database that fails.

use std::num::NonZeroU32;

use sea_orm::sqlx::Connection as _;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, PaginatorTrait as _, TransactionTrait as _};
use sea_orm_migration::MigratorTrait as _;
use serde_json::Map;

use super::entities::{attempt, audit, epoch, known_address, refusal};
use super::files::make_private;
use super::migrations::Migrator;
use super::open::connect;
use super::source::Source;
use super::sweep::MOST_ATTEMPTS;
use super::write::IMMEDIATE;
use super::{OpenError, SqlStore};
use crate::authority::changes::{Change, ChangeSet, Sweep, Tries};
use crate::authority::{Epoch, LockoutPolicy, Store as _, StoreError};
use crate::domain::{Dialect, Principal, PrincipalId, PrincipalKind, TokenHash};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const KEY: TokenHash = TokenHash([9; 32]);

fn principal(id: i64, name: &str) -> Principal {
    Principal {
        id: PrincipalId(id),
        dialect: Dialect::Pnut,
        kind: PrincipalKind::User,
        name: name.to_owned(),
        enabled: true,
        profile: Map::new(),
        created_at_ms: 1,
    }
}

async fn open(url: &str) -> Result<SqlStore, OpenError> {
    SqlStore::open(url, SqlStore::COMMITS_PER_CHECKPOINT).await
}

fn one(change: Change) -> ChangeSet {
    ChangeSet::new().with(change)
}

#[tokio::test]
async fn change_set_is_all_or_nothing_and_counts_epochs() -> Outcome {
    let store = open("sqlite::memory:").await?;
    assert_eq!(
        store
            .commit(one(Change::InsertPrincipal(principal(1, "a"))))
            .await?,
        Epoch(1)
    );
    let both = one(Change::InsertPrincipal(principal(2, "b")))
        .with(Change::InsertPrincipal(principal(3, "a")));
    assert_eq!(store.commit(both).await, Err(StoreError::AlreadyExists));
    assert_eq!(store.principal(PrincipalId(2)).await?, None);
    assert_eq!(
        store
            .commit(one(Change::InsertPrincipal(principal(2, "b"))))
            .await?,
        Epoch(2)
    );
    Ok(())
}

#[tokio::test]
async fn one_time_values_are_spent_once() -> Outcome {
    let store = open("sqlite::memory:").await?;
    let spend = || {
        one(Change::SpendOnce {
            hash: KEY,
            expires_at_ms: 5,
        })
    };
    store.commit(spend()).await?;
    assert_eq!(store.commit(spend()).await, Err(StoreError::Replayed));
    Ok(())
}

fn tries(address: u8, at_ms: i64) -> Tries {
    Tries {
        here: TokenHash([address; 32]),
        anywhere: TokenHash([255; 32]),
        at_ms,
    }
}

fn policy(per_address: u32, per_name: u32) -> LockoutPolicy {
    LockoutPolicy {
        per_address: NonZeroU32::new(per_address),
        per_name: NonZeroU32::new(per_name),
        window_secs: 1,
        remember_days: 1,
    }
}

#[tokio::test]
async fn failures_lock_and_are_forgotten() -> Outcome {
    let store = open("sqlite::memory:").await?;
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

async fn sweep(store: &SqlStore, sweep: Sweep) -> Result<(), StoreError> {
    while store.left_to_sweep(sweep).await? {
        store.commit(one(Change::Sweep(sweep))).await?;
    }
    Ok(())
}

const NOTHING_OVER: Sweep = Sweep {
    at_ms: 0,
    tokens_ended_before_ms: 0,
    refusals_before_ms: 0,
    changes_before_ms: 0,
};

#[tokio::test]
async fn beyond_a_hundred_thousand_failed_tries_the_oldest_go_but_no_lock() -> Outcome {
    let store = open("sqlite::memory:").await?;
    // The first ten of a thousand too many lock, until after the sweep.
    let rows = MOST_ATTEMPTS + 1000;
    let insert = format!(
        "INSERT INTO attempts (hash, times, forget_at_ms, locked_until_ms) \
         WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {rows}) \
         SELECT randomblob(32), zeroblob(32), 1000000 + n, iif(n <= 10, 1000000 + n, 0) FROM n"
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

#[tokio::test]
async fn a_database_of_before_keeps_its_audit_rows_as_long_as_new_ones() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("t.db");
    std::fs::File::create(&file)?;
    let url = format!("sqlite://{}", file.display());
    let old = connect(&Source::parse(&url)?, 1).await?;
    Migrator::up(&old, Some(2)).await?;
    old.execute_unprepared(
        "INSERT INTO audit (at_ms, actor, action, target, outcome) VALUES \
         (10, 'anonymous', 'totp.verify', 'unknown', 'refused'), (20, 'operator', 'key.create', 'k', 'done'), \
         (30, 'anonymous', 'totp.verify', 'unknown', 'refused')",
    )
    .await?;
    old.close().await?;
    let store = open(&url).await?;
    let listed = store.audit(10).await?;
    let told: Vec<_> = listed.iter().map(|row| (row.at_ms, row.count)).collect();
    assert_eq!(told, [(30, 1), (20, 1), (10, 1)]);
    assert_eq!(refusal::Entity::find().count(&store.reads).await?, 0);
    // Nobody's refusals push a change out, and no change a refusal.
    for (refusals_before_ms, changes_before_ms, left) in
        [(11, 11, vec![20, 30]), (31, 11, vec![20]), (31, 31, vec![])]
    {
        let over = Sweep {
            refusals_before_ms,
            changes_before_ms,
            ..NOTHING_OVER
        };
        sweep(&store, over).await?;
        let rows = audit::Entity::find().all(&store.reads).await?;
        let at: Vec<_> = rows.iter().map(|row| row.at_ms).collect();
        assert_eq!(at, left);
    }
    Ok(())
}

#[tokio::test]
async fn either_lock_can_be_off() -> Outcome {
    let store = open("sqlite::memory:").await?;
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

#[tokio::test]
async fn only_successes_are_remembered_sixteen_of_a_name_and_for_their_time() -> Outcome {
    let store = open("sqlite::memory:").await?;
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

#[tokio::test]
async fn closed_database_is_unavailable() -> Outcome {
    let store = open("sqlite::memory:").await?;
    store.clone().close().await;
    assert_eq!(
        store.principal(PrincipalId(1)).await,
        Err(StoreError::Unavailable)
    );
    assert_eq!(
        store.commit(ChangeSet::new()).await,
        Err(StoreError::Unavailable)
    );
    Ok(())
}

#[tokio::test]
async fn other_databases_are_refused_with_a_reason() -> Outcome {
    let refused = open("mysql://user:pass@host/db")
        .await
        .err()
        .ok_or("opened")?
        .to_string();
    assert_eq!(
        refused,
        "database: only sqlite:// URLs are supported, not mysql"
    );
    Ok(())
}

#[tokio::test]
async fn migrations_run_once() -> Outcome {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("t.db").display());
    let first = open(&url).await?;
    first
        .commit(one(Change::InsertPrincipal(principal(1, "a"))))
        .await?;
    first.close().await;
    let second = open(&url).await?;
    assert_eq!(
        second.principal(PrincipalId(1)).await?,
        Some(principal(1, "a"))
    );
    Ok(())
}

#[tokio::test]
async fn a_lock_that_an_older_database_holds_goes_on() -> Outcome {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("t.db").display());
    make_private(&folder.path().join("t.db"))?;
    let older = connect(&Source::parse(&url)?, 1).await?;
    Migrator::up(&older, Some(2)).await?;
    older
        .execute_unprepared(&format!(
            "INSERT INTO attempts VALUES (x'{}', 5, 9000, 9000)",
            "ff".repeat(32)
        ))
        .await?;
    older.close().await?;
    let store = open(&url).await?;
    let locked = store.locked_for_secs(tries(1, 1000), policy(5, 50)).await?;
    assert_eq!(locked, 8);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_is_given_up_leaves_no_transaction_open() -> Outcome {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("t.db").display());
    let store = open(&url).await?;
    let beside = connect(&Source::parse(&url)?, 1).await?;
    for id in 0..50 {
        let name = id.to_string();
        let given_up = store.commit(one(Change::InsertPrincipal(principal(id, &name))));
        // Given up after it has begun, at another place each time.
        let few = std::time::Duration::from_micros(u64::try_from(id)? * 40);
        let _ = tokio::time::timeout(few, given_up).await;
        beside
            .begin_with_options(IMMEDIATE)
            .await?
            .rollback()
            .await?;
    }
    let last = store.commit(one(Change::InsertPrincipal(principal(99, "last"))));
    let last = last.await?;
    let row = epoch::Entity::find_by_id(1).one(&beside).await?;
    assert_eq!(row.map(|row| row.value), Some(last.0));
    Ok(())
}

#[tokio::test]
async fn a_connection_with_an_open_transaction_is_not_handed_out() -> Outcome {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("t.db").display());
    open(&url).await?.close().await;
    let source = Source::parse(&url)?;
    let writes = connect(&source, 1).await?;
    {
        let mut raw = writes.get_sqlite_connection_pool().acquire().await?;
        // What a failed COMMIT leaves: the driver counts a transaction.
        std::mem::forget(raw.begin().await?);
    }
    let transaction = writes.begin_with_options(IMMEDIATE).await?;
    transaction
        .execute_unprepared("UPDATE epochs SET value = 77")
        .await?;
    transaction.commit().await?;
    let beside = connect(&source, 1).await?;
    let row = epoch::Entity::find_by_id(1).one(&beside).await?;
    assert_eq!(row.map(|row| row.value), Some(77));
    Ok(())
}

#[tokio::test]
async fn a_database_in_memory_is_sound_after_a_fault_or_refuses_for_ever() -> Outcome {
    let store = open("sqlite::memory:").await?;
    let limit = async |pages: &str| {
        let pragma = format!("PRAGMA max_page_count = {pages}");
        store.reads.execute_unprepared(&pragma).await
    };
    store
        .commit(one(Change::InsertPrincipal(principal(1, "before"))))
        .await?;
    // No less than there are: the next page is one too many.
    limit("1").await?;
    let long = "x".repeat(100_000);
    let full = store.commit(one(Change::InsertPrincipal(principal(2, &long))));
    assert_eq!(full.await, Err(StoreError::Unavailable));
    limit("100000").await?;
    let after = store.commit(one(Change::InsertPrincipal(principal(3, "after"))));
    let acknowledged = after.await.is_ok();
    let seen = store.principal(PrincipalId(3)).await?.is_some();
    assert_eq!(acknowledged, seen);
    assert!(store.principal(PrincipalId(1)).await?.is_some());
    assert!(store.principal(PrincipalId(2)).await?.is_none());
    if !acknowledged {
        let again = store.commit(one(Change::InsertPrincipal(principal(4, "again"))));
        assert_eq!(again.await, Err(StoreError::Unavailable));
    }
    Ok(())
}

#[tokio::test]
async fn a_file_that_does_not_fit_its_log_is_refused() -> Outcome {
    for (wrong, value) in [
        (
            "UPDATE epochs SET checkpoint = 5",
            "a commit on a checkpoint that is missing",
        ),
        (
            "UPDATE checkpoints_odd SET epoch = 5",
            "a checkpoint of a commit that is missing",
        ),
    ] {
        let folder = tempfile::tempdir()?;
        let url = format!("sqlite://{}", folder.path().join("t.db").display());
        open(&url).await?.close().await;
        open(&url).await?.close().await;
        let beside = connect(&Source::parse(&url)?, 1).await?;
        beside.execute_unprepared(wrong).await?;
        beside.close().await?;
        let refused = open(&url).await.err().ok_or(value)?.to_string();
        assert!(refused.contains("restore a backup"), "{refused}");
    }
    Ok(())
}

#[tokio::test]
async fn a_database_behind_a_symbolic_link_opens_and_is_watched() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (real, link) = (folder.path().join("real.db"), folder.path().join("t.db"));
    std::fs::File::create(&real)?;
    std::os::unix::fs::symlink(&real, &link)?;
    let store = open(&format!("sqlite://{}", link.display())).await?;
    let commit = |id| store.commit(one(Change::InsertPrincipal(principal(id, &id.to_string()))));
    commit(1).await?;
    std::fs::remove_file(&link)?;
    assert_eq!(commit(2).await, Err(StoreError::Unavailable));
    assert_eq!(
        store.principal(PrincipalId(1)).await,
        Err(StoreError::Unavailable)
    );
    std::os::unix::fs::symlink(&real, &link)?;
    commit(3).await?;
    Ok(())
}
