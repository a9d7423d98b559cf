//! Keys that sign tokens. A dialect has one active key, which an index of the database holds to, and one at most that signs next.

use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _,
};

use super::backend::Text;
use super::constant;
use super::convert;
use super::entities::key::{Column, Entity};
use super::failure::Failure;
use super::rows::add_new;
use crate::authority::{Changed, SignedTokens, StoreError};
use crate::domain::{KeyId, KeyRecord, KeyState};

/// Two processes that start at once must not make an active key each: the second insert is refused.
pub(super) async fn insert(
    db: &impl ConnectionTrait,
    record: KeyRecord,
    changed: &mut Changed,
) -> Result<(), Failure> {
    let taken = match record.state {
        KeyState::Active => StoreError::Conflict,
        KeyState::Next | KeyState::Retiring | KeyState::Retired => StoreError::AlreadyExists,
    };
    if record.state == KeyState::Next {
        let others = Entity::find()
            .filter(Column::Dialect.eq(record.dialect.as_str()))
            .filter(Column::State.eq(KeyState::Next.as_str()));
        if others.count(db).await? > 0 {
            return Err(taken.into());
        }
    }
    add_new(db, convert::key_row(record), taken).await?;
    changed.keys = true;
    Ok(())
}

/// Nothing for a key that is not prepared. An index has one active key for a dialect, row by row: so the old one goes first.
static STEP_ASIDE: Text = Text::new(
    "UPDATE signing_keys SET state = 'retiring', retired_at_ms = ?2 WHERE state = 'active' \
     AND dialect = (SELECT n.dialect FROM signing_keys n WHERE n.id = ?1 AND n.state = 'next')",
);

static TAKE_OVER: Text =
    Text::new("UPDATE signing_keys SET state = 'active' WHERE id = ?1 AND state = 'next'");

/// Nobody writes between the two statements.
pub(super) async fn activate(
    db: &impl ConnectionTrait,
    id: &KeyId,
    at_ms: i64,
    changed: &mut Changed,
) -> Result<(), Failure> {
    constant::run(db, &STEP_ASIDE, vec![id.as_str().into(), at_ms.into()]).await?;
    let taken_over = constant::run(db, &TAKE_OVER, vec![id.as_str().into()]).await?;
    one(taken_over.rows_affected(), changed)
}

static RETIRE: Text = Text::new(
    "UPDATE signing_keys SET state = 'retired', retired_at_ms = coalesce(retired_at_ms, ?2) \
     WHERE id = ?1 AND state IN ('next', 'retiring')",
);

/// The moment at which it stopped to sign stays.
pub(super) async fn retire(
    db: &impl ConnectionTrait,
    id: &KeyId,
    at_ms: i64,
    changed: &mut Changed,
) -> Result<(), Failure> {
    let retired = constant::run(db, &RETIRE, vec![id.as_str().into(), at_ms.into()]).await?;
    one(retired.rows_affected(), changed)
}

fn one(rows: u64, changed: &mut Changed) -> Result<(), Failure> {
    if rows == 0 {
        return Err(StoreError::Conflict.into());
    }
    changed.keys = true;
    Ok(())
}

static SIGNED: Text = Text::new(
    "SELECT count(*), coalesce(max(coalesce(t.expires_at_ms, 9223372036854775807)), 0) \
     FROM tokens t JOIN token_shapes s ON s.number = t.shape \
     WHERE s.key_id = ?1 AND t.state = 0 AND (t.expires_at_ms IS NULL OR t.expires_at_ms > ?2)",
);

/// The live tokens that a key has signed.
pub(super) async fn signed(
    db: &impl ConnectionTrait,
    id: &KeyId,
    live_at_ms: i64,
) -> Result<SignedTokens, Failure> {
    let values = vec![id.as_str().into(), live_at_ms.into()];
    let row = constant::first(db, &SIGNED, values).await?;
    let row = row.ok_or_else(|| Failure::unreadable("tokens"))?;
    let count: i64 = row.try_get_by_index(0)?;
    Ok(SignedTokens {
        count: count.unsigned_abs(),
        last_end_ms: row.try_get_by_index(1)?,
    })
}

/// All of them, oldest first.
pub(super) async fn all(db: &impl ConnectionTrait) -> Result<Vec<KeyRecord>, Failure> {
    let rows = Entity::find()
        .order_by_asc(Column::CreatedAtMs)
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(convert::key).collect()
}
