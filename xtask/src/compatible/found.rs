//! The changes that a comparison has found so far, each shared change once.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::Value;

use super::rule::{ChangeRule, Class, Direction};
use crate::canonical::shown;
use crate::document::join;

/// One change between two documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What kind of change it is.
    pub rule: ChangeRule,
    /// What it asks of callers; that of the rule.
    pub class: Class,
    /// Where it is in the new document, or where it would be if it were still there.
    pub pointer: String,
    /// Where it was in the old document; `None` when the old one has nothing like it.
    pub old_pointer: Option<String>,
    /// What changed, in one sentence without a final stop.
    pub message: String,
    /// What the old document says.
    pub before: String,
    /// What the new document says.
    pub now: String,
    /// The operations that are concerned, by operationId; empty when it is the whole document.
    pub operations: BTreeSet<String>,
}

/// A place in both documents.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Spot {
    /// In the old document.
    pub old: String,
    /// In the new document.
    pub new: String,
}

impl Spot {
    /// The member of that name, on both sides.
    pub fn join(&self, key: &str) -> Self {
        Self {
            old: join(&self.old, key),
            new: join(&self.new, key),
        }
    }

    /// The innermost member that holds all of a difference, with what the two sides say there.
    #[must_use]
    pub fn innermost<'v>(&self, sides: Sides<'v>) -> (Self, Sides<'v>) {
        let (Some(Value::Object(old)), Some(Value::Object(new))) = sides else {
            return (self.clone(), sides);
        };
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let mut differing = names
            .into_iter()
            .filter(|name| old.get(*name) != new.get(*name));
        match (differing.next(), differing.next()) {
            (Some(only), None) => self.join(only).innermost((old.get(only), new.get(only))),
            _ => (self.clone(), sides),
        }
    }
}

/// What the old and the new document say.
pub type Sides<'v> = (Option<&'v Value>, Option<&'v Value>);

/// The sink of a comparison.
#[derive(Debug, Default)]
pub struct Found {
    changes: BTreeMap<(String, ChangeRule, String), Change>,
    operation: Option<String>,
    seen: HashSet<(Spot, Direction)>,
}

impl Found {
    /// From now on everything concerns this operation.
    pub fn enter(&mut self, operation: Option<String>) {
        self.operation = operation;
        self.seen.clear();
    }

    /// Whether the two places are looked at for the first time in this operation.
    pub fn first_time(&mut self, spot: &Spot, direction: Direction) -> bool {
        self.seen.insert((spot.clone(), direction))
    }

    /// Adds a change of what both sides have, or of what one of them lacks.
    pub fn add(
        &mut self,
        rule: ChangeRule,
        spot: &Spot,
        (before, now): (Option<&Value>, Option<&Value>),
        message: impl Into<String>,
    ) {
        self.add_text(rule, spot, (shown(before), shown(now)), message);
    }

    /// The same with two sides in words.
    pub fn add_text(
        &mut self,
        rule: ChangeRule,
        spot: &Spot,
        (before, now): (String, String),
        message: impl Into<String>,
    ) {
        let message = message.into();
        let key = (spot.new.clone(), rule, spot.old.clone());
        let change = self.changes.entry(key).or_insert_with(|| Change {
            rule,
            class: rule.class(),
            pointer: spot.new.clone(),
            old_pointer: Some(spot.old.clone()),
            message,
            before,
            now,
            operations: BTreeSet::new(),
        });
        change.operations.extend(self.operation.clone());
    }

    /// Whether something was found that shows on the wire.
    pub fn matters(&self) -> bool {
        self.changes
            .values()
            .any(|change| matches!(change.class, Class::Compatible | Class::Breaking))
    }

    /// What was found, the worst first, and then in the order of the places.
    pub fn into_changes(self) -> Vec<Change> {
        let mut changes: Vec<Change> = self.changes.into_values().collect();
        changes.sort_by(|a, b| {
            (b.class, &a.pointer, a.rule.id()).cmp(&(a.class, &b.pointer, b.rule.id()))
        });
        changes
    }
}
