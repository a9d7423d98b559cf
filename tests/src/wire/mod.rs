//! Every example of the document is replayed over a real socket, each in its dialect's folder; none is left out.

use std::collections::BTreeSet;

use crate::{
    dialects::TRIALS,
    harness::{
        assert_all_asked,
        document::{self, Documented},
        replay::Scenario,
    },
};

/// The replays of every dialect.
pub fn replayed() -> impl Iterator<Item = &'static Scenario> {
    TRIALS.iter().flat_map(|trial| trial.replays())
}

#[test]
fn every_dialect_replays_its_own_operations() {
    for trial in TRIALS {
        for scenario in trial.replays() {
            let owner = document::dialect_of(scenario.operation);
            assert_eq!(owner, trial.dialect(), "{}", scenario.name);
        }
    }
    assert_all_asked(
        "replays",
        replayed().map(|one| document::dialect_of(one.operation)),
    );
}

#[test]
fn every_documented_example_is_replayed_and_every_answer_has_a_replay() {
    let replayed: BTreeSet<Documented> = replayed()
        .map(|one| document::documented(one.operation, one.status, one.example))
        .collect();
    let sources: BTreeSet<&str> = replayed.iter().map(|one| one.source.as_str()).collect();
    let answers: BTreeSet<(&str, u16)> = replayed
        .iter()
        .map(|one| (one.operation.as_str(), one.status))
        .collect();
    let all = document::all_examples();
    let unreplayed: BTreeSet<&str> = all
        .iter()
        .map(|one| one.source.as_str())
        .filter(|source| !sources.contains(source))
        .collect();
    let declared = document::all_answers();
    let unwitnessed: Vec<&(String, u16)> = declared
        .iter()
        .filter(|(operation, status)| !answers.contains(&(operation.as_str(), *status)))
        .collect();
    assert!(
        unreplayed.is_empty() && unwitnessed.is_empty(),
        "examples nobody replays: {unreplayed:#?}\nanswers without a replay: {unwitnessed:#?}"
    );
}
