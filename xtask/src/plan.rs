//! From the files on disk to everything that should be generated from them, without writing anything.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::artefact::Artefact;
use crate::document::Document;
use crate::load::{self, SourceText};
use crate::lower::LossyEdit;
use crate::problem::{Place, Problem, Problems, Rule};
use crate::{lint, merge, sdk_gen, server_gen};

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

/// Reads, merges and lints the authored files below `project`.
///
/// # Errors
/// Everything that is wrong with them.
pub fn document(project: &Path) -> Result<Document, Problems> {
    document_from(&load::read(project)?)
}

/// The same for texts that need not be on disk; the first is the root file.
///
/// # Errors
/// Everything that is wrong with them.
pub fn document_from(texts: &[SourceText]) -> Result<Document, Problems> {
    let mut problems = Problems::new();
    let Some(sources) = load::parse(texts, &mut problems) else {
        problems.sort();
        return Err(problems);
    };
    let before = problems.len();
    let document = merge::merge(&sources, &mut problems);
    // After a collision half of one side is missing; what the rules would say about the rest is noise.
    if problems.len() == before {
        problems.extend(lint::lint(&document));
    }
    problems.sort();
    problems.into_result(document)
}

/// The document of `project` and all that is generated from it.
///
/// # Errors
/// Everything that is wrong with the document, or else everything that a generator cannot express.
pub fn plan(project: &Path) -> Result<Plan, Problems> {
    let document = document(project)?;
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
    problems.into_result(Plan {
        document,
        artefacts,
        lossy,
    })
}
