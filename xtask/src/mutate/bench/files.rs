//! The files of the project, and of a copy, as a mapping from path to content: read, told apart and written.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::{BenchError, io_error};
use crate::mutate::{catalogue, score};

/// The sources that only a copy of the generator has.
pub(super) const XTASK: &str = "xtask/src";

/// A digest of all sources and the document.
///
/// # Errors
/// [`BenchError::Io`].
pub fn sources(project: &Path) -> Result<String, BenchError> {
    let mut files = BTreeMap::new();
    for folder in ["", XTASK, catalogue::FOLDER] {
        collect(project, Path::new(folder), &mut files)?;
    }
    // What is written about the outcomes is none of what they depend on.
    files.retain(|path, _| {
        path != Path::new(score::FILE) && path.extension().is_none_or(|extension| extension != "md")
    });
    Ok(fingerprint(&files))
}

/// The files of the project below `folder` that a build of its tests needs.
///
/// # Errors
/// [`BenchError::Io`].
pub fn collect(
    project: &Path,
    folder: &Path,
    files: &mut BTreeMap<PathBuf, Vec<u8>>,
) -> Result<(), BenchError> {
    let here = project.join(folder);
    for entry in fs::read_dir(&here).map_err(io_error(&here))? {
        let entry = entry.map_err(io_error(&here))?;
        let path = folder.join(entry.file_name());
        let is_folder = entry.file_type().map_err(io_error(&here))?.is_dir();
        if is_folder {
            let left_out = [
                "target",
                ".git",
                "node_modules",
                "xtask/src",
                "xtask/tests",
                "xtask/mutants",
            ];
            if !left_out.iter().any(|name| path == Path::new(name)) {
                collect(project, &path, files)?;
            }
        } else {
            let file = project.join(&path);
            files.insert(path, fs::read(&file).map_err(io_error(&file))?);
        }
    }
    Ok(())
}

pub(super) fn fingerprint(files: &BTreeMap<PathBuf, Vec<u8>>) -> String {
    let mut hash = Sha256::new();
    for (path, content) in files {
        for part in [path.as_os_str().as_encoded_bytes(), content] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
    }
    let mut text = String::new();
    for byte in hash.finalize() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Makes `tree` hold `files` and nothing else, touching only what differs.
pub(super) fn synchronise(
    tree: &Path,
    files: &BTreeMap<PathBuf, Vec<u8>>,
) -> Result<(), BenchError> {
    fs::create_dir_all(tree).map_err(io_error(tree))?;
    let mut held = BTreeMap::new();
    collect(tree, Path::new(""), &mut held)?;
    if tree.join(XTASK).exists() {
        collect(tree, Path::new(XTASK), &mut held)?;
    }
    let ours: BTreeSet<&PathBuf> = files.keys().collect();
    for path in held.keys().filter(|path| !ours.contains(path)) {
        let file = tree.join(path);
        fs::remove_file(&file).map_err(io_error(&file))?;
    }
    for (path, content) in files {
        let file = tree.join(path);
        if fs::read(&file).is_ok_and(|held| held == *content) {
            continue;
        }
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(io_error(folder))?;
        }
        let half = file.with_added_extension("half");
        let mut out = fs::File::create(&half).map_err(io_error(&half))?;
        out.write_all(content).map_err(io_error(&half))?;
        fs::rename(&half, &file).map_err(io_error(&file))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_holds_what_is_meant_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let tree = folder.path().join("tree");
        let files = |names: &[&str]| -> BTreeMap<PathBuf, Vec<u8>> {
            let file = |name: &&str| (PathBuf::from(name), name.as_bytes().to_vec());
            names.iter().map(file).collect()
        };
        synchronise(&tree, &files(&["a", "b/c"])).expect("written");
        let before = fs::metadata(tree.join("b/c")).expect("there").modified();
        synchronise(&tree, &files(&["b/c", "d"])).expect("written");
        let mut held = BTreeMap::new();
        collect(&tree, Path::new(""), &mut held).expect("read");
        assert_eq!(held, files(&["b/c", "d"]));
        let after = fs::metadata(tree.join("b/c")).expect("there").modified();
        assert_eq!(before.expect("a time"), after.expect("a time"));
    }
}
