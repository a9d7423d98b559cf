//! What a user lets a client do: kept while any token of the two lives.

use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelBehavior as _, ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait,
    EntityTrait as _, QueryFilter as _, QuerySelect as _, QueryTrait as _,
};

use super::backend::Text;
use super::constant;
use super::entities::grant::{ActiveModel, Column, Entity};
use super::entities::token;
use super::failure::Failure;
use super::rows::live;
use crate::domain::{PrincipalId, ScopeSet};

static GRANT: Text = Text::new(
    "\
INSERT INTO grants (user_id, client_id, scopes, granted_at_ms) VALUES (?, ?, ?, ?) \
ON CONFLICT (user_id, client_id) DO UPDATE SET granted_at_ms = excluded.granted_at_ms RETURNING scopes",
);

/// Adds scopes. The first statement writes the row, so that it is locked until the transaction ends, and gives what was granted before;
/// mostly nothing is new.
pub(super) async fn merge(
    db: &impl ConnectionTrait,
    user: PrincipalId,
    client: PrincipalId,
    scopes: &ScopeSet,
    at_ms: i64,
) -> Result<(), Failure> {
    let values = vec![
        user.0.into(),
        client.0.into(),
        scopes.to_string().into(),
        at_ms.into(),
    ];
    let row = constant::first(db, &GRANT, values).await?;
    let row = row.ok_or_else(|| Failure::unreadable("grants"))?;
    let before: String = row.try_get_by_index(0)?;
    let mut merged = ScopeSet::parse(&before);
    for scope in scopes.iter() {
        merged.insert(scope);
    }
    let merged = merged.to_string();
    if merged != before {
        let row = ActiveModel {
            user_id: Unchanged(user.0),
            client_id: Unchanged(client.0),
            scopes: Set(merged),
            ..ActiveModel::new()
        };
        row.update(db).await?;
    }
    Ok(())
}

/// Drops a grant that no live token uses. (A token that another writer adds meanwhile locks the grant by merging its scopes, and makes it
/// anew if it comes second.)
pub(super) async fn drop_unused(
    db: &impl ConnectionTrait,
    user: PrincipalId,
    client: PrincipalId,
    at_ms: i64,
) -> Result<(), Failure> {
    let in_use = token::Entity::find()
        .select_only()
        .column(token::Column::Number)
        .filter(token::Column::SubjectId.eq(user.0))
        .filter(token::Column::PrincipalId.eq(client.0))
        .filter(live(at_ms))
        .into_query();
    Entity::delete_by_id((user.0, client.0))
        .filter(Expr::exists(in_use).not())
        .exec(db)
        .await?;
    Ok(())
}

/// Drops everything that a user has granted.
pub(super) async fn drop_all(db: &impl ConnectionTrait, user: PrincipalId) -> Result<(), Failure> {
    Entity::delete_many()
        .filter(Column::UserId.eq(user.0))
        .exec(db)
        .await?;
    Ok(())
}

pub(super) async fn scopes(
    db: &impl ConnectionTrait,
    user: PrincipalId,
    client: PrincipalId,
) -> Result<Option<ScopeSet>, Failure> {
    let row = Entity::find_by_id((user.0, client.0)).one(db).await?;
    Ok(row.map(|row| ScopeSet::parse(&row.scopes)))
}
