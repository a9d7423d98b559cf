//! Kind (a): one fact of the document is changed, and what was generated from it stays as it is.

use super::drift::{Drift, is_documentation, split};
use super::judge::{Judge, Objection};
use super::ledger::Ledger;
use super::operators::{drifts, is_expected};
use super::outcome::{Kind, Outcome, Verdict};
use super::{Bar, Context, MutateError, parallel, pick};
use crate::document::Document;
use crate::problem::Problem;

/// Judges every drift of the project's document that is not in the ledger yet.
///
/// # Errors
/// When the unchanged project is not in order, or the ledger cannot be written.
pub fn run(context: &Context<'_>) -> Result<Ledger, MutateError> {
    let judge = Judge::new(context.root)?;
    let mut ledger = context.ledger(Kind::Document, &judge.inputs())?;
    let mut open = pick(
        drifts(&judge.document),
        context.options.sample,
        context.options.seed,
        Drift::id,
        |drift| drift.operator.clone(),
    );
    open.retain(|drift| !ledger.knows(&drift.id()));
    let mut bar = Bar::new(Kind::Document, open.len());
    parallel(
        &open,
        context.jobs(),
        |drift| outcome(&judge, drift),
        |outcome| {
            bar.step(&outcome);
            ledger.record(outcome)
        },
    )?;
    Ok(ledger)
}

/// How one drift ends.
#[must_use]
pub fn outcome(judge: &Judge, drift: &Drift) -> Outcome {
    let document = drift.apply(&judge.document);
    let verdict = match judge.judge(&document) {
        Some(objection) => caught(drift, &document, &objection),
        None => survived(judge, drift, &document),
    };
    Outcome {
        id: drift.id(),
        kind: Kind::Document,
        operator: drift.operator.clone(),
        place: drift.pointer.clone(),
        verdict,
    }
}

fn caught(drift: &Drift, document: &Document, objection: &Objection) -> Verdict {
    let on_place = |problem: &&Problem| {
        is_expected(&drift.operator, problem.rule)
            && problem.names(|place| drift.is_about(document, place))
    };
    let first = objection.problems.iter().next();
    let best = objection.problems.iter().find(on_place);
    let shown = best.or(first);
    Verdict::Caught {
        proof: objection.proof.name().to_owned(),
        rule: shown
            .map(|problem| problem.rule.id().to_owned())
            .unwrap_or_default(),
        at: shown
            .map(|problem| problem.place.pointer.clone())
            .unwrap_or_default(),
        on_place: best.is_some(),
    }
}

fn is_description(pointer: &str) -> bool {
    split(pointer).1 == "description"
}

fn survived(judge: &Judge, drift: &Drift, document: &Document) -> Verdict {
    if let Some(reason) = judge.equivalence(document) {
        return Verdict::Equivalent {
            reason: reason.to_owned(),
        };
    }
    if is_documentation(&drift.pointer) && judge.documentation_is_inert() {
        let example = drift.pointer.contains("/examples");
        let reason = if example {
            "an example, and still valid under its schema: server and SDK come out the same, comments aside"
        } else {
            "documentation only: with all of it changed, server and SDK come out the same, comments aside"
        };
        return Verdict::Equivalent {
            reason: reason.to_owned(),
        };
    }
    if is_description(&drift.pointer) && judge.has_the_same_code(document) {
        return Verdict::Equivalent {
            reason:
                "a description that poem-openapi has no place for: server and SDK come out the same, comments aside"
                    .to_owned(),
        };
    }
    Verdict::Missed {
        note: String::new(),
    }
}
