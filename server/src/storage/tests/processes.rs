//! Several processes on one PostgreSQL: a store stands for each of them.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, PaginatorTrait as _, TransactionTrait as _};
use tokio::time::{sleep, timeout};

use super::changed::{following, key, secret};
use super::followers::{caught_up, pair};
use super::ground::test_on;
use super::{Ground, KEY, Outcome, one, principal};
use crate::authority::changes::Change;
use crate::authority::{Changed, Epoch, Store as _, StoreError};
use crate::domain::{KeyId, KeyState, PrincipalId};
use crate::storage::SqlStore;
use crate::storage::change_log;
use crate::storage::connection::connect;
use crate::storage::entities::{epoch, principal as principals};
use crate::storage::epochs::{self, IMMEDIATE};
use crate::storage::role::Role;
use crate::storage::source::Source;

async fn sixty_four_processes_that_start_at_once_make_one_schema(ground: Ground) -> Outcome {
    let stores = join_all((0..64).map(|_| ground.open())).await;
    let stores = stores.into_iter().collect::<Result<Vec<_>, _>>()?;
    let active = |id: usize| one(Change::InsertKey(key(&id.to_string(), KeyState::Active)));
    let made = (0..).zip(&stores);
    let made = join_all(made.map(|(id, store)| store.commit(active(id)))).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    let refused = made
        .iter()
        .filter(|made| **made == Err(StoreError::Conflict));
    assert_eq!(refused.count(), 63, "{made:?}");
    Ok(())
}

test_on!(postgres sixty_four_processes_that_start_at_once_make_one_schema);

async fn of_sixty_four_tries_in_several_processes_one_wins(ground: Ground) -> Outcome {
    let mut stores = Vec::new();
    for _ in 0..8 {
        stores.push(ground.open().await?);
    }
    let first = stores.first().ok_or("no store")?;
    let seeded = one(Change::InsertPrincipal(principal(1, "a")));
    first
        .commit(seeded.with(Change::InsertSecret(secret("s1"))))
        .await?;
    let races: [(fn() -> Change, StoreError); 3] = [
        (
            || Change::SpendOnce {
                hash: KEY,
                expires_at_ms: 5,
            },
            StoreError::Replayed,
        ),
        (
            || Change::RaiseStep(KeyId::new("s1"), 7),
            StoreError::Replayed,
        ),
        (
            || Change::InsertPrincipal(principal(2, "b")),
            StoreError::AlreadyExists,
        ),
    ];
    for (change, refusal) in races {
        let tries = (0..64).map(|n: usize| {
            let store = stores.get(n % 8).unwrap_or(first).clone();
            tokio::spawn(async move { store.commit(one(change())).await })
        });
        let mut won = Vec::new();
        for told in join_all(tries).await {
            match told? {
                Ok(committed) => won.push(committed.epoch),
                Err(error) => assert_eq!(error, refusal),
            }
        }
        assert_eq!(won.len(), 1, "{:?}", change());
    }
    // Every commit has a number of its own.
    let row = epoch::Entity::find_by_id(1).one(&first.reads).await?;
    assert_eq!(row.map(|row| row.value), Some(4));
    Ok(())
}

test_on!(postgres
    of_sixty_four_tries_in_several_processes_one_wins,
    flavor = "multi_thread",
    worker_threads = 4
);

async fn a_writer_that_commits_late_has_the_lower_number_and_is_missed_by_nobody(
    ground: Ground,
) -> Outcome {
    let (first, _second, told) = pair(&ground).await?;
    first.hear_nothing();
    caught_up(&told).await;
    let source = Source::parse(ground.url())?;
    let one = connect(&source, Role::Writing).await?;
    let other = connect(&source, Role::Writing).await?;
    let changed = |id| Changed {
        principals: vec![PrincipalId(id)],
        ..Changed::default()
    };
    let write = async |transaction: &sea_orm::DatabaseTransaction, id| {
        let epoch = epochs::next(transaction, Epoch(0), Epoch(0), None).await;
        let epoch = epoch.map_err(|failure| format!("{failure:?}"))?;
        let log = change_log::append(transaction, epoch, [changed(id)].iter()).await;
        log.map_err(|failure| format!("{failure:?}"))?;
        Ok::<_, String>(epoch)
    };
    let late = one.begin_with_options(IMMEDIATE).await?;
    let lower = write(&late, 1).await?;
    let early = other.begin_with_options(IMMEDIATE).await?;
    let mut waiting = Box::pin(write(&early, 2));
    // Whoever comes second has no number until the first has committed.
    let before = timeout(Duration::from_millis(700), &mut waiting).await;
    assert!(before.is_err(), "{before:?}");
    let known = told.commits().len();
    late.commit().await?;
    let higher = waiting.await?;
    assert_eq!(higher.0, lower.0 + 1);
    caught_up(&told).await;
    early.commit().await?;
    caught_up(&told).await;
    let news: Vec<_> = told.commits().split_off(known);
    let news: Vec<_> = news
        .iter()
        .map(|told| (told.epoch, &told.changed))
        .collect();
    assert_eq!(news, [(lower, &changed(1)), (higher, &changed(2))]);
    assert_eq!(told.times_lost(), 0);
    Ok(())
}

