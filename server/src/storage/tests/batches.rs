//! Change sets that are committed together: they share a transaction, and nothing else.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use sea_orm::ConnectionTrait as _;
use tokio::time::sleep;

use super::changed::{end, following, insert, token};
use super::ground::test_on;
use super::{Ground, KEY, NOTES, Outcome, one, principal};
use crate::authority::changes::{Change, ChangeSet, TokenSelection};
use crate::authority::{AuditFilter, Committed, Store as _, StoreError};
use crate::domain::work::{Work, take};
use crate::domain::{
    Actor, AuditRecord, KeyId, PrincipalId, ScopeSet, Standing, TokenHash, TokenId, TokenRecord,
};
use crate::storage::SqlStore;

fn new(id: i64) -> Change {
    Change::InsertPrincipal(principal(id, &id.to_string()))
}

/// Breaks a rule of the database, which no precondition says.
fn fault() -> Change {
    Change::MergeGrant {
        user: PrincipalId(-1),
        client: PrincipalId(-1),
        scopes: ScopeSet::parse("a"),
        at_ms: 1,
    }
}

/// Commits all at once. The task that writes runs on the same thread, so it finds all of them waiting.
async fn at_once(
    store: &SqlStore,
    sets: impl IntoIterator<Item = ChangeSet>,
) -> Vec<Result<Committed, StoreError>> {
    join_all(sets.into_iter().map(|set| store.commit(set))).await
}

async fn has(store: &SqlStore, id: i64) -> Result<bool, StoreError> {
    Ok(store.principal(PrincipalId(id)).await?.found.is_some())
}

async fn sixty_four_at_once_are_one_transaction(ground: Ground) -> Outcome {
    let store = ground.open().await?;
    let told = following(&store);
    for (count, transactions) in [(1, 1), (64, 1), (65, 2), (200, 4)] {
        let offset = i64::try_from(told.commits().len())?;
        let committed = at_once(&store, (0..count).map(|id| one(new(offset + id)))).await;
        let mut epochs = Vec::new();
        for (id, committed) in (offset..).zip(committed) {
            let committed = committed?;
            assert_eq!(committed.changed.principals, [PrincipalId(id)]);
            epochs.push(committed.epoch);
        }
        assert!(epochs.is_sorted());
        let distinct: BTreeSet<_> = epochs.into_iter().collect();
        assert_eq!(distinct.len(), transactions, "{count}");
    }
    // Each was told by itself, in order.
    let told = told
        .commits()
        .into_iter()
        .flat_map(|told| told.changed.principals);
    let told: Vec<_> = told.map(|id| id.0).collect();
    assert_eq!(told, (0..330).collect::<Vec<_>>());
    Ok(())
}

test_on!(in_a_file sixty_four_at_once_are_one_transaction);

async fn a_refusal_in_a_batch_leaves_nothing_and_does_not_undo_its_neighbours(
    ground: Ground,
) -> Outcome {
    let store = ground.open().await?;
    store.commit(one(new(1))).await?;
    let spend = || Change::SpendOnce {
        hash: KEY,
        expires_at_ms: 5,
    };
    let sets = [
        one(new(2)).with(spend()),
        // Refused after it has written: by what was there, and by a neighbour.
        one(new(3)).with(Change::InsertPrincipal(principal(4, "1"))),
        one(new(5)).with(spend()),
        // Refused before.
        one(spend()).with(new(6)),
        one(new(7)),
    ];
    let mut committed = at_once(&store, sets).await.into_iter();
    let first = committed.next().ok_or("none")??;
    for refusal in [
        StoreError::AlreadyExists,
        StoreError::Replayed,
        StoreError::Replayed,
    ] {
        assert_eq!(committed.next(), Some(Err(refusal)));
    }
    let last = committed.next().ok_or("none")??;
    assert_eq!(first.epoch, last.epoch);
    for (id, there) in [
        (2, true),
        (3, false),
        (4, false),
        (5, false),
        (6, false),
        (7, true),
    ] {
        assert_eq!(has(&store, id).await?, there, "{id}");
    }
    // When all are refused nothing is committed.
    let refused = at_once(&store, [one(new(1)), one(new(2))]).await;
    assert!(refused.iter().all(Result::is_err), "{refused:?}");
    let next = store.commit(one(new(8))).await?;
    assert_eq!(next.epoch.0, last.epoch.0 + 1);
    Ok(())
}

test_on!(in_memory a_refusal_in_a_batch_leaves_nothing_and_does_not_undo_its_neighbours);

