//! The proofs that need nothing but values: what they say about a document that is not on disk.

use std::fs;
use std::path::{Path, PathBuf};

use super::MutateError;
use crate::artefact::{Artefact, Header, digest};
use crate::canonical;
use crate::check::judge::{Evidence, closed_world, losses, server_says};
use crate::check::{LOWERING, Proof};
use crate::document::Document;
use crate::lint;
use crate::lower::lower;
use crate::plan;
use crate::problem::{Problem, Problems};
use crate::prove::accepted::Accepted;
use crate::prove::{closed, emitted, sdk};
use crate::{sdk_gen, server_gen};

/// The unchanged project, against which documents are judged.
#[derive(Debug)]
pub struct Judge {
    /// The unchanged document.
    pub document: Document,
    evidence: Evidence,
    code: Vec<(PathBuf, String)>,
}

/// What the first proof that objected has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// The proof.
    pub proof: Proof,
    /// Its findings.
    pub problems: Problems,
}

impl Judge {
    /// Reads the project, and asks its server once for what it emits.
    ///
    /// # Errors
    /// When the unchanged project is not in order.
    pub fn new(root: &Path) -> Result<Self, MutateError> {
        let not_in_order = MutateError::NotInOrder;
        let document = plan::document(root).map_err(not_in_order)?;
        let unasked = |problem: Box<Problem>| MutateError::NotInOrder((*problem).into());
        let binary = emitted::build(root).map_err(unasked)?;
        let evidence = Evidence {
            emitted: emitted::ask(root, &binary).map_err(unasked)?,
            mounted: closed::ask(root, &binary).map_err(unasked)?,
            allowed: closed::allowed(root).map_err(not_in_order)?,
            emitted_accepted: Accepted::read(root, emitted::ACCEPTED).map_err(not_in_order)?,
            lowering_accepted: Accepted::read(root, LOWERING).map_err(not_in_order)?,
            sdk: fs::read_to_string(root.join(sdk::FILE))?,
        };
        let code = code(&document).map_err(not_in_order)?;
        let judge = Self {
            document,
            evidence,
            code,
        };
        match judge.judge(&judge.document) {
            None => Ok(judge),
            Some(objection) => Err(MutateError::NotInOrder(objection.problems)),
        }
    }

    /// A digest of everything that a judgement depends on: what is compared, and this program.
    #[must_use]
    pub fn inputs(&self) -> String {
        let program = std::env::current_exe()
            .and_then(fs::metadata)
            .and_then(|metadata| Ok((metadata.len(), metadata.modified()?)));
        let program = program.ok();
        digest(&format!(
            "{}{:?}{program:?}",
            self.document.value, self.evidence
        ))
    }

    /// The first proof that objects, in the order in which `check` asks them; nothing when all are content.
    #[must_use]
    pub fn judge(&self, document: &Document) -> Option<Objection> {
        let found = |proof, problems: Problems| {
            (!problems.is_empty()).then_some(Objection { proof, problems })
        };
        let lossy = || lower(&document.value).losses;
        found(Proof::Document, lint::lint(document))
            .or_else(|| found(Proof::ServerSays, server_says(document, &self.evidence)))
            .or_else(|| {
                let mut accepted = self.evidence.lowering_accepted.clone();
                found(Proof::Artefacts, losses(document, &lossy(), &mut accepted))
            })
            .or_else(|| found(Proof::ClosedWorld, closed_world(document, &self.evidence)))
            .or_else(|| {
                let (_, problems) = sdk::judge(document, &self.evidence.sdk, &lossy());
                found(Proof::Sdk, problems)
            })
    }

    /// Why a document means the same as the unchanged one, if that can be shown.
    #[must_use]
    pub fn equivalence(&self, document: &Document) -> Option<&'static str> {
        if canonical::canonical(&document.value) == canonical::canonical(&self.document.value) {
            return Some("both have one canonical form");
        }
        None
    }

    /// Whether server and SDK come out the same, their headers aside.
    #[must_use]
    pub fn same_code(&self, document: &Document) -> bool {
        code(document).is_ok_and(|code| code == self.code)
    }
}

/// The generated Rust, without the digests in its headers.
fn code(document: &Document) -> Result<Vec<(PathBuf, String)>, Problems> {
    let mut artefacts: Vec<Artefact> = server_gen::generate(document)?;
    artefacts.extend(sdk_gen::generate(document)?.0);
    Ok(artefacts
        .into_iter()
        .map(|artefact| {
            let body = Header::parse(&artefact.content).map(|header| header.body.to_owned());
            (artefact.path, body.unwrap_or(artefact.content))
        })
        .collect())
}
