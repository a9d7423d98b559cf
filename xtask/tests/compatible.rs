//! Each compatibility rule against a pair of documents that fires it alone, and one close by that does not.
//!
//! A fixture is `fixtures/compatible/<rule>.json`: `before` (edits of `base.json` that make the old
//! document), `fires` (edits that make the new one), `neighbour` and `neighbour_fires` (edits close by,
//! and the rules that they fire instead). `equal.json` has edits that change no meaning.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::Value;
use xtask::compatible::baseline::Baseline;
use xtask::compatible::{ChangeRule, Class, changes, prove};
use xtask::plan;
use xtask::problem::Rule;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/compatible")
}

fn read(name: &str) -> Value {
    let path = folder().join(format!("{name}.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{} is there", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The document after the edits of a list; none when there is no such list.
fn edited(document: &Value, edits: &Value) -> Value {
    let mut document = document.clone();
    for edit in edits.as_array().into_iter().flatten() {
        let at = edit["at"].as_str().expect("a pointer");
        let (parent, key) = at.rsplit_once('/').expect("a pointer");
        let key = key.replace("~1", "/").replace("~0", "~");
        let parent = document
            .pointer_mut(parent)
            .unwrap_or_else(|| panic!("{at} has a parent"));
        match (parent, edit.get("set")) {
            (Value::Object(map), Some(value)) => {
                map.insert(key, value.clone());
            }
            (Value::Object(map), None) => {
                assert!(map.shift_remove(&key).is_some(), "{at} is there");
            }
            (Value::Array(list), Some(value)) if key == "-" => list.push(value.clone()),
            (Value::Array(list), Some(value)) => {
                list[key.parse::<usize>().expect("an index")] = value.clone();
            }
            (Value::Array(list), None) => {
                list.remove(key.parse().expect("an index"));
            }
            (other, _) => panic!("{at} is in {other}"),
        }
    }
    document
}

fn fired(old: &Value, new: &Value) -> BTreeSet<&'static str> {
    let changes = changes(old, new);
    changes.iter().map(|change| change.rule.id()).collect()
}

#[test]
fn each_rule_has_a_fixture_that_fires_it_alone_and_a_neighbour_that_does_not() {
    let base = read("base");
    let mut failures = Vec::new();
    for rule in ChangeRule::ALL {
        let fixture = read(rule.id());
        let old = edited(&base, &fixture["before"]);
        let found = fired(&old, &edited(&old, &fixture["fires"]));
        if found != BTreeSet::from([rule.id()]) {
            failures.push(format!("{rule}: {found:?}"));
        }
        let expected: BTreeSet<&str> = fixture["neighbour_fires"]
            .as_array()
            .expect("the rules of the neighbour")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let new = edited(&old, &fixture["neighbour"]);
        assert!(
            new.to_string() != old.to_string(),
            "the neighbour of {rule} is an edit"
        );
        let found = fired(&old, &new);
        let breaks = found
            .iter()
            .filter_map(|id| ChangeRule::from_id(id))
            .any(|rule| rule.class() > Class::Compatible);
        if found != expected || found.contains(rule.id()) || breaks {
            failures.push(format!("neighbour of {rule}: {found:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn no_fixture_is_without_a_rule() {
    for entry in fs::read_dir(folder()).expect("the folder") {
        let name = entry.expect("an entry").file_name();
        let name = name.to_string_lossy();
        let stem = name.trim_end_matches(".json");
        let known = ["base", "equal", "redocly"].contains(&stem);
        assert!(known || ChangeRule::from_id(stem).is_some(), "{name}");
    }
}

#[test]
fn edits_that_change_no_meaning_are_silent_in_both_directions() {
    let base = read("base");
    for edit in read("equal").as_array().expect("a list") {
        let other = edited(&base, &edit["edits"]);
        assert!(base.to_string() != other.to_string(), "{}", edit["name"]);
        assert_eq!(changes(&base, &other), [], "{}", edit["name"]);
        assert_eq!(changes(&other, &base), [], "{} back", edit["name"]);
    }
}

#[test]
fn a_change_knows_its_place_on_both_sides_and_everybody_it_concerns() {
    let base = read("base");
    let title = "/components/schemas/Problem/properties/title";
    let edit = serde_json::json!([{"at": format!("{title}/type"), "set": "integer"}]);
    let found = changes(&base, &edited(&base, &edit));
    let [change] = found.as_slice() else {
        panic!("one change for all operations: {found:#?}");
    };
    assert_eq!(change.pointer, format!("{title}/type"));
    assert_eq!(change.old_pointer.as_deref(), Some(change.pointer.as_str()));
    let operations: Vec<&str> = change.operations.iter().map(String::as_str).collect();
    assert_eq!(operations, ["notes_list_notes", "notes_replace_note"]);
    assert_eq!(
        (change.before.as_str(), change.now.as_str()),
        ("string", "integer")
    );
}

#[test]
fn the_document_of_today_has_not_changed_since_itself_and_is_compared_quickly() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let document = plan::document(&root).expect("the document");
    let text = fs::read_to_string(root.join(xtask::MERGED)).expect("the merged document");
    let started = Instant::now();
    let old =
        Baseline::parse("today".to_owned(), xtask::MERGED.into(), None, text).expect("a document");
    let (extent, reported, problems) = prove(&old, &document);
    let took = started.elapsed();
    assert_eq!((reported, problems.len()), (Vec::new(), 0));
    assert_eq!(extent, "no change since today");
    eprintln!("compared in {} ms", took.as_millis());
}

#[test]
fn every_rule_says_what_it_means() {
    for rule in ChangeRule::ALL {
        assert!(rule.explain().ends_with('.'), "{rule}");
        assert!(!rule.remedy().ends_with('.'), "{rule}");
        assert_eq!(ChangeRule::from_id(rule.id()), Some(*rule));
        assert_eq!(
            Rule::from_id(rule.id()),
            None,
            "{rule} is a rule of one kind"
        );
    }
}
