//! The ledger of what each suite asked of each dialect.

use std::{collections::BTreeSet, fs::OpenOptions, io::Write as _};

use crate::{dialects::TRIALS, harness::document};

/// Names the file that the ledger is appended to; without it nothing is written.
const FILE: &str = "TESSERA_ASKED";

/// The suites that ask every dialect, and so can be told by a trial that they have nothing to ask.
pub const SUITES: [&str; 16] = [
    "browser",
    "challenges",
    "clients",
    "cors",
    "demo",
    "front-page",
    "hostile",
    "interop",
    "makers",
    "panics",
    "process",
    "replays",
    "sdk",
    "second-opinion",
    "shared address",
    "tokens",
];

/// Notes that a suite asked something of a dialect: a line `suite`, `dialect`, `what`, separated by tabs.
pub fn asked(suite: &str, dialect: &str, what: &str) {
    let Some(file) = std::env::var_os(FILE) else {
        return;
    };
    let what = what.replace(['\t', '\n', '\r'], " ");
    let line = format!("{suite}\t{dialect}\t{what}\n");
    let file = OpenOptions::new().create(true).append(true).open(file);
    // One write, so that lines of several tests do not mix.
    file.and_then(|mut file| file.write_all(line.as_bytes()))
        .expect("the ledger can be written");
}

/// Asserts that a suite asked each dialect of the document, but those whose trial says why there is nothing to ask.
#[track_caller]
pub fn assert_all_asked<'a>(suite: &str, dialects: impl IntoIterator<Item = &'a str>) {
    assert!(SUITES.contains(&suite), "{suite} is not in the list");
    let asked: BTreeSet<&str> = dialects.into_iter().collect();
    let excused: BTreeSet<&str> = TRIALS
        .iter()
        .filter(|trial| trial.unasked().iter().any(|(known, _)| *known == suite))
        .map(|trial| trial.dialect())
        .collect();
    let needless: Vec<_> = excused.intersection(&asked).collect();
    assert!(
        needless.is_empty(),
        "{suite} asks these, and their trials say that it does not: {needless:?}"
    );
    let there: BTreeSet<&str> = document::dialects().into_iter().collect();
    let left_out: Vec<_> = there
        .iter()
        .filter(|name| !asked.contains(*name) && !excused.contains(*name))
        .collect();
    assert!(
        left_out.is_empty(),
        "{suite} asks nothing of these dialects: {left_out:?}"
    );
}
