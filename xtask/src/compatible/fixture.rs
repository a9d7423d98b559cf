//! The fixtures of the compatibility rules: pairs of documents, each written as edits of one base.
//!
//! `fixtures/compatible/<rule>.json` has `before` (edits of `base.json` that make the old document),
//! `fires` (edits that make the new one), `neighbour` and `neighbour_fires` (edits close by, and the rules
//! that they fire instead). `equal.json` has edits that change no meaning.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::rule::ChangeRule;

/// Two documents, and the rules that their comparison fires.
#[derive(Debug, Clone)]
pub struct Fixture {
    /// The rule; with ` (neighbour)` behind it for the edit close by, and `equal: ` before an edit without meaning.
    pub name: String,
    /// The earlier document.
    pub old: Value,
    /// The later one.
    pub new: Value,
    /// The rules, by name.
    pub fires: BTreeSet<String>,
}

/// Why the fixtures cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FixtureError {
    /// The file is not there.
    #[error("{0} cannot be read: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// The file is no fixture.
    #[error("{0} is not understood: {1}")]
    Malformed(PathBuf, serde_json::Error),
    /// An edit is about something that is not there.
    #[error("{0}: there is nothing at {1}")]
    NoPlace(String, String),
}

#[derive(Deserialize)]
struct Edit {
    at: String,
    set: Option<Value>,
    /// Said so that null can be set.
    #[serde(default)]
    remove: bool,
}

#[derive(Deserialize)]
struct Pair {
    #[serde(default)]
    before: Vec<Edit>,
    fires: Vec<Edit>,
    neighbour: Vec<Edit>,
    neighbour_fires: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Equal {
    name: String,
    edits: Vec<Edit>,
}

/// Where the fixtures are, relative to the root of the project.
pub const FOLDER: &str = "xtask/fixtures/compatible";

/// All fixtures below `project`, two for each rule and one for each edit without meaning.
///
/// # Errors
/// The first file that is missing or not understood.
pub fn all(project: &Path) -> Result<Vec<Fixture>, FixtureError> {
    let folder = project.join(FOLDER);
    let base: Value = read(&folder, "base")?;
    let mut fixtures = Vec::new();
    for rule in ChangeRule::ALL {
        let name = rule.id().to_owned();
        let pair: Pair = read(&folder, &name)?;
        let old = edited(&name, &base, &pair.before)?;
        fixtures.push(Fixture {
            new: edited(&name, &old, &pair.fires)?,
            old: old.clone(),
            fires: BTreeSet::from([name.clone()]),
            name: name.clone(),
        });
        fixtures.push(Fixture {
            new: edited(&name, &old, &pair.neighbour)?,
            old,
            fires: pair.neighbour_fires,
            name: format!("{name} (neighbour)"),
        });
    }
    for equal in read::<Vec<Equal>>(&folder, "equal")? {
        fixtures.push(Fixture {
            new: edited(&equal.name, &base, &equal.edits)?,
            old: base.clone(),
            fires: BTreeSet::new(),
            name: format!("equal: {}", equal.name),
        });
    }
    Ok(fixtures)
}

/// A file of the folder.
pub(super) fn read<T: for<'a> Deserialize<'a>>(
    folder: &Path,
    name: &str,
) -> Result<T, FixtureError> {
    let path = folder.join(format!("{name}.json"));
    let text =
        fs::read_to_string(&path).map_err(|error| FixtureError::Unreadable(path.clone(), error))?;
    serde_json::from_str(&text).map_err(|error| FixtureError::Malformed(path, error))
}

fn edited(name: &str, document: &Value, edits: &[Edit]) -> Result<Value, FixtureError> {
    let mut document = document.clone();
    for edit in edits {
        apply(&mut document, edit)
            .ok_or_else(|| FixtureError::NoPlace(name.to_owned(), edit.at.clone()))?;
    }
    Ok(document)
}

fn apply(document: &mut Value, edit: &Edit) -> Option<()> {
    let (parent, key) = edit.at.rsplit_once('/')?;
    let key = key.replace("~1", "/").replace("~0", "~");
    let parent = document.pointer_mut(parent)?;
    let value = (!edit.remove).then(|| edit.set.clone().unwrap_or_default());
    if let Some(map) = parent.as_object_mut() {
        match value {
            Some(value) => {
                map.insert(key, value);
            }
            None => {
                map.shift_remove(&key)?;
            }
        }
        return Some(());
    }
    let list = parent.as_array_mut()?;
    match (value, key.as_str()) {
        (Some(value), "-") => list.push(value),
        (Some(value), key) => *list.get_mut(key.parse::<usize>().ok()?)? = value,
        (None, key) => {
            let index = key.parse::<usize>().ok()?;
            list.get(index)?;
            list.remove(index);
        }
    }
    Some(())
}
