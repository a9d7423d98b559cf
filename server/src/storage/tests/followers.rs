//! What followers learn of commits that others make on the same database, and when they are lost.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, TransactionTrait as _,
};
use tokio::time::{sleep, timeout};

use super::changed::{Told, end, following, insert, key, secret, token};
use super::ground::test_on;
use super::lockouts::NOTHING_OVER;
use super::tokens::token as opaque;
use super::{Ground, Outcome, one, principal};
use crate::authority::changes::{Change, ChangeSet, Sweep, TokenSelection};
use crate::authority::{Changed, Committed, Epoch, Store as _};
use crate::domain::{KeyState, PrincipalId, TokenState};
use crate::storage::entities::logged_change;
use crate::storage::epochs::{self, IMMEDIATE};
use crate::storage::role::Role;
use crate::storage::source::Source;
use crate::storage::{SqlStore, change_log};

/// Two stores on one file, as of two processes, and a follower of the first.
pub(super) async fn pair(
    ground: &Ground,
) -> Result<(SqlStore, SqlStore, Arc<Told>), Box<dyn std::error::Error>> {
    let first = ground.open().await?;
    let told = following(&first);
    Ok((first, ground.open().await?, told))
}

/// Waits until the follower is told that it knows everything of before now.
pub(super) async fn caught_up(told: &Told) {
    let now = Instant::now();
    while told.up_to().is_none_or(|up_to| up_to < now) {
        sleep(Duration::from_millis(5)).await;
    }
}

/// Commits that the follower was told of after the first so many, without repetitions.
fn news(told: &Told, after: usize) -> Vec<Committed> {
    let mut news: Vec<_> = told.commits().split_off(after);
    news.dedup();
    news
}

async fn what_another_store_commits_is_told_before_the_follower_is_caught_up(
    ground: Ground,
) -> Outcome {
    let (first, second, told) = pair(&ground).await?;
    first
        .commit(one(Change::InsertPrincipal(principal(1, "a"))))
        .await?;
    let mut over = token(3);
    over.expires_at_ms = Some(50);
    let sets = [
        ChangeSet(vec![insert(token(1)), insert(token(2)), insert(over)]),
        one(end(TokenSelection::Person(PrincipalId(1)), 30)),
        one(Change::SetEnabled(PrincipalId(1), false)),
        one(Change::InsertSecret(secret("s1"))).with(Change::InsertSecret(secret("s2"))),
        one(Change::InsertKey(key("k1", KeyState::Active))),
        one(Change::PutSetting("one", vec![1])),
        one(Change::Sweep(Sweep {
            tokens_ended_before_ms: 60,
            ..NOTHING_OVER
        })),
        ChangeSet::new(),
    ];
    for set in sets {
        let words = format!("{set:?}");
        caught_up(&told).await;
        let before = told.commits().len();
        let mut committed = second.commit(set).await?;
        caught_up(&told).await;
        // Nobody can have looked for what was added.
        committed.changed.added.clear();
        let expected = if committed.changed == Changed::default() {
            vec![]
        } else {
            vec![committed]
        };
        assert_eq!(news(&told, before), expected, "{words}");
    }
    assert_eq!(told.times_lost(), 0);
    Ok(())
}

test_on!(in_a_file what_another_store_commits_is_told_before_the_follower_is_caught_up);

async fn commits_of_this_process_are_told_in_their_order_whatever_others_commit(
    ground: Ground,
) -> Outcome {
    let (first, second, told) = pair(&ground).await?;
    first
        .commit(one(Change::InsertPrincipal(principal(1, "a"))))
        .await?;
    let enable = || one(Change::SetEnabled(PrincipalId(1), true));
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for _ in 0..60 {
        own.push(first.commit(enable()).await?.epoch);
        others.push(second.commit(enable()).await?.epoch);
        own.push(first.commit(enable()).await?.epoch);
        sleep(Duration::from_millis(7)).await;
    }
    caught_up(&told).await;
    let told: Vec<_> = told.commits().iter().map(|told| told.epoch).collect();
    let place = |epoch: &Epoch| told.iter().position(|told| told == epoch);
    let places: Option<Vec<_>> = own.iter().map(place).collect();
    assert!(places.ok_or("not told")?.is_sorted(), "{told:?}");
    assert!(others.iter().all(|epoch| told.contains(epoch)), "{told:?}");
    Ok(())
}

