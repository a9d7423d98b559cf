//! Drifts that are all compiled into one copy of the project and switched on one at a time.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::MutateError;
use super::bench::Patch;
use super::splice::{Alternative, splice};

/// Tells the copy which mutant is on.
pub const SWITCH: &str = "TESSERA_MUTANT";

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

/// The environment in which that mutant is on, or none of them.
#[must_use]
pub fn environment(mutant: Option<&str>) -> Vec<(OsString, OsString)> {
    let switch = |id: &str| (SWITCH.into(), id.into());
    mutant.map(switch).into_iter().collect()
}

/// What makes the project the one with all drifts in it; `switches` is what they call, added to the file `library`.
///
/// # Errors
/// When a file cannot be read, or a drift does not fit it.
pub fn patches<'a>(
    root: &Path,
    drifts: impl IntoIterator<Item = (&'a str, &'a [Edit])>,
    library: &str,
    switches: &str,
) -> Result<Vec<Patch>, MutateError> {
    let mut by_file: BTreeMap<&Path, Vec<Alternative<'_>>> = BTreeMap::new();
    for (id, edits) in drifts {
        for edit in edits {
            by_file.entry(&edit.file).or_default().push(Alternative {
                id,
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
    let text = fs::read_to_string(root.join(library))?;
    let extended = format!("{text}{switches}");
    patches.push(Patch::whole(Path::new(library), text, extended));
    Ok(patches)
}
