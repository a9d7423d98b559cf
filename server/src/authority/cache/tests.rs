//! The copies as a data structure: what goes in, what is refused, what a change takes out, and how much there is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Cache, HeldToken, KeySeen, Reading, RegisteredKey, SecretHash};
use crate::authority::{
    Changed, ChangedSecret, Claimant, Committed, EndedToken, Epoch, Follower as _,
};
use crate::domain::{
    Claims, Dialect, KeyId, MachineSecret, Principal, PrincipalId, PrincipalKind, ScopeSet,
    SecretPurpose, SecretState, TokenClass, TokenHash, TokenId, TokenRecord, TokenState,
};
use crate::keys::jwt::VerifyingKey;
use crate::keys::signing::SigningKey;

const DIALECT: Dialect = Dialect::new("notes");
const MIB: usize = 1 << 20;
const HASH: TokenHash = TokenHash([7; 32]);
const OWNER: PrincipalId = PrincipalId(7);

/// One that is told everything.
fn trusted(bytes: usize) -> Cache {
    let cache = Cache::new(bytes);
    cache.caught_up(Instant::now() + Duration::from_millis(500));
    cache
}

fn record(hash: TokenHash) -> TokenRecord {
    let id = TokenId::new("id");
    TokenRecord {
        hash,
        family: id.clone(),
        id,
        dialect: DIALECT,
        class: TokenClass::new("token"),
        principal: OWNER,
        subject: None,
        scopes: ScopeSet::parse("read write"),
        audience: None,
        claims: Claims::new().with("note", "x".repeat(100)),
        header: None,
        key_id: None,
        parent: None,
        state: TokenState::Active,
        issued_at_ms: 0,
        not_before_ms: None,
        expires_at_ms: None,
        revoked_at_ms: None,
    }
}

fn held(record: TokenRecord, seen: i64) -> HeldToken {
    HeldToken {
        record: Arc::new(record),
        foreign: None,
        begins_ms: None,
        seen: Epoch(seen),
        key_seen: None,
    }
}

/// One that was read later than its key.
fn signed(key_seen: KeySeen) -> HeldToken {
    let mut record = record(HASH);
    record.key_id = Some(KeyId::new("key"));
    HeldToken {
        key_seen: Some(key_seen),
        ..held(record, 1000)
    }
}

fn principal() -> Arc<Principal> {
    Arc::new(Principal {
        id: OWNER,
        dialect: DIALECT,
        kind: PrincipalKind::Client,
        name: "owner".to_owned(),
        enabled: true,
        profile: serde_json::Map::new(),
        created_at_ms: 0,
    })
}

fn claim(name: &str) -> Claimant<'_> {
    Claimant {
        dialect: DIALECT,
        kind: PrincipalKind::Client,
        name,
    }
}

fn tell(cache: &Cache, epoch: i64, changed: Changed) {
    cache.committed(&Committed {
        epoch: Epoch(epoch),
        changed,
    });
}

fn ended(hash: TokenHash, at_ms: i64) -> Changed {
    Changed {
        ended: vec![EndedToken {
            hash,
            state: TokenState::Revoked,
            at_ms,
        }],
        ..Changed::default()
    }
}

fn secret(purpose: SecretPurpose) -> Changed {
    Changed {
        secrets: vec![ChangedSecret {
            id: KeyId::new("key"),
            principal: OWNER,
            purpose,
        }],
        ..Changed::default()
    }
}

fn keys() -> Changed {
    Changed {
        keys: true,
        ..Changed::default()
    }
}

#[test]
fn an_ended_token_stays_as_a_dead_one_with_its_first_end() {
    let cache = trusted(MIB);
    cache.keep_token(cache.reading(), held(record(HASH), 1));
    tell(&cache, 2, ended(HASH, 20));
    // Told twice, as the change log does, and of a later end that did not happen.
    tell(&cache, 2, ended(HASH, 20));
    tell(&cache, 3, ended(HASH, 30));
    let dead = cache.token(&HASH).expect("a copy").record.clone();
    assert_eq!(
        (dead.state, dead.revoked_at_ms),
        (TokenState::Revoked, Some(20))
    );
}

#[test]
fn what_was_read_before_a_change_is_not_put_in_after_it() {
    let cache = trusted(MIB);
    let reading = cache.reading();
    tell(&cache, 5, ended(HASH, 1));
    cache.keep_token(reading, held(record(HASH), 4));
    assert!(cache.token(&HASH).is_none(), "read before its end");
    cache.keep_token(reading, held(record(HASH), 5));
    assert!(cache.token(&HASH).is_some(), "read with its end");
    let changed = || Changed {
        principals: vec![OWNER],
        ..Changed::default()
    };
    tell(&cache, 6, changed());
    cache.keep_principal(reading, Epoch(5), &principal());
    assert!(cache.principal(OWNER).is_none());
    cache.keep_principal(reading, Epoch(6), &principal());
    assert!(cache.principal(OWNER).is_some());
    tell(&cache, 7, changed());
    assert!(cache.principal(OWNER).is_none());
}

