//! PostgreSQL behind a network that loses, holds up or refuses, and servers that are stopped and killed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use postgres_cluster::{Behaviour, Cluster, Database, Durability, Proxy, Stop};
use sea_orm::{EntityTrait as _, PaginatorTrait as _};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::changed::{Told, following};
use super::followers::caught_up;
use super::{Error, Ground, Outcome, one, open, principal};
use crate::authority::changes::{Change, ChangeSet};
use crate::authority::{Epoch, Store as _, StoreError};
use crate::domain::PrincipalId;
use crate::storage::SqlStore;
use crate::storage::entities::principal as principals;

fn insert(id: i64) -> ChangeSet {
    one(Change::InsertPrincipal(principal(id, &id.to_string())))
}

/// A store that reaches its database through a proxy, in which one principal is, and a follower that has caught up.
struct Far {
    proxy: Proxy,
    store: SqlStore,
    told: Arc<Told>,
    _database: Database,
}

/// `None` where there is no server of our own.
async fn far() -> Result<Option<Far>, Error> {
    // Says what did not run.
    if Ground::on_postgres().await?.is_none() {
        return Ok(None);
    }
    let Ok(cluster) = Cluster::shared() else {
        return Ok(None);
    };
    if cluster.folder().is_none() {
        return Ok(None);
    }
    let database = cluster.database().await?;
    let proxy = Proxy::before(cluster)?;
    let store = open(&proxy.url(&database)).await?;
    let told = following(&store);
    store.commit(insert(1)).await?;
    caught_up(&told).await;
    Ok(Some(Far {
        proxy,
        store,
        told,
        _database: database,
    }))
}

/// Waits until something works again, so long at most.
async fn works_again(within: Duration, works: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !works().await {
        assert!(begun.elapsed() < within, "it does not recover");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_commit_without_an_answer_is_settled_before_its_caller_is_told() -> Outcome {
    let Some(Far {
        proxy,
        store,
        told,
        _database,
    }) = far().await?
    else {
        return Ok(());
    };
    for (id, lost) in [(2, Behaviour::LoseAnswer), (3, Behaviour::LoseCommit)] {
        proxy.behave(lost);
        let committed = store.commit(insert(id)).await?;
        assert_eq!(
            proxy.behaviour(),
            Behaviour::Pass,
            "{lost:?}: nothing was lost"
        );
        // Once, whether or not the first COMMIT came through.
        assert_eq!(committed.epoch, Epoch(id), "{lost:?}");
        assert!(told.commits().contains(&committed), "{lost:?}");
        let rows = principals::Entity::find().count(&store.reads).await?;
        assert_eq!(rows, u64::try_from(id)?, "{lost:?}");
    }
    assert_eq!(store.probe().await, Ok(()));
    Ok(())
}

#[tokio::test]
async fn a_server_that_refuses_is_told_and_works_again_by_itself() -> Outcome {
    let Some(Far {
        proxy,
        store,
        told,
        _database,
    }) = far().await?
    else {
        return Ok(());
    };
    proxy.behave(Behaviour::Refuse);
    assert_eq!(store.commit(insert(2)).await, Err(StoreError::Unavailable));
    let read = store.principal(PrincipalId(1)).await;
    assert_eq!(read, Err(StoreError::Unavailable));
    assert!(store.probe().await.is_err());
    while told.times_lost() == 0 {
        sleep(Duration::from_millis(10)).await;
    }
    proxy.behave(Behaviour::Pass);
    let recovered = async || store.commit(insert(3)).await.is_ok();
    works_again(Duration::from_secs(5), recovered).await;
    caught_up(&told).await;
    assert!(store.principal(PrincipalId(2)).await?.found.is_none());
    assert!(store.principal(PrincipalId(3)).await?.found.is_some());
    Ok(())
}

#[tokio::test]
async fn a_network_that_swallows_everything_hangs_nobody_for_ever() -> Outcome {
    let Some(Far {
        proxy,
        store,
        told,
        _database,
    }) = far().await?
    else {
        return Ok(());
    };
    let lost = told.times_lost();
    proxy.behave(Behaviour::Hang);
    let begun = Instant::now();
    while told.times_lost() == lost {
        sleep(Duration::from_millis(10)).await;
    }
    // A look that hangs takes a second, and began at most a quarter of one before.
    assert!(
        begun.elapsed() < Duration::from_millis(2500),
        "{:?}",
        begun.elapsed()
    );
    let (read, written) = tokio::join!(store.principal(PrincipalId(1)), store.commit(insert(2)));
    assert_eq!(read, Err(StoreError::Unavailable));
    assert_eq!(written, Err(StoreError::Unavailable));
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "{:?}",
        begun.elapsed()
    );
    proxy.behave(Behaviour::Pass);
    let recovered = async || {
        store.principal(PrincipalId(1)).await.is_ok() && store.commit(insert(3)).await.is_ok()
    };
    works_again(Duration::from_secs(8), recovered).await;
    caught_up(&told).await;
    Ok(())
}

#[tokio::test]
async fn what_was_acknowledged_outlives_every_kind_of_stop_of_the_server() -> Outcome {
    if Ground::on_postgres().await?.is_none() {
        return Ok(());
    }
    let cluster = Arc::new(Cluster::start(Durability::Synced)?);
    let database = cluster.database().await?;
    let store = open(database.url()).await?;
    let told = following(&store);
    let mut next = 1;
    for stop in [Stop::Fast, Stop::Immediate, Stop::Killed] {
        let first = next;
        // Commits are under way when it stops.
        let (mut acknowledged, mut refused) = (Vec::new(), Vec::new());
        let committing = async {
            while refused.is_empty() {
                match store.commit(insert(next)).await {
                    Ok(_) => acknowledged.push(next),
                    Err(error) => refused.push(error),
                }
                next += 1;
            }
        };
        let stopping = async {
            sleep(Duration::from_millis(100)).await;
            let stopped = Arc::clone(&cluster);
            spawn_blocking(move || stopped.stop(stop)).await
        };
        let ((), stopped) = tokio::join!(committing, stopping);
        stopped?;
        assert_eq!(refused, [StoreError::Unavailable]);
        assert!(store.probe().await.is_err());
        cluster.start_again()?;
        let begun = Instant::now();
        while store.commit(insert(next)).await.is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(5),
                "it does not recover"
            );
            next += 1;
        }
        next += 1;
        assert!(acknowledged.len() > 1, "{stop:?}: {acknowledged:?}");
        for id in acknowledged {
            let found = store.principal(PrincipalId(id)).await?.found;
            assert!(found.is_some(), "{stop:?}: {id} of {first}..{next}");
        }
        caught_up(&told).await;
    }
    Ok(())
}
