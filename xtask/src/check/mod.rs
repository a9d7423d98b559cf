//! `cargo xtask check`: the proofs, one after another, each with what it looked at.
//!
//! A proof is one row of [`PROOFS`]; what it needs of the tree it takes from [`Tree`].

pub mod judge;
mod proof;
mod tree;
mod usage;

use std::path::Path;
use std::thread;
use std::time::Instant;

pub use proof::{Finding, Findings, Outcome, Proof, Proved};
pub use tree::Tree;

use crate::compatible::baseline::{self, Baseline};
use crate::compatible::{self, Class};
use crate::fresh;
use crate::problem::{Problem, Problems, Rule, Verdict};
use crate::prove::accepted::Accepted;
use crate::prove::started::Started;
use crate::prove::{alive as canaries, closed, emitted, layers, sdk};

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

/// The proofs, in the order of their numbers; the last, [`layers`], runs beside them.
const PROOFS: [Row; 9] = [
    Row::think(Proof::Alive, alive),
    Row::think(Proof::Document, document),
    Row::think(Proof::Artefacts, artefacts),
    Row::think(Proof::ServerSays, server_says),
    Row::think(Proof::ClosedWorld, closed_world).then(Started::Closed),
    Row::start(Proof::Live, Started::Live),
    Row::think(Proof::Sdk, sdk).then(Started::Sdk),
    Row::think(Proof::Compatible, compatible),
    Row::start(Proof::Served, Started::Served),
];

