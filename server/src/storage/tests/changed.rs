//! What a commit says that it changed, and that followers are told before the caller is.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use super::ground::test_on;
use super::lockouts::NOTHING_OVER;
use super::{Ground, NOTES, Outcome, one, principal};
use crate::authority::changes::{Change, Sweep, TokenSelection};
use crate::authority::{
    Changed, ChangedSecret, Committed, EndedToken, Follower, Store as _, StoreError,
};
use crate::domain::{
    Claims, KeyAlgorithm, KeyId, KeyRecord, KeyState, PrincipalId, ScopeSet, SecretPurpose,
    SecretRecord, SecretState, TokenClass, TokenHash, TokenId, TokenRecord, TokenState,
};

/// Keeps what it is told.
#[derive(Default)]
pub(super) struct Told {
    pub(super) committed: Mutex<Vec<Committed>>,
    pub(super) lost: Mutex<u32>,
    pub(super) caught_up: Mutex<Option<Instant>>,
}

impl Told {
    pub(super) fn commits(&self) -> Vec<Committed> {
        let told = self.committed.lock();
        told.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn times_lost(&self) -> u32 {
        *self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn up_to(&self) -> Option<Instant> {
        *self
            .caught_up
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Follower for Told {
    fn committed(&self, committed: &Committed) {
        let mut told = self
            .committed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        told.push(committed.clone());
    }

    fn lost(&self) {
        *self.lost.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }

    fn caught_up(&self, at: Instant) {
        *self
            .caught_up
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(at);
    }
}

/// A follower of a store.
pub(super) fn following(store: &crate::storage::SqlStore) -> Arc<Told> {
    let told = Arc::new(Told::default());
    let follower: Arc<dyn Follower> = told.clone();
    store.follow(Arc::downgrade(&follower));
    told
}

/// A token of the principal 1, by a number below 256.
pub(super) fn token(number: u8) -> TokenRecord {
    let id = TokenId::new(format!("t{number}"));
    TokenRecord {
        hash: TokenHash([number; 32]),
        id: id.clone(),
        dialect: NOTES,
        class: TokenClass::new("user"),
        principal: PrincipalId(1),
        subject: None,
        scopes: ScopeSet::empty(),
        audience: None,
        claims: Claims::new(),
        header: None,
        key_id: None,
        family: id,
        parent: None,
        state: TokenState::Active,
        issued_at_ms: 10,
        not_before_ms: None,
        expires_at_ms: None,
        revoked_at_ms: None,
    }
}

pub(super) fn insert(record: TokenRecord) -> Change {
    Change::InsertToken {
        record: Arc::new(record),
        takes_slot: false,
    }
}

pub(super) fn end(selection: TokenSelection, at_ms: i64) -> Change {
    Change::EndTokens {
        selection,
        state: TokenState::Revoked,
        at_ms,
    }
}

pub(super) fn revoked(number: u8, at_ms: i64) -> EndedToken {
    EndedToken {
        hash: TokenHash([number; 32]),
        state: TokenState::Revoked,
        at_ms,
    }
}

pub(super) fn secret(id: &str) -> SecretRecord {
    SecretRecord {
        id: KeyId::new(id),
        principal: PrincipalId(1),
        purpose: SecretPurpose::Password,
        state: SecretState::Live,
        algorithm: None,
        kid: None,
        material: vec![1],
        last_step: None,
        created_at_ms: 1,
    }
}

fn of_secret(id: &str) -> ChangedSecret {
    ChangedSecret {
        id: KeyId::new(id),
        principal: PrincipalId(1),
        purpose: SecretPurpose::Password,
    }
}

pub(super) fn key(id: &str, state: KeyState) -> KeyRecord {
    KeyRecord {
        id: KeyId::new(id),
        dialect: NOTES,
        algorithm: KeyAlgorithm::EdDsa,
        state,
        sealed: vec![1],
        public: vec![1],
        created_at_ms: 1,
        retired_at_ms: None,
    }
}

/// Changes that are committed together, and what they change.
type Step = (Vec<Change>, Changed);

fn steps_of_tokens() -> Vec<Step> {
    let nothing = Changed::default;
    let mut slotted = token(5);
    slotted.expires_at_ms = Some(50);
    let child_of = |number, parent: u8| TokenRecord {
        parent: Some(TokenId::new(format!("t{parent}"))),
        ..token(number)
    };
    let takes_slot = |record| Change::InsertToken {
        record: Arc::new(record),
        takes_slot: true,
    };
    let superseded = |number| EndedToken {
        state: TokenState::Superseded,
        ..revoked(number, 10)
    };
    let hash = |number| TokenHash([number; 32]);
    let tree = TokenSelection::TokenAndChildren(TokenId::new("t1"));
    let principals = || Changed {
        principals: vec![PrincipalId(1)],
        ..nothing()
    };
    let added = |numbers: &[u8]| Changed {
        added: numbers.iter().copied().map(hash).collect(),
        ..nothing()
    };
    let ended = |ended| Changed { ended, ..nothing() };
    vec![
        (vec![], nothing()),
        (
            vec![Change::InsertPrincipal(principal(1, "a"))],
            principals(),
        ),
        (vec![Change::SetEnabled(PrincipalId(1), true)], principals()),
        (
            vec![Change::UpdateProfile(
                PrincipalId(1),
                serde_json::Map::new(),
            )],
            principals(),
        ),
        (
            vec![Change::ReplaceProfile {
                principal: PrincipalId(1),
                was: serde_json::Map::new(),
                is: serde_json::Map::new(),
            }],
            principals(),
        ),
        (vec![insert(token(1)), insert(token(2))], added(&[1, 2])),
        (vec![insert(child_of(3, 1))], added(&[3])),
        // Its holder signed it; it is written as ended.
        (
            vec![insert(TokenRecord {
                state: TokenState::Revoked,
                revoked_at_ms: Some(20),
                ..token(4)
            })],
            ended(vec![revoked(4, 20)]),
        ),
        (vec![takes_slot(slotted)], added(&[5])),
        (
            vec![takes_slot(token(6))],
            Changed {
                ended: vec![superseded(5)],
                ..added(&[6])
            },
        ),
        (
            vec![end(tree.clone(), 30)],
            ended(vec![revoked(1, 30), revoked(3, 30)]),
        ),
        // They have ended already.
        (vec![end(tree, 31)], nothing()),
        (
            vec![end(
                TokenSelection::Family {
                    family: TokenId::new("t2"),
                    principal: PrincipalId(1),
                },
                32,
            )],
            ended(vec![revoked(2, 32)]),
        ),
        (
            vec![end(TokenSelection::Person(PrincipalId(1)), 33)],
            ended(vec![revoked(6, 33)]),
        ),
    ]
}

fn other_steps() -> Vec<Step> {
    let nothing = Changed::default;
    let secrets = |ids: &[&str]| Changed {
        secrets: ids.iter().copied().map(of_secret).collect(),
        ..nothing()
    };
    let keys = || Changed {
        keys: true,
        ..nothing()
    };
    vec![
        (
            vec![
                Change::InsertSecret(secret("s1")),
                Change::InsertSecret(secret("s2")),
                Change::InsertSecret(secret("s3")),
            ],
            secrets(&["s1", "s2", "s3"]),
        ),
        (
            vec![Change::EndSecret(KeyId::new("s1"), SecretState::Revoked)],
            secrets(&["s1"]),
        ),
        (
            vec![Change::EndSecrets(
                PrincipalId(1),
                SecretPurpose::Password,
                SecretState::Revoked,
            )],
            secrets(&["s2", "s3"]),
        ),
        (vec![Change::InsertKey(key("k1", KeyState::Active))], keys()),
        (vec![Change::InsertKey(key("k2", KeyState::Next))], keys()),
        (vec![Change::ActivateKey(KeyId::new("k2"), 1)], keys()),
        (vec![Change::RetireKey(KeyId::new("k1"), 1)], keys()),
        (
            vec![Change::PutSetting("one", vec![1])],
            Changed {
                settings: true,
                ..nothing()
            },
        ),
        (
            vec![Change::Sweep(Sweep {
                tokens_ended_before_ms: 60,
                ..NOTHING_OVER
            })],
            Changed {
                tokens_swept_ms: Some(50),
                ..nothing()
            },
        ),
        (
            vec![Change::Sweep(Sweep {
                tokens_ended_before_ms: 60,
                ..NOTHING_OVER
            })],
            nothing(),
        ),
    ]
}

async fn a_commit_says_exactly_what_it_changed(ground: Ground) -> Outcome {
    let store = ground.open().await?;
    let told = following(&store);
    let steps = steps_of_tokens().into_iter().chain(other_steps());
    for (number, (changes, expected)) in steps.enumerate() {
        let words = format!("step {number}: {changes:?}");
        let mut committed = store
            .commit(crate::authority::changes::ChangeSet(changes))
            .await?;
        committed.changed.ended.sort_by_key(|ended| ended.hash.0);
        assert_eq!(committed.changed, expected, "{words}");
        // The follower was told before the caller.
        let mut last = told.commits().pop().ok_or("nothing was told")?;
        last.changed.ended.sort_by_key(|ended| ended.hash.0);
        assert_eq!(last, committed, "{words}");
    }
    // What is refused is not told.
    let before = told.commits().len();
    let refused = store
        .commit(one(Change::InsertPrincipal(principal(2, "a"))))
        .await;
    assert_eq!(refused, Err(StoreError::AlreadyExists));
    assert_eq!(told.commits().len(), before);
    Ok(())
}

test_on!(in_memory a_commit_says_exactly_what_it_changed);

async fn followers_are_told_of_a_commit_whose_caller_has_gone(ground: Ground) -> Outcome {
    let store = ground.open().await?;
    let told = following(&store);
    {
        let mut given_up = store.commit(one(Change::InsertPrincipal(principal(1, "a"))));
        // Begun, and given up at once.
        let begun = std::future::poll_fn(|context| {
            std::task::Poll::Ready(given_up.as_mut().poll(context).is_pending())
        });
        assert!(begun.await, "it waits for its turn");
    }
    store
        .commit(crate::authority::changes::ChangeSet::new())
        .await?;
    let told: Vec<_> = told
        .commits()
        .into_iter()
        .map(|told| told.changed)
        .collect();
    assert_eq!(
        told.first().map(|told| &*told.principals),
        Some(&[PrincipalId(1)][..])
    );
    Ok(())
}

test_on!(in_memory followers_are_told_of_a_commit_whose_caller_has_gone, flavor = "multi_thread", worker_threads = 2);

/// Panics when it is told anything.
struct Panics(Mutex<u32>);

impl Follower for Panics {
    fn committed(&self, _: &Committed) {
        panic!("a follower that panics");
    }

    fn lost(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }

    fn caught_up(&self, _: Instant) {}
}

async fn a_follower_that_panics_has_lost_its_place_and_takes_nobody_along(
    ground: Ground,
) -> Outcome {
    let store = ground.open().await?;
    let panics = Arc::new(Panics(Mutex::default()));
    let first: Arc<dyn Follower> = panics.clone();
    let first: Weak<dyn Follower> = Arc::downgrade(&first);
    store.follow(first);
    let second = following(&store);
    store
        .commit(one(Change::InsertPrincipal(principal(1, "a"))))
        .await?;
    assert_eq!(*panics.0.lock().unwrap_or_else(PoisonError::into_inner), 1);
    assert_eq!(second.commits().len(), 1);
    Ok(())
}

test_on!(in_memory a_follower_that_panics_has_lost_its_place_and_takes_nobody_along);
