//! Audit rows of changes: who did what, in which dialect, from where. Never a secret. (Refusals are in `refusals.rs`.)

use super::changes::Change;
use crate::domain::{Actor, AuditRecord, Dialect};

/// Longest reason kept, in characters.
const MAX_REASON: usize = 200;

/// An audit row in the making.
pub(super) struct Done(AuditRecord);

/// That `actor` has done `action` (a verb with its object, such as `token.issue`).
pub(super) fn done(at_ms: i64, actor: &Actor, action: &'static str) -> Done {
    Done(AuditRecord {
        at_ms,
        first_at_ms: at_ms,
        count: 1,
        actor: actor.clone(),
        action: action.into(),
        dialect: None,
        target: String::new(),
        outcome: "done".into(),
        reason: None,
    })
}

impl Done {
    /// To what, in which dialect.
    pub(super) fn on(mut self, dialect: Dialect, target: &str) -> Self {
        self.0.dialect = Some(dialect);
        target.clone_into(&mut self.0.target);
        self
    }

    /// As it would be written.
    pub(super) fn record(self) -> AuditRecord {
        self.0
    }

    /// To what belongs to no dialect.
    pub(super) fn on_all(mut self, target: &str) -> Self {
        target.clone_into(&mut self.0.target);
        self
    }

    /// Why, in the caller's own words, shortened.
    pub(super) fn because(mut self, reason: Option<&str>) -> Self {
        let kept = |text: &str| {
            text.chars()
                .filter(|c| !c.is_control())
                .take(MAX_REASON)
                .collect()
        };
        self.0.reason = reason.map(kept);
        self
    }
}

impl From<Done> for Change {
    fn from(Done(record): Done) -> Self {
        Self::Audit(record)
    }
}
