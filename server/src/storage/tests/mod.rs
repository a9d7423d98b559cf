//! The store by itself: atomic change sets, preconditions, epochs, a database that fails.

mod batches;
mod changed;
mod compact;
mod copies;
mod faults;
mod followers;
mod ground;
mod lockouts;
mod older;
mod outages;
mod pages;
mod principals;
mod processes;
mod tokens;

pub(crate) use compact::before_compact_tokens;
use serde_json::Map;

use self::changed::{key, secret};
pub(crate) use self::ground::Ground;
use self::ground::test_on;
use super::{OpenError, SqlStore};
use crate::authority::changes::{Change, ChangeSet};
use crate::authority::{Epoch, Store as _, StoreError};
use crate::domain::{
    Dialect, KeyId, KeyState, Principal, PrincipalId, PrincipalKind, SecretState, TokenHash,
};

type Error = Box<dyn std::error::Error>;

type Outcome = Result<(), Error>;

/// A dialect of whatever sort: storage asks of none what it is.
const NOTES: Dialect = Dialect::new("notes");

const KEY: TokenHash = TokenHash([9; 32]);

fn principal(id: i64, name: &str) -> Principal {
    Principal {
        id: PrincipalId(id),
        dialect: NOTES,
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

async fn change_set_is_all_or_nothing_and_counts_epochs(ground: Ground) -> Outcome {
    let store = ground.open().await?;
    assert_eq!(
        store
            .commit(one(Change::InsertPrincipal(principal(1, "a"))))
            .await?
            .epoch,
        Epoch(1)
    );
    let both = one(Change::InsertPrincipal(principal(2, "b")))
        .with(Change::InsertPrincipal(principal(3, "a")));
    assert_eq!(store.commit(both).await, Err(StoreError::AlreadyExists));
    assert_eq!(store.principal(PrincipalId(2)).await?.found, None);
    assert_eq!(
        store
            .commit(one(Change::InsertPrincipal(principal(2, "b"))))
            .await?
            .epoch,
        Epoch(2)
    );
    Ok(())
}

test_on!(in_memory change_set_is_all_or_nothing_and_counts_epochs);

async fn one_time_values_are_spent_once(ground: Ground) -> Outcome {
    let store = ground.open().await?;
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

test_on!(in_memory one_time_values_are_spent_once);

async fn a_dialect_has_one_active_key_and_what_is_not_there_is_not_changed(
    ground: Ground,
) -> Outcome {
    let store = ground.open().await?;
    let active = |id| Change::InsertKey(key(id, KeyState::Active));
    store.commit(one(active("k1"))).await?;
    let second = store.commit(one(active("k2"))).await;
    assert_eq!(second, Err(StoreError::Conflict));
    let taken = Change::InsertKey(key("k1", KeyState::Next));
    let taken = store.commit(one(taken)).await;
    assert_eq!(taken, Err(StoreError::AlreadyExists));
    let next = |id| Change::InsertKey(key(id, KeyState::Next));
    let activate = |id| Change::ActivateKey(KeyId::new(id), 7);
    let retire = |id| Change::RetireKey(KeyId::new(id), 9);
    store.commit(one(next("k2"))).await?;
    let third = store.commit(one(next("k3"))).await;
    assert_eq!(third, Err(StoreError::AlreadyExists));
    store.commit(one(activate("k2"))).await?;
    let states = async || -> Result<Vec<_>, StoreError> {
        let keys = store.keys().await?.found;
        let told = keys.into_iter().map(|key| (key.state, key.retired_at_ms));
        Ok(told.collect())
    };
    let replaced = [(KeyState::Retiring, Some(7)), (KeyState::Active, None)];
    assert_eq!(states().await?, replaced);
    store.commit(one(retire("k1"))).await?;
    let retired = [(KeyState::Retired, Some(7)), (KeyState::Active, None)];
    assert_eq!(states().await?, retired);
    for missing in [
        // It is over, the other one signs, and there is no third.
        activate("k1"),
        retire("k1"),
        activate("k2"),
        retire("k2"),
        activate("k3"),
        retire("k3"),
        Change::SetEnabled(PrincipalId(1), true),
        Change::UpdateProfile(PrincipalId(1), Map::new()),
        Change::ReplaceProfile {
            principal: PrincipalId(1),
            was: Map::new(),
            is: Map::new(),
        },
        Change::EndSecret(KeyId::new("s1"), SecretState::Revoked),
    ] {
        let words = format!("{missing:?}");
        let refused = store.commit(one(missing)).await;
        assert_eq!(refused, Err(StoreError::Conflict), "{words}");
    }
    Ok(())
}

test_on!(in_memory a_dialect_has_one_active_key_and_what_is_not_there_is_not_changed);

async fn a_text_with_a_nul_is_nobodys_and_looked_for_like_any_other(ground: Ground) -> Outcome {
    let store = ground.open().await?;
    let mut person = principal(1, "a");
    let email = |text: &str| ("email".to_owned(), text.into());
    person.profile.extend([email("A@b.example")]);
    store.commit(one(Change::InsertPrincipal(person))).await?;
    let mut odd = principal(2, "b");
    odd.profile.extend([email("\0@b.example")]);
    store.commit(one(Change::InsertPrincipal(odd))).await?;
    store
        .commit(one(Change::InsertSecret(secret("s1"))))
        .await?;
    let decoy = secret("decoy");
    let kind = PrincipalKind::User;
    for (name, holder) in [
        ("a", Some(PrincipalId(1))),
        ("c", None),
        ("a\0", None),
        ("\0", None),
    ] {
        let claim = store
            .claim(NOTES, kind, name.to_owned(), &decoy)
            .await?
            .found;
        assert_eq!(
            (claim.principal, claim.own),
            (holder, holder.is_some()),
            "{name:?}"
        );
        let found = store
            .principal_by_name(NOTES, kind, name.to_owned())
            .await?;
        assert_eq!(found.map(|found| found.id), holder, "{name:?}");
        let named = store.name_or_email(NOTES, kind, name.to_owned()).await?;
        assert_eq!(named.as_deref(), holder.map(|_| "a"), "{name:?}");
    }
    let reached = store
        .name_or_email(NOTES, kind, "a@B.example".to_owned())
        .await?;
    assert_eq!(reached.as_deref(), Some("a"));
    for (id, own) in [("s1", true), ("s1\0", false)] {
        let claim = store.claim_by_secret(&KeyId::new(id), &decoy).await?.found;
        assert_eq!(claim.own, own, "{id:?}");
        assert_eq!(
            store.secret(KeyId::new(id)).await?.found.is_some(),
            own,
            "{id:?}"
        );
    }
    assert_eq!(store.probe().await, Ok(()));
    Ok(())
}

test_on!(in_memory a_text_with_a_nul_is_nobodys_and_looked_for_like_any_other);