/// Looks at everything below `project`.
#[must_use]
pub fn check(project: &Path, scope: &Scope) -> Findings {
    let started = Instant::now();
    let tree = Tree::of(project, scope);
    // Processes and sources are waited for while the document is thought about.
    let proofs = thread::scope(|threads| {
        threads.spawn(|| tree.ask_ahead());
        let apart = threads.spawn(|| prove(&Row::think(Proof::Layers, layers), &tree));
        let mut proofs: Vec<Proved> = PROOFS.iter().map(|row| prove(row, &tree)).collect();
        match apart.join() {
            Ok(proved) => proofs.push(proved),
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

fn document(tree: &Tree<'_>) -> Outcome {
    let (operations, schemas) = tree.size();
    let extent = format!("{operations} operations, {schemas} schemas");
    let problems = tree.reading().problems.clone();
    Outcome::Ran(vec![Finding::new("the document", extent, problems)])
}

fn artefacts(tree: &Tree<'_>) -> Outcome {
    let Some((plan, unsupported)) = tree.plan() else {
        // What the files say about themselves can be held against them without the document.
        let findings: Vec<Finding> = fresh::edited(tree.project)
            .into_iter()
            .map(|problem| Finding::new(problem.place.file.display().to_string(), "", problem))
            .collect();
        return if findings.is_empty() {
            blocked()
        } else {
            Outcome::Ran(findings)
        };
    };
    let mut findings = Vec::new();
    if !unsupported.is_empty() {
        findings.push(Finding::new("the generators", "", unsupported.clone()));
    }
    for artefact in &plan.artefacts {
        let problems =
            fresh::difference(tree.project, artefact).map_or_else(Problems::new, Into::into);
        findings.push(Finding::new(
            artefact.path.display().to_string(),
            "",
            problems,
        ));
    }
    // Without all files it is not known which are left over.
    if unsupported.is_empty() {
        for orphan in fresh::orphans(tree.project, &plan.artefacts) {
            let subject = orphan.place.file.display().to_string();
            findings.push(Finding::new(subject, "", orphan));
        }
    }
    let problems = match Accepted::read(tree.project, LOWERING) {
        Ok(mut accepted) => judge::losses(&plan.document, &plan.lossy, &mut accepted),
        Err(problems) => problems,
    };
    let extent = format!("{} accepted", plan.lossy.len());
    findings.push(Finding::new("the SDK's losses", extent, problems));
    Outcome::Ran(findings)
}

fn server_says(tree: &Tree<'_>) -> Outcome {
    if !tree.scope.server {
        return Outcome::LeftOut("--without-server".to_owned());
    }
    let read = Accepted::read(tree.project, emitted::ACCEPTED);
    let count = read.as_ref().map_or(0, Accepted::len);
    let mut problems = Problems::new();
    match (tree.emitted(), read) {
        (Ok(emitted), Ok(mut accepted)) if tree.reading().complete => {
            let document = &tree.reading().document;
            problems.extend(tree.besides(emitted::compare(document, emitted, &mut accepted)));
        }
        (Err(_), _) if tree.is_stale() => return not_generated(),
        (asked, read) => {
            problems.extend(asked.err().cloned());
            problems.extend(read.err().into_iter().flatten());
            if problems.is_empty() {
                return blocked();
            }
        }
    }
    let extent = format!("{count} differences accepted");
    Outcome::Ran(vec![Finding::new(
        "what the server emits",
        extent,
        problems,
    )])
}

fn alive(tree: &Tree<'_>) -> Outcome {
    if !tree.scope.server {
        return Outcome::LeftOut("--without-server".to_owned());
    }
    if !tree.reading().complete {
        return blocked();
    }
    let (extent, problems) = match tree.evidence() {
        Ok(evidence) => canaries::prove(tree.project, tree.reading(), &evidence),
        // What is missing is told by the proofs that miss it.
        Err(_) => return Outcome::LeftOut("something to compare with is missing".to_owned()),
    };
    Outcome::Ran(vec![Finding::new("the check itself", extent, problems)])
}

fn closed_world(tree: &Tree<'_>) -> Outcome {
    if !tree.scope.server {
        return Outcome::LeftOut("--without-server".to_owned());
    }
    if !tree.reading().complete {
        return blocked();
    }
    let (extent, problems) = match (tree.mounted(), closed::allowed(tree.project)) {
        (Ok(mounted), Ok(allowed)) => {
            let (extent, problems) = closed::prove(&tree.reading().document, mounted, &allowed);
            (extent, tree.besides(problems))
        }
        (Err(_), _) if tree.is_stale() => return not_generated(),
        (asked, read) => {
            let mut problems = Problems::new();
            problems.extend(asked.err().cloned());
            problems.extend(read.err().into_iter().flatten());
            (String::new(), problems)
        }
    };
    Outcome::Ran(vec![Finding::new("what is mounted", extent, problems)])
}

fn sdk(tree: &Tree<'_>) -> Outcome {
    if !tree.reading().complete {
        return blocked();
    }
    // That it is missing is for proof 2 to say.
    if !tree.project.join(sdk::FILE).exists() {
        return Outcome::LeftOut("the SDK has to be generated first".to_owned());
    }
    let document = &tree.reading().document;
    let (operations, mut problems) = sdk::prove(tree.project, document);
    let generated = tree.plan().and_then(|(plan, _)| {
        let mut artefacts = plan.artefacts.iter();
        artefacts.find(|artefact| artefact.path == Path::new(sdk::FILE))
    });
    // Generating again repairs a file that is not what is generated, and no other.
    if generated.is_some_and(|sdk| fresh::difference(tree.project, sdk).is_none()) {
        problems
            .iter_mut()
            .for_each(Problem::not_repaired_by_generating);
    }
    let extent = format!("{operations} operations");
    let problems = tree.besides(problems);
    Outcome::Ran(vec![Finding::new("the SDK's operations", extent, problems)])
}

fn layers(tree: &Tree<'_>) -> Outcome {
    let (files, problems) = layers::prove(tree.project, &tree.dialects());
    let extent = format!("{files} files");
    Outcome::Ran(vec![Finding::new("imports", extent, problems)])
}

fn compatible(tree: &Tree<'_>) -> Outcome {
    let released = || baseline::last_released(tree.project);
    let Some(against) = &tree.scope.against.clone().or_else(released) else {
        return Outcome::LeftOut("nothing is released yet; --against REV|FILE".to_owned());
    };
    let subject = "the document for its callers";
    let baseline = match Baseline::read(tree.project, against) {
        Ok(baseline) => baseline,
        Err(problem) => return Outcome::Ran(vec![Finding::new(subject, "", *problem)]),
    };
    if !tree.reading().complete {
        return blocked();
    }
    let (extent, changes, problems) = compatible::prove(&baseline, &tree.reading().document);
    // A break that the version announces is one that the SDK of then may stumble over.
    let breaks = changes
        .iter()
        .any(|reported| reported.change.class == Class::Breaking);
    let mut findings = vec![Finding::new(subject, extent, problems).with_changes(changes)];
    if let (true, Some(revision)) = (tree.scope.full, &baseline.revision) {
        let (extent, problems) = if breaks {
            let extent = "not run: callers of then have to change".to_owned();
            (extent, Problems::new())
        } else {
            compatible::released::prove(tree.project, revision, against)
        };
        let subject = format!("the SDK of {against}");
        findings.push(Finding::new(subject, extent, problems));
    }
    Outcome::Ran(findings)
}

/// A proof that cannot say anything while the document is wrong.
fn blocked() -> Outcome {
    Outcome::LeftOut("the document has to be right first".to_owned())
}

/// A proof whose program does not compile with what is generated now.
fn not_generated() -> Outcome {
    Outcome::LeftOut("what is stale has to be generated first".to_owned())
}

/// The command that comes next: it repairs what is stale, or tells more about what is wrong.
#[must_use]
pub fn repair(findings: &Findings) -> Option<String> {
    let problems = findings.problems();
    match problems.verdict()? {
        Verdict::Stale => Some("cargo xtask generate".to_owned()),
        Verdict::Wrong => {
            let wrong = |problem: &&Problem| problem.verdict == Verdict::Wrong;
            let first = problems.iter().find(wrong)?;
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
        let numbers: Vec<u8> = PROOFS.iter().map(|row| row.proof.number()).collect();
        assert_eq!(numbers, (0..9).collect::<Vec<u8>>());
    }
}
