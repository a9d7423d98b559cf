//! Kind (f): the document is spelt differently and means the same, or nothing is changed at all; nobody may object.
//!
//! Some are edits of the fragments' text (`texts`), the others of the merged document as if a fragment said so (`values`).

mod texts;
mod values;

use super::drift::Drift;
use super::judge::Judge;
use super::ledger::Ledger;
use super::outcome::{Kind, Outcome, Verdict};
use super::{Bar, Context, MutateError, bench, parallel, pick};
use crate::check::{self, Scope};
use crate::document::Document;
use crate::load::{self, SourceText};
use crate::plan;
use crate::problem::Problem;

/// How often all proofs look at the project as it is, each time in another order.
const CLEAN_RUNS: u64 = 20;

/// One other spelling.
#[derive(Debug)]
enum Spelling {
    /// Of the merged document.
    Value(Drift),
    /// Of the fragments, as texts.
    Text {
        operator: &'static str,
        file: String,
        texts: Vec<SourceText>,
    },
}

impl Spelling {
    fn operator(&self) -> String {
        match self {
            Self::Value(drift) => drift.operator.clone(),
            Self::Text { operator, .. } => (*operator).to_owned(),
        }
    }

    fn place(&self) -> &str {
        match self {
            Self::Value(drift) => &drift.pointer,
            Self::Text { file, .. } => file,
        }
    }

    fn id(&self) -> String {
        match self {
            Self::Value(drift) => drift.id(),
            Self::Text { operator, file, .. } => format!("{operator} {file}"),
        }
    }
}

/// Judges every other spelling that is not in the ledger yet.
///
/// # Errors
/// When the unchanged project is not in order, or the ledger cannot be written.
pub fn run(context: &Context<'_>) -> Result<Ledger, MutateError> {
    let judge = Judge::new(context.root)?;
    let inputs = format!("{} {}", judge.inputs(), bench::sources(context.root)?);
    let mut ledger = context.ledger(Kind::Silent, &inputs)?;
    let texts = load::read(context.root).map_err(MutateError::NotInOrder)?;
    let mut open = pick(
        spellings(&judge.document, &texts),
        context.options.sample,
        context.options.seed,
        Spelling::id,
        Spelling::operator,
    );
    open.retain(|spelling| !ledger.knows(&spelling.id()));
    let runs = match context.options.sample {
        // What a sample is worth is not worth minutes.
        Some(_) => 0,
        None => CLEAN_RUNS,
    };
    let mut seeds: Vec<u64> = (1..=runs).collect();
    seeds.retain(|seed| !ledger.knows(&clean_run(*seed)));
    let mut bar = Bar::new(Kind::Silent, open.len() + seeds.len());
    parallel(
        &open,
        context.jobs(),
        |spelling| outcome(&judge, spelling),
        |outcome| {
            bar.step(&outcome);
            ledger.record(outcome)
        },
    )?;
    for seed in seeds {
        let scope = Scope {
            seed: Some(seed),
            ..Scope::FULL
        };
        let found = check::check(context.root, &scope).problems();
        let outcome = Outcome {
            id: clean_run(seed),
            kind: Kind::Silent,
            operator: "clean-run".to_owned(),
            place: String::new(),
            verdict: silent_unless(found.iter().next().map(said_of)),
        };
        bar.step(&outcome);
        ledger.record(outcome)?;
    }
    Ok(ledger)
}

/// The name of a run of every proof over the project as it is.
fn clean_run(seed: u64) -> String {
    format!("clean-run seed {seed}")
}

fn silent_unless(alarm: Option<String>) -> Verdict {
    alarm.map_or(Verdict::Silent, |note| Verdict::Missed {
        note: format!("false alarm: {note}"),
    })
}

fn outcome(judge: &Judge, spelling: &Spelling) -> Outcome {
    let alarm = match spelling {
        Spelling::Value(drift) => alarm(judge, &drift.apply(&judge.document)),
        Spelling::Text { texts, .. } => match plan::document_from(texts) {
            Ok(document) if said(&document) == said(&judge.document) => {
                // The same value gives the same files; the proofs look at nothing else.
                None
            }
            Ok(_) => Some("the merged document is another".to_owned()),
            Err(problems) => problems
                .iter()
                .next()
                .map(|problem| problem.message.clone()),
        },
    };
    Outcome {
        id: spelling.id(),
        kind: Kind::Silent,
        operator: spelling.operator(),
        place: spelling.place().to_owned(),
        verdict: silent_unless(alarm),
    }
}

/// A document as text, in which the order counts too.
fn said(document: &Document) -> String {
    document.value.to_string()
}

fn alarm(judge: &Judge, document: &Document) -> Option<String> {
    let objection = judge.judge(document)?;
    objection.problems.iter().next().map(said_of)
}

fn said_of(problem: &Problem) -> String {
    format!("{} [{}] {}", problem.place, problem.rule, problem.message)
}

fn spellings(document: &Document, texts: &[SourceText]) -> Vec<Spelling> {
    let values = values::spellings(document).into_iter().map(Spelling::Value);
    values.chain(texts::spellings(texts)).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn there_are_many_spellings_and_each_has_a_name_of_its_own() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let document = plan::document(&root).expect("the project's own document");
        let texts = load::read(&root).expect("the fragments");
        let all = spellings(&document, &texts);
        let mut ids: Vec<String> = all.iter().map(Spelling::id).collect();
        ids.sort();
        let many = ids.len();
        ids.dedup();
        assert!(ids.len() >= 50 && ids.len() == many, "{many}");
    }
}
