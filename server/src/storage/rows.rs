//! What the statements of every table share: adding and changing one row, keys, and which tokens live.

use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, OnConflict, Query};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait as _, Condition, ConnectionTrait, DbErr,
    EntityTrait, IntoActiveModel,
};

use super::entities::token;
use super::failure::Failure;
use super::token_row::state_number;
use crate::authority::{Page, StoreError};
use crate::domain::{TokenHash, TokenState};

/// Adds one row; `taken` if a unique column is. A statement that is not refused by the database fails no transaction, whatever the
/// database.
pub(super) async fn add_new<A>(
    db: &impl ConnectionTrait,
    row: A,
    taken: StoreError,
) -> Result<(), Failure>
where
    A: ActiveModelTrait,
{
    let added = <A::Entity as EntityTrait>::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    if added == 0 {
        return Err(taken.into());
    }
    Ok(())
}

/// Writes the set columns of one row, found by its primary key; `Conflict` if there is none.
pub(super) async fn alter<A>(db: &impl ConnectionTrait, row: A) -> Result<(), Failure>
where
    A: ActiveModelTrait + ActiveModelBehavior + Send,
    <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
{
    match row.update(db).await {
        Ok(_) => Ok(()),
        Err(DbErr::RecordNotUpdated) => Err(StoreError::Conflict.into()),
        Err(error) => Err(error.into()),
    }
}

/// Rows that a page has unless somebody says how many.
const LISTED: u64 = 100;

fn listed(limit: u64) -> u64 {
    if limit == 0 { LISTED } else { limit }
}

/// How many rows are asked for to fill a page: one more shows that the list goes on.
pub(super) fn asked(limit: u64) -> i64 {
    i64::try_from(listed(limit)).map_or(i64::MAX, |limit| limit.saturating_add(1))
}

/// The page of numbered rows that were asked for so.
pub(super) fn page<T>(limit: u64, mut rows: Vec<(i64, T)>) -> Page<T> {
    let limit = usize::try_from(listed(limit)).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().map(|(number, _)| *number).filter(|_| more);
    Page {
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        next,
    }
}

/// Whether a token of the statement around has children.
pub(super) fn has_children() -> Expr {
    let child = Alias::new("child");
    Expr::exists(
        Query::select()
            .column((child.clone(), token::Column::Id))
            .from_as(token::Entity, child.clone())
            .and_where(
                Expr::col((child, token::Column::Parent))
                    .equals((token::Entity, token::Column::Id)),
            )
            .take(),
    )
}

/// The key of a row that is found by a hash.
pub(super) fn hash_key(hash: TokenHash) -> Vec<u8> {
    hash.0.to_vec()
}

/// The tokens that are not over at that moment, milliseconds.
pub(super) fn not_over(at_ms: i64) -> Condition {
    Condition::any()
        .add(token::Column::ExpiresAtMs.is_null())
        .add(token::Column::ExpiresAtMs.gt(at_ms))
}

/// The tokens that nobody has ended and that are not over at that moment, milliseconds.
pub(super) fn live(at_ms: i64) -> Condition {
    Condition::all()
        .add(token::Column::State.eq(state_number(TokenState::Active)))
        .add(not_over(at_ms))
}
