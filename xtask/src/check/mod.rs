//! `cargo xtask check`: the proofs, one after another, each with what it looked at.
//!
//! A proof is one row of [`PROOFS`]; what it needs of the tree it takes from [`Tree`].

mod alive;
pub mod judge;
mod proof;
mod proofs;
mod tree;
mod usage;

use std::path::Path;
use std::thread;
use std::time::Instant;

pub use proof::{Finding, Findings, Outcome, Proof, Proved};
pub use tree::Tree;

use crate::problem::{Problem, Rule, Verdict};
use crate::prove::started::Started;
use proofs::{blocked, not_generated};

/// Where the proofs are, in the project that they belong to.
const PROVING: &str = "xtask/src/prove";

/// The list of losses that the lowering may have.
pub const LOWERING: &str = "xtask/accepted/lowering.json";

/// Which proofs are run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Whether the server is built and asked for what it emits.
    pub server: bool,
    /// Whether the proofs that start something are run.
    pub full: bool,
    /// The earlier document: a git revision or a file; without one, that of the last release.
    pub against: Option<String>,
    /// What the order of the started proofs' cases comes from.
    pub seed: Option<u64>,
}

impl Scope {
    /// The fast form.
    pub const FAST: Self = Self {
        server: true,
        full: false,
        against: None,
        seed: None,
    };

    /// Everything.
    pub const FULL: Self = Self {
        full: true,
        ..Self::FAST
    };
}

