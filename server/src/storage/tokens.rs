//! Changes to token rows: adding into a slot or a family, ending with everything that dies along.

use sea_orm::sea_query::{Expr, IntoCondition};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QuerySelect as _, QueryTrait as _,
};

use super::convert;
use super::entities::{principal, token};
use super::failure::Failure;
use super::rows::{add, has_children, live, not_over};
use crate::authority::changes::TokenSelection;
use crate::authority::{Changed, EndedToken, StoreError};
use crate::domain::{Dialect, PrincipalId, TokenClass, TokenId, TokenRecord, TokenState};

/// Text of a slot: unique among the rows that hold one.
pub(super) fn slot(dialect: Dialect, principal: PrincipalId, class: &TokenClass) -> String {
    format!("{dialect}:{principal}:{}", class.as_str())
}

/// Fails with `Ended` unless that token is active and not over.
pub(super) async fn require_live(
    db: &impl ConnectionTrait,
    id: &TokenId,
    at_ms: i64,
) -> Result<(), Failure> {
    let row = token::Entity::find()
        .filter(token::Column::Id.eq(id.as_str()))
        .filter(live(at_ms))
        .one(db)
        .await?;
    row.map(drop).ok_or_else(|| StoreError::Ended.into())
}

/// Fails with `Ended` unless that token is active, over or not.
pub(super) async fn require_active(db: &impl ConnectionTrait, id: &TokenId) -> Result<(), Failure> {
    let row = token::Entity::find()
        .filter(token::Column::Id.eq(id.as_str()))
        .filter(token::Column::State.eq(TokenState::Active.as_str()))
        .one(db)
        .await?;
    row.map(drop).ok_or_else(|| StoreError::Ended.into())
}

fn is_live(row: &token::Model, at_ms: i64) -> bool {
    row.state == TokenState::Active.as_str() && row.expires_at_ms.is_none_or(|end| end > at_ms)
}

pub(super) async fn insert(
    db: &impl ConnectionTrait,
    record: TokenRecord,
    takes_slot: bool,
    changed: &mut Changed,
) -> Result<(), Failure> {
    // A token that is written as ended opens nothing, whatever its owner may do.
    if record.state == TokenState::Active {
        for id in [Some(record.principal), record.subject]
            .into_iter()
            .flatten()
        {
            let row = principal::Entity::find_by_id(id.0).one(db).await?;
            if !row.is_some_and(|row| row.enabled) {
                return Err(StoreError::Ended.into());
            }
        }
    }
    if let Some(parent) = &record.parent {
        let row = token::Entity::find()
            .filter(token::Column::Id.eq(parent.as_str()))
            .one(db)
            .await?;
        // A parent that its holder signed has no row until it is ended.
        if !row.map_or(parent.is_foreign(), |row| {
            is_live(&row, record.issued_at_ms)
        }) {
            return Err(StoreError::Ended.into());
        }
    }
    let mut slot_text = None;
    if takes_slot {
        let name = slot(record.dialect, record.principal, &record.class);
        let holder = token::Entity::find()
            .filter(token::Column::Slot.eq(&name))
            .one(db)
            .await?;
        if let Some(holder) = holder {
            let selection = TokenSelection::TokenAndChildren(TokenId::new(holder.id));
            let at_ms = record.issued_at_ms;
            end(db, selection, TokenState::Superseded, at_ms, changed).await?;
        }
        slot_text = Some(name);
    }
    match record.state {
        TokenState::Active => changed.added.push(record.hash),
        state @ (TokenState::Revoked | TokenState::Superseded) => changed.ended.push(EndedToken {
            hash: record.hash,
            state,
            at_ms: record.revoked_at_ms.unwrap_or(record.issued_at_ms),
        }),
    }
    // A taken slot, hash or identifier: somebody was faster.
    add(db, convert::token_row(record, slot_text))
        .await
        .map_err(|failure| failure.if_taken(StoreError::Conflict))
}

/// Ends the active ones among the selected tokens; ended ones keep their state and time.
pub(super) async fn end(
    db: &impl ConnectionTrait,
    selection: TokenSelection,
    state: TokenState,
    at_ms: i64,
    changed: &mut Changed,
) -> Result<(), Failure> {
    match selection {
        TokenSelection::TokenAndChildren(id) => {
            let mut generation = vec![id.as_str().to_owned()];
            while !generation.is_empty() {
                let mut children = Vec::new();
                // Databases bound the number of parameters of one statement.
                for chunk in generation.chunks(500) {
                    children.extend(live_children(db, chunk, at_ms).await?);
                    let these = token::Column::Id.is_in(chunk);
                    end_where(db, these, state, at_ms, changed).await?;
                }
                generation = children;
            }
            Ok(())
        }
        TokenSelection::Family { family, principal } => {
            let own = token::Column::PrincipalId.eq(principal.0);
            end_where(
                db,
                Condition::all()
                    .add(token::Column::Family.eq(family.as_str()))
                    .add(own),
                state,
                at_ms,
                changed,
            )
            .await
        }
        TokenSelection::Person(person) => {
            let own = Condition::any()
                .add(token::Column::PrincipalId.eq(person.0))
                .add(token::Column::SubjectId.eq(person.0));
            end_where(db, own, state, at_ms, changed).await
        }
    }
}

async fn end_where(
    db: &impl ConnectionTrait,
    which: impl IntoCondition,
    state: TokenState,
    at_ms: i64,
    changed: &mut Changed,
) -> Result<(), Failure> {
    let mut update = token::Entity::update_many()
        .col_expr(token::Column::State, Expr::value(state.as_str()))
        .col_expr(token::Column::Slot, Expr::value(Option::<String>::None))
        .col_expr(token::Column::RevokedAtMs, Expr::value(at_ms))
        .filter(token::Column::State.eq(TokenState::Active.as_str()))
        .filter(which.into_condition())
        .into_query();
    for row in db
        .query_all(update.returning_col(token::Column::Hash))
        .await?
    {
        let hash = convert::hash(&row.try_get_by_index::<Vec<u8>>(0)?)?;
        changed.ended.push(EndedToken { hash, state, at_ms });
    }
    Ok(())
}

/// Active children that could still be used, and those that are over but have children of their own:
/// what was derived from a token may outlive its expiry.
async fn live_children(
    db: &impl ConnectionTrait,
    parents: &[String],
    at_ms: i64,
) -> Result<Vec<String>, Failure> {
    let children = token::Entity::find()
        .select_only()
        .column(token::Column::Id)
        .filter(token::Column::Parent.is_in(parents))
        .filter(token::Column::State.eq(TokenState::Active.as_str()))
        .filter(Condition::any().add(not_over(at_ms)).add(has_children()))
        .into_tuple()
        .all(db)
        .await?;
    Ok(children)
}
