//! The catalogues of mutants that are written by hand: `xtask/mutants/<kind>/*.yaml`, lists of named entries.

use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;

use super::MutateError;
use super::outcome::Kind;
use crate::problem::Problems;
use crate::yaml;

/// Where the catalogues are, relative to the root of the project.
pub const FOLDER: &str = "xtask/mutants";

/// An entry of a catalogue.
pub trait Entry: DeserializeOwned {
    /// Its name, which no other entry of the catalogue has.
    fn id(&self) -> &str;
}

/// Reads the catalogue of a kind, in the order of its files and of the entries in them.
///
/// # Errors
/// When a file cannot be read or understood, or two entries have one name.
pub fn read<T: Entry>(project: &Path, kind: Kind) -> Result<Vec<T>, MutateError> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(project.join(FOLDER).join(kind.name()))? {
        paths.push(entry?.path());
    }
    paths.sort();
    let mut all: Vec<T> = Vec::new();
    for path in paths {
        let mut problems = Problems::new();
        let text = fs::read_to_string(&path)?;
        let shown = path.strip_prefix(project).unwrap_or(&path);
        let parsed = yaml::parse(shown, &text, &mut problems);
        let Some(parsed) = parsed.filter(|_| problems.is_empty()) else {
            return Err(MutateError::NotInOrder(problems));
        };
        let entries: Vec<T> = serde_json::from_value(parsed.value)
            .map_err(|error| MutateError::Unavailable(format!("{}: {error}", shown.display())))?;
        for entry in entries {
            if all.iter().any(|known| known.id() == entry.id()) {
                let twice = format!("{}: {} is there twice", shown.display(), entry.id());
                return Err(MutateError::Unavailable(twice));
            }
            all.push(entry);
        }
    }
    Ok(all)
}