/// How a proof is run.
struct Row {
    proof: Proof,
    /// The part that starts nothing; it alone decides whether the proof can be run at all.
    think: Option<fn(&Tree<'_>) -> Outcome>,
    /// The part that runs in the tests' binary, in the full form.
    start: Option<Started>,
}

impl Row {
    const fn think(proof: Proof, think: fn(&Tree<'_>) -> Outcome) -> Self {
        Self {
            proof,
            think: Some(think),
            start: None,
        }
    }

    const fn start(proof: Proof, start: Started) -> Self {
        Self {
            proof,
            think: None,
            start: Some(start),
        }
    }

    const fn then(self, start: Started) -> Self {
        Self {
            start: Some(start),
            ..self
        }
    }

    fn outcome(&self, tree: &Tree<'_>) -> Outcome {
        let mut findings = match self.think.map(|think| think(tree)) {
            Some(Outcome::Ran(findings)) => findings,
            Some(left_out) => return left_out,
            None if !tree.scope.full => return Outcome::LeftOut("--full".to_owned()),
            None if !tree.reading().complete => return blocked(),
            None => Vec::new(),
        };
        if let Some(start) = self.start.filter(|_| tree.scope.full) {
            let started = started(tree, start);
            let not_run = |problem: &Problem| problem.rule == Rule::ProofNotRun;
            let did_not = |finding: &Finding| finding.problems.iter().any(not_run);
            if started.as_ref().is_some_and(did_not) && tree.is_stale() {
                return not_generated();
            }
            findings.extend(started);
        }
        Outcome::Ran(findings)
    }
}

/// The proofs that are about the document, in the order of their numbers.
const PROOFS: [Row; 9] = [
    Row::think(Proof::Alive, proofs::alive),
    Row::think(Proof::Document, proofs::document),
    Row::think(Proof::Artefacts, proofs::artefacts),
    Row::think(Proof::ServerSays, proofs::server_says),
    Row::think(Proof::ClosedWorld, proofs::closed_world).then(Started::Closed),
    Row::start(Proof::Live, Started::Live),
    Row::think(Proof::Sdk, proofs::sdk).then(Started::Sdk),
    Row::think(Proof::Compatible, proofs::compatible),
    Row::start(Proof::Served, Started::Served),
];

/// The proofs that are about the sources; they run beside the others and have the numbers after them.
const BESIDE: [Row; 2] = [
    Row::think(Proof::Layers, proofs::layers),
    Row::think(Proof::Invariants, proofs::invariants),
];

/// Looks at everything below `project`.
#[must_use]
pub fn check(project: &Path, scope: &Scope) -> Findings {
    let started = Instant::now();
    let tree = Tree::of(project, scope);
    // Processes and sources are waited for while the document is thought about.
    let proofs = thread::scope(|threads| {
        threads.spawn(|| tree.ask_ahead());
        let run =
            |rows: &[Row]| -> Vec<Proved> { rows.iter().map(|row| prove(row, &tree)).collect() };
        let beside = threads.spawn(move || run(&BESIDE));
        let mut proofs = run(&PROOFS);
        match beside.join() {
            Ok(proved) => proofs.extend(proved),
            // A proof that fell over must not look like one that has nothing to say.
            Err(panic) => std::panic::resume_unwind(panic),
        }
        proofs
    });
    let mut proofs = proofs;
    if tree.reading().complete {
        usage::name(&mut proofs, &tree.reading().document);
    }
    Findings {
        proofs,
        // Who has the proofs can teach them.
        all_proven: project.join(PROVING).is_dir(),
        took: started.elapsed(),
    }
}

fn prove(row: &Row, tree: &Tree<'_>) -> Proved {
    let started = Instant::now();
    let outcome = row.outcome(tree);
    Proved {
        proof: row.proof,
        outcome,
        // What the proof had to wait for is part of it; the first to want something waits.
        took: started.elapsed(),
    }
}

/// What a proof that runs in the tests' binary found.
fn started(tree: &Tree<'_>, which: Started) -> Option<Finding> {
    let ran = tree.started(which)?;
    let problems = tree.besides(ran.problems.clone());
    Some(Finding::new(which.name(), ran.extent.clone(), problems))
}

/// The command that comes next: it repairs what is stale, or tells more about what is wrong.
#[must_use]
pub fn repair(findings: &Findings) -> Option<String> {
    let problems = findings.problems();
    match problems.verdict()? {
        Verdict::Stale => Some("cargo xtask generate".to_owned()),
        worst @ (Verdict::NotProven | Verdict::Wrong) => {
            let first = problems.iter().find(|problem| problem.verdict == worst)?;
            Some(format!("cargo xtask explain {}", first.rule))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::problem::Place;
    use crate::prove::started::Ran;

    #[test]
    fn what_every_started_proof_found_is_read_once() {
        let mut read: Vec<Started> = PROOFS.iter().filter_map(|row| row.start).collect();
        read.sort();
        assert_eq!(read, Started::ALL);
    }

    #[test]
    fn what_a_started_proof_found_is_told_in_the_full_form_and_only_there() {
        let ran = Started::ALL.map(|proof| Ran {
            proof,
            extent: "all".to_owned(),
            problems: Problem::wrong(Rule::LiveBody, Place::file("x"), proof.name()).into(),
            took: Duration::ZERO,
        });
        let nothing: fn(&Tree<'_>) -> Outcome = |_| Outcome::Ran(Vec::new());
        for scope in [Scope::FULL, Scope::FAST] {
            let tree = Tree::started_already(Path::new("."), &scope, ran.to_vec());
            let mut told = Vec::new();
            for row in &PROOFS {
                let row = Row {
                    proof: row.proof,
                    think: row.think.map(|_| nothing),
                    start: row.start,
                };
                if let Outcome::Ran(findings) = row.outcome(&tree) {
                    let problems = findings.iter().flat_map(|finding| finding.problems.iter());
                    told.extend(problems.map(|problem| problem.message.clone()));
                }
            }
            let expected: &[&str] = if scope.full {
                &["closed", "live", "sdk", "served"]
            } else {
                &[]
            };
            assert_eq!(told, expected);
        }
    }

    #[test]
    fn the_rows_are_in_the_order_of_their_numbers() {
        let rows = PROOFS.iter().chain(&BESIDE);
        let numbers: Vec<u8> = rows.map(|row| row.proof.number()).collect();
        assert_eq!(numbers, (0..11).collect::<Vec<u8>>());
    }
}
