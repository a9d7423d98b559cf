//! The proofs that need neither disk nor processes: a document, and what stands beside it, as values.
//!
//! `check` runs them on what is in the tree, and whoever measures the check on drifts that are nowhere.

use serde_json::Value;

use super::proof::Proof;
use crate::document::Document;
use crate::lint;
use crate::lower::{LossyEdit, lower};
use crate::problem::{Problem, Problems, Rule};
use crate::prove::accepted::Accepted;
use crate::prove::closed::{self, Allowed};
use crate::prove::sdk::Sources;
use crate::prove::{emitted, sdk};

/// What a document is compared with.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// What the server emits about itself.
    pub emitted: Value,
    /// The accepted differences of that.
    pub emitted_accepted: Accepted,
    /// What the server says it mounts.
    pub mounted: Value,
    /// The routes that need not be in the document.
    pub allowed: Vec<Allowed>,
    /// The accepted losses of the SDK's document.
    pub lowering_accepted: Accepted,
    /// The files of the generated SDK.
    pub sdk: Sources,
}

/// Runs every static proof on a document; each is named once, also when it finds nothing.
///
/// Fresh files are not looked at: comparing bytes would see every drift and prove nothing.
#[must_use]
pub fn judge(document: &Document, evidence: &Evidence) -> Vec<(Proof, Problems)> {
    let losses = lower(&document.value).losses;
    let mut accepted = evidence.lowering_accepted.clone();
    vec![
        (Proof::Document, lint::lint(document)),
        (
            Proof::Artefacts,
            self::losses(document, &losses, &mut accepted),
        ),
        (Proof::ServerSays, server_says(document, evidence)),
        (Proof::ClosedWorld, closed_world(document, evidence)),
        (Proof::Sdk, sdk::judge(document, &evidence.sdk).1),
    ]
}

/// Proof 3: what the server emits, against the document.
#[must_use]
pub fn server_says(document: &Document, evidence: &Evidence) -> Problems {
    let mut accepted = evidence.emitted_accepted.clone();
    emitted::compare(document, &evidence.emitted, &mut accepted)
}

/// Proof 4: what the server mounts, against the document and the allow-list.
#[must_use]
pub fn closed_world(document: &Document, evidence: &Evidence) -> Problems {
    closed::prove(document, &evidence.mounted, &evidence.allowed).1
}

/// The part of proof 2 that is about losses: each is accepted, and each accepted one occurs.
#[must_use]
pub fn losses(document: &Document, lossy: &[LossyEdit], accepted: &mut Accepted) -> Problems {
    let mut problems = Problems::new();
    for edit in lossy {
        if !accepted.accepts(Some(&edit.kind), &edit.pointer, None) {
            let message = format!(
                "the SDK's document loses something ({}): {}",
                edit.kind, edit.lost
            );
            let place = document.place(&edit.pointer);
            problems.push(Problem::wrong(Rule::LossyEdit, place, message));
        }
    }
    problems.extend(accepted.unused());
    problems
}