async fn a_fault_or_a_panic_in_a_batch_refuses_all_of_it_and_the_next_one_is_sound(
    ground: Ground,
) -> Outcome {
    let store = ground.open().await?;
    let told = following(&store);
    store.commit(one(new(1))).await?;
    for (wrong, first) in [(fault as fn() -> Change, 10), (|| Change::Panic, 20)] {
        let before = told.commits().len();
        let sets = [
            one(new(first)),
            one(new(1)),
            one(wrong()),
            one(new(first + 1)),
        ];
        let words = format!("{sets:?}");
        let refused = at_once(&store, sets).await;
        assert_eq!(refused, vec![Err(StoreError::Unavailable); 4], "{words}");
        assert_eq!(told.commits().len(), before, "{words}");
        for id in [first, first + 1] {
            assert!(!has(&store, id).await?, "{words}");
        }
        // Two faults in a row put writes off for a moment.
        sleep(Duration::from_millis(300)).await;
        store.commit(one(new(first))).await?;
        assert!(has(&store, first).await?, "{words}");
    }
    Ok(())
}

test_on!(in_memory a_fault_or_a_panic_in_a_batch_refuses_all_of_it_and_the_next_one_is_sound);

mod in_a_file {
    use super::{Ground, Outcome};

    #[tokio::test]
    async fn a_fault_or_a_panic_is_over_with_its_batch() -> Outcome {
        super::a_fault_or_a_panic_in_a_batch_refuses_all_of_it_and_the_next_one_is_sound(
            Ground::in_a_file()?,
        )
        .await
    }
}

async fn a_full_queue_sheds_and_what_it_has_taken_is_committed(ground: Ground) -> Outcome {
    let store = ground.open().await?;
    let committed = at_once(&store, (0..1500).map(|id| one(new(id)))).await;
    let (taken, shed): (Vec<_>, Vec<_>) = committed.into_iter().partition(Result::is_ok);
    assert_eq!(taken.len(), 1024);
    assert!(
        shed.iter().all(|shed| *shed == Err(StoreError::Busy)),
        "{shed:?}"
    );
    assert!(has(&store, 1023).await? && !has(&store, 1024).await?);
    store.commit(one(new(1024))).await?;
    Ok(())
}

test_on!(in_memory a_full_queue_sheds_and_what_it_has_taken_is_committed);

async fn every_commit_of_many_tasks_is_answered(ground: Ground) -> Outcome {
    let store = Arc::new(ground.open().await?);
    let tasks = (0..16_i64).map(|task| {
        let store = store.clone();
        tokio::spawn(async move {
            for number in 0..100 {
                store.commit(one(new(task * 100 + number))).await?;
            }
            Ok::<_, StoreError>(())
        })
    });
    for task in join_all(tasks).await {
        task??;
    }
    for id in 0..1600 {
        assert!(has(&store, id).await?, "{id}");
    }
    Ok(())
}

test_on!(in_a_file every_commit_of_many_tasks_is_answered, flavor = "multi_thread", worker_threads = 4);

async fn what_waits_is_committed_before_the_store_closes(ground: Ground) -> Outcome {
    let store = ground.open().await?;
    let commits = at_once(&store, (0..100).map(|id| one(new(id))));
    let (committed, ()) = tokio::join!(commits, store.clone().close());
    assert!(committed.iter().all(Result::is_ok), "{committed:?}");
    let late = store.commit(one(new(100))).await;
    assert_eq!(late, Err(StoreError::Unavailable));
    let again = ground.open().await?;
    assert!(has(&again, 99).await? && !has(&again, 100).await?);
    Ok(())
}

test_on!(in_a_file what_waits_is_committed_before_the_store_closes);

/// The change set of tokens that are issued together, with what else must hold.
fn issuing(tokens: Vec<TokenRecord>, required: Option<fn() -> Change>) -> ChangeSet {
    tokens.into_iter().fold(ChangeSet::new(), |set, token| {
        set.with_some(required.map(|required| required()))
            .with(insert(token))
            .with(Change::Audit(noted()))
    })
}

fn noted() -> AuditRecord {
    AuditRecord {
        at_ms: 1,
        first_at_ms: 1,
        count: 1,
        actor: Actor::operator(),
        action: "token.issue".into(),
        dialect: Some(NOTES),
        target: "t".to_owned(),
        outcome: "done".into(),
        reason: None,
    }
}

