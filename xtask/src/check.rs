//! `cargo xtask check`: regenerates in memory, runs the proofs, and says how each thing stands.

use std::path::Path;

use crate::document::Document;
use crate::fresh::{self, State};
use crate::plan::{self, Plan};
use crate::problem::{Problem, Problems, Rule, Verdict};
use crate::prove::accepted::Accepted;
use crate::prove::{emitted, layers, sdk};

/// The list of losses that the lowering may have.
pub const LOWERING: &str = "xtask/accepted/lowering.json";

/// What one line of the report is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub subject: String,
    /// How much of it there was.
    pub extent: String,
    /// What is wrong with it.
    pub problems: Problems,
}

impl Finding {
    /// How the subject stands; `None` when it is as it should be.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        self.problems.verdict()
    }
}

/// Everything `check` found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// One for each generated file and each proof.
    pub findings: Vec<Finding>,
    /// Proofs that were not asked for.
    pub left_out: Vec<String>,
}

impl Findings {
    /// All problems, in the order of the findings.
    #[must_use]
    pub fn problems(&self) -> Problems {
        let mut all = Problems::new();
        for finding in &self.findings {
            all.extend(finding.problems.clone());
        }
        all
    }

    fn add(&mut self, subject: &str, extent: impl Into<String>, problems: Problems) {
        self.findings.push(Finding {
            subject: subject.to_owned(),
            extent: extent.into(),
            problems,
        });
    }
}

/// Which proofs are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Whether the server is built and asked for what it emits.
    pub server: bool,
}

/// Looks at everything below `project`.
#[must_use]
pub fn check(project: &Path, scope: Scope) -> Findings {
    let mut findings = Findings::default();
    let plan = match plan::plan(project) {
        Ok(plan) => plan,
        Err(problems) => {
            findings.add("the document", "", problems);
            findings
                .left_out
                .push("everything that is generated from it".to_owned());
            return findings;
        }
    };
    let (operations, schemas) = (
        operations(&plan.document),
        count(&plan.document, "/components/schemas"),
    );
    findings.add(
        "the document",
        format!("{operations} operations, {schemas} schemas"),
        Problems::new(),
    );
    freshness(project, &plan, &mut findings);
    lossy(project, &plan, &mut findings);
    let (operations, problems) = sdk::prove(project, &plan.document, &plan.lossy);
    findings.add(
        "the SDK's operations",
        format!("{operations} operations"),
        problems,
    );
    let (files, problems) = layers::prove(project, &tags(&plan.document));
    findings.add("layers", format!("{files} files"), problems);
    if scope.server {
        server(project, &plan.document, &mut findings);
    } else {
        findings.left_out.push("what the server emits".to_owned());
    }
    findings
}

fn freshness(project: &Path, plan: &Plan, findings: &mut Findings) {
    for artefact in &plan.artefacts {
        let mut problems = Problems::new();
        if let State::Different(problem) = fresh::state(project, artefact) {
            problems.push(problem);
        }
        findings.add(&artefact.path.display().to_string(), "", problems);
    }
    for orphan in fresh::orphans(project, &plan.artefacts) {
        let subject = orphan.place.file.display().to_string();
        findings.add(&subject, "", orphan.into());
    }
}

fn lossy(project: &Path, plan: &Plan, findings: &mut Findings) {
    let mut problems = Problems::new();
    match Accepted::read(project, LOWERING) {
        Ok(mut accepted) => {
            for edit in &plan.lossy {
                if !accepted.accepts(Some(&edit.kind), &edit.pointer) {
                    let message = format!(
                        "the SDK's document loses something ({}): {}",
                        edit.kind, edit.lost
                    );
                    problems.push(Problem::wrong(
                        Rule::LossyEdit,
                        plan.document.place(&edit.pointer),
                        message,
                    ));
                }
            }
            problems.extend(accepted.unused());
        }
        Err(found) => problems.extend(found),
    }
    findings.add(
        "the SDK's losses",
        format!("{} accepted", plan.lossy.len()),
        problems,
    );
}

fn server(project: &Path, document: &Document, findings: &mut Findings) {
    let mut problems = Problems::new();
    let mut accepted_count = 0;
    match (
        emitted::ask(project),
        Accepted::read(project, emitted::ACCEPTED),
    ) {
        (Ok(emitted), Ok(mut accepted)) => {
            problems.extend(emitted::compare(document, &emitted, &mut accepted));
            accepted_count = accepted.len();
        }
        (asked, read) => {
            problems.extend(asked.err().map(|problem| *problem));
            problems.extend(read.err().into_iter().flatten());
        }
    }
    findings.add(
        "what the server emits",
        format!("{accepted_count} differences accepted"),
        problems,
    );
}

fn tags(document: &Document) -> Vec<String> {
    let tags = document.get("/tags").and_then(serde_json::Value::as_array);
    tags.into_iter()
        .flatten()
        .filter_map(|tag| tag.get("name")?.as_str().map(str::to_owned))
        .collect()
}

fn count(document: &Document, pointer: &str) -> usize {
    document
        .get(pointer)
        .and_then(serde_json::Value::as_object)
        .map_or(0, serde_json::Map::len)
}

fn operations(document: &Document) -> usize {
    crate::lint::sites::sites(document)
        .iter()
        .filter(|site| site.kind == crate::lint::sites::Kind::Operation)
        .count()
}

/// The command that repairs everything that a command can repair.
#[must_use]
pub fn repair(findings: &Findings) -> Option<String> {
    let stale = findings
        .problems()
        .iter()
        .any(|problem| problem.verdict == Verdict::Stale);
    stale.then(|| "cargo xtask generate".to_owned())
}
