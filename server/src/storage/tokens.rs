//! Changes to token rows: adding into a slot or a family, ending with everything that dies along.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::convert;
use super::entities::{grant, principal, token};
use super::open::refused;
use crate::authority::changes::TokenSelection;
use crate::authority::{
    Dialect, PrincipalId, ScopeSet, StoreError, TokenClass, TokenHash, TokenId, TokenRecord,
    TokenState,
};

/// Text of a slot: unique among the rows that hold one.
pub(super) fn slot(dialect: Dialect, principal: PrincipalId, class: &TokenClass) -> String {
    format!("{dialect}:{principal}:{}", class.as_str())
}

pub(super) async fn insert(
    db: &impl ConnectionTrait,
    mut record: TokenRecord,
    takes_slot: bool,
) -> Result<(), StoreError> {
    for id in [Some(record.principal), record.subject]
        .into_iter()
        .flatten()
    {
        let row = principal::Entity::find_by_id(id.0)
            .one(db)
            .await
            .map_err(refused)?;
        if !row.is_some_and(|row| row.enabled) {
            return Err(StoreError::Ended);
        }
    }
    if let Some(parent) = &record.parent {
        let row = token::Entity::find()
            .filter(token::Column::Id.eq(parent.as_str()))
            .one(db)
            .await
            .map_err(refused)?;
        let live = row.is_some_and(|row| {
            row.state == TokenState::Active.as_str()
                && row
                    .expires_at_ms
                    .is_none_or(|end| end > record.issued_at_ms)
        });
        if !live {
            return Err(StoreError::Ended);
        }
    }
    let mut slot_text = None;
    if takes_slot {
        let name = slot(record.dialect, record.principal, &record.class);
        let holder = token::Entity::find()
            .filter(token::Column::Slot.eq(&name))
            .one(db)
            .await
            .map_err(refused)?;
        if let Some(holder) = holder {
            let selection = TokenSelection::TokenAndChildren(TokenId::new(holder.id));
            end(db, selection, TokenState::Superseded, record.issued_at_ms).await?;
        }
        record.generation = last_generation(db, &record).await? + 1;
        slot_text = Some(name);
    }
    token::Entity::insert(convert::token_row(record, slot_text))
        .exec_without_returning(db)
        .await
        .map_err(|error| match refused(error) {
            StoreError::AlreadyExists => StoreError::Conflict,
            other => other,
        })?;
    Ok(())
}

async fn last_generation(
    db: &impl ConnectionTrait,
    record: &TokenRecord,
) -> Result<i64, StoreError> {
    let last: Option<i64> = token::Entity::find()
        .select_only()
        .column(token::Column::Generation)
        .filter(token::Column::PrincipalId.eq(record.principal.0))
        .filter(token::Column::Class.eq(record.class.as_str()))
        .order_by_desc(token::Column::Generation)
        .limit(1)
        .into_tuple()
        .one(db)
        .await
        .map_err(refused)?;
    Ok(last.unwrap_or(0))
}

/// Ends the active ones among the selected tokens; ended ones keep their state and time.
pub(super) async fn end(
    db: &impl ConnectionTrait,
    selection: TokenSelection,
    state: TokenState,
    at_ms: i64,
) -> Result<(), StoreError> {
    let update = token::Entity::update_many()
        .col_expr(token::Column::State, Expr::value(state.as_str()))
        .col_expr(token::Column::Slot, Expr::value(Option::<String>::None))
        .col_expr(token::Column::RevokedAtMs, Expr::value(at_ms))
        .filter(token::Column::State.eq(TokenState::Active.as_str()));
    let update = match selection {
        TokenSelection::TokenAndChildren(id) => {
            update.filter(token::Column::Id.is_in(with_children(db, id).await?))
        }
        TokenSelection::Family { family, principal } => update
            .filter(token::Column::Family.eq(family.as_str()))
            .filter(token::Column::PrincipalId.eq(principal.0)),
        TokenSelection::Owner(principal) => {
            update.filter(token::Column::PrincipalId.eq(principal.0))
        }
    };
    update.exec(db).await.map_err(refused)?;
    Ok(())
}

/// The token and its descendants, generation by generation.
async fn with_children(db: &impl ConnectionTrait, id: TokenId) -> Result<Vec<String>, StoreError> {
    let mut all = vec![id.as_str().to_owned()];
    let mut frontier = all.clone();
    while !frontier.is_empty() {
        let mut children: Vec<String> = Vec::new();
        // Databases bound the number of parameters of one statement.
        for chunk in frontier.chunks(500) {
            let found: Vec<String> = token::Entity::find()
                .select_only()
                .column(token::Column::Id)
                .filter(token::Column::Parent.is_in(chunk))
                .filter(token::Column::State.eq(TokenState::Active.as_str()))
                .into_tuple()
                .all(db)
                .await
                .map_err(refused)?;
            children.extend(found);
        }
        all.extend_from_slice(&children);
        frontier = children;
    }
    Ok(all)
}

pub(super) async fn merge_grant(
    db: &impl ConnectionTrait,
    user: PrincipalId,
    client: PrincipalId,
    scopes: &ScopeSet,
    at_ms: i64,
) -> Result<(), StoreError> {
    use sea_orm::ActiveValue::{Set, Unchanged};
    let old = grant::Entity::find_by_id((user.0, client.0))
        .one(db)
        .await
        .map_err(refused)?;
    let mut merged = old
        .as_ref()
        .map_or_else(ScopeSet::empty, |row| ScopeSet::parse(&row.scopes));
    for scope in scopes.iter() {
        merged.insert(scope);
    }
    let row = grant::ActiveModel {
        user_id: Unchanged(user.0),
        client_id: Unchanged(client.0),
        scopes: Set(merged.to_string()),
        granted_at_ms: Set(at_ms),
    };
    if old.is_some() {
        row.update(db).await.map_err(refused)?;
    } else {
        let row = grant::ActiveModel {
            user_id: Set(user.0),
            client_id: Set(client.0),
            ..row
        };
        grant::Entity::insert(row)
            .exec_without_returning(db)
            .await
            .map_err(refused)?;
    }
    Ok(())
}

pub(super) async fn drop_unused_grant(
    db: &impl ConnectionTrait,
    user: PrincipalId,
    client: PrincipalId,
    at_ms: i64,
) -> Result<(), StoreError> {
    let live = token::Entity::find()
        .filter(token::Column::SubjectId.eq(user.0))
        .filter(token::Column::PrincipalId.eq(client.0))
        .filter(token::Column::State.eq(TokenState::Active.as_str()))
        .filter(
            Condition::any()
                .add(token::Column::ExpiresAtMs.is_null())
                .add(token::Column::ExpiresAtMs.gt(at_ms)),
        )
        .one(db)
        .await
        .map_err(refused)?;
    if live.is_none() {
        grant::Entity::delete_by_id((user.0, client.0))
            .exec(db)
            .await
            .map_err(refused)?;
    }
    Ok(())
}

pub(super) fn hash_key(hash: TokenHash) -> Vec<u8> {
    hash.0.to_vec()
}
