//! Moments that outlive what they were read from: what was swept as over stays over when the clock goes back.
//!
//! A sweep notes the last end of what it may remove, in its own transaction. So the notes bind what was swept, and not
//! what ends later: a clock that was ahead for a while does not refuse what is made after it was put right.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter as _, QuerySelect as _};

use super::backend::Text;
use super::constant;
use super::entities::{clock_note, single_use, token};
use super::failure::Failure;
use crate::authority::ClockNote;

/// That moment, if it was noted ever.
pub(super) async fn read(
    db: &impl ConnectionTrait,
    note: ClockNote,
) -> Result<Option<i64>, Failure> {
    let row = clock_note::Entity::find_by_id(note.as_str().to_owned())
        .one(db)
        .await?;
    Ok(row.map(|row| row.at_ms))
}

/// Notes a moment in the place of what was noted before.
pub(super) async fn put(
    db: &impl ConnectionTrait,
    note: ClockNote,
    at_ms: i64,
) -> Result<(), Failure> {
    let row = clock_note::ActiveModel {
        name: Set(note.as_str().to_owned()),
        at_ms: Set(at_ms),
    };
    let on_conflict = OnConflict::column(clock_note::Column::Name)
        .update_column(clock_note::Column::AtMs)
        .to_owned();
    clock_note::Entity::insert(row)
        .on_conflict(on_conflict)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// To be called in the transaction that sweeps, before anything is gone. Gives the last end of the tokens that may go.
pub(super) async fn before_sweeping(
    db: &impl ConnectionTrait,
    at_ms: i64,
    tokens_ended_before_ms: i64,
) -> Result<Option<i64>, Failure> {
    let one_time = single_use::Column::ExpiresAtMs;
    let spent = last_end::<single_use::Entity>(db, one_time, one_time.lte(at_ms)).await?;
    raise(db, ClockNote::OneTimeSwept, spent).await?;
    let end = token::Column::ExpiresAtMs;
    let tokens = last_end::<token::Entity>(db, end, end.lt(tokens_ended_before_ms)).await?;
    raise(db, ClockNote::TokensSwept, tokens).await
}

async fn last_end<E: EntityTrait>(
    db: &impl ConnectionTrait,
    end: E::Column,
    over: Expr,
) -> Result<Option<i64>, Failure> {
    let last: Option<Option<i64>> = E::find()
        .select_only()
        .expr(Expr::col(end).max())
        .filter(over)
        .into_tuple()
        .one(db)
        .await?;
    Ok(last.flatten())
}

static RAISE: Text = Text::new(
    "\
INSERT INTO clock_notes (name, at_ms) VALUES (?, ?) \
ON CONFLICT (name) DO UPDATE SET at_ms = excluded.at_ms WHERE clock_notes.at_ms < excluded.at_ms",
);

/// A note about what was swept never goes back. Gives the moment, whether or not it is a later one: whoever was not told of it yet has to be.
async fn raise(
    db: &impl ConnectionTrait,
    note: ClockNote,
    end_ms: Option<i64>,
) -> Result<Option<i64>, Failure> {
    let Some(end_ms) = end_ms else {
        return Ok(None);
    };
    let values = vec![note.as_str().into(), end_ms.into()];
    constant::run(db, &RAISE, values).await?;
    Ok(Some(end_ms))
}
