//! The compact rows of tokens: what an older database reads like afterwards, what a row takes, and when a shape goes.

use std::path::Path;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, QueryResult, Statement};

use super::ground::test_on;
use super::lockouts::{NOTHING_OVER, sweep};
use super::tokens::{issue_all, token};
use super::{Error, Ground, Outcome, one, open, principal};
use crate::authority::changes::{Change, Sweep};
use crate::authority::{Store as _, TokenFilter};
use crate::domain::{
    Claims, Dialect, KeyId, PrincipalId, ScopeSet, TokenClass, TokenHash, TokenId, TokenRecord,
    TokenState,
};
use crate::storage::connection::connect;
use crate::storage::files::make_private;
use crate::storage::role::Role;
use crate::storage::source::Source;

/// A database that an older version made, and a connection to it.
async fn older(folder: &Path) -> Result<(String, DatabaseConnection), Error> {
    let file = folder.join("t.db");
    before_compact_tokens(&file).await?;
    let url = format!("sqlite://{}", file.display());
    let older = connect(&Source::parse(&url)?, Role::Writing).await?;
    Ok((url, older))
}

/// Makes that database, for whoever wants to see how it is read.
pub(crate) async fn before_compact_tokens(file: &Path) -> Result<(), Error> {
    make_private(file)?;
    let url = format!("sqlite://{}", file.display());
    let older = connect(&Source::parse(&url)?, Role::Writing).await?;
    let dump = include_str!("before_compact_tokens.sql");
    older.execute_unprepared(dump).await?;
    older.close().await?;
    Ok(())
}

async fn rows(db: &impl ConnectionTrait, sql: &str) -> Result<Vec<QueryResult>, DbErr> {
    db.query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
}

/// A row as the older version read it.
fn read(row: &QueryResult) -> Result<TokenRecord, Error> {
    let text = |column| row.try_get::<String>("", column);
    let maybe = |column| row.try_get::<Option<String>>("", column);
    let number = |column| row.try_get::<Option<i64>>("", column);
    let hash: Vec<u8> = row.try_get("", "hash")?;
    Ok(TokenRecord {
        hash: TokenHash(hash.try_into().map_err(|_| "a hash")?),
        id: TokenId::new(text("id")?),
        dialect: Dialect::stored(&text("dialect")?),
        class: TokenClass::stored(text("class")?),
        principal: PrincipalId(row.try_get("", "principal_id")?),
        subject: number("subject_id")?.map(PrincipalId),
        scopes: ScopeSet::parse(&text("scopes")?),
        audience: maybe("audience")?,
        claims: Claims::from_text(&text("claims")?).ok_or("claims")?,
        header: maybe("header")?,
        key_id: maybe("key_id")?.map(KeyId::new),
        family: TokenId::new(text("family")?),
        parent: maybe("parent")?.map(TokenId::new),
        state: TokenState::parse(&text("state")?).ok_or("a state")?,
        issued_at_ms: row.try_get("", "issued_at_ms")?,
        not_before_ms: number("not_before_ms")?,
        expires_at_ms: number("expires_at_ms")?,
        revoked_at_ms: number("revoked_at_ms")?,
    })
}

