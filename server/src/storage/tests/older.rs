//! Databases that older versions made, and files that are none.

use std::sync::Arc;

use sea_orm::{ConnectionTrait as _, EntityTrait as _, PaginatorTrait as _};
use sea_orm_migration::MigratorTrait as _;

use super::lockouts::{NOTHING_OVER, policy, sweep, tries};
use super::{NOTES, Outcome, one, open, principal};
use crate::authority::changes::{Change, Sweep};
use crate::authority::{AuditFilter, Store as _};
use crate::domain::{
    Dialect, PrincipalId, TokenClass, TokenHash, TokenId, TokenRecord, TokenState,
};
use crate::storage::connection::connect;
use crate::storage::entities::{audit, refusal, refusal_dialect};
use crate::storage::files::make_private;
use crate::storage::migrations::{Migrator, WRITTEN};
use crate::storage::role::Role;
use crate::storage::source::Source;

#[tokio::test]
async fn a_database_of_before_keeps_its_audit_rows_as_long_as_new_ones() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("t.db");
    std::fs::File::create(&file)?;
    let url = format!("sqlite://{}", file.display());
    let old = connect(&Source::parse(&url)?, Role::Writing).await?;
    Migrator::up(&old, Some(2)).await?;
    old.execute_unprepared(
        "INSERT INTO audit (at_ms, actor, action, target, outcome) VALUES \
         (10, 'anonymous', 'totp.verify', 'unknown', 'refused'), (20, 'operator', 'key.create', 'k', 'done'), \
         (30, 'anonymous', 'totp.verify', 'unknown', 'refused')",
    )
    .await?;
    old.close().await?;
    let store = open(&url).await?;
    let listed = store.audit(AuditFilter::default()).await?.rows;
    let told: Vec<_> = listed.iter().map(|row| (row.at_ms, row.count)).collect();
    assert_eq!(told, [(30, 1), (20, 1), (10, 1)]);
    assert_eq!(refusal::Entity::find().count(&store.reads).await?, 0);
    // Nobody's refusals push a change out, and no change a refusal.
    for (refusals_before_ms, changes_before_ms, left) in
        [(11, 11, vec![20, 30]), (31, 11, vec![20]), (31, 31, vec![])]
    {
        let over = Sweep {
            refusals_before_ms,
            changes_before_ms,
            ..NOTHING_OVER
        };
        sweep(&store, over).await?;
        let rows = audit::Entity::find().all(&store.reads).await?;
        let at: Vec<_> = rows.iter().map(|row| row.at_ms).collect();
        assert_eq!(at, left);
    }
    Ok(())
}

#[tokio::test]
async fn migrations_run_once() -> Outcome {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("t.db").display());
    let first = open(&url).await?;
    first
        .commit(one(Change::InsertPrincipal(principal(1, "a"))))
        .await?;
    first.close().await;
    let second = open(&url).await?;
    assert_eq!(
        second.principal(PrincipalId(1)).await?.found,
        Some(principal(1, "a"))
    );
    Ok(())
}

#[tokio::test]
async fn a_lock_that_an_older_database_holds_goes_on() -> Outcome {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("t.db").display());
    make_private(&folder.path().join("t.db"))?;
    let older = connect(&Source::parse(&url)?, Role::Writing).await?;
    Migrator::up(&older, Some(2)).await?;
    older
        .execute_unprepared(&format!(
            "INSERT INTO attempts VALUES (x'{}', 5, 9000, 9000)",
            "ff".repeat(32)
        ))
        .await?;
    older.close().await?;
    let store = open(&url).await?;
    let locked = store.locked_for_secs(tries(1, 1000), policy(5, 50)).await?;
    assert_eq!(locked, 8);
    Ok(())
}

#[tokio::test]
async fn other_databases_are_refused_with_a_reason() -> Outcome {
    let refused = open("mysql://user:pass@host/db")
        .await
        .err()
        .ok_or("opened")?
        .to_string();
    assert_eq!(
        refused,
        "database: only sqlite:// and postgres:// URLs are supported, not mysql"
    );
    Ok(())
}

