//! The committed SDK against the committed document, and single faults in either.

use std::fs;
use std::sync::LazyLock;

use proc_macro2::{TokenStream, TokenTree};
use serde_json::{Value, json};

use super::*;
use crate::lint::sites::{Kind, sites};
use crate::problem::Verdict;

/// Each so many words one is changed.
const STEP: usize = 331;

static ROOT: LazyLock<&Path> =
    LazyLock::new(|| Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")));

static SDK: LazyLock<Sources> =
    LazyLock::new(|| Sources::read(&ROOT).expect("the SDK is committed"));

static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
    let text = fs::read_to_string(ROOT.join(crate::MERGED)).expect("the document is committed");
    Document::from_value(serde_json::from_str(&text).expect("the document is JSON"))
});

fn findings(document: &Document, sources: &Sources) -> Vec<String> {
    let (_, problems) = judge(document, sources);
    let shown = |problem: &Problem| {
        let (expected, found) = problem.sides.clone().unwrap_or_default();
        let place = &problem.place;
        format!(
            "{} {} {}: {} {expected} / {found}",
            problem.rule, place, place.pointer, problem.message
        )
    };
    problems.iter().map(shown).collect()
}

#[test]
fn the_proof_looks_where_the_generator_writes() {
    assert_eq!(FOLDER, crate::sdk_gen::FOLDER);
}

#[test]
fn the_committed_sdk_says_what_the_document_says() {
    let (count, problems) = judge(&DOCUMENT, &SDK);
    let found = findings(&DOCUMENT, &SDK);
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(count > 0 && problems.is_empty());
}

/// The places of all tokens but signs and documentation: line, column, and how long each is.
fn words(stream: TokenStream, found: &mut Vec<(usize, usize, String)>) {
    let mut documentation = false;
    for tree in stream {
        match tree {
            TokenTree::Group(group) => {
                let text = group.stream().to_string();
                if !(documentation && text.starts_with("doc =")) {
                    words(group.stream(), found);
                }
                documentation = false;
            }
            TokenTree::Punct(sign) => documentation = sign.as_char() == '#',
            TokenTree::Ident(_) | TokenTree::Literal(_) => {
                documentation = false;
                let start = tree.span().start();
                found.push((start.line, start.column, tree.to_string()));
            }
        }
    }
}

/// Any word of any file counts: none can be changed without a finding.
#[test]
fn no_word_of_the_sdk_can_be_changed_unseen() {
    let mut count = 0;
    for (file, text) in SDK.iter() {
        let mut all = Vec::new();
        words(text.parse().expect("the SDK is Rust"), &mut all);
        count += all.len();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for (line, column, word) in all.iter().skip(7).step_by(STEP) {
            let mut changed: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            let own = &mut changed[line - 1];
            let start = own.char_indices().nth(*column).expect("it is there").0;
            let other = if word.starts_with('"') {
                "\"other\""
            } else {
                "other"
            };
            own.replace_range(start..start + word.len(), other);
            let found = findings(&DOCUMENT, &SDK.with(file, changed.concat()));
            assert!(
                !found.is_empty(),
                "{word} in line {line} of {file} is not looked at"
            );
        }
    }
    assert!(count > 10_000, "{count} words are too few");
}

/// What is said of a change of the document: the rule and the pointer.
fn of_document(pointer: &str, value: Option<Value>) -> Vec<String> {
    let mut changed = DOCUMENT.value.clone();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer has a parent");
    let name = name.replace("~1", "/");
    match (
        changed.pointer_mut(parent).expect("the parent is there"),
        value,
    ) {
        (Value::Object(members), Some(value)) => drop(members.insert(name, value)),
        (Value::Object(members), None) => drop(members.shift_remove(&name).expect("it is there")),
        (Value::Array(items), Some(value)) => items.push(value),
        other => panic!("{other:?} has no members"),
    }
    let found = judge(&Document::from_value(changed), &SDK).1;
    let mut found: Vec<String> = found
        .iter()
        .map(|problem| format!("{} {}", problem.rule, problem.place.pointer))
        .collect();
    found.dedup();
    found
}

/// Where the document has something for the first time.
fn first(kind: Kind, is: impl Fn(&Value) -> bool) -> String {
    let all = sites(&DOCUMENT);
    let found = all.iter().find(|site| site.kind == kind && is(site.value));
    found.expect("the document has one").pointer.clone()
}

fn has(value: &Value, key: &str, text: &str) -> bool {
    value.get(key).and_then(Value::as_str) == Some(text)
}

