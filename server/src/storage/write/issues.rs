//! Which change sets do nothing but issue tokens: those are written by a few statements for all of them.

use crate::authority::changes::{Change, ChangeSet};
use crate::storage::tokens::{Issue, Wanted};

/// The tokens of a change set that issues some and does nothing else; `None` for every other.
pub(super) fn issues(set: &ChangeSet) -> Option<Vec<Issue<'_>>> {
    let mut issues: Vec<Issue<'_>> = Vec::new();
    let mut changes = set.0.as_slice();
    while !changes.is_empty() {
        let (standing, rest) = match changes {
            [Change::RequireStanding(standing), rest @ ..] => (Some(standing), rest),
            rest => (None, rest),
        };
        let (asked_by, rest) = match rest {
            [Change::RequireLive(id, at_ms), rest @ ..] => (Some((id, *at_ms)), rest),
            rest => (None, rest),
        };
        let [
            Change::InsertToken {
                record,
                takes_slot: false,
            },
            Change::Audit(audit),
            rest @ ..,
        ] = rest
        else {
            return None;
        };
        // One that hangs on another of them has to be written after it.
        let depends = |other: &Issue<'_>| {
            let id = &other.wanted.record.id;
            record.parent.as_ref() == Some(id) || asked_by.is_some_and(|(by, _)| by == id)
        };
        if issues.iter().any(depends) {
            return None;
        }
        let wanted = Wanted {
            record,
            standing,
            asked_by,
        };
        issues.push(Issue { wanted, audit });
        changes = rest;
    }
    (!issues.is_empty()).then_some(issues)
}
