//! A copy of the project that may be changed, and what was changed in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::template;

/// Where the copy is, below the project.
const FOLDER: &str = "target/rehearsal/tessera";

/// A copy of everything in the project that git does not ignore.
#[derive(Debug)]
pub struct Scratch {
    /// Where it is.
    pub root: PathBuf,
    original: PathBuf,
}

/// What differs between the project and its copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// A file that only the copy has.
    New,
    /// The lines that only the copy has, and whether every line of the project is there too.
    Changed {
        /// Lines that were added.
        added: Vec<String>,
        /// Whether lines are gone.
        removed: bool,
    },
    /// A file that only the project has.
    Gone,
}

impl Scratch {
    /// Makes the copy. Files that are alike already keep their times, so that what was compiled need not be again.
    ///
    /// # Errors
    /// Those of the file system and of git.
    pub fn of(project: &Path) -> io::Result<Self> {
        let scratch = Self {
            root: project.join(FOLDER),
            original: project.to_owned(),
        };
        let wanted = files(project)?;
        if scratch.root.is_dir() {
            for path in present(&scratch.root, &scratch.root)? {
                if !wanted.contains(&path) {
                    scratch.remove(&path)?;
                }
            }
        }
        for path in &wanted {
            let (from, to) = (project.join(path), scratch.root.join(path));
            let text = fs::read(&from)?;
            if fs::read(&to).ok().as_ref() != Some(&text) {
                if let Some(folder) = to.parent() {
                    fs::create_dir_all(folder)?;
                }
                fs::copy(&from, &to)?;
            }
        }
        Ok(scratch)
    }

    /// Removes a file and the folders that are empty then.
    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(self.root.join(path))?;
        let mut folders = path
            .ancestors()
            .skip(1)
            .map(|folder| self.root.join(folder));
        // One that is not empty stays, and so do those above it.
        while folders
            .next()
            .is_some_and(|folder| fs::remove_dir(folder).is_ok())
        {}
        Ok(())
    }

    /// Writes a file of the copy.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(&self, path: &str, text: &str) -> io::Result<()> {
        template::write(&self.root.join(path), text)
    }

    /// Every file that is not as it is in the project.
    ///
    /// # Errors
    /// Those of the file system and of git.
    pub fn edits(&self) -> io::Result<BTreeMap<PathBuf, Edit>> {
        let before = files(&self.original)?;
        let after = present(&self.root, &self.root)?;
        let mut edits = BTreeMap::new();
        for path in before.union(&after) {
            let edit = match (before.contains(path), after.contains(path)) {
                (false, _) => Some(Edit::New),
                (true, false) => Some(Edit::Gone),
                (true, true) => {
                    let old = fs::read(self.original.join(path))?;
                    let new = fs::read(self.root.join(path))?;
                    (old != new).then(|| changed(&old, &new))
                }
            };
            edits.extend(edit.map(|edit| (path.clone(), edit)));
        }
        Ok(edits)
    }
}

fn changed(old: &[u8], new: &[u8]) -> Edit {
    let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(new));
    let mut before = old.lines().peekable();
    let mut added = Vec::new();
    for line in new.lines() {
        if before.peek() == Some(&line) {
            before.next();
        } else {
            added.push(line.to_owned());
        }
    }
    Edit::Changed {
        added,
        removed: before.peek().is_some(),
    }
}

/// What git knows or would know of a project; paths from its root.
fn files(project: &Path) -> io::Result<BTreeSet<PathBuf>> {
    let listed = Command::new("git")
        .current_dir(project)
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .output()?;
    if !listed.status.success() {
        let said = String::from_utf8_lossy(&listed.stderr).into_owned();
        return Err(io::Error::other(said));
    }
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let paths = listed
        .split('\0')
        .filter(|path| !path.is_empty())
        .map(PathBuf::from);
    Ok(paths.filter(|path| project.join(path).is_file()).collect())
}

/// Every file below a folder; paths from `root`.
fn present(root: &Path, folder: &Path) -> io::Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path == root.join("target") {
            continue;
        }
        if path.is_dir() {
            found.extend(present(root, &path)?);
        } else if let Ok(path) = path.strip_prefix(root) {
            found.insert(path.to_owned());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_lines_are_told_from_changed_ones() {
        let changed = |old: &str, new: &str| changed(old.as_bytes(), new.as_bytes());
        let one = |line: &str, removed| Edit::Changed {
            added: vec![line.to_owned()],
            removed,
        };
        assert_eq!(changed("a\nb\n", "a\nx\nb\n"), one("x", false));
        assert_eq!(changed("a\nb\n", "a\nx\n"), one("x", true));
    }
}
