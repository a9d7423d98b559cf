//! Removes what is over, a bounded number of rows at a time: one writer serves everybody.

use sea_orm::sea_query::{ExprTrait as _, IntoCondition, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter as _, QuerySelect as _,
    QueryTrait as _,
};

use super::clock_notes;
use super::entities::{attempt, session, single_use, token};
use super::failure::Failure;
use super::tokens::has_children;

/// Rows removed from one table in one transaction.
const BATCH: u64 = 500;

pub(super) async fn expired(
    db: &impl ConnectionTrait,
    at_ms: i64,
    tokens_ended_before_ms: i64,
) -> Result<(), Failure> {
    clock_notes::before_sweeping(db, at_ms, tokens_ended_before_ms).await?;
    sweep::<session::Entity>(
        db,
        session::Column::Hash,
        session::Column::ExpiresAtMs.lte(at_ms),
    )
    .await?;
    sweep::<single_use::Entity>(
        db,
        single_use::Column::Hash,
        single_use::Column::ExpiresAtMs.lte(at_ms),
    )
    .await?;
    sweep::<attempt::Entity>(
        db,
        attempt::Column::Hash,
        attempt::Column::ForgetAtMs.lte(at_ms),
    )
    .await?;
    // Only by their own end: a revoked token without one must stay known as revoked. And only after
    // what hangs on it: an end of its parent must still find the way down.
    let over = Condition::all()
        .add(token::Column::ExpiresAtMs.lt(tokens_ended_before_ms))
        .add(has_children().not());
    sweep::<token::Entity>(db, token::Column::Hash, over).await
}

async fn sweep<E: EntityTrait>(
    db: &impl ConnectionTrait,
    key: E::Column,
    over: impl IntoCondition,
) -> Result<(), Failure> {
    let condition: Condition = over.into_condition();
    let batch: SelectStatement = E::find()
        .select_only()
        .column(key)
        .filter(condition)
        .limit(BATCH)
        .into_query();
    E::delete_many()
        .filter(key.in_subquery(batch))
        .exec(db)
        .await?;
    Ok(())
}