#[test]
fn a_changed_key_takes_the_tokens_that_were_checked_under_it() {
    let cache = trusted(MIB);
    let of_ring = |epoch| KeySeen::Ring(Epoch(epoch));
    let registered = |epoch| KeySeen::Registered(Epoch(epoch));
    let sorts: [fn() -> Changed; 4] = [
        keys,
        || secret(SecretPurpose::HmacKey),
        || secret(SecretPurpose::Password),
        || secret(SecretPurpose::ClientSecret),
    ];
    let mut epoch = 1;
    for (sort, change) in sorts.into_iter().enumerate() {
        for (key_seen, counts) in [
            (&of_ring as &dyn Fn(i64) -> KeySeen, sort == 0),
            (&registered, sort == 1),
        ] {
            epoch += 10;
            cache.keep_token(cache.reading(), signed(key_seen(epoch)));
            assert!(cache.token(&HASH).is_some());
            tell(&cache, epoch + 1, change());
            assert_eq!(cache.token(&HASH).is_none(), counts);
            cache.keep_token(cache.reading(), signed(key_seen(epoch)));
            assert_eq!(
                cache.token(&HASH).is_none(),
                counts,
                "its key was read before"
            );
            cache.keep_token(cache.reading(), signed(key_seen(epoch + 1)));
            assert!(cache.token(&HASH).is_some(), "read after");
        }
    }
    // No key signed it.
    cache.keep_token(cache.reading(), held(record(HASH), 1));
    tell(&cache, 90, keys());
    assert!(cache.token(&HASH).is_some());
}

#[test]
fn a_caller_is_found_by_its_secret_for_its_own_claim_until_its_secrets_change() {
    let cache = trusted(MIB);
    let (hash, sort) = (SecretHash([1; 32]), MachineSecret::Client);
    let keep = |seen| {
        let who = (claim("owner"), sort, OWNER);
        cache.keep_caller(cache.reading(), Epoch(seen), hash, who);
    };
    keep(1);
    assert_eq!(cache.caller(&hash, claim("owner"), sort), Some(OWNER));
    assert_eq!(cache.caller(&hash, claim("other"), sort), None);
    let other = MachineSecret::PasswordGrant;
    assert_eq!(cache.caller(&hash, claim("owner"), other), None);
    let wrong = SecretHash([2; 32]);
    assert_eq!(cache.caller(&wrong, claim("owner"), sort), None);
    tell(&cache, 2, secret(SecretPurpose::TotpSeed));
    assert_eq!(cache.caller(&hash, claim("owner"), sort), Some(OWNER));
    tell(&cache, 3, secret(SecretPurpose::ClientSecret));
    assert_eq!(cache.caller(&hash, claim("owner"), sort), None);
    keep(2);
    assert_eq!(cache.caller(&hash, claim("owner"), sort), None);
    keep(3);
    assert_eq!(cache.caller(&hash, claim("owner"), sort), Some(OWNER));
}

#[test]
fn a_registered_key_goes_when_it_changes() {
    let cache = trusted(MIB);
    let key = Arc::new(RegisteredKey {
        id: KeyId::new("key"),
        principal: OWNER,
        state: SecretState::Live,
        signing: SigningKey::hs256(b"secret"),
        verifying: VerifyingKey::hs256(b"secret"),
        seen: Epoch(1),
    });
    cache.keep_registered(cache.reading(), &key);
    assert!(cache.registered(&key.id).is_some());
    tell(&cache, 2, secret(SecretPurpose::HmacKey));
    assert!(cache.registered(&key.id).is_none());
}

