//! Mutants of the SDK: the generated half as text, judged at once; the hand-written half compiled in and switched on.

mod generated;
mod written;

use std::path::Path;

use super::ledger::Ledger;
use super::outcome::{Kind, Outcome, Verdict};
use super::{Bar, Context, MutateError, parallel, pick};
use super::{bench, catalogue};
use crate::artefact;
use crate::document::Document;
use crate::plan;
use crate::problem::Problem;
use crate::prove::sdk::{self, Sources, Wanted};
use generated::Drift;
use written::Written;

/// How far a finding may be from the changed line: an item that is gone is missed where the next one stands.
const NEAR: usize = 4;

/// One mutant of either half.
enum Mutant {
    Generated(Drift),
    Written(Written),
}

impl Mutant {
    fn id(&self) -> String {
        match self {
            Self::Generated(drift) => drift.id(),
            Self::Written(drift) => drift.id.clone(),
        }
    }

    fn operator(&self) -> String {
        match self {
            Self::Generated(drift) => drift.operator.to_owned(),
            Self::Written(drift) => drift.operator.clone(),
        }
    }
}

/// Looks at the wanted mutants.
///
/// # Errors
/// When the unchanged SDK is not in order, or the hand-written half cannot be built with its mutants in it.
pub fn run(context: &Context<'_>) -> Result<Ledger, MutateError> {
    let document = plan::document(context.root).map_err(MutateError::NotInOrder)?;
    let sources = Sources::read(context.root)?;
    let wanted = sdk::wanted(&document);
    sdk::compare(&document, &wanted, &sources)
        .into_result(())
        .map_err(MutateError::NotInOrder)?;
    let written = catalogue::read(context.root, Kind::Sdk)?;
    let mut ledger = context.ledger(Kind::Sdk, &inputs(context, &document, &sources)?)?;
    let all = generated::drifts(&sources)
        .into_iter()
        .map(Mutant::Generated);
    let all = all
        .chain(written.iter().cloned().map(Mutant::Written))
        .collect();
    let mut open = pick(
        all,
        context.options.sample,
        context.options.seed,
        Mutant::id,
        Mutant::operator,
    );
    open.retain(|mutant| !ledger.knows(&mutant.id()));
    let mut bar = Bar::new(Kind::Sdk, open.len());
    let (mut of_text, mut compiled) = (Vec::new(), Vec::new());
    for mutant in open {
        match mutant {
            Mutant::Generated(drift) => of_text.push(drift),
            Mutant::Written(drift) => compiled.push(drift),
        }
    }
    parallel(
        &of_text,
        context.jobs(),
        |drift| judge(&document, &wanted, &sources, drift),
        |outcome| {
            bar.step(&outcome);
            ledger.record(outcome)
        },
    )?;
    if !compiled.is_empty() {
        let rig = written::Rig::new(context.root, &document, &written)?;
        parallel(
            &compiled,
            context.jobs(),
            |drift| rig.judge(drift),
            |outcome| {
                bar.step(&outcome);
                ledger.record(outcome)
            },
        )?;
    }
    Ok(ledger)
}

/// Everything an outcome depends on.
fn inputs(
    context: &Context<'_>,
    document: &Document,
    sdk: &Sources,
) -> Result<String, MutateError> {
    let sources = bench::sources(context.root)?;
    Ok(artefact::digest(&format!(
        "{} {sdk:?} {sources}",
        document.value
    )))
}

fn judge(document: &Document, wanted: &Wanted, sources: &Sources, drift: &Drift) -> Outcome {
    let problems = sdk::compare(document, wanted, &drift.apply(sources));
    let on_place = |problem: &&Problem| {
        let line = problem.place.line;
        problem.place.file == Path::new(&drift.file)
            && line + NEAR >= drift.line
            && line <= drift.line + drift.lines + NEAR
    };
    let near = problems.iter().find(on_place);
    let verdict = match near.or_else(|| problems.iter().next()) {
        Some(problem) => Verdict::Caught {
            proof: "sdk (as text)".to_owned(),
            rule: problem.rule.id().to_owned(),
            at: problem.place.to_string(),
            on_place: near.is_some(),
        },
        None => Verdict::Missed {
            note: drift.replacement.clone(),
        },
    };
    Outcome {
        id: drift.id(),
        kind: Kind::Sdk,
        operator: drift.operator.to_owned(),
        place: format!("{}:{}", drift.file, drift.line),
        verdict,
    }
}