test_on!(postgres a_writer_that_commits_late_has_the_lower_number_and_is_missed_by_nobody);

/// How long it takes until the follower is told of commits of the other store, one after the other.
async fn delays(ground: &Ground, deaf: bool) -> Result<Vec<Duration>, super::Error> {
    let (first, second, told) = pair(ground).await?;
    if deaf {
        first.hear_nothing();
    }
    second
        .commit(one(Change::InsertPrincipal(principal(1, "a"))))
        .await?;
    caught_up(&told).await;
    let mut delays = Vec::new();
    for n in 0..20_u64 {
        // At another moment between two looks each time.
        sleep(Duration::from_millis(n * 13 % 250)).await;
        let begun = Instant::now();
        let enable = one(Change::SetEnabled(PrincipalId(1), true));
        let epoch = second.commit(enable).await?.epoch;
        while told.commits().iter().all(|told| told.epoch != epoch) {
            sleep(Duration::from_millis(1)).await;
        }
        delays.push(begun.elapsed());
    }
    Ok(delays)
}

async fn what_others_commit_is_heard_before_the_next_look(ground: Ground) -> Outcome {
    let delays = delays(&ground, false).await?;
    let quick = delays
        .iter()
        .filter(|took| **took < Duration::from_millis(80));
    assert!(quick.count() >= 16, "{delays:?}");
    Ok(())
}

test_on!(postgres what_others_commit_is_heard_before_the_next_look);

async fn what_is_not_heard_is_found_within_a_second(ground: Ground) -> Outcome {
    let delays = delays(&ground, true).await?;
    assert!(
        delays.iter().all(|took| *took < Duration::from_secs(1)),
        "{delays:?}"
    );
    // It was not heard: some had to wait for a look.
    assert!(
        delays.iter().any(|took| *took > Duration::from_millis(120)),
        "{delays:?}"
    );
    Ok(())
}

test_on!(postgres what_is_not_heard_is_found_within_a_second);

/// Makes the first so many inserts of principals fail with a code. What is counted is counted also where the transaction is taken back.
fn failing(times: u32, code: &str) -> String {
    format!(
        "CREATE SEQUENCE tries; \
         CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         IF nextval('tries') <= {times} THEN RAISE EXCEPTION 'not now' USING ERRCODE = '{code}'; END IF; \
         RETURN NEW; END $$; \
         CREATE TRIGGER fail BEFORE INSERT ON principals FOR EACH ROW EXECUTE FUNCTION fail()"
    )
}

async fn a_transaction_that_met_another_is_tried_again_and_nobody_is_told(
    ground: Ground,
) -> Outcome {
    let store = ground.open().await?;
    let told = following(&store);
    store.reads.execute_unprepared(&failing(4, "40001")).await?;
    let insert = |id| one(Change::InsertPrincipal(principal(id, &id.to_string())));
    let sets = (1..=3).map(|id| store.commit(insert(id)));
    let epochs: BTreeSet<_> = join_all(sets)
        .await
        .into_iter()
        .map(|told| told.map(|told| told.epoch.0))
        .collect::<Result<_, _>>()?;
    assert_eq!(epochs, BTreeSet::from([1]));
    assert_eq!(principals::Entity::find().count(&store.reads).await?, 3);
    assert_eq!(told.commits().len(), 3);
    assert_eq!(store.probe().await, Ok(()));
    Ok(())
}

test_on!(postgres a_transaction_that_met_another_is_tried_again_and_nobody_is_told);