#[test]
fn what_is_no_token_becomes_one_when_it_is_added_or_its_issuer_is() {
    let cache = trusted(MIB);
    let issuer = KeyId::new("key");
    for change in [
        Changed {
            added: vec![HASH],
            ..Changed::default()
        },
        ended(HASH, 1),
        secret(SecretPurpose::HmacKey),
    ] {
        let cache = trusted(MIB);
        let reading = cache.reading();
        cache.keep_unknown(reading, Epoch(1), HASH, Some(&issuer));
        assert!(cache.is_unknown(&HASH));
        tell(&cache, 2, change);
        assert!(!cache.is_unknown(&HASH));
        cache.keep_unknown(reading, Epoch(1), HASH, Some(&issuer));
        assert!(!cache.is_unknown(&HASH), "asked before");
    }
    // A second counts from when the read began, however long it took.
    let long_ago = Instant::now().checked_sub(Duration::from_secs(1));
    let slow = cache.reading().map(|reading| Reading {
        began: long_ago.expect("a moment"),
        ..reading
    });
    cache.keep_unknown(slow, Epoch(1), HASH, None);
    assert!(!cache.is_unknown(&HASH), "asked a second ago");
    let unknown = super::Unknown::new(Instant::now(), Epoch(1), None);
    assert!(unknown.holds_at(Instant::now()));
    let later = Instant::now() + Duration::from_secs(1);
    assert!(!unknown.holds_at(later), "a second is all it is good for");
    assert!(!cache.is_unknown(&HASH));
}

#[test]
fn what_may_have_been_swept_is_asked_of_the_store() {
    let cache = trusted(MIB);
    let mut over = record(HASH);
    over.expires_at_ms = Some(1000);
    cache.keep_token(cache.reading(), held(over, 1));
    let swept = |tokens_swept_ms| Changed {
        tokens_swept_ms,
        ..Changed::default()
    };
    tell(&cache, 2, swept(Some(999)));
    assert!(cache.token(&HASH).is_some());
    tell(&cache, 3, swept(Some(1000)));
    tell(&cache, 4, swept(Some(10)));
    assert!(cache.token(&HASH).is_none());
}

#[test]
fn nothing_is_believed_or_kept_that_was_not_told() {
    let silent = Cache::new(MIB);
    assert!(silent.reading().is_none());
    silent.keep_token(silent.reading(), held(record(HASH), 1));
    silent.caught_up(Instant::now());
    assert!(silent.token(&HASH).is_none());

    let cache = trusted(MIB);
    let reading = cache.reading();
    cache.keep_token(reading, held(record(HASH), 1));
    cache.keep_principal(reading, Epoch(1), &principal());
    cache.lost();
    assert!(!cache.is_trusted() && cache.token(&HASH).is_none());
    cache.caught_up(Instant::now() + Duration::from_millis(500));
    assert!(cache.is_trusted(), "told again");
    assert!(cache.token(&HASH).is_none() && cache.principal(OWNER).is_none());
    cache.keep_token(reading, held(record(HASH), 9));
    assert!(cache.token(&HASH).is_none(), "begun before the loss");
    cache.keep_token(cache.reading(), held(record(HASH), 9));
    assert!(cache.token(&HASH).is_some());
}

/// A database that was put back has lower numbers than it had.
#[test]
fn after_a_loss_commits_may_be_numbered_anew() {
    let cache = trusted(MIB);
    tell(&cache, 500, ended(HASH, 1));
    tell(&cache, 501, keys());
    cache.lost();
    cache.caught_up(Instant::now() + Duration::from_millis(500));
    cache.keep_token(
        cache.reading(),
        HeldToken {
            seen: Epoch(3),
            ..signed(KeySeen::Ring(Epoch(3)))
        },
    );
    assert!(cache.token(&HASH).is_some() && cache.saw_ring(Epoch(3)));
    tell(&cache, 4, ended(HASH, 1));
    let dead = cache.token(&HASH).expect("a copy");
    assert_eq!(dead.record.state, TokenState::Revoked);
}

#[test]
fn a_flood_of_tokens_and_of_garbage_takes_what_it_was_given_and_no_more() {
    let cache = trusted(MIB);
    let reading = cache.reading();
    for number in 0..100_000_u64 {
        let mut hash = HASH;
        for (to, from) in hash.0.iter_mut().zip(number.to_be_bytes().iter().rev()) {
            *to = *from;
        }
        cache.keep_token(reading, held(record(hash), 1));
        cache.keep_unknown(reading, Epoch(1), hash, None);
    }
    let (tokens, unknown) = (cache.tokens.bytes(), cache.unknown.bytes());
    let most = u64::try_from(MIB).expect("a number");
    assert!(tokens + unknown <= most, "{tokens} + {unknown}");
    assert!(tokens > most / 2 && unknown > most / 40, "and uses it");
    assert!(cache.tokens.len() > 500, "{}", cache.tokens.len());
}

#[test]
fn a_cache_of_nothing_keeps_nothing_and_is_told_all_the_same() {
    let cache = trusted(0);
    cache.keep_token(cache.reading(), held(record(HASH), 1));
    assert!(cache.token(&HASH).is_none());
    tell(&cache, 3, keys());
    assert!(cache.is_trusted() && !cache.saw_ring(Epoch(2)) && cache.saw_ring(Epoch(3)));
}
