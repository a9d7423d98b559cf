//! Writing and ending tokens: what must hold holds in the statement that writes, and nothing is written where it does not.

use sea_orm::{EntityTrait as _, PaginatorTrait as _, TransactionTrait as _};

use super::ground::test_on;
use super::{Error, Ground, NOTES, Outcome, changed, one, principal};
use crate::authority::changes::{Change, TokenSelection};
use crate::authority::{Changed, EndedToken, Store as _, StoreError};
use crate::domain::work::{Work, take};
use crate::domain::{
    Actor, AuditRecord, KeyId, PrincipalId, Standing, TokenClass, TokenHash, TokenId, TokenRecord,
    TokenState,
};
use crate::storage::SqlStore;
use crate::storage::entities::{audit, token, token_shape};
use crate::storage::tokens::{self, Issue, Wanted};

/// A live token of principal 1 that stands for nothing else; its hash and identifier look random.
pub(super) fn token(n: i64) -> TokenRecord {
    use aws_lc_rs::digest::{SHA256, digest};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let random = |of: &str| digest(&SHA256, format!("{of} {n}").as_bytes());
    let mut hash = [0; 32];
    hash.copy_from_slice(random("hash").as_ref());
    let id = URL_SAFE_NO_PAD.encode(random("id").as_ref().get(..16).unwrap_or_default());
    let id = TokenId::new(format!("tok_{id}"));
    TokenRecord {
        hash: TokenHash(hash),
        family: id.clone(),
        id,
        class: TokenClass::new("token"),
        ..changed::token(0)
    }
}

fn issued() -> AuditRecord {
    AuditRecord {
        at_ms: 10,
        first_at_ms: 10,
        count: 1,
        actor: Actor::operator(),
        action: "token.issue".into(),
        dialect: Some(NOTES),
        target: "a token".to_owned(),
        outcome: "done".into(),
        reason: None,
    }
}

/// Issues them all in one call.
pub(super) async fn issue_all(
    store: &SqlStore,
    records: &[TokenRecord],
) -> Result<Vec<Result<Changed, StoreError>>, Error> {
    let audit = issued();
    let wanted = |record| Wanted {
        record,
        standing: None,
        asked_by: None,
    };
    issue(store, records.iter().map(wanted), &audit).await
}

/// Issues each in a set of its own.
async fn issue<'a>(
    store: &SqlStore,
    wanted: impl Iterator<Item = Wanted<'a>>,
    audit: &'a AuditRecord,
) -> Result<Vec<Result<Changed, StoreError>>, Error> {
    let sets: Vec<_> = wanted.map(|wanted| vec![Issue { wanted, audit }]).collect();
    written(tokens::issue(&store.reads, &sets).await)
}

fn written<T>(outcome: Result<T, crate::storage::failure::Failure>) -> Result<T, Error> {
    outcome.map_err(|failure| format!("{failure:?}").into())
}

async fn with_people(ground: &Ground) -> Result<SqlStore, Error> {
    let store = ground.open().await?;
    for id in 1..=3 {
        let person = principal(id, &id.to_string());
        store.commit(one(Change::InsertPrincipal(person))).await?;
    }
    store
        .commit(one(Change::SetEnabled(PrincipalId(3), false)))
        .await?;
    Ok(store)
}

async fn count(store: &SqlStore) -> Result<[u64; 2], Error> {
    Ok([
        token::Entity::find().count(&store.reads).await?,
        audit::Entity::find().count(&store.reads).await?,
    ])
}

/// A token, what it stands on, who asks for it; and why it must not be.
type Try<'a> = (
    TokenRecord,
    Option<&'a Standing>,
    Option<(&'a TokenId, i64)>,
    Option<StoreError>,
);

