//! What the statements of every table share: adding and changing one row, keys, and which tokens live.

use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, OnConflict, Query};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait as _, Condition, ConnectionTrait, DbErr,
    EntityTrait, IntoActiveModel,
};

use super::entities::token;
use super::failure::Failure;
use super::token_row::state_number;
use crate::authority::StoreError;
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
