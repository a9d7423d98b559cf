//! Drifts of the hand-written half: all compiled in at once, switched on one at a time, judged by what travels.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::document::Document;
use crate::mutate::MutateError;
use crate::mutate::bench::{Bench, Patch};
use crate::mutate::catalogue::Entry;
use crate::mutate::outcome::{Kind, Outcome, Verdict};
use crate::mutate::server::splice::{Alternative, splice};
use crate::problem::Problems;
use crate::prove::started::{self, Started, With};

/// Tells the copy which mutant is on.
const SWITCH: &str = "TESSERA_MUTANT";

/// What the drifts ask, in the library of the copy's SDK.
const SWITCHES: &str = "
pub(crate) fn mutant(id: &str) -> bool {
    static ON: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    ON.get_or_init(|| std::env::var(\"TESSERA_MUTANT\").ok()).as_deref() == Some(id)
}
";

/// One way in which the hand-written half could come to differ from the document.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    /// Its name.
    pub id: String,
    /// The sort of thing that drifts.
    pub operator: String,
    /// What a caller meets.
    meets: String,
    /// The rule of the finding that is to be expected.
    at: String,
    /// Why no answer and no request can show it; nothing for a drift that matters.
    #[serde(default)]
    equivalent: Option<String>,
    /// What is different in the sources.
    edits: Vec<Edit>,
}

/// One place that a drift changes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    file: PathBuf,
    find: String,
    drift: String,
}

impl Written {
    /// The outcome with this verdict.
    pub fn outcome(&self, verdict: Verdict) -> Outcome {
        let file = self
            .edits
            .first()
            .map(|edit| edit.file.display().to_string());
        Outcome {
            id: self.id.clone(),
            kind: Kind::Sdk,
            operator: self.operator.clone(),
            place: file.unwrap_or_default(),
            verdict,
        }
    }
}

impl Entry for Written {
    fn id(&self) -> &str {
        &self.id
    }
}

/// The built copy with all drifts in it.
pub(super) struct Rig<'a> {
    executable: PathBuf,
    bench: Bench,
    document: &'a Document,
}

impl<'a> Rig<'a> {
    /// Builds the copy, and makes sure that it is in order while no mutant is on.
    ///
    /// # Errors
    /// When the catalogue does not fit the project, or the unchanged SDK is not in order.
    pub fn new(root: &Path, document: &'a Document, all: &[Written]) -> Result<Self, MutateError> {
        let bench = Bench::lay_out(root, "sdk", &patches(root, all)?)?;
        let rig = Self {
            executable: bench.build()?,
            bench,
            document,
        };
        rig.prove(None)
            .into_result(())
            .map_err(MutateError::NotInOrder)?;
        Ok(rig)
    }

    /// Switches one drift on and looks at what the proof says.
    pub fn judge(&self, drift: &Written) -> Outcome {
        let problems = self.prove(Some(&drift.id));
        let expected = problems
            .iter()
            .find(|problem| problem.rule.id() == drift.at);
        let telling = expected.or_else(|| problems.iter().next());
        let verdict = match (telling, &drift.equivalent) {
            (Some(problem), _) => Verdict::Caught {
                proof: Started::Sdk.name().to_owned(),
                rule: problem.rule.id().to_owned(),
                at: format!("{}: {}", problem.place.pointer, problem.message),
                on_place: expected.is_some(),
            },
            (None, Some(reason)) => Verdict::Equivalent {
                reason: reason.clone(),
            },
            (None, None) => Verdict::Missed {
                note: drift.meets.clone(),
            },
        };
        drift.outcome(verdict)
    }

    fn prove(&self, mutant: Option<&str>) -> Problems {
        let switch = mutant.map(|id| (SWITCH.into(), id.into()));
        let with = With {
            environment: switch.into_iter().collect(),
            ..With::default()
        };
        let which = [Started::Sdk];
        let ran = started::run(
            &self.executable,
            self.bench.tree(),
            self.document,
            &which,
            &with,
        );
        let mut problems = Problems::new();
        for ran in ran {
            problems.extend(ran.problems);
        }
        problems
    }
}

/// What makes the project the one with all drifts in it.
fn patches(root: &Path, drifts: &[Written]) -> Result<Vec<Patch>, MutateError> {
    let mut by_file: BTreeMap<&Path, Vec<Alternative<'_>>> = BTreeMap::new();
    for drift in drifts {
        for edit in &drift.edits {
            by_file.entry(&edit.file).or_default().push(Alternative {
                id: &drift.id,
                find: &edit.find,
                drift: &edit.drift,
            });
        }
    }
    let mut patches = Vec::new();
    let mut unfit = Vec::new();
    for (file, alternatives) in by_file {
        let text = fs::read_to_string(root.join(file))
            .map_err(|error| MutateError::Unavailable(format!("{}: {error}", file.display())))?;
        match splice(&text, &alternatives) {
            Ok(replace) => patches.push(Patch::whole(file, text, replace)),
            Err(error) => unfit.push(format!("{}: {error}", file.display())),
        }
    }
    if !unfit.is_empty() {
        return Err(MutateError::Unavailable(unfit.join("\n")));
    }
    let library = "client-sdk/src/lib.rs";
    let text = fs::read_to_string(root.join(library))?;
    let extended = format!("{text}{SWITCHES}");
    patches.push(Patch::whole(Path::new(library), text, extended));
    Ok(patches)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_fits_the_committed_sdk() {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        let drifts: Vec<Written> =
            crate::mutate::catalogue::read(root, Kind::Sdk).expect("the catalogue is understood");
        assert!(drifts.len() >= 50, "{} are too few", drifts.len());
        patches(root, &drifts).map(drop).expect("it fits");
    }
}
