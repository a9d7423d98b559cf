//! Finds and reads the files that the document is made of.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::document::join;
use crate::problem::{Place, Problem, Problems, Rule};
use crate::yaml::{self, Parsed};

/// The file that holds what belongs to no dialect.
pub const ROOT: &str = "openapi/document.yaml";
/// The folder of the fragments.
pub const FRAGMENTS: &str = "openapi/dialects";

/// Keys that the root file has to have.
pub const ROOT_KEYS: [&str; 3] = ["openapi", "info", "servers"];
/// Keys that it may have besides.
pub const ROOT_OPTIONS: [&str; 1] = ["security"];
/// Keys of a fragment.
pub const FRAGMENT_KEYS: [&str; 3] = ["tags", "paths", "components"];

/// The authored files, read.
#[derive(Debug, Clone)]
pub struct Sources {
    /// `openapi/document.yaml`.
    pub root: Parsed,
    /// The fragments, in the order of their file names.
    pub fragments: Vec<Parsed>,
}

/// A file as it is on disk: its path relative to the root of the project, and its text.
pub type SourceText = (PathBuf, String);

/// Reads the texts of all authored files below `project`.
///
/// # Errors
/// One problem per file or folder that cannot be read.
pub fn read(project: &Path) -> Result<Vec<SourceText>, Problems> {
    let mut problems = Problems::new();
    let mut paths = vec![PathBuf::from(ROOT)];
    match fs::read_dir(project.join(FRAGMENTS)) {
        Ok(entries) => {
            let mut fragments: Vec<PathBuf> = entries
                .flatten()
                .map(|entry| Path::new(FRAGMENTS).join(entry.file_name()))
                .filter(|path| {
                    path.extension()
                        .is_some_and(|extension| extension == "yaml")
                })
                .collect();
            fragments.sort();
            paths.extend(fragments);
        }
        Err(error) => problems.push(unreadable(Path::new(FRAGMENTS), &error)),
    }
    let mut texts = Vec::new();
    for path in paths {
        match fs::read_to_string(project.join(&path)) {
            Ok(text) => texts.push((path, text)),
            Err(error) => problems.push(unreadable(&path, &error)),
        }
    }
    problems.into_result(texts)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::wrong(Rule::UnreadableFile, Place::file(path), error.to_string())
}

/// Parses the texts; the first is the root file, the others are fragments.
///
/// Returns `None` when a text is not YAML at all; lesser problems leave sources to go on with.
pub fn parse(texts: &[SourceText], problems: &mut Problems) -> Option<Sources> {
    let mut parsed = Vec::new();
    let mut complete = true;
    for (index, (path, text)) in texts.iter().enumerate() {
        match yaml::parse(path, text, problems) {
            Some(file) => {
                complete &= check_keys(&file, index == 0, problems);
                parsed.push(file);
            }
            None => complete = false,
        }
    }
    if !complete || parsed.is_empty() {
        return None;
    }
    let fragments = parsed.split_off(1);
    let root = parsed.pop()?;
    Some(Sources { root, fragments })
}

/// Whether the file has the shape that merging relies on.
fn check_keys(file: &Parsed, is_root: bool, problems: &mut Problems) -> bool {
    let allowed: Vec<&str> = if is_root {
        [&ROOT_KEYS[..], &ROOT_OPTIONS[..]].concat()
    } else {
        FRAGMENT_KEYS.to_vec()
    };
    let place = |pointer: &str| {
        let position = file.positions.get(pointer);
        Place {
            file: file.file.to_path_buf(),
            line: position.map_or(0, |position| position.line),
            column: position.map_or(0, |position| position.column),
            pointer: pointer.to_owned(),
        }
    };
    let Value::Object(map) = &file.value else {
        problems.push(Problem::wrong(
            Rule::FragmentRoot,
            place(""),
            "the file is not a mapping",
        ));
        return false;
    };
    let mut sound = true;
    for (key, value) in map {
        let pointer = join("", key);
        if !allowed.contains(&key.as_str()) {
            problems.push(Problem::wrong(
                Rule::FragmentRoot,
                place(&pointer),
                format!("{key} does not belong into this file"),
            ));
        }
        let shaped = match key.as_str() {
            "tags" | "servers" | "security" => value.is_array(),
            "paths" | "info" => value.is_object(),
            "components" => value
                .as_object()
                .is_some_and(|kinds| kinds.values().all(Value::is_object)),
            _ => true,
        };
        if !shaped {
            sound = false;
            problems.push(Problem::wrong(
                Rule::FragmentRoot,
                place(&pointer),
                format!("{key} has the wrong shape"),
            ));
        }
    }
    if is_root {
        for key in ROOT_KEYS {
            if !map.contains_key(key) {
                problems.push(Problem::wrong(
                    Rule::FragmentRoot,
                    place(""),
                    format!("{key} is missing"),
                ));
            }
        }
    }
    sound
}
