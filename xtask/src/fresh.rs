//! Compares what should be generated with what is in the tree, and makes the tree equal to it.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::artefact::{Artefact, Header, MARKER};
use crate::problem::{Place, Problem, Rule};

/// Folders in which every file is generated.
const GENERATED_FOLDERS: [&str; 2] = ["server/src/generated", crate::sdk_gen::FOLDER];

const EDITED: &str = "the file was edited by hand after it was generated";

/// What is wrong with the file in the tree when it is not the artefact.
#[must_use]
pub fn difference(project: &Path, artefact: &Artefact) -> Option<Problem> {
    let found = match fs::read_to_string(project.join(&artefact.path)) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Some(Problem::stale(
                Rule::GeneratedMissing,
                Place::file(&artefact.path),
                "the file does not exist",
            ));
        }
        Err(error) => {
            return Some(Problem::wrong(
                Rule::UnreadableFile,
                Place::file(&artefact.path),
                error.to_string(),
            ));
        }
    };
    if found == artefact.content {
        return None;
    }
    let (line, expected, actual) = telling_difference(&artefact.content, &found);
    let place = Place::line(&artefact.path, line);
    let edited = Header::parse(&found).is_some_and(|header| !header.is_untouched());
    let (rule, message) = if edited {
        (Rule::GeneratedEdited, EDITED)
    } else {
        (
            Rule::GeneratedStale,
            "the file is not what the document generates",
        )
    };
    Some(Problem::stale(rule, place, message).with_sides(expected, actual))
}

/// The first lines in which the bodies differ; the digests of the headers only when nothing else does.
fn telling_difference(expected: &str, found: &str) -> (usize, String, String) {
    const HEADER_LINES: usize = 3;
    match (Header::parse(expected), Header::parse(found)) {
        (Some(ours), Some(theirs)) if ours.body != theirs.body => {
            let (line, expected, found) = first_difference(ours.body, theirs.body);
            (line + HEADER_LINES, expected, found)
        }
        _ => first_difference(expected, found),
    }
}

/// The generated files in the tree that are generated from nothing any more.
///
/// A file without the header in a folder of generated files is a problem too, but nobody deletes it.
#[must_use]
pub fn orphans(project: &Path, artefacts: &[Artefact]) -> Vec<Problem> {
    let wanted: HashSet<&Path> = artefacts
        .iter()
        .map(|artefact| artefact.path.as_path())
        .collect();
    let mut problems = Vec::new();
    for folder in GENERATED_FOLDERS {
        for path in files_below(project, Path::new(folder)) {
            if wanted.contains(path.as_path()) {
                continue;
            }
            let text = fs::read_to_string(project.join(&path)).unwrap_or_default();
            problems.push(if text.starts_with(MARKER) {
                Problem::stale(
                    Rule::GeneratedOrphan,
                    Place::file(path),
                    "the document does not generate this file any more",
                )
            } else {
                Problem::wrong(
                    Rule::GeneratedOrphan,
                    Place::file(path),
                    "a file that was not generated is in a folder of generated files",
                )
                .with_remedy("move the file elsewhere")
            });
        }
    }
    problems
}

/// The generated files whose content is not what their own header says, whatever the document says.
#[must_use]
pub fn edited(project: &Path) -> Vec<Problem> {
    let mut paths = Vec::new();
    for folder in GENERATED_FOLDERS {
        paths.extend(files_below(project, Path::new(folder)));
    }
    paths
        .into_iter()
        .filter(|path| {
            let text = fs::read_to_string(project.join(path)).unwrap_or_default();
            Header::parse(&text).is_some_and(|header| !header.is_untouched())
        })
        .map(|path| Problem::stale(Rule::GeneratedEdited, Place::file(path), EDITED))
        .collect()
}

fn files_below(project: &Path, folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    if let Ok(entries) = fs::read_dir(project.join(folder)) {
        for entry in entries.flatten() {
            let path = folder.join(entry.file_name());
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                files.extend(files_below(project, &path));
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Where two texts first differ (a line, from 1), and the lines on both sides until they agree again.
#[must_use]
pub fn first_difference(expected: &str, found: &str) -> (usize, String, String) {
    /// So many lines of a side are shown.
    const SHOWN: usize = 8;
    /// So far is looked for where they agree again.
    const REACH: usize = 60;
    let expected: Vec<&str> = expected.lines().collect();
    let found: Vec<&str> = found.lines().collect();
    let equal = expected
        .iter()
        .zip(&found)
        .take_while(|(ours, theirs)| ours == theirs)
        .count();
    let (ours, theirs) = (&expected[equal..], &found[equal..]);
    if ours.is_empty() && theirs.is_empty() {
        let ends = |how: &str| format!("line ends {how}");
        return (equal + 1, ends("as generated"), ends("differ"));
    }
    // They agree again where two lines in a row are equal, or both end.
    let agree = |one: usize, other: usize| {
        (0..2).all(|step| ours.get(one + step) == theirs.get(other + step))
    };
    let until = (0..2 * REACH)
        .flat_map(|sum| (0..=sum).map(move |one| (one, sum - one)))
        .find(|&(one, other)| one <= ours.len() && other <= theirs.len() && agree(one, other));
    let (one, other) = until.unwrap_or((ours.len(), theirs.len()));
    let shown = |lines: &[&str]| match lines.len() {
        0 if equal + 1 > expected.len().min(found.len()) => "(end of file)".to_owned(),
        0 => "(nothing)".to_owned(),
        count if count > SHOWN => {
            let rest = count - SHOWN;
            format!("{}\n… {rest} more lines", lines[..SHOWN].join("\n"))
        }
        _ => lines.join("\n"),
    };
    (equal + 1, shown(&ours[..one]), shown(&theirs[..other]))
}

/// What `apply` did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Files that were written.
    pub written: Vec<PathBuf>,
    /// Files that were deleted.
    pub deleted: Vec<PathBuf>,
    /// How many files were as they should be.
    pub unchanged: usize,
}

/// Makes the tree equal to `artefacts`; a file that is right already is not touched.
///
/// # Errors
/// The first file that could not be written or deleted.
pub fn apply(project: &Path, artefacts: &[Artefact]) -> Result<Applied, ApplyError> {
    let mut applied = Applied::default();
    for artefact in artefacts {
        let path = project.join(&artefact.path);
        if fs::read(&path).is_ok_and(|found| found == artefact.content.as_bytes()) {
            applied.unchanged += 1;
            continue;
        }
        replace(&path, &artefact.content).map_err(|source| ApplyError {
            path: artefact.path.clone(),
            source,
        })?;
        applied.written.push(artefact.path.clone());
    }
    for orphan in orphans(project, artefacts) {
        if orphan.verdict == crate::problem::Verdict::Stale {
            let path = orphan.place.file;
            fs::remove_file(project.join(&path)).map_err(|source| ApplyError {
                path: path.clone(),
                source,
            })?;
            applied.deleted.push(path);
        }
    }
    Ok(applied)
}

/// A generated file could not be put into the tree.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct ApplyError {
    /// The file, relative to the root of the project.
    pub path: PathBuf,
    /// What the operating system said.
    pub source: io::Error,
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the write beside the file that is then renamed"
)]
/// Replaces a file in one step, so that a build running meanwhile never reads half of it.
///
/// # Errors
/// When the file cannot be written; nothing of it is left behind then.
pub fn replace(path: &Path, content: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let staged = folder.join(name);
    fs::write(&staged, content)?;
    fs::rename(&staged, path).inspect_err(|_| {
        // The rename failed; what it leaves behind is only in the way.
        let _ = fs::remove_file(&staged);
    })
}