/// Issues them all in one call: each is there afterwards with its audit row, or refused and nothing of it is there.
async fn each_is_whole_or_nothing(store: &SqlStore, tries: &[Try<'_>]) -> Outcome {
    let (before, audit) = (count(store).await?, issued());
    let wanted = tries.iter().map(|(record, standing, asked_by, _)| Wanted {
        record,
        standing: *standing,
        asked_by: *asked_by,
    });
    let told = issue(store, wanted, &audit).await?;
    assert_eq!(told.len(), tries.len());
    let mut more = 0;
    for (told, (record, .., refused)) in told.iter().zip(tries) {
        assert_eq!(told.as_ref().err(), refused.as_ref(), "{record:?}");
        if refused.is_none() {
            more += 1;
            let row = store.token_by_id(record.id.clone()).await?;
            assert_eq!(row.as_ref(), Some(record));
        }
    }
    assert_eq!(count(store).await?, before.map(|before| before + more));
    Ok(())
}

/// One that lives, one that is over at 10, one that was revoked.
fn three() -> [TokenRecord; 3] {
    let over = TokenRecord {
        expires_at_ms: Some(10),
        ..token(2)
    };
    let ended = TokenRecord {
        state: TokenState::Revoked,
        revoked_at_ms: Some(5),
        // A token that is written as ended opens nothing.
        principal: PrincipalId(3),
        ..token(3)
    };
    [token(1), over, ended]
}

async fn of_many_issues_those_that_must_not_be_leave_nothing(ground: Ground) -> Outcome {
    let store = with_people(&ground).await?;
    let [live, over, ended] = three();
    let told = issue_all(&store, &three()).await?;
    let ended_now = EndedToken {
        hash: ended.hash,
        state: TokenState::Revoked,
        at_ms: 5,
    };
    let added = |token: &TokenRecord| Changed {
        added: vec![token.hash],
        ..Changed::default()
    };
    assert_eq!(told[..2], [Ok(added(&live)), Ok(added(&over))]);
    let told = told[2].as_ref().map(|told| &told.ended);
    assert_eq!(told, Ok(&vec![ended_now]));
    let below = |n, parent: TokenId, refused| {
        let parent = Some(parent);
        (TokenRecord { parent, ..token(n) }, None, None, refused)
    };
    let of = |n, owner, subject: Option<i64>, refused| {
        let record = TokenRecord {
            principal: PrincipalId(owner),
            subject: subject.map(PrincipalId),
            ..token(n)
        };
        (record, None, None, refused)
    };
    let dead = || Some(StoreError::Ended);
    let tries = [
        below(10, live.id, None),
        below(11, over.id, dead()),
        below(12, ended.id, dead()),
        below(13, token(99).id, dead()),
        // One that its holder signed has no row until it is ended.
        below(14, TokenId::foreign(&TokenHash([9; 32])), None),
        of(15, 3, None, dead()),
        of(16, 1, Some(3), dead()),
        of(17, 4, None, dead()),
        of(18, 1, Some(2), None),
    ];
    each_is_whole_or_nothing(&store, &tries).await
}

test_on!(in_memory of_many_issues_those_that_must_not_be_leave_nothing);

async fn who_asks_must_stand_and_a_hash_or_identifier_is_taken_once(ground: Ground) -> Outcome {
    let store = with_people(&ground).await?;
    let [live, over, _] = three();
    issue_all(&store, &three()).await?;
    let secret = Standing::Secret(KeyId::new("none"));
    let session = Standing::Session(TokenHash([1; 32]));
    let gone = || Some(StoreError::Overtaken);
    let taken = || Some(StoreError::Conflict);
    let same_hash = TokenRecord {
        hash: live.hash,
        ..token(24)
    };
    let same_id = TokenRecord {
        id: live.id.clone(),
        ..token(25)
    };
    let tries = [
        (token(19), Some(&secret), None, gone()),
        (token(20), Some(&session), None, gone()),
        (token(21), None, Some((&live.id, 10)), None),
        (
            token(22),
            None,
            Some((&over.id, 10)),
            Some(StoreError::Ended),
        ),
        (token(23), None, Some((&over.id, 9)), None),
        (live.clone(), None, None, taken()),
        (same_hash, None, None, taken()),
        (same_id, None, None, taken()),
        // Twice in one call: once it is written.
        (token(26), None, None, None),
        (token(26), None, None, taken()),
    ];
    each_is_whole_or_nothing(&store, &tries).await
}

test_on!(in_memory who_asks_must_stand_and_a_hash_or_identifier_is_taken_once);

async fn seventy_tokens_of_one_shape_take_four_statements(ground: Ground) -> Outcome {
    let store = with_people(&ground).await?;
    let many: Vec<_> = (0..70).map(token).collect();
    let first = std::slice::from_ref(&many[0]);
    assert!(issue_all(&store, first).await?[0].is_ok());
    take();
    let told = issue_all(&store, &many[1..]).await?;
    let statements = take();
    assert!(told.iter().all(Result::is_ok));
    // 64 and 5, each with its audit rows.
    assert_eq!(statements.len(), 4, "{statements:?}");
    assert_eq!(count(&store).await?, [70, 70]);
    assert_eq!(token_shape::Entity::find().count(&store.reads).await?, 1);
    Ok(())
}

test_on!(in_memory seventy_tokens_of_one_shape_take_four_statements);

async fn a_look_up_is_one_statement_and_tells_the_commit(ground: Ground) -> Outcome {
    let store = with_people(&ground).await?;
    let record = TokenRecord {
        subject: Some(PrincipalId(2)),
        ..token(1)
    };
    issue_all(&store, std::slice::from_ref(&record)).await?;
    let last = store.commit(one(Change::SetEnabled(PrincipalId(1), true)));
    let last = last.await?.epoch;
    take();
    let seen = store.look_up(record.hash).await?;
    let unknown = store.look_up(TokenHash([0; 32])).await?;
    let statements = take();
    let made = statements
        .iter()
        .filter(|work| matches!(work, Work::Statement(_)));
    assert_eq!(made.count(), 2, "{statements:?}");
    assert_eq!((seen.epoch, unknown.epoch), (last, last));
    assert_eq!(unknown.found, None);
    let found = seen.found.ok_or("nothing found")?;
    assert_eq!(found.record, record);
    assert_eq!(found.owner, Some(principal(1, "1")));
    assert_eq!(found.subject, Some(principal(2, "2")));
    // The first half of the hash finds the row, the whole of it has to be right.
    let mut near = record.hash;
    near.0[31] ^= 1;
    assert_eq!(store.look_up(near).await?.found, None);
    // So has the beginning of an identifier.
    let other = record.id.as_str().replace("tok_", "kot_");
    assert_eq!(store.token_by_id(TokenId::new(other)).await?, None);
    Ok(())
}

test_on!(in_memory a_look_up_is_one_statement_and_tells_the_commit);

async fn who_takes_a_slot_is_told_whom_that_ended(ground: Ground) -> Outcome {
    let store = with_people(&ground).await?;
    let insert = async |record: &TokenRecord, takes_slot| {
        let mut changed = Changed::default();
        let done = tokens::insert(&store.reads.now(), record, takes_slot, &mut changed).await;
        written(done).map(|()| changed)
    };
    let (first, second) = (token(1), token(2));
    assert_eq!(insert(&first, true).await?.ended, []);
    let child = TokenRecord {
        parent: Some(first.id.clone()),
        family: first.id.clone(),
        ..token(3)
    };
    insert(&child, false).await?;
    let changed = insert(&second, true).await?;
    let ended = |token: &TokenRecord| EndedToken {
        hash: token.hash,
        state: TokenState::Superseded,
        at_ms: 10,
    };
    assert_eq!(changed.added, [second.hash]);
    assert_eq!(changed.ended.len(), 2);
    assert!(
        [&first, &child]
            .iter()
            .all(|token| changed.ended.contains(&ended(token)))
    );
    let class = TokenClass::new("token");
    let holder = store.token_in_slot(NOTES, PrincipalId(1), class);
    assert_eq!(holder.await?, Some(second.clone()));

    // A family has its first token, which does not name it, and nobody else's.
    let member = TokenRecord {
        family: second.id.clone(),
        ..token(4)
    };
    let stranger = TokenRecord {
        family: second.id.clone(),
        principal: PrincipalId(2),
        ..token(5)
    };
    insert(&member, false).await?;
    insert(&stranger, false).await?;
    let family = TokenSelection::Family {
        family: second.id.clone(),
        principal: PrincipalId(1),
    };
    let mut changed = Changed::default();
    let writes = store.reads.now();
    let ended = tokens::end(&writes, family, TokenState::Revoked, 20, &mut changed);
    written(ended.await)?;
    let hashes: Vec<_> = changed.ended.iter().map(|ended| ended.hash).collect();
    assert_eq!(hashes.len(), 2);
    assert!(hashes.contains(&second.hash) && hashes.contains(&member.hash));
    Ok(())
}

test_on!(in_memory who_takes_a_slot_is_told_whom_that_ended);

/// Whose statement would keep a copy of every page that it changes, if a reference could fail it.
#[tokio::test]
async fn an_owner_that_is_not_there_is_found_when_the_transaction_ends() -> Outcome {
    let store = with_people(&Ground::in_memory()).await?;
    let mut nobodys = token(1);
    nobodys.principal = PrincipalId(4);
    nobodys.state = TokenState::Revoked;
    let transaction = store.reads.now().begin().await?;
    let wanted = Wanted {
        record: &nobodys,
        standing: None,
        asked_by: None,
    };
    let audit = issued();
    let set = vec![Issue {
        wanted,
        audit: &audit,
    }];
    let told = written(tokens::issue(&transaction, &[set]).await)?;
    assert!(told[0].is_ok());
    assert!(transaction.commit().await.is_err());
    Ok(())
}