async fn tokens_that_are_issued_at_once_take_the_statements_of_one_and_each_its_own_refusal(
    ground: Ground,
) -> Outcome {
    let store = ground.open().await?;
    store.commit(one(new(1))).await?;
    // The shape that all of them have is there then.
    store.commit(issuing(vec![token(100)], None)).await?;
    let overtaken: fn() -> Change =
        || Change::RequireStanding(Standing::Secret(KeyId::new("gone")));
    let ended: fn() -> Change = || Change::RequireLive(TokenId::new("gone"), 5);
    let child_of = |number, parent: u8| TokenRecord {
        parent: Some(TokenId::new(format!("t{parent}"))),
        ..token(number)
    };
    take();
    let sets = (1..=5).map(|number| issuing(vec![token(number)], None));
    for (number, committed) in (1..).zip(at_once(&store, sets).await) {
        assert_eq!(committed?.changed.added, [TokenHash([number; 32])]);
    }
    let statements = || {
        let work = take().into_iter();
        work.filter(|work| matches!(work, Work::Statement(_)))
            .count()
    };
    // Tokens, audit, epoch.
    assert_eq!(statements(), 3);
    let pairs = (20..26).step_by(2);
    let pairs = pairs.map(|number| issuing(vec![token(number), token(number + 1)], None));
    for committed in at_once(&store, pairs).await {
        assert_eq!(committed?.changed.added.len(), 2);
    }
    assert_eq!(statements(), 3, "the same for sets of several");
    let sets = [
        issuing(vec![token(10)], Some(overtaken)),
        issuing(vec![token(11)], Some(ended)),
        issuing(vec![token(12)], None),
        issuing(vec![token(1)], None),
        // All or none, and a child after its parent.
        issuing(vec![token(13), token(2)], None),
        issuing(vec![token(14), child_of(15, 14)], None),
        issuing(vec![token(16), token(17)], None),
        one(end(
            TokenSelection::TokenAndChildren(TokenId::new("t16")),
            9,
        )),
        issuing(vec![child_of(18, 16)], None),
        issuing(vec![child_of(19, 17)], None),
    ];
    let told: Vec<_> = at_once(&store, sets)
        .await
        .into_iter()
        .map(|committed| committed.map(|committed| committed.changed.added.len()))
        .collect();
    assert_eq!(
        told,
        [
            Err(StoreError::Overtaken),
            Err(StoreError::Ended),
            Ok(1),
            Err(StoreError::Conflict),
            Err(StoreError::Conflict),
            Ok(2),
            Ok(2),
            Ok(0),
            Err(StoreError::Ended),
            Ok(1),
        ]
    );
    for (number, there) in [
        (10, false),
        (11, false),
        (12, true),
        (13, false),
        (14, true),
        (15, true),
        (17, true),
        (18, false),
        (19, true),
    ] {
        let found = store.look_up(TokenHash([number; 32])).await?.found;
        assert_eq!(found.is_some(), there, "{number}");
    }
    // One audit row for each token.
    assert_eq!(
        store.audit(AuditFilter::default()).await?.rows.len(),
        1 + 5 + 6 + 6
    );
    Ok(())
}

test_on!(in_memory tokens_that_are_issued_at_once_take_the_statements_of_one_and_each_its_own_refusal);

async fn a_transaction_waits_for_every_other_writer_before_it_asks_anything(
    ground: Ground,
) -> Outcome {
    let store = ground.open().await?;
    store.commit(one(new(1))).await?;
    let required = || Change::RequireStanding(Standing::Secret(KeyId::new("gone")));
    for (set, committed) in [
        (issuing(vec![token(1)], None), true),
        (one(required()).with(new(2)), false),
        (
            one(new(3)).with(Change::InsertPrincipal(principal(4, "1"))),
            false,
        ),
        (one(Change::SetEnabled(PrincipalId(1), false)), true),
    ] {
        let words = format!("{set:?}");
        take();
        assert_eq!(store.commit(set).await.is_ok(), committed, "{words}");
        let mut done = take().into_iter();
        let first = done.find_map(|work| {
            if let Work::Statement(sql) = work {
                Some(sql)
            } else {
                None
            }
        });
        let raises = |sql: String| {
            let sql = sql.strip_prefix("WITH next AS (").unwrap_or(&sql);
            sql.starts_with("UPDATE epochs SET value")
        };
        let raises = first.is_some_and(raises);
        assert!(raises, "{words}");
    }
    // What was refused has not been counted.
    assert_eq!(store.commit(ChangeSet::new()).await?.epoch.0, 4);
    Ok(())
}

test_on!(in_memory a_transaction_waits_for_every_other_writer_before_it_asks_anything);

async fn who_cannot_take_a_slot_leaves_nothing_and_does_not_undo_its_neighbours(
    ground: Ground,
) -> Outcome {
    let store = ground.open().await?;
    store.commit(one(new(1))).await?;
    let takes_slot = |number| Change::InsertToken {
        record: Arc::new(token(number)),
        takes_slot: true,
    };
    store.commit(one(takes_slot(1))).await?;
    // An ended token that still holds its slot: nobody can take it over.
    let wrong = "UPDATE tokens SET state = 1";
    store.reads.execute_unprepared(wrong).await?;
    let sets = [one(new(2)), one(takes_slot(2)), one(new(3))];
    let told: Vec<_> = at_once(&store, sets).await;
    assert!(
        matches!(told.as_slice(), [Ok(_), Err(StoreError::Conflict), Ok(_)]),
        "{told:?}"
    );
    assert!(has(&store, 2).await? && has(&store, 3).await?);
    assert_eq!(store.look_up(TokenHash([2; 32])).await?.found, None);
    Ok(())
}

test_on!(in_memory who_cannot_take_a_slot_leaves_nothing_and_does_not_undo_its_neighbours);
