//! What the copy need not compile again: the dependencies that the project has compiled.
//!
//! Cargo names what it makes of a package after where it lies in its workspace, so in one folder the copy's server would
//! take the place of the project's. In a folder of its own it cannot.

use std::fs;
use std::io;
use std::path::Path;

/// How the names of the project's own packages and libraries begin.
const OWN: [&str; 2] = ["tessera", "xtask"];

/// Links everything in `from` that is of other people's packages into `to`, unless it is there.
///
/// # Errors
/// Those of the file system.
pub fn link(from: &Path, to: &Path) -> io::Result<()> {
    for folder in ["deps", "build", ".fingerprint"] {
        let (from, to) = (from.join(folder), to.join(folder));
        if !from.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&from)? {
            let path = entry?.path();
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            // What tests are linked to has no ending and is no library.
            let library = folder != "deps" || name.starts_with("lib");
            let package = name.trim_start_matches("lib");
            if library && !OWN.iter().any(|own| package.starts_with(own)) {
                link_all(&path, &to.join(name))?;
            }
        }
    }
    Ok(())
}

fn link_all(from: &Path, to: &Path) -> io::Result<()> {
    if from.is_dir() {
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            link_all(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    if to.exists() {
        return Ok(());
    }
    fs::hard_link(from, to)
}
