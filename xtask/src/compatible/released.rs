//! The SDK of an earlier revision against the server of today: its own tour, built from its own sources.
//!
//! The sources are unpacked below `target/against/`, with the lock file of that revision and a workspace
//! of their own; git is only read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::baseline::git;
use crate::demo::Demo;
use crate::problem::{Place, Problem, Problems, Rule};
use crate::prove::{cargo, emitted};

/// What the SDK is built from.
const SOURCES: [&str; 3] = ["client-sdk", "Cargo.toml", "Cargo.lock"];
const FOLDER: &str = "target/against";
/// So many lines of a failure are shown.
const LINES: usize = 12;

/// Runs the tour of a revision's SDK; `name` is how the revision is called in a report.
#[must_use]
pub fn prove(project: &Path, revision: &str, name: &str) -> (String, Problems) {
    let objection = match tour(project, revision) {
        Ok(output) if output.status.success() => {
            let calls = String::from_utf8_lossy(&output.stdout).lines().count();
            return (
                format!("its tour ended well, {calls} lines"),
                Problems::new(),
            );
        }
        Ok(output) => format!("its tour fails: {}", last_lines(&output)),
        Err(error) => format!("its tour cannot be run: {error}"),
    };
    let message = format!("the SDK of {name} and the server of today: {objection}");
    let place = Place::file("client-sdk/examples/tour/main.rs");
    let problem = Problem::wrong(Rule::ReleasedSdk, place, message);
    (String::new(), problem.into())
}

fn tour(project: &Path, revision: &str) -> io::Result<Output> {
    let sources = unpacked(project, revision)?;
    let tour = built(project, &sources)?;
    let server = emitted::build(project).map_err(|problem| io::Error::other(problem.message))?;
    let folder = tempfile::tempdir()?;
    let demo = Demo::start(&server, folder.path(), &[])?;
    Command::new(tour).arg(&demo.credentials).output()
}

/// The sources of the revision, in a folder of their own.
#[expect(clippy::disallowed_methods, reason = "nobody else reads these files")]
fn unpacked(project: &Path, revision: &str) -> io::Result<PathBuf> {
    let folder = project.join(FOLDER).join(revision);
    let archive = folder.with_extension("tar");
    fs::create_dir_all(&folder)?;
    let output = format!("--output={}", archive.display());
    let mut arguments = vec!["archive", "--format=tar", &output, revision];
    arguments.extend(SOURCES);
    git(project, &arguments).map_err(io::Error::other)?;
    let tar = Command::new("tar")
        .arg("-xf")
        .arg(&archive)
        .arg("-C")
        .arg(&folder)
        .status()?;
    if !tar.success() {
        return Err(io::Error::other("tar could not unpack the revision"));
    }
    fs::remove_file(archive)?;
    let manifest = folder.join("Cargo.toml");
    fs::write(&manifest, alone(&fs::read_to_string(&manifest)?))?;
    Ok(folder)
}

/// The manifest of a workspace that has only the SDK.
fn alone(manifest: &str) -> String {
    let lines = manifest.lines().filter_map(|line| {
        if line.starts_with("members") {
            Some("members = [\"client-sdk\"]")
        } else if line.starts_with("default-members") {
            None
        } else {
            Some(line)
        }
    });
    lines.fold(String::new(), |text, line| text + line + "\n")
}

fn built(project: &Path, sources: &Path) -> io::Result<PathBuf> {
    // Not the target folder of today: the two tours have one name.
    let target = project.join(FOLDER).join("target");
    let output = Command::new(cargo())
        .current_dir(sources)
        .env("CARGO_TARGET_DIR", &target)
        .args([
            "build",
            "--quiet",
            "-p",
            "tessera-client",
            "--example",
            "tour",
        ])
        .output()?;
    if output.status.success() {
        Ok(target.join("debug/examples/tour"))
    } else {
        let text = String::from_utf8_lossy(&output.stderr);
        Err(io::Error::other(emitted::first_error(&text)))
    }
}

fn last_lines(output: &Output) -> String {
    let said = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    let lines: Vec<&str> = said.iter().flat_map(|text| text.lines()).collect();
    let from = lines.len().saturating_sub(LINES);
    lines.get(from..).unwrap_or_default().join("\n    ")
}

#[cfg(test)]
mod tests {
    use super::alone;

    #[test]
    fn the_workspace_of_the_sdk_has_no_other_member() {
        let manifest = "[workspace]\nresolver = \"3\"\nmembers = [\"server\", \"client-sdk\"]\n# why\ndefault-members = [\"server\"]\n\n[workspace.package]\n";
        let expected = "[workspace]\nresolver = \"3\"\nmembers = [\"client-sdk\"]\n# why\n\n[workspace.package]\n";
        assert_eq!(alone(manifest), expected);
    }
}