async fn a_transaction_is_tried_five_times_and_then_refused(ground: Ground) -> Outcome {
    let store = ground.open().await?;
    store
        .reads
        .execute_unprepared(&failing(1000, "40001"))
        .await?;
    let insert = one(Change::InsertPrincipal(principal(1, "1")));
    assert_eq!(store.commit(insert).await, Err(StoreError::Unavailable));
    let sql = "DO $$ BEGIN IF (SELECT last_value FROM tries) <> 5 THEN RAISE EXCEPTION 'tries'; END IF; END $$";
    store.reads.execute_unprepared(sql).await?;
    Ok(())
}

test_on!(postgres a_transaction_is_tried_five_times_and_then_refused);

async fn a_deadlock_is_not_shown(ground: Ground) -> Outcome {
    let store = ground.open().await?;
    store
        .commit(one(Change::InsertPrincipal(principal(1, "a"))))
        .await?;
    let beside = connect(&Source::parse(ground.url())?, Role::Making).await?;
    let beside = beside.begin().await?;
    beside
        .execute_unprepared("UPDATE principals SET name = name WHERE id = 1")
        .await?;
    let disabling = store.commit(one(Change::SetEnabled(PrincipalId(1), false)));
    let crossing = async {
        // By now it has the epoch, and waits for the row. Who waits first looks first for a deadlock, and gives up.
        sleep(Duration::from_millis(300)).await;
        let epoch = "UPDATE epochs SET value = value WHERE id = 1";
        let crossed = beside.execute_unprepared(epoch).await;
        sleep(Duration::from_millis(50)).await;
        beside.rollback().await.and(crossed)
    };
    let (disabled, crossed) = tokio::join!(disabling, crossing);
    crossed?;
    assert_eq!(disabled?.epoch, Epoch(2));
    Ok(())
}

test_on!(postgres a_deadlock_is_not_shown);

async fn who_makes_a_second_key_active_leaves_nothing_and_does_not_undo_its_neighbours(
    ground: Ground,
) -> Outcome {
    let store = ground.open().await?;
    let active = |id| one(Change::InsertKey(key(id, KeyState::Active)));
    store.commit(active("k1")).await?;
    let sets = [
        one(Change::InsertPrincipal(principal(1, "a"))),
        active("k2"),
        one(Change::InsertPrincipal(principal(2, "b"))),
    ];
    let told = join_all(sets.map(|set| store.commit(set))).await;
    assert!(
        matches!(told.as_slice(), [Ok(_), Err(StoreError::Conflict), Ok(_)]),
        "{told:?}"
    );
    assert_eq!(principals::Entity::find().count(&store.reads).await?, 2);
    Ok(())
}

test_on!(in_memory who_makes_a_second_key_active_leaves_nothing_and_does_not_undo_its_neighbours);

async fn whoever_only_serves_needs_no_right_to_change_the_schema(ground: Ground) -> Outcome {
    ground.open().await?.close().await;
    let owner = connect(&Source::parse(ground.url())?, Role::Making).await?;
    let mut url = url::Url::parse(ground.url())?;
    let role = url.path().trim_start_matches('/').to_owned() + "_server";
    let run = async |sql: String| owner.execute_unprepared(&sql).await;
    run(format!("CREATE ROLE {role} LOGIN PASSWORD 'of-the-server'")).await?;
    let rights = "SELECT, INSERT, UPDATE, DELETE";
    run(format!(
        "GRANT {rights} ON ALL TABLES IN SCHEMA public TO {role}"
    ))
    .await?;
    run(format!(
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"
    ))
    .await?;
    url.set_username(&role).map_err(|()| "a URL has a user")?;
    url.set_password(Some("of-the-server"))
        .map_err(|()| "a URL has a password")?;
    let served = SqlStore::open(url.as_str(), SqlStore::COMMITS_PER_CHECKPOINT).await;
    let done = match served {
        Ok(store) => {
            let issued = one(Change::InsertPrincipal(principal(1, "a")));
            let done = store.commit(issued).await.map(drop);
            store.close().await;
            done.map_err(super::Error::from)
        }
        Err(refused) => Err(refused.into()),
    };
    run(format!("DROP OWNED BY {role}")).await?;
    run(format!("DROP ROLE {role}")).await?;
    done
}

test_on!(postgres whoever_only_serves_needs_no_right_to_change_the_schema);