#[tokio::test]
async fn tokens_of_an_older_database_live_on_and_are_superseded() -> Outcome {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("t.db").display());
    make_private(&folder.path().join("t.db"))?;
    let older = connect(&Source::parse(&url)?, Role::Writing).await?;
    Migrator::up(&older, Some(5)).await?;
    for insert in [
        "INSERT INTO principals VALUES (1, 'notes', 'user', 'a', true, '{}', 1)",
        "INSERT INTO tokens (hash, id, dialect, class, principal_id, scopes, claims, family, generation, slot, state, issued_at_ms) \
         VALUES (x'0707070707070707070707070707070707070707070707070707070707070707', 'old', 'notes', 'user', 1, '', '{}', 'old', 7, 'notes:1:user', 'active', 1)",
    ] {
        older.execute_unprepared(insert).await?;
    }
    older.close().await?;
    let store = open(&url).await?;
    let old = store
        .look_up(TokenHash([7; 32]))
        .await?
        .found
        .ok_or("gone")?
        .record;
    assert_eq!(old.state, TokenState::Active);
    let new = TokenRecord {
        hash: TokenHash([8; 32]),
        id: TokenId::new("new"),
        ..old
    };
    let issued = one(Change::InsertToken {
        record: Arc::new(new.clone()),
        takes_slot: true,
    });
    store.commit(issued).await?;
    let old = store.token_by_id(TokenId::new("old")).await?;
    assert_eq!(old.map(|old| old.state), Some(TokenState::Superseded));
    let (dialect, owner) = (NOTES, PrincipalId(1));
    let live = store.token_in_slot(dialect, owner, TokenClass::new("user"));
    assert_eq!(live.await?, Some(new));
    Ok(())
}

#[tokio::test]
async fn refusals_of_an_older_database_have_the_names_that_its_numbers_stood_for() -> Outcome {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("t.db").display());
    make_private(&folder.path().join("t.db"))?;
    let older = connect(&Source::parse(&url)?, Role::Writing).await?;
    Migrator::up(&older, Some(6)).await?;
    for number in 1..=6 {
        let row = format!(
            "INSERT INTO refusals (id, proof, replayed, dialect, count, first_secs, last_secs, principal_id) \
             VALUES ({number}, 1, 0, {number}, 1, 0, 0, 1)"
        );
        older.execute_unprepared(&row).await?;
    }
    older.close().await?;
    let store = open(&url).await?;
    let listed = store.refusals(None, 10).await?.rows;
    let named = listed.iter().rev().filter_map(|row| row.cell.as_ref());
    let written: Vec<_> = WRITTEN.iter().map(|(_, name)| *name).collect();
    assert_eq!(
        named.map(|cell| cell.dialect.as_str()).collect::<Vec<_>>(),
        written
    );
    // Others get numbers of their own, once.
    let (six, new) = (listed, ["notes", "coins"].map(Dialect::new));
    let of = |dialect, minute: i64| {
        let mut row = six.first().copied().ok_or("no row")?;
        row.cell.as_mut().ok_or("no cell")?.dialect = dialect;
        (row.first_ms, row.last_ms) = (minute * 60_000, minute * 60_000);
        Ok::<_, Box<dyn std::error::Error>>(row)
    };
    for (minute, dialect) in (1..).zip(new.into_iter().chain(new)) {
        let rows = vec![of(dialect, minute)?];
        store.commit(one(Change::InsertRefusals(rows))).await?;
    }
    let listed = store.refusals(None, 4).await?.rows;
    let cells = listed.iter().rev().filter_map(|row| row.cell.as_ref());
    let told: Vec<_> = cells.map(|cell| cell.dialect).collect();
    assert_eq!(told, [new, new].concat());
    let numbered = refusal_dialect::Entity::find().count(&store.reads).await?;
    assert_eq!(numbered, 8);
    Ok(())
}
