//! The proofs that need nothing but values: what they say about a document that is not on disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;

use super::MutateError;
use super::drift::{is_documentation, walk};
use crate::artefact::{Artefact, digest};
use crate::canonical;
use crate::check::judge::{Evidence, closed_world, losses, server_says};
use crate::check::{Proof, Scope, Tree};
use crate::document::Document;
use crate::lint;
use crate::lower::lower;
use crate::plan;
use crate::problem::Problems;
use crate::prove::lift::inline;
use crate::prove::sdk;
use crate::{sdk_gen, server_gen};

/// The unchanged project, against which documents are judged.
#[derive(Debug)]
pub struct Judge {
    /// The unchanged document.
    pub document: Document,
    evidence: Evidence,
    inert: OnceLock<bool>,
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
        let scope = Scope::FAST;
        let evidence = Tree::of(root, &scope).evidence().map_err(not_in_order)?;
        let judge = Self {
            document,
            evidence,
            inert: OnceLock::new(),
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

    /// The first proof that objects, the cheapest asked first; nothing when all are content.
    #[must_use]
    pub fn judge(&self, document: &Document) -> Option<Objection> {
        let found = |proof, problems: Problems| {
            (!problems.is_empty()).then_some(Objection { proof, problems })
        };
        found(Proof::ServerSays, server_says(document, &self.evidence))
            .or_else(|| found(Proof::Document, lint::lint(document)))
            .or_else(|| {
                let mut accepted = self.evidence.lowering_accepted.clone();
                let lossy = lower(&document.value).losses;
                found(Proof::Artefacts, losses(document, &lossy, &mut accepted))
            })
            .or_else(|| found(Proof::ClosedWorld, closed_world(document, &self.evidence)))
            .or_else(|| {
                let (_, problems) = sdk::judge(document, &self.evidence.sdk);
                found(Proof::Sdk, problems)
            })
    }

    /// Why a document means the same as the unchanged one, if that can be shown.
    #[must_use]
    pub fn equivalence(&self, document: &Document) -> Option<&'static str> {
        if canonical::canonical(&document.value) == canonical::canonical(&self.document.value) {
            return Some("both have one canonical form");
        }
        if written_out(&document.value) == written_out(&self.document.value) {
            return Some(
                "the name of a shared part is said to nobody: written out, both are the same",
            );
        }
        None
    }

    /// Whether nothing that only explains has any part in the code: with all of it changed, server and
    /// SDK come out the same, comments aside. Found out once.
    pub fn documentation_is_inert(&self) -> bool {
        *self.inert.get_or_init(|| {
            let mut other = self.document.clone();
            other.value = explained_otherwise(&other.value);
            self.has_the_same_code(&other)
        })
    }

    /// Whether server and SDK come out of a document as they do of the unchanged one, comments aside.
    #[must_use]
    pub fn has_the_same_code(&self, document: &Document) -> bool {
        code(document).is_ok_and(|other| Ok(other) == code(&self.document))
    }
}

/// The document with everything changed that only explains.
fn explained_otherwise(document: &Value) -> Value {
    let mut other = document.clone();
    let mut explaining = Vec::new();
    walk(document, "", &mut |at, value| {
        if is_documentation(at) && !value.is_object() && !value.is_array() {
            explaining.push(at.to_owned());
        }
    });
    for at in explaining {
        if let Some(value) = other.pointer_mut(&at) {
            let text = value.as_str().unwrap_or_default();
            *value = Value::from(format!("{text} changed"));
        }
    }
    other
}

/// The generated Rust, without its headers and comments.
fn code(document: &Document) -> Result<Vec<(PathBuf, String)>, Problems> {
    let mut artefacts: Vec<Artefact> = server_gen::generate(document)?;
    artefacts.extend(sdk_gen::generate(document)?.0);
    Ok(artefacts
        .into_iter()
        .map(|artefact| {
            let text = without_block_comments(&artefact.content);
            let code: Vec<&str> = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect();
            (artefact.path, code.join("\n"))
        })
        .collect())
}

/// Documentation of several lines is printed as a block.
fn without_block_comments(text: &str) -> String {
    let mut parts = text.split("/**");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |kept, part| {
        kept + part.split_once("*/").map_or("", |(_, rest)| rest)
    })
}

/// The canonical form with all shared parts but schemas written out where they are used.
fn written_out(document: &Value) -> Value {
    let mut value = canonical::canonical(document);
    inline(&mut value, document);
    if let Some(components) = value.get_mut("components").and_then(Value::as_object_mut) {
        components.retain(|kind, _| kind == "schemas" || kind == "securitySchemes");
    }
    canonical::canonical(&value)
}