#[test]
fn a_change_of_the_document_is_found_where_it_was_made() {
    let all = sites(&DOCUMENT);
    let text = all.iter().find(|site| {
        let is_member = site.pointer.rsplit('/').nth(1) == Some("properties");
        let says = |key: &str| site.value.get(key).is_some();
        let is_plain = !["format", "enum", "x-secret"].iter().any(|key| says(key));
        is_member && is_plain && has(site.value, "type", "string")
    });
    let text = text.expect("a member that is a plain text").pointer.clone();
    let (members, _) = text.rsplit_once('/').expect("a member");
    let header = first(Kind::Parameter, |parameter| has(parameter, "in", "header"));
    let key = first(Kind::SecurityScheme, |scheme| has(scheme, "in", "header"));
    let basic = first(Kind::SecurityScheme, |scheme| {
        has(scheme, "x-basic", "form")
    });
    let around = first(Kind::SecurityScheme, |scheme| {
        scheme.get("x-credential").is_some()
    });
    let one_proof = first(Kind::Operation, |operation| {
        operation.get("x-one-proof").is_some()
    });
    let gone = first(Kind::Operation, |operation| {
        operation.pointer("/responses/410").is_none()
    });
    let error = first(Kind::Schema, |schema| {
        schema.pointer("/x-error/message").is_some()
    });
    let told = first(Kind::Schema, |schema| {
        schema.pointer("/x-error/retry").is_some()
    });
    let number = first(Kind::Header, |header| {
        header.pointer("/schema/type") == Some(&json!("integer"))
            && header.pointer("/schema/enum").is_none()
    });
    let cases = [
        (
            format!("{text}/type"),
            Some(json!("boolean")),
            format!("sdk-type {text}"),
        ),
        (
            format!("{members}/phone"),
            Some(json!({"type": "string"})),
            format!("sdk-type {members}/phone"),
        ),
        (
            format!("{header}/name"),
            Some(json!("X-Other")),
            format!("sdk-parameter {header}"),
        ),
        (
            format!("{key}/name"),
            Some(json!("x-others")),
            format!("sdk-security {key}"),
        ),
        (
            format!("{gone}/responses/410"),
            Some(json!({"description": "Gone."})),
            format!("sdk-status {gone}/responses/410"),
        ),
        (
            format!("{basic}/x-basic"),
            Some(json!("plain")),
            format!("sdk-security {basic}"),
        ),
        (
            format!("{around}/x-credential"),
            Some(json!("Other {}")),
            format!("sdk-security {around}"),
        ),
        (
            format!("{one_proof}/x-one-proof/members"),
            Some(json!(["other"])),
            format!("sdk-security {one_proof}/x-one-proof"),
        ),
        (
            format!("{error}/x-error/message"),
            Some(json!("/other")),
            format!("sdk-error {error}/x-error"),
        ),
        (
            format!("{told}/x-error/retry"),
            None,
            format!("sdk-error {told}"),
        ),
        (
            format!("{number}/schema/type"),
            Some(json!("string")),
            format!("sdk-header {number}"),
        ),
    ];
    for (pointer, value, expected) in cases {
        let found = of_document(&pointer, value);
        assert!(
            found.contains(&expected),
            "{pointer}: {found:?} lacks {expected}"
        );
    }
}

/// Also what may be left out of `x-error`, about which no rule of the document has a word.
#[test]
fn no_place_of_a_refusal_can_be_taken_out_unseen() {
    let schemas = "/components/schemas";
    let named = DOCUMENT.get(schemas).and_then(Value::as_object);
    let mut count = 0;
    for (name, schema) in named.into_iter().flatten() {
        let places = schema.get("x-error").and_then(Value::as_object);
        for key in places.into_iter().flatten().map(|(key, _)| key) {
            if key != "code" {
                count += 1;
                let at = format!("{schemas}/{name}/x-error/{key}");
                let found = of_document(&at, None);
                let of_errors = found.iter().all(|one| one.starts_with("sdk-error "));
                assert!(of_errors && !found.is_empty(), "{at}: {found:?}");
            }
        }
    }
    assert!(count >= 9, "{count} places are too few");
    let header = first(Kind::Header, |header| header.get("x-error").is_some());
    let found = of_document(&format!("{header}/x-error"), None);
    assert!(
        found.iter().any(|one| one.starts_with("sdk-operation ")),
        "{found:?}"
    );
}

#[test]
fn texts_and_the_order_of_sets_are_no_facts() {
    let turned = |pointer: &str| {
        let mut list = DOCUMENT
            .get(pointer)
            .and_then(Value::as_array)
            .expect("a list")
            .clone();
        list.reverse();
        json!(list)
    };
    let several = |key: &'static str| {
        move |schema: &Value| {
            let list = schema.get(key).and_then(Value::as_array);
            list.is_some_and(|list| list.len() > 1)
        }
    };
    let required = first(Kind::Schema, several("required")) + "/required";
    let values = first(Kind::Schema, several("enum")) + "/enum";
    let quiet = [
        ("/info/description", json!("Another text.")),
        (required.as_str(), turned(&required)),
        (values.as_str(), turned(&values)),
    ];
    for (pointer, value) in quiet {
        assert_eq!(
            of_document(pointer, Some(value)),
            Vec::<String>::new(),
            "{pointer}"
        );
    }
}

#[test]
fn what_is_not_rust_is_a_finding_where_it_stops_being_rust() {
    let file = sources::root();
    let broken = SDK.with(&file, "pub mod types { (".to_owned());
    let (_, problems) = judge(&DOCUMENT, &broken);
    let told = problems
        .iter()
        .find(|problem| problem.message.contains("not Rust"));
    assert_eq!(
        told.map(|problem| problem.place.file.clone()),
        Some(file.into())
    );
}

#[test]
fn what_has_no_known_form_is_not_proven() {
    let (file, text) = SDK.iter().next().expect("a file");
    let (file, text) = (file.to_owned(), format!("{text}\npub fn other() {{}}\n"));
    let (_, problems) = judge(&DOCUMENT, &SDK.with(&file, text.clone()));
    let told: Vec<&Problem> = problems.iter().collect();
    let [told] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!(told.verdict, Verdict::NotProven);
    assert_eq!(told.place.file, Path::new(&file));
    assert_eq!(told.place.line, text.lines().count());
}
