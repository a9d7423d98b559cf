//! The committed score: what whole runs of `mutate` found, in a file and as the table of `xtask/README.md`.
//!
//! Both are written by `cargo xtask mutate --record`, never by hand.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::outcome::{Kind, Outcome};
use super::report::{Tally, percent};
use crate::fresh;

/// The file of the score.
pub const FILE: &str = "xtask/mutants/score.json";
/// The page that shows it, between two lines of its own.
pub const PAGE: &str = "xtask/README.md";
const BEGIN: &str = "<!-- score: written by cargo xtask mutate --record -->\n";
const END: &str = "<!-- end of score -->\n";

/// How the mutants of every kind ended when all of them were last looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Score(BTreeMap<Kind, Tally>);

/// Why the score could not be recorded.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// A file.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The committed file.
    #[error("{FILE}: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The page.
    #[error("{PAGE} has no place for the score: the lines that begin and end it are missing")]
    NoPlace,
}

impl Score {
    /// The committed score; an empty one when there is none yet.
    ///
    /// # Errors
    /// When the file is there and no score.
    pub fn read(root: &Path) -> Result<Self, ScoreError> {
        match fs::read_to_string(root.join(FILE)) {
            Ok(text) => Ok(serde_json::from_str(&text)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts in what a whole run of one kind found.
    pub fn put(&mut self, kind: Kind, outcomes: &[Outcome]) {
        self.0.insert(kind, Tally::of(outcomes));
    }

    /// Writes the file, and the table into the page.
    ///
    /// # Errors
    /// When either cannot be written.
    pub fn write(&self, root: &Path) -> Result<(), ScoreError> {
        let page = fs::read_to_string(root.join(PAGE))?;
        let page = self.shown_in(&page).ok_or(ScoreError::NoPlace)?;
        let file = serde_json::to_string_pretty(self)? + "\n";
        fresh::replace(&root.join(FILE), &file)?;
        fresh::replace(&root.join(PAGE), &page)?;
        Ok(())
    }

    /// The page with this score in its place; `None` when it has no place for one.
    #[must_use]
    pub fn shown_in(&self, page: &str) -> Option<String> {
        let (before, rest) = page.split_once(BEGIN)?;
        let (_, after) = rest.split_once(END)?;
        Some(format!("{before}{BEGIN}{}{END}{after}", self.table()))
    }

    /// The table, and below it how mutants were shown to mean the same.
    fn table(&self) -> String {
        let mut text = String::from(
            "\n| kind | mutants | caught | missed | equivalent | silent | on the changed place | caught by |\n\
             | --- | ---: | ---: | ---: | ---: | ---: | --- | --- |\n",
        );
        for (kind, tally) in &self.0 {
            let place = if tally.on_place == 0 {
                "–".to_owned()
            } else {
                let share = percent(tally.on_place, tally.caught);
                format!("{}, {share}", tally.on_place)
            };
            let _ = writeln!(
                text,
                "| `{kind}` | {} | {} | {} | {} | {} | {place} | {} |",
                tally.mutants,
                tally.caught,
                tally.missed,
                tally.equivalent,
                tally.silent,
                tally.proofs(),
            );
        }
        text.push_str("\nEquivalent, and how that was shown:\n\n");
        for (kind, tally) in &self.0 {
            for (reason, count) in &tally.reasons {
                let _ = writeln!(text, "- `{kind}`, {count}: {reason}");
            }
        }
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    #[test]
    fn the_page_shows_the_committed_score_and_it_is_good_enough() {
        let score = Score::read(&root()).expect("the committed score");
        let page = fs::read_to_string(root().join(PAGE)).expect("the page");
        let shown = score.shown_in(&page).expect("a place for it");
        assert!(shown == page, "cargo xtask mutate --record writes both");
        let kinds: Vec<Kind> = score.0.keys().copied().collect();
        let mut all = Kind::ALL.to_vec();
        all.sort();
        assert_eq!(kinds, all, "a kind has not been recorded");
        for (kind, tally) in &score.0 {
            // A wrong rule of the generators may go unnoticed once in twenty times, and has no place in the document.
            let (allowed, placed) = match kind {
                Kind::Generator => (tally.caught / 19, false),
                Kind::Document | Kind::Regenerated | Kind::Server | Kind::Sdk => (0, true),
                Kind::Silent => (0, false),
            };
            let least = match kind {
                Kind::Document => 10_000,
                Kind::Regenerated => 150,
                Kind::Server => 100,
                Kind::Sdk => 40,
                Kind::Generator | Kind::Silent => 50,
            };
            assert!(tally.mutants >= least, "{kind}: {}", tally.mutants);
            assert!(tally.missed <= allowed, "{kind}: {}", tally.missed);
            let on_place = tally.on_place * 100 >= tally.caught * 95;
            assert!(on_place || !placed, "{kind}: {}", tally.on_place);
        }
    }

    #[test]
    fn a_page_without_a_place_is_told_from_one_with() {
        let score = Score::default();
        assert_eq!(score.shown_in("no place"), None);
        let page = format!("before\n{BEGIN}old\n{END}after\n");
        let shown = score.shown_in(&page).expect("a place");
        assert!(shown.starts_with("before\n") && shown.ends_with("after\n"));
        assert!(!shown.contains("old"));
    }
}