test_on!(in_a_file commits_of_this_process_are_told_in_their_order_whatever_others_commit, flavor = "multi_thread", worker_threads = 2);

async fn long_reads_on_every_connection_keep_no_follower_waiting(ground: Ground) -> Outcome {
    let (first, second, told) = pair(&ground).await?;
    // Transactions that are open keep their connections.
    let (readers, mut reading) = (first.reads.now(), Vec::new());
    let source = Source::parse(ground.url())?;
    for _ in 0..source.connections(Role::Reading) {
        reading.push(readers.begin().await?);
    }
    let before = told.commits().len();
    let next = second
        .commit(one(Change::InsertPrincipal(principal(1, "a"))))
        .await?;
    timeout(Duration::from_secs(20), caught_up(&told)).await?;
    assert_eq!((news(&told, before), told.times_lost()), (vec![next], 0));
    drop(reading);
    Ok(())
}

test_on!(in_a_file long_reads_on_every_connection_keep_no_follower_waiting);

async fn a_follower_that_the_log_does_not_reach_is_lost_and_goes_on_from_the_newest_commit(
    ground: Ground,
) -> Outcome {
    let (_first, second, told) = pair(&ground).await?;
    caught_up(&told).await;
    second
        .commit(one(Change::InsertPrincipal(principal(1, "a"))))
        .await?;
    caught_up(&told).await;
    assert_eq!(told.times_lost(), 0);
    // Commits that were made and swept between two looks.
    let gone = second.reads.now().begin_with_options(IMMEDIATE).await?;
    gone.execute_unprepared("UPDATE epochs SET value = value + 9, logged_after = value + 9")
        .await?;
    gone.execute_unprepared("DELETE FROM change_log").await?;
    gone.commit().await?;
    caught_up(&told).await;
    assert_eq!(told.times_lost(), 1);
    let before = told.commits().len();
    let next = second
        .commit(one(Change::SetEnabled(PrincipalId(1), false)))
        .await?;
    caught_up(&told).await;
    assert_eq!(news(&told, before), [next]);
    assert_eq!(told.times_lost(), 1);
    Ok(())
}

test_on!(in_a_file a_follower_that_the_log_does_not_reach_is_lost_and_goes_on_from_the_newest_commit);

async fn a_commit_that_changes_very_much_is_told_to_others_as_everything(
    ground: Ground,
) -> Outcome {
    let (_first, second, told) = pair(&ground).await?;
    second
        .commit(one(Change::InsertPrincipal(principal(1, "a"))))
        .await?;
    caught_up(&told).await;
    let (before, enable) = (told.commits().len(), || {
        Change::SetEnabled(PrincipalId(1), true)
    });
    second
        .commit(ChangeSet((0..2001).map(|_| enable()).collect()))
        .await?;
    caught_up(&told).await;
    assert_eq!((news(&told, before), told.times_lost()), (vec![], 1));
    let told = logged_change::Entity::find().filter(logged_change::Column::Place.gte(0));
    assert_eq!(told.count(&second.reads).await?, 2);
    Ok(())
}

test_on!(in_a_file a_commit_that_changes_very_much_is_told_to_others_as_everything);

async fn a_person_with_very_many_tokens_ends_them_all_and_everybody_forgets_everything(
    ground: Ground,
) -> Outcome {
    const MANY: usize = 3_000;
    let (first, second, told) = pair(&ground).await?;
    let others = following(&second);
    first
        .commit(one(Change::InsertPrincipal(principal(1, "1"))))
        .await?;
    let records: Vec<_> = (0..i64::try_from(MANY)?).map(opaque).collect();
    let sets = records
        .chunks(500)
        .map(|some| some.iter().cloned().map(insert));
    for set in sets {
        first.commit(ChangeSet(set.collect())).await?;
    }
    caught_up(&told).await;
    caught_up(&others).await;
    assert_eq!((told.times_lost(), others.times_lost()), (0, 0));
    let person = TokenSelection::Person(PrincipalId(1));
    let committed = first.commit(one(end(person, 30))).await?;
    let everything = Changed {
        everything: true,
        ..Changed::default()
    };
    assert_eq!(committed.changed, everything);
    // Before the caller is answered.
    assert_eq!(told.times_lost(), 1);
    caught_up(&others).await;
    assert_eq!(others.times_lost(), 1);
    for record in [records.first(), records.get(2_000), records.last()] {
        let hash = record.ok_or("no token")?.hash;
        let found = second.look_up(hash).await?.found.ok_or("gone")?;
        assert_eq!(found.record.state, TokenState::Revoked);
    }
    Ok(())
}

