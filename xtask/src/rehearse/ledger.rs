//! What the suites say they asked of each dialect.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

/// Every suite that has to have asked something of a dialect.
pub const SUITES: [&str; 10] = [
    "replays",
    "live",
    "sdk",
    "interop",
    "secrets",
    "process",
    "demo",
    "front-page",
    "browser",
    "panics",
];

/// By suite and dialect: what was asked.
#[derive(Debug, Default)]
pub struct Ledger(BTreeMap<(String, String), BTreeSet<String>>);

impl Ledger {
    /// Reads the file.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn read(path: &Path) -> io::Result<Self> {
        let mut asked: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
        for line in fs::read_to_string(path)?.lines() {
            let mut parts = line.splitn(3, '\t').map(str::to_owned);
            if let (Some(suite), Some(dialect), Some(what)) =
                (parts.next(), parts.next(), parts.next())
            {
                asked.entry((suite, dialect)).or_default().insert(what);
            }
        }
        Ok(Self(asked))
    }

    /// What a suite asked of a dialect, sorted; nothing if it does not know the dialect.
    #[must_use]
    pub fn of(&self, suite: &str, dialect: &str) -> Vec<&str> {
        let asked = self.0.get(&(suite.to_owned(), dialect.to_owned()));
        asked.into_iter().flatten().map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fresh;

    #[test]
    fn what_was_asked_is_found_by_suite_and_dialect() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fresh::replace(file.path(), "live\ta\tone\nlive\ta\ttwo\nlive\tb\tone\n")
            .expect("it can be written");
        let ledger = Ledger::read(file.path()).expect("it can be read");
        assert_eq!(ledger.of("live", "a"), ["one", "two"]);
        assert_eq!(ledger.of("sdk", "a"), [""; 0]);
    }
}
