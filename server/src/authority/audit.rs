//! Audit rows of changes: who did what, in which dialect, from where. Never a secret. (Refusals are in `refusals.rs`.)

use super::changes::Change;
use crate::domain::{Actor, AuditRecord, Dialect};

/// Longest reason kept, in characters.
const MAX_REASON: usize = 200;

/// The change that writes an audit row.
pub(super) fn row(
    at_ms: i64,
    actor: &Actor,
    action: &'static str,
    dialect: Option<Dialect>,
    target: &str,
    outcome: &'static str,
    reason: Option<&str>,
) -> Change {
    Change::Audit(AuditRecord {
        at_ms,
        first_at_ms: at_ms,
        count: 1,
        actor: actor.clone(),
        action: action.into(),
        dialect,
        target: target.to_owned(),
        outcome: outcome.into(),
        reason: reason.map(|text| {
            text.chars()
                .filter(|c| !c.is_control())
                .take(MAX_REASON)
                .collect()
        }),
    })
}