test_on!(in_a_file a_person_with_very_many_tokens_ends_them_all_and_everybody_forgets_everything);

async fn closing_a_store_or_dropping_it_loses_its_followers(ground: Ground) -> Outcome {
    for close in [true, false] {
        let store = ground.open().await?;
        let told = following(&store);
        caught_up(&told).await;
        if close {
            store.close().await;
        } else {
            drop(store);
        }
        while told.times_lost() == 0 {
            sleep(Duration::from_millis(5)).await;
        }
        let up_to = told.up_to();
        sleep(Duration::from_millis(300)).await;
        assert_eq!(told.up_to(), up_to);
    }
    Ok(())
}

test_on!(in_memory closing_a_store_or_dropping_it_loses_its_followers);

#[tokio::test]
async fn a_database_that_is_replaced_loses_its_followers_until_it_is_back() -> Outcome {
    let ground = Ground::in_a_file()?;
    let (_first, second, told) = pair(&ground).await?;
    caught_up(&told).await;
    let file = ground.file().ok_or("no file")?;
    let aside = file.with_extension("aside");
    std::fs::rename(&file, &aside)?;
    while told.times_lost() == 0 {
        sleep(Duration::from_millis(5)).await;
    }
    std::fs::rename(&aside, &file)?;
    caught_up(&told).await;
    let before = told.commits().len();
    let next = second
        .commit(one(Change::InsertPrincipal(principal(1, "a"))))
        .await?;
    caught_up(&told).await;
    assert_eq!((news(&told, before), told.times_lost()), (vec![next], 1));
    Ok(())
}

async fn the_log_is_swept_in_slices_and_says_where_it_begins(ground: Ground) -> Outcome {
    let store = ground.open().await?;
    store
        .commit(one(Change::InsertPrincipal(principal(1, "a"))))
        .await?;
    let enable = || Change::SetEnabled(PrincipalId(1), true);
    for _ in 0..3 {
        store
            .commit(ChangeSet((0..1500).map(|_| enable()).collect()))
            .await?;
    }
    let last = store.commit(one(enable())).await?.epoch;
    let over = Epoch(last.0 - 1);
    for more in [true, true, false] {
        let next = epochs::next(&store.reads, Epoch(0), over, None).await;
        assert!(next.is_ok(), "{next:?}");
        let swept = change_log::sweep(&store.reads, over).await;
        assert!(matches!(swept, Ok(left) if left == more), "{swept:?}");
    }
    let left = logged_change::Entity::find().all(&store.reads).await?;
    assert!(left.iter().all(|row| row.epoch == last.0), "{left:?}");
    assert!(left.iter().any(|row| row.place == 0), "{left:?}");
    let row = crate::storage::entities::epoch::Entity::find_by_id(1)
        .one(&store.reads)
        .await?;
    assert_eq!(row.map(|row| row.logged_after), Some(over.0));
    Ok(())
}

test_on!(in_memory the_log_is_swept_in_slices_and_says_where_it_begins);

async fn a_read_says_no_newer_commit_than_it_has_seen_and_every_acknowledged_one(
    ground: Ground,
) -> Outcome {
    let (first, second, told) = pair(&ground).await?;
    let seen = async || first.principal(PrincipalId(1)).await.map(|seen| seen.epoch);
    assert_eq!(seen().await?, Epoch(0));
    let own = first
        .commit(one(Change::InsertPrincipal(principal(1, "a"))))
        .await?
        .epoch;
    assert_eq!(seen().await?, own);
    let other = second
        .commit(one(Change::SetEnabled(PrincipalId(1), false)))
        .await?
        .epoch;
    assert!([own, other].contains(&seen().await?));
    caught_up(&told).await;
    assert_eq!(seen().await?, other);
    Ok(())
}

test_on!(in_a_file a_read_says_no_newer_commit_than_it_has_seen_and_every_acknowledged_one);
