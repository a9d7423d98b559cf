//! What holds after a fault, a commit that was given up, or a file that does not fit.

use sea_orm::sqlx::Connection as _;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, TransactionTrait as _};

use super::ground::test_on;
use super::{Ground, Outcome, one, open, principal};
use crate::authority::changes::{Change, ChangeSet};
use crate::authority::{Store as _, StoreError};
use crate::domain::PrincipalId;
use crate::storage::connection::connect;
use crate::storage::entities::epoch;
use crate::storage::epochs::IMMEDIATE;
use crate::storage::role::Role;
use crate::storage::source::Source;

async fn closed_database_is_unavailable(ground: Ground) -> Outcome {
    let store = ground.open().await?;
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

test_on!(in_memory closed_database_is_unavailable);

async fn a_commit_that_is_given_up_leaves_no_transaction_open(ground: Ground) -> Outcome {
    let store = ground.open().await?;
    let beside = connect(&Source::parse(ground.url())?, Role::Writing).await?;
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
    assert_eq!(row.map(|row| row.value), Some(last.epoch.0));
    Ok(())
}

test_on!(in_a_file a_commit_that_is_given_up_leaves_no_transaction_open, flavor = "multi_thread", worker_threads = 2);

#[tokio::test]
async fn a_connection_with_an_open_transaction_is_not_handed_out() -> Outcome {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("t.db").display());
    open(&url).await?.close().await;
    let source = Source::parse(&url)?;
    let writes = connect(&source, Role::Writing).await?;
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
    let beside = connect(&source, Role::Writing).await?;
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
    let seen = store.principal(PrincipalId(3)).await?.found.is_some();
    assert_eq!(acknowledged, seen);
    assert!(store.principal(PrincipalId(1)).await?.found.is_some());
    assert!(store.principal(PrincipalId(2)).await?.found.is_none());
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
        let beside = connect(&Source::parse(&url)?, Role::Writing).await?;
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

#[tokio::test]
async fn everybody_who_closes_waits_until_it_is_closed() -> Outcome {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("t.db").display());
    let store = open(&url).await?;
    let log = folder.path().join("t.db-wal");
    let closes = (0..3).map(|_| async {
        store.clone().close().await;
        // The log is folded in and gone once the last connection is closed.
        log.exists()
    });
    let there = futures_util::future::join_all(closes).await;
    assert_eq!(there, [false; 3]);
    Ok(())
}
