//! What the proofs see of a project: read once, asked for once.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;

use super::judge::Evidence;
use super::{LOWERING, Scope};
use crate::document::is_within;
use crate::fresh;
use crate::lint::sites::{self, Kind};
use crate::load;
use crate::plan::{self, Plan, Reading};
use crate::problem::{Place, Problem, Problems, Rule};
use crate::prove::accepted::Accepted;
use crate::prove::sdk::{self, Sources};
use crate::prove::started::{self, Ran, Started, With};
use crate::prove::{closed, emitted};

/// A project that is being looked at; each part is looked at when a proof first wants it.
#[derive(Debug)]
pub struct Tree<'a> {
    /// Where it is.
    pub project: &'a Path,
    /// What is asked for.
    pub scope: &'a Scope,
    reading: OnceLock<Reading>,
    plan: OnceLock<Option<(Plan, Problems)>>,
    binary: OnceLock<Result<PathBuf, Box<Problem>>>,
    emitted: OnceLock<Result<Value, Box<Problem>>>,
    mounted: OnceLock<Result<Value, Box<Problem>>>,
    started: OnceLock<Vec<Ran>>,
}

impl<'a> Tree<'a> {
    /// Nothing is read yet.
    #[must_use]
    pub const fn of(project: &'a Path, scope: &'a Scope) -> Self {
        Self {
            project,
            scope,
            reading: OnceLock::new(),
            plan: OnceLock::new(),
            binary: OnceLock::new(),
            emitted: OnceLock::new(),
            mounted: OnceLock::new(),
            started: OnceLock::new(),
        }
    }

    /// Its authored files.
    #[must_use]
    pub fn reading(&self) -> &Reading {
        self.reading.get_or_init(|| plan::read(self.project))
    }

    /// What they generate, and what no generator can express; nothing while they are wrong.
    #[must_use]
    pub fn plan(&self) -> Option<&(Plan, Problems)> {
        let plan = self.plan.get_or_init(|| {
            let reading = self.reading();
            let sound = reading.complete && reading.problems.is_empty();
            sound.then(|| plan::in_tree(self.project, reading.document.clone()))
        });
        plan.as_ref()
    }

    /// Whether something of what is generated is not what it should be, so that nothing need compile.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.plan().is_some_and(|(plan, _)| {
            let mut artefacts = plan.artefacts.iter();
            artefacts.any(|artefact| fresh::difference(self.project, artefact).is_some())
        })
    }

    /// What the server emits about itself; it is asked once.
    ///
    /// # Errors
    /// Why that is not known.
    pub fn emitted(&self) -> Result<&Value, &Problem> {
        self.emitted
            .get_or_init(|| emitted::ask(self.project, self.binary()?))
            .as_ref()
            .map_err(AsRef::as_ref)
    }

    /// What the server says it mounts; it is asked once.
    ///
    /// # Errors
    /// Why that is not known.
    pub fn mounted(&self) -> Result<&Value, &Problem> {
        self.mounted
            .get_or_init(|| closed::ask(self.project, self.binary()?))
            .as_ref()
            .map_err(AsRef::as_ref)
    }

    /// The server's binary; it is built once.
    fn binary(&self) -> Result<&Path, Box<Problem>> {
        let built = self.binary.get_or_init(|| emitted::build(self.project));
        built.as_deref().map_err(Clone::clone)
    }

    /// What the started proof of that name found; all of them are run together.
    #[must_use]
    pub fn started(&self, proof: Started) -> Option<&Ran> {
        let ran = self.started.get_or_init(|| {
            let with = With {
                seed: self.scope.seed,
                ..With::default()
            };
            let document = &self.reading().document;
            started::prove(self.project, document, &Started::ALL, &with)
        });
        ran.iter().find(|ran| ran.proof == proof)
    }

    /// Starts what takes long and needs no thought here, so that it is there when a proof wants it.
    pub fn ask_ahead(&self) {
        if self.scope.server {
            let _ = (self.emitted(), self.mounted());
        }
        if self.scope.full && self.reading().complete {
            let _ = self.started(Started::Live);
        }
    }

    /// What the document is compared with, for proofs over documents that are not on disk.
    ///
    /// # Errors
    /// Everything of it that is not there.
    pub fn evidence(&self) -> Result<Evidence, Problems> {
        let mut problems = Problems::new();
        let mut list = |file| {
            Accepted::read(self.project, file).unwrap_or_else(|found| {
                problems.extend(found);
                Accepted::default()
            })
        };
        let (emitted_accepted, lowering_accepted) = (list(emitted::ACCEPTED), list(LOWERING));
        let sdk = Sources::read(self.project).unwrap_or_else(|error| {
            let place = Place::file(sdk::FOLDER);
            problems.push(Problem::wrong(
                Rule::UnreadableFile,
                place,
                error.to_string(),
            ));
            Sources::default()
        });
        let allowed = closed::allowed(self.project).unwrap_or_else(|found| {
            problems.extend(found);
            Vec::new()
        });
        let mut said = |asked: Result<&Value, &Problem>| match asked {
            Ok(said) => said.clone(),
            Err(problem) => {
                problems.push(problem.clone());
                Value::Null
            }
        };
        let (emitted, mounted) = (said(self.emitted()), said(self.mounted()));
        problems.into_result(Evidence {
            emitted,
            emitted_accepted,
            mounted,
            allowed,
            lowering_accepted,
            sdk,
        })
    }

    /// Those problems that are not about a place of the document that is known to be wrong.
    #[must_use]
    pub fn besides(&self, problems: Problems) -> Problems {
        // A problem of the document as a whole says nothing of its places.
        let known = |pointer: &str| {
            self.reading().problems.iter().any(|problem| {
                let place = &problem.place.pointer;
                !place.is_empty() && is_within(pointer, place)
            })
        };
        let mut others = Problems::new();
        others.extend(
            problems
                .into_iter()
                .filter(|problem| !known(&problem.place.pointer)),
        );
        others
    }

    /// How many operations and schemas the document has.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        let document = &self.reading().document;
        let operations = sites::sites(document)
            .iter()
            .filter(|site| site.kind == Kind::Operation)
            .count();
        let schemas = document
            .get("/components/schemas")
            .and_then(Value::as_object)
            .map_or(0, serde_json::Map::len);
        (operations, schemas)
    }

    /// The dialects: the document's tags, or the fragments when it cannot be read.
    #[must_use]
    pub fn dialects(&self) -> Vec<String> {
        let tags = self
            .reading()
            .document
            .get("/tags")
            .and_then(Value::as_array);
        let tags: Vec<String> = tags
            .into_iter()
            .flatten()
            .filter_map(|tag| tag.get("name")?.as_str().map(str::to_owned))
            .collect();
        if self.reading().complete {
            return tags;
        }
        let fragments = fs::read_dir(self.project.join(load::FRAGMENTS));
        let stems = fragments
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let stem = entry.path().file_stem()?.to_str()?.to_owned();
                Some(stem)
            });
        tags.into_iter().chain(stems).collect()
    }
}

#[cfg(test)]
impl<'a> Tree<'a> {
    /// A project that was read, and of which it is known what the started proofs found.
    #[must_use]
    pub fn started_already(project: &'a Path, scope: &'a Scope, ran: Vec<Ran>) -> Self {
        let reading = Reading {
            complete: true,
            ..Reading::default()
        };
        Self {
            reading: reading.into(),
            started: ran.into(),
            ..Self::of(project, scope)
        }
    }
}
