//! Ends listed tokens, a bounded number in a transaction, and writes an audit row for each that it ended.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, Value};

use super::audit;
use super::backend::Text;
use super::constant;
use super::convert;
use super::failure::Failure;
use super::many_rows;
use super::token_row::state_number;
use crate::authority::changes::Listed;
use crate::authority::{Changed, EndedToken, StoreError};
use crate::domain::{AuditRecord, TokenHash, TokenState};

/// A token that was given a live child meanwhile stays: what was not reached must be found again by its parent.
fn text(count: usize) -> Text {
    let numbered: Vec<String> = (0..count).map(|n| format!("?{}", n + 3)).collect();
    Text::made(format!(
        "UPDATE tokens SET state = ?2, slot = NULL, revoked_at_ms = ?1 WHERE state = 0 AND hash IN ({0}) \
         AND substr(hash, 1, 16) IN ({1}) AND NOT EXISTS (SELECT 1 FROM tokens c WHERE c.parent = tokens.id \
         AND c.state = 0 AND (c.expires_at_ms IS NULL OR c.expires_at_ms > ?1)) RETURNING hash",
        numbered.join(", "),
        numbered
            .iter()
            .map(|one| format!("substr({one}, 1, 16)"))
            .collect::<Vec<_>>()
            .join(", "),
    ))
}

/// Those that have ended keep their state and time.
pub(super) async fn end(
    db: &impl ConnectionTrait,
    tokens: &[Listed],
    at_ms: i64,
    template: &AuditRecord,
    changed: &mut Changed,
) -> Result<(), Failure> {
    let state = TokenState::Revoked;
    let mut values: Vec<Value> = vec![at_ms.into(), state_number(state).into()];
    values.extend(tokens.iter().map(|token| token.hash.0.to_vec().into()));
    let rows = constant::all(db, &text(tokens.len()), values).await?;
    let mut ended: HashSet<TokenHash> = HashSet::with_capacity(rows.len());
    for row in rows {
        ended.insert(convert::hash(&row.try_get_by_index::<Vec<u8>>(0)?)?);
    }
    if ended.is_empty() {
        return Err(StoreError::Ended.into());
    }
    let done = tokens.iter().filter(|token| ended.contains(&token.hash));
    let noted: Vec<AuditRecord> = done
        .map(|token| AuditRecord {
            dialect: Some(token.dialect),
            target: token.id.as_str().to_owned(),
            ..template.clone()
        })
        .collect();
    let noted: Vec<&AuditRecord> = noted.iter().collect();
    for some in noted.chunks(many_rows::MOST) {
        audit::insert(db, some).await?;
    }
    let told = ended.into_iter();
    let told = told.map(|hash| EndedToken { hash, state, at_ms });
    changed.ended.extend(told);
    Ok(())
}