#[tokio::test]
async fn tokens_of_an_older_database_read_as_before() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (url, older) = older(folder.path()).await?;
    let old = rows(&older, "SELECT * FROM tokens").await?;
    let before = old.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let slots = old
        .iter()
        .map(|row| row.try_get::<Option<String>>("", "slot"));
    let slots = slots.collect::<Result<Vec<_>, _>>()?;
    older.close().await?;
    // Of every sort: all states, families and parents of others, prefixes, signed and opaque, by holders and derived from those.
    assert_eq!(before.len(), 14);
    let sorts: [fn(&TokenRecord) -> bool; 7] = [
        |token| token.state == TokenState::Superseded,
        |token| token.state == TokenState::Revoked,
        |token| token.family != token.id && !token.family.is_foreign(),
        |token| token.parent.as_ref().is_some_and(TokenId::is_foreign),
        |token| token.id.is_foreign() && token.not_before_ms.is_some(),
        |token| token.header.is_none() && token.subject.is_some(),
        |token| token.audience.is_some() && token.id.as_str().starts_with("tok_st_"),
    ];
    for sort in sorts {
        assert!(before.iter().any(sort));
    }
    let store = open(&url).await?;
    let all = TokenFilter {
        limit: 100,
        ..TokenFilter::default()
    };
    let mut after = store.tokens(all.clone()).await?.rows;
    after.sort_by_key(|token| token.hash.0);
    assert_eq!(after, before, "in the order of their hashes, both");
    assert_eq!(slots.iter().flatten().count(), 1);
    for (token, slot) in before.iter().zip(slots) {
        let found = store.look_up(token.hash).await?.found.ok_or("gone")?;
        assert_eq!(found.record, *token);
        assert_eq!(found.owner.map(|owner| owner.id), Some(token.principal));
        assert_eq!(found.subject.map(|user| user.id), token.subject);
        assert_eq!(
            store.token_by_id(token.id.clone()).await?.as_ref(),
            Some(token)
        );
        let in_family = TokenFilter {
            family: Some(token.family.clone()),
            ..all.clone()
        };
        assert!(store.tokens(in_family).await?.rows.contains(token));
        if slot.is_some() {
            let class = token.class.clone();
            let holder = store.token_in_slot(token.dialect, token.principal, class);
            assert_eq!(holder.await?.as_ref(), Some(token));
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_older_database_is_made_compact_whole_or_not_at_all() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (url, older) = older(folder.path()).await?;
    let last = "WHERE hash = (SELECT max(hash) FROM tokens)";
    let strange = format!("UPDATE tokens SET state = 'strange' {last}");
    older.execute_unprepared(&strange).await?;
    let before = rows(&older, "SELECT * FROM tokens").await?.len();
    assert!(open(&url).await.is_err());
    assert_eq!(
        rows(&older, "SELECT * FROM tokens WHERE claims <> ''")
            .await?
            .len(),
        before
    );
    let new = "SELECT 1 FROM sqlite_master WHERE name IN ('token_shapes', 'compact_tokens')";
    assert!(rows(&older, new).await?.is_empty());
    let right = format!("UPDATE tokens SET state = 'active' {last}");
    older.execute_unprepared(&right).await?;
    older.close().await?;
    open(&url).await?;
    Ok(())
}

#[tokio::test]
async fn an_opaque_token_takes_at_most_260_bytes_with_its_indexes() -> Outcome {
    const TOKENS: i64 = 20_000;
    let store = open("sqlite::memory:").await?;
    for id in 1..100 {
        let holder = principal(id << 46, &id.to_string());
        store.commit(one(Change::InsertPrincipal(holder))).await?;
    }
    // With all that an opaque one may have: a prefix, scopes, a subject, an end.
    let all: Vec<_> = (0..TOKENS)
        .map(|n| TokenRecord {
            principal: PrincipalId((n % 99 + 1) << 46),
            subject: Some(PrincipalId((n % 98 + 2) << 46)),
            scopes: ScopeSet::parse("jobs:read jobs:submit"),
            issued_at_ms: 1_704_067_200_000 + n,
            expires_at_ms: Some(1_706_067_200_000 + n),
            ..token(n)
        })
        .collect();
    for tokens in all.chunks(1000) {
        assert!(issue_all(&store, tokens).await?.iter().all(Result::is_ok));
    }
    let sizes = "SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'token%'";
    let sizes = rows(&store.reads, sizes).await?;
    let bytes: i64 = sizes.first().ok_or("no size")?.try_get_by_index(0)?;
    assert!(bytes / TOKENS <= 260, "{} bytes", bytes / TOKENS);
    Ok(())
}

async fn a_shape_goes_a_day_after_its_last_token(ground: Ground) -> Outcome {
    const DAY_MS: i64 = 24 * 3_600_000;
    let store = ground.open().await?;
    store
        .commit(one(Change::InsertPrincipal(principal(1, "a"))))
        .await?;
    let ending = |n, expires_at_ms, scopes| TokenRecord {
        expires_at_ms,
        scopes: ScopeSet::parse(scopes),
        ..token(n)
    };
    let shapes = async || {
        let rows = rows(
            &store.reads,
            "SELECT scopes FROM token_shapes ORDER BY scopes",
        )
        .await?;
        let scopes = rows.iter().map(|row| row.try_get_by_index::<String>(0));
        scopes.collect::<Result<Vec<_>, _>>()
    };
    let tokens = [
        ending(1, Some(1000), "a"),
        ending(2, Some(2000), "a"),
        ending(3, Some(1000), "b"),
        // Puts the end of its shape off.
        ending(4, Some(1000 + 2 * DAY_MS), "b"),
        ending(5, None, "c"),
    ];
    for token in &tokens {
        assert_eq!(
            issue_all(&store, std::slice::from_ref(token)).await?.len(),
            1
        );
    }
    let swept = async |tokens_ended_before_ms| {
        let over = Sweep {
            tokens_ended_before_ms,
            ..NOTHING_OVER
        };
        sweep(&store, over).await?;
        Ok::<_, Error>((
            shapes().await?,
            store.tokens(TokenFilter::default()).await?.rows.len(),
        ))
    };
    let all = ["a", "b", "c"].map(str::to_owned);
    assert_eq!(swept(3000).await?, (all.to_vec(), 2));
    assert_eq!(swept(DAY_MS + 1001).await?, (all[1..].to_vec(), 2));
    assert_eq!(swept(3 * DAY_MS + 1001).await?, (all[2..].to_vec(), 1));
    for token in &tokens[3..] {
        let found = store.look_up(token.hash).await?.found;
        assert_eq!(
            found.as_ref().map(|found| &found.record),
            (token.expires_at_ms.is_none()).then_some(token)
        );
    }
    assert_eq!(swept(i64::MAX).await?, (all[2..].to_vec(), 1));
    Ok(())
}

test_on!(in_memory a_shape_goes_a_day_after_its_last_token);

async fn a_parent_that_is_over_keeps_its_shape_while_it_has_a_child(ground: Ground) -> Outcome {
    let store = ground.open().await?;
    store
        .commit(one(Change::InsertPrincipal(principal(1, "a"))))
        .await?;
    let parent = TokenRecord {
        issued_at_ms: 1,
        expires_at_ms: Some(1000),
        ..token(1)
    };
    let child = TokenRecord {
        issued_at_ms: 1,
        parent: Some(parent.id.clone()),
        scopes: ScopeSet::parse("more"),
        ..token(2)
    };
    for token in [&parent, &child] {
        assert!(issue_all(&store, std::slice::from_ref(token)).await?[0].is_ok());
    }
    let over = Sweep {
        tokens_ended_before_ms: i64::MAX,
        ..NOTHING_OVER
    };
    sweep(&store, over).await?;
    let found = store.look_up(parent.hash).await?.found;
    assert_eq!(found.map(|found| found.record), Some(parent));
    Ok(())
}

test_on!(in_memory a_parent_that_is_over_keeps_its_shape_while_it_has_a_child);
