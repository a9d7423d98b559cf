//! Principals by the page, and profiles that nobody replaces without having seen them.

use futures_util::future::join_all;
use serde_json::{Map, Value, json};

use super::ground::test_on;
use super::{Ground, NOTES, Outcome, one, principal};
use crate::authority::changes::Change;
use crate::authority::{PrincipalFilter, Store as _, StoreError};
use crate::domain::{Dialect, Principal, PrincipalId, PrincipalKind};

async fn principals_are_paged_by_what_is_asked(ground: Ground) -> Outcome {
    let store = ground.open().await?;
    for id in 1..=5 {
        let dialect = if id == 4 {
            Dialect::new("coins")
        } else {
            NOTES
        };
        let kind = if id == 5 {
            PrincipalKind::Client
        } else {
            PrincipalKind::User
        };
        let made = Principal {
            dialect,
            kind,
            ..principal(id, &format!("p{id}"))
        };
        store.commit(one(Change::InsertPrincipal(made))).await?;
    }
    let disabled = Change::SetEnabled(PrincipalId(2), false);
    store.commit(one(disabled)).await?;
    let all = PrincipalFilter::default();
    for (filter, wanted) in [
        (all, vec![1, 2, 3, 4, 5]),
        (
            PrincipalFilter {
                dialect: Some(NOTES),
                ..all
            },
            vec![1, 2, 3, 5],
        ),
        (
            PrincipalFilter {
                kind: Some(PrincipalKind::Client),
                ..all
            },
            vec![5],
        ),
        (
            PrincipalFilter {
                enabled: Some(false),
                ..all
            },
            vec![2],
        ),
        (
            PrincipalFilter {
                enabled: Some(true),
                after: Some(1),
                ..all
            },
            vec![3, 4, 5],
        ),
    ] {
        let (mut seen, mut after) = (Vec::new(), filter.after);
        loop {
            let page = PrincipalFilter {
                after,
                limit: 2,
                ..filter
            };
            let page = store.principals(page).await?;
            assert!(page.rows.len() <= 2);
            seen.extend(page.rows.iter().map(|row| row.id.0));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, wanted, "{filter:?}");
    }
    Ok(())
}

test_on!(in_memory principals_are_paged_by_what_is_asked);

async fn of_many_who_replace_a_profile_one_wins(ground: Ground) -> Outcome {
    let store = ground.open().await?;
    let object =
        |value: Value| -> Map<String, Value> { value.as_object().cloned().unwrap_or_default() };
    // Whatever JSON has: order, numbers, texts of any script.
    let first = object(
        json!({"z": 1.5, "a": [1e300, -0.0, "\u{e9}\u{1f600}"], "m": {"b": null, "a": true}}),
    );
    let person = Principal {
        profile: first.clone(),
        ..principal(1, "a")
    };
    store.commit(one(Change::InsertPrincipal(person))).await?;
    let read = store.principal(PrincipalId(1)).await?.found;
    let was = read.map(|person| person.profile).unwrap_or_default();
    assert_eq!(was, first);
    let replacing = (0..64).map(|number| {
        store.commit(one(Change::ReplaceProfile {
            principal: PrincipalId(1),
            was: was.clone(),
            is: object(json!({"number": number})),
        }))
    });
    let told = join_all(replacing).await;
    let won = told.iter().filter(|told| told.is_ok()).count();
    let lost = told
        .iter()
        .filter(|told| **told == Err(StoreError::Conflict));
    assert_eq!((won, lost.count()), (1, 63));
    Ok(())
}

test_on!(in_memory of_many_who_replace_a_profile_one_wins);
