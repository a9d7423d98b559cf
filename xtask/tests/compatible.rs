//! Each compatibility rule against a pair of documents that fires it alone, and one close by that does not.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};
use xtask::compatible::baseline::Baseline;
use xtask::compatible::fixture::{self, Fixture};
use xtask::compatible::{ChangeRule, Class, changes, prove};
use xtask::document::join;
use xtask::plan;
use xtask::problem::Rule;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn fixtures() -> Vec<Fixture> {
    fixture::all(&root()).expect("the fixtures")
}

#[test]
fn each_rule_has_a_fixture_that_fires_it_alone_and_a_neighbour_that_does_not() {
    let mut failures = Vec::new();
    let fixtures = fixtures();
    for fixture in &fixtures {
        let (old, new) = (&fixture.old, &fixture.new);
        if format!("{old}") == format!("{new}") {
            failures.push(format!("{}: no edit", fixture.name));
        }
        let found = changes(old, new);
        let fired: BTreeSet<String> = found.iter().map(|one| one.rule.id().to_owned()).collect();
        if fired != fixture.fires {
            failures.push(format!("{}: {fired:?}", fixture.name));
        }
        if let Some(rule) = fixture.name.strip_suffix(" (neighbour)") {
            let breaks = found.iter().any(|change| change.class > Class::Compatible);
            if breaks || fired.contains(rule) {
                failures.push(format!("{} is no neighbour", fixture.name));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(fixtures.len() > 2 * ChangeRule::ALL.len());
}

#[test]
fn no_fixture_is_without_a_rule() {
    for entry in fs::read_dir(root().join(fixture::FOLDER)).expect("the folder") {
        let name = entry.expect("an entry").file_name();
        let name = name.to_string_lossy();
        let stem = name.trim_end_matches(".json");
        let known = ["base", "equal", "redocly"].contains(&stem);
        assert!(known || ChangeRule::from_id(stem).is_some(), "{name}");
    }
}

#[test]
fn edits_that_change_no_meaning_are_silent_in_both_directions() {
    let fixtures = fixtures();
    let equal = fixtures
        .iter()
        .filter(|one| one.name.starts_with("equal: "));
    for fixture in equal {
        assert_eq!(changes(&fixture.new, &fixture.old), [], "{}", fixture.name);
    }
}

#[test]
fn a_change_knows_its_place_on_both_sides_and_everybody_it_concerns() {
    let base = fixtures().remove(0).old;
    let title = "/components/schemas/Problem/properties/title";
    let mut other = base.clone();
    *other.pointer_mut(title).expect("a property") = json!({"type": "integer"});
    let found = changes(&base, &other);
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
    let root = root();
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

/// Every pointer to something that is neither a mapping nor a list.
fn leaves(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, member) in map {
                leaves(member, &join(pointer, key), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                leaves(item, &join(pointer, &index.to_string()), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            found.push(pointer.to_owned());
        }
    }
}

#[test]
fn nothing_in_the_document_changes_unseen() {
    // All of them take minutes; a prime keeps the sample off any regular spacing.
    const EVERY: usize = 41;
    let document = plan::document(&root()).expect("the document").value;
    let mut all = Vec::new();
    leaves(&document, "", &mut all);
    let mut unseen = Vec::new();
    for pointer in all.iter().step_by(EVERY) {
        let mut other = document.clone();
        let leaf = other.pointer_mut(pointer).expect("a leaf");
        *leaf = match leaf {
            Value::Bool(flag) => json!(!*flag),
            Value::Number(number) => json!(number.as_f64().unwrap_or_default() + 1.0),
            Value::String(text) => json!(format!("{text}x")),
            Value::Null | Value::Array(_) | Value::Object(_) => json!("x"),
        };
        // A header without `required` is optional by itself, and the lint refuses `x-optional: false`.
        let says_nothing = pointer == "/info/version" || pointer.ends_with("/x-optional");
        if changes(&document, &other).is_empty() && !says_nothing {
            unseen.push(pointer);
        }
    }
    assert!(unseen.is_empty(), "{unseen:#?}");
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
