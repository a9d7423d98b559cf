//! The store by itself: atomic change sets, preconditions, epochs, a database that fails.

use serde_json::Map;

use super::{OpenError, SqlStore};
use crate::authority::changes::{Change, ChangeSet};
use crate::authority::{
    Dialect, Epoch, Principal, PrincipalId, PrincipalKind, Store as _, StoreError, TokenHash,
};

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

#[tokio::test]
async fn failures_lock_and_are_forgotten() -> Outcome {
    let store = open("sqlite::memory:").await?;
    let fail = |at_ms| {
        one(Change::CountFailure {
            key: KEY,
            at_ms,
            max_failures: 2,
            lock_ms: 1000,
        })
    };
    let try_at = |at_ms| one(Change::RequireUnlocked { key: KEY, at_ms });
    store.commit(fail(0)).await?;
    store.commit(try_at(0)).await?;
    // The first failure is forgotten after a lock's time.
    store.commit(fail(1000)).await?;
    store.commit(try_at(1000)).await?;
    store.commit(fail(1001)).await?;
    assert_eq!(
        store.commit(try_at(1500)).await,
        Err(StoreError::LockedUntil { retry_in_secs: 1 })
    );
    assert_eq!(store.locked_for_secs(KEY, 1001).await?, 1);
    assert_eq!(store.locked_for_secs(KEY, 2001).await?, 0);
    store.commit(one(Change::ClearFailures(KEY))).await?;
    store.commit(try_at(1500)).await?;
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
