//! From the files on disk to everything that should be generated from them, without writing anything.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::artefact::Artefact;
use crate::document::Document;
use crate::load::{self, SourceText};
use crate::lower::LossyEdit;
use crate::problem::{Place, Problem, Problems, Rule};
use crate::{glance, lint, merge, sdk_gen, server_gen, spelling};

/// What the document says should be in the tree.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The merged document.
    pub document: Document,
    /// All generated files, each path once.
    pub artefacts: Vec<Artefact>,
    /// What the SDK's document lost on its way to 3.0.3.
    pub lossy: Vec<LossyEdit>,
}

/// What the authored files amount to, with everything that is wrong with them.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The merged document; with `complete` unset only what could be read of it.
    pub document: Document,
    /// Whether every file was read and merged.
    pub complete: bool,
    /// Everything that is wrong.
    pub problems: Problems,
}

/// Reads, merges and lints the authored files below `project`.
#[must_use]
pub fn read(project: &Path) -> Reading {
    match load::read(project) {
        Ok(texts) => read_from(&texts),
        Err(problems) => Reading {
            problems,
            ..Reading::default()
        },
    }
}

/// The same for texts that need not be on disk; the first is the root file.
#[must_use]
pub fn read_from(texts: &[SourceText]) -> Reading {
    let mut reading = Reading::default();
    if let Some(sources) = load::parse(texts, &mut reading.problems) {
        let before = reading.problems.len();
        reading.document = merge::merge(&sources, &mut reading.problems);
        spelling::unify(&mut reading.document);
        // After a collision half of one side is missing; what the rules would say about the rest is noise.
        reading.complete = reading.problems.len() == before;
        if reading.complete {
            reading.problems.extend(lint::lint(&reading.document));
        }
    }
    reading.problems.sort();
    reading
}

/// The document of `project`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn document(project: &Path) -> Result<Document, Problems> {
    let reading = read(project);
    reading.problems.into_result(reading.document)
}

/// The same for texts that need not be on disk; the first is the root file.
///
/// # Errors
/// Everything that is wrong with them.
pub fn document_from(texts: &[SourceText]) -> Result<Document, Problems> {
    let reading = read_from(texts);
    reading.problems.into_result(reading.document)
}

/// The document of `project` and all that is generated from it.
///
/// # Errors
/// Everything that is wrong with the document, or else everything that a generator cannot express.
pub fn plan(project: &Path) -> Result<Plan, Problems> {
    let (plan, problems) = in_tree(project, document(project)?);
    problems.into_result(plan)
}

/// Everything that is generated into the tree of `project` from a sound document, and what could not be.
#[must_use]
pub fn in_tree(project: &Path, document: Document) -> (Plan, Problems) {
    let (mut plan, problems) = artefacts(document);
    plan.artefacts
        .extend(glance::readme(project, &plan.document));
    (plan, problems)
}

/// Everything that follows from a sound document alone, and what could not be generated.
#[must_use]
pub fn artefacts(document: Document) -> (Plan, Problems) {
    let mut problems = Problems::new();
    let mut artefacts = vec![merge::artefact(&document)];
    let mut lossy = Vec::new();
    match server_gen::generate(&document) {
        Ok(files) => artefacts.extend(files),
        Err(found) => problems.extend(found),
    }
    match sdk_gen::generate(&document) {
        Ok((files, lost)) => {
            artefacts.extend(files);
            lossy = lost;
        }
        Err(found) => problems.extend(found),
    }
    let mut paths: BTreeMap<&PathBuf, usize> = BTreeMap::new();
    for artefact in &artefacts {
        *paths.entry(&artefact.path).or_default() += 1;
    }
    for (path, count) in paths {
        if count > 1 {
            problems.push(Problem::wrong(
                Rule::GeneratorFault,
                Place::file(path),
                format!("the file is generated {count} times"),
            ));
        }
    }
    let plan = Plan {
        document,
        artefacts,
        lossy,
    };
    (plan, problems)
}
