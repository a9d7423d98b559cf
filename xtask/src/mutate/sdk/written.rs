//! Drifts of the hand-written half: all compiled in at once, switched on one at a time, judged by what travels.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::document::Document;
use crate::mutate::MutateError;
use crate::mutate::bench::{Bench, Patch};
use crate::mutate::catalogue::Entry;
use crate::mutate::outcome::{Kind, Outcome, Verdict};
use crate::mutate::switched::{self, Edit};
use crate::problem::Problems;
use crate::prove::started::{self, Started, With};

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

/// How long the proof may take; some drifts make a client wait for ever.
const TIME_LIMIT: Duration = Duration::from_secs(60);

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
        let with = With {
            environment: switched::environment(mutant),
            limit: Some(TIME_LIMIT),
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
    let drifts = drifts
        .iter()
        .map(|drift| (drift.id.as_str(), drift.edits.as_slice()));
    switched::patches(root, drifts, "client-sdk/src/lib.rs", SWITCHES)
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
