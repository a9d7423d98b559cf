//! Lists that go on where a page ended, while they grow; locks one by one; and listed tokens that end once.

use futures_util::future::join_all;

use super::ground::test_on;
use super::tokens::token;
use super::{Ground, NOTES, Outcome, one, principal};
use crate::authority::changes::{Change, Listed, Tries};
use crate::authority::{AuditFilter, LockoutPolicy, Store as _, StoreError, TokenFilter};
use crate::domain::{Actor, AuditRecord, PrincipalId, TokenHash, TokenId, TokenState};

const ACTIVE: TokenState = TokenState::Active;
const REVOKED: TokenState = TokenState::Revoked;

fn noted(at_ms: i64, action: &'static str, target: &str) -> AuditRecord {
    AuditRecord {
        at_ms,
        first_at_ms: at_ms,
        count: 1,
        actor: Actor::operator(),
        action: action.into(),
        dialect: Some(NOTES),
        target: target.to_owned(),
        outcome: "done".into(),
        reason: None,
    }
}

async fn the_audit_is_paged_by_what_is_asked_while_it_grows(ground: Ground) -> Outcome {
    let store = ground.open().await?;
    let note = async |record| store.commit(one(Change::Audit(record))).await;
    for at_ms in 0..10 {
        let action = if at_ms % 2 == 0 { "even" } else { "odd" };
        note(noted(at_ms, action, "a")).await?;
    }
    let mut theirs = noted(4, "even", "b");
    theirs.actor.principal = Some(PrincipalId(7));
    note(theirs).await?;
    note(noted(5, "even", "bob")).await?;
    let asked = async |filter: AuditFilter| -> Result<Vec<i64>, StoreError> {
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = AuditFilter {
                after,
                limit: 2,
                ..filter.clone()
            };
            let page = store.audit(page).await?;
            assert!(page.rows.len() <= 2);
            seen.extend(page.rows.iter().map(|row| row.at_ms));
            note(noted(99, "late", "late")).await?;
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(seen),
            }
        }
    };
    let all = AuditFilter::default;
    for (filter, moments) in [
        (
            AuditFilter {
                action: Some("even".to_owned()),
                ..all()
            },
            vec![5, 4, 8, 6, 4, 2, 0],
        ),
        (
            AuditFilter {
                from_ms: Some(3),
                before_ms: Some(6),
                ..all()
            },
            vec![5, 4, 5, 4, 3],
        ),
        (
            AuditFilter {
                target: Some("b".to_owned()),
                ..all()
            },
            vec![4],
        ),
        (
            AuditFilter {
                principal: Some((PrincipalId(7), NOTES, "bob".to_owned())),
                ..all()
            },
            vec![5, 4],
        ),
    ] {
        let words = format!("{filter:?}");
        assert_eq!(asked(filter).await?, moments, "{words}");
    }
    Ok(())
}

test_on!(in_memory the_audit_is_paged_by_what_is_asked_while_it_grows);

async fn locks_are_listed_in_pages_and_lifted_once(ground: Ground) -> Outcome {
    let store = ground.open().await?;
    let policy = LockoutPolicy::default();
    for name in 1..=5 {
        let tries = Tries {
            here: TokenHash([name; 32]),
            anywhere: TokenHash([100 + name; 32]),
            at_ms: 1_000,
        };
        for _ in 0..5 {
            let failure = Change::CountFailure(tries, policy);
            store.commit(one(failure)).await?;
        }
    }
    let first = store.locks(1_000, None, 3).await?;
    let after = first.last().map(|lock| lock.key);
    let rest = store.locks(1_000, after, 3).await?;
    let keys: Vec<u8> = first
        .iter()
        .chain(&rest)
        .map(|lock| lock.key.0[0])
        .collect();
    assert_eq!(keys, [1, 2, 3, 4, 5]);
    assert!(first.iter().all(|lock| lock.failures == 5));
    let until = first[0].until_ms;
    assert_eq!(store.locks(until, None, 3).await?, []);
    let lift = || store.commit(one(Change::LiftLock(TokenHash([2; 32]))));
    let told = join_all((0..64).map(|_| lift())).await;
    let lifted = told.iter().filter(|told| told.is_ok()).count();
    let refused = told
        .iter()
        .filter(|told| **told == Err(StoreError::Conflict));
    assert_eq!((lifted, refused.count()), (1, 63));
    assert_eq!(store.locks(1_000, None, 9).await?.len(), 4);
    Ok(())
}

test_on!(in_memory locks_are_listed_in_pages_and_lifted_once);

async fn listed_tokens_end_once_and_never_before_what_dies_with_them(ground: Ground) -> Outcome {
    let store = ground.open().await?;
    let person = Change::InsertPrincipal(principal(1, "one"));
    store.commit(one(person)).await?;
    let mut records: Vec<_> = (0..4).map(token).collect();
    let parent = records[0].id.clone();
    records[1].parent = Some(parent.clone());
    records[1].family = parent;
    for record in &records {
        let record = std::sync::Arc::new(record.clone());
        let insert = Change::InsertToken {
            record,
            takes_slot: false,
        };
        store.commit(one(insert)).await?;
    }
    let listed = |of: &[usize]| Change::EndListed {
        tokens: of
            .iter()
            .map(|at| Listed {
                hash: records[*at].hash,
                id: records[*at].id.clone(),
                dialect: NOTES,
            })
            .collect(),
        at_ms: 50,
        audit: noted(50, "token.revoke", ""),
    };
    let states = async || -> Result<Vec<TokenState>, StoreError> {
        let mut rows = store.tokens(TokenFilter::default()).await?.rows;
        rows.reverse();
        Ok(rows.into_iter().map(|row| row.state).collect())
    };

    let ended = store.commit(one(listed(&[0, 2]))).await?.changed.ended;
    assert_eq!(ended.len(), 1, "the parent of a live one stays");
    assert_eq!(states().await?, [ACTIVE, ACTIVE, REVOKED, ACTIVE]);
    let ended = store.commit(one(listed(&[1]))).await?.changed.ended;
    assert_eq!(ended.len(), 1);
    let told = join_all((0..64).map(|_| store.commit(one(listed(&[0, 1, 2]))))).await;
    let won: Vec<_> = told.iter().filter_map(|told| told.as_ref().ok()).collect();
    let lost = told.iter().filter(|told| **told == Err(StoreError::Ended));
    assert_eq!((won.len(), lost.count()), (1, 63));
    assert_eq!(states().await?, [REVOKED, REVOKED, REVOKED, ACTIVE]);
    let audit = store.audit(AuditFilter::default()).await?.rows;
    let mut targets: Vec<TokenId> = audit
        .into_iter()
        .map(|row| TokenId::new(row.target))
        .collect();
    targets.reverse();
    let in_their_order = [2, 1, 0].map(|at: usize| records[at].id.clone());
    assert_eq!(targets, in_their_order);
    Ok(())
}

test_on!(in_memory listed_tokens_end_once_and_never_before_what_dies_with_them);
