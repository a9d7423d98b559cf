//! Replays every example of the document over a real socket, and proves that none is left out.

mod animeloop;
mod auth_api;
mod manis;
mod oauth;
mod pnut;
mod token_generator;

use std::collections::BTreeSet;

use crate::harness::{
    assert_all_asked,
    document::{self, Documented},
    replay::Scenario,
};

/// The replays of every dialect.
pub const REPLAYED: &[&[Scenario]] = &[
    animeloop::REPLAYED,
    auth_api::REPLAYED,
    manis::REPLAYED,
    oauth::REPLAYED,
    pnut::REPLAYED,
    token_generator::REPLAYED,
];

#[test]
fn every_documented_example_is_replayed_and_every_answer_has_a_replay() {
    let replayed: BTreeSet<Documented> = REPLAYED
        .iter()
        .copied()
        .flatten()
        .map(|one| document::documented(one.operation, one.status, one.example))
        .collect();
    let dialects = replayed.iter();
    let dialects = dialects.map(|one| document::dialect_of(&one.operation));
    assert_all_asked("replays", dialects);
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
