//! The catalogue of server drifts: `xtask/mutants/server/*.yaml`.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::mutate::MutateError;
use crate::problem::Problems;
use crate::yaml;

/// Where the catalogue is, relative to the root of the project.
const FOLDER: &str = "xtask/mutants/server";

/// One way in which the server could come to differ from the document.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// Its name.
    pub id: String,
    /// The sort of thing that drifts; a sample has some of each.
    pub operator: String,
    /// What a caller meets.
    pub meets: String,
    /// JSON pointers of the places in the document that it contradicts; a finding at, above or below one is on place.
    pub at: Vec<String>,
    /// The proof that should object.
    pub by: By,
    /// What is different in the sources. More than one thing where the server has two guards.
    pub edits: Vec<Edit>,
}

/// One place that a drift changes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// The file, relative to the root of the project.
    pub file: PathBuf,
    /// The place in it; see [`splice`](super::splice).
    pub find: String,
    /// What stands there instead.
    pub drift: String,
}

/// The proofs that look at a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// What the server says of itself.
    Emitted,
    /// Every unmatched path and method.
    Closed,
    /// What is served about the document itself.
    Served,
    /// Every request the document allows and forbids.
    Live,
}

impl By {
    /// All of them, cheapest first.
    pub const ALL: [Self; 4] = [Self::Emitted, Self::Served, Self::Closed, Self::Live];
}

/// Reads the catalogue of `project`, in the order of its files and of the entries in them.
///
/// # Errors
/// When a file cannot be read or understood, or two entries have one name.
pub fn read(project: &Path) -> Result<Vec<Drift>, MutateError> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(project.join(FOLDER))? {
        paths.push(entry?.path());
    }
    paths.sort();
    let mut all: Vec<Drift> = Vec::new();
    for path in paths {
        let mut problems = Problems::new();
        let text = fs::read_to_string(&path)?;
        let shown = path.strip_prefix(project).unwrap_or(&path);
        let parsed = yaml::parse(shown, &text, &mut problems);
        let Some(parsed) = parsed.filter(|_| problems.is_empty()) else {
            return Err(MutateError::NotInOrder(problems));
        };
        let drifts: Vec<Drift> = serde_json::from_value(parsed.value)
            .map_err(|error| MutateError::Unavailable(format!("{}: {error}", shown.display())))?;
        for drift in drifts {
            if all.iter().any(|known| known.id == drift.id) {
                let twice = format!("{}: {} is there twice", shown.display(), drift.id);
                return Err(MutateError::Unavailable(twice));
            }
            all.push(drift);
        }
    }
    Ok(all)
}
