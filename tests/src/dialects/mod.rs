//! Behaviour of each dialect: life cycles, hostile input, every error, fallbacks, in a folder each.

use crate::harness::{SUITES, Trial, document};

// A dialect is one line here and a folder of that name.
pub mod animeloop;
pub mod auth_api;
pub mod manis;
pub mod oauth;
pub mod pnut;
pub mod token_generator;

/// Collects their trials.
macro_rules! collect {
    ($($name:ident),+) => {
        /// The trial of each dialect.
        pub const TRIALS: &[&dyn Trial] = &[$(&$name::TRIAL),+];
    };
}

// The document knows them all, so none is left out.
tessera_server::generated::each_dialect!(collect);

/// The trial of a dialect.
pub fn trial(dialect: &str) -> &'static dyn Trial {
    let mut known = TRIALS.iter().copied();
    known
        .find(|trial| trial.dialect() == dialect)
        .unwrap_or_else(|| panic!("{dialect} has no trial in tests/src/dialects/"))
}

#[test]
fn every_dialect_of_the_document_has_one_trial() {
    let mut tried: Vec<&str> = TRIALS.iter().map(|trial| trial.dialect()).collect();
    let mut there = document::dialects();
    tried.sort_unstable();
    there.sort_unstable();
    assert_eq!(tried, there, "a dialect needs a folder and a line here");
}

#[test]
fn what_a_trial_excuses_is_there() {
    for trial in TRIALS {
        let dialect = trial.dialect();
        for (name, _) in trial.endless() {
            let mut classes = trial.classes().iter();
            let is_there = classes.any(|class| class.name == *name);
            assert!(is_there, "{dialect} has no class {name} without an end");
        }
        for (suite, _) in trial.unasked() {
            assert!(
                SUITES.contains(suite),
                "{dialect} excuses {suite}, which is no suite"
            );
        }
    }
}
