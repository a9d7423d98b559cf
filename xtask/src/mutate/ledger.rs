//! What is known already: one JSON line per mutant, so that a run can be interrupted and resumed.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::outcome::{Kind, Outcome};

/// Where the ledgers are, relative to the root of the project.
pub const FOLDER: &str = "target/mutate";

/// Makes the caller the only one who looks at mutants of a project, as long as the file that is returned is open:
/// two at once would spoil each other's copies and ledgers.
///
/// # Errors
/// When somebody else does, or the file cannot be had.
pub fn hold(root: &Path) -> io::Result<File> {
    let folder = root.join(FOLDER);
    fs::create_dir_all(&folder)?;
    let file = File::create(folder.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(io::Error::other(
            "somebody else looks at mutants of this project; wait for them",
        )),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The first line: what the outcomes below it were found with.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Heading {
    inputs: String,
}

/// The outcomes of one kind.
#[derive(Debug)]
pub struct Ledger {
    file: File,
    known: HashSet<String>,
    outcomes: Vec<Outcome>,
}

impl Ledger {
    /// Opens the ledger of a kind. What was found with other inputs is dropped, and all of it when `fresh`.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn open(root: &Path, kind: Kind, inputs: &str, fresh: bool) -> io::Result<Self> {
        let path = path(root, kind);
        let heading = Heading {
            inputs: inputs.to_owned(),
        };
        let outcomes = if fresh {
            Vec::new()
        } else {
            read(&path, &heading)
        };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut ledger = Self {
            file: OpenOptions::new()
                .create(true)
                .write(true)
                .truncate(true)
                .open(&path)?,
            known: HashSet::new(),
            outcomes: Vec::new(),
        };
        ledger.line(&heading)?;
        for outcome in outcomes {
            ledger.record(outcome)?;
        }
        Ok(ledger)
    }

    /// Whether a mutant's outcome is known.
    #[must_use]
    pub fn knows(&self, id: &str) -> bool {
        self.known.contains(id)
    }

    /// Adds an outcome; it is on disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn record(&mut self, outcome: Outcome) -> io::Result<()> {
        self.line(&outcome)?;
        self.known.insert(outcome.id.clone());
        self.outcomes.push(outcome);
        Ok(())
    }

    /// Everything that is known.
    #[must_use]
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }
}

fn path(root: &Path, kind: Kind) -> PathBuf {
    root.join(FOLDER).join(format!("{kind}.jsonl"))
}

/// The outcomes of an earlier run with the same inputs; a line that was cut off ends the list.
fn read(path: &Path, heading: &Heading) -> Vec<Outcome> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let mut lines = text.lines();
    let same = lines
        .next()
        .and_then(|line| serde_json::from_str::<Heading>(line).ok())
        .is_some_and(|found| found == *heading);
    if !same {
        return Vec::new();
    }
    lines
        .map_while(|line| serde_json::from_str(line).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutate::outcome::Verdict;

    fn outcome(id: &str) -> Outcome {
        Outcome {
            id: id.to_owned(),
            kind: Kind::Document,
            operator: "drop".to_owned(),
            place: "/a".to_owned(),
            verdict: Verdict::Missed {
                note: String::new(),
            },
        }
    }

    fn ids(ledger: &Ledger) -> Vec<&str> {
        ledger
            .outcomes()
            .iter()
            .map(|one| one.id.as_str())
            .collect()
    }

    #[test]
    fn what_was_found_with_the_same_inputs_is_still_known() {
        let root = tempfile::tempdir().expect("a folder");
        let open = |inputs: &str, fresh| {
            Ledger::open(root.path(), Kind::Document, inputs, fresh).expect("a ledger")
        };
        open("1", false).record(outcome("a")).expect("a line");
        let mut resumed = open("1", false);
        assert!(resumed.knows("a") && !resumed.knows("b"));
        resumed.record(outcome("b")).expect("a line");
        assert_eq!(ids(&open("1", false)), ["a", "b"]);
        assert_eq!(ids(&open("2", false)), [""; 0]);
        open("2", false).record(outcome("c")).expect("a line");
        assert_eq!(ids(&open("2", true)), [""; 0]);
    }

    #[test]
    fn one_at_a_time_looks_at_mutants() {
        let root = tempfile::tempdir().expect("a folder");
        let held = hold(root.path()).expect("the first");
        assert!(hold(root.path()).is_err());
        drop(held);
        hold(root.path()).expect("the next");
    }

    #[test]
    fn a_line_that_was_cut_off_is_found_again() {
        let root = tempfile::tempdir().expect("a folder");
        let open = || Ledger::open(root.path(), Kind::Silent, "1", false).expect("a ledger");
        let mut ledger = open();
        ledger.record(outcome("a")).expect("a line");
        ledger.file.write_all(b"{\"id\":\"b\"").expect("bytes");
        assert_eq!(ids(&open()), ["a"]);
    }
}
