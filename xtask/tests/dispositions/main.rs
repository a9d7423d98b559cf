//! The table of dispositions against the generators: each keyword is changed, and what moves is what the table says.

#![expect(
    clippy::wildcard_enum_match_arm,
    clippy::panic,
    reason = "the helpers of a test take apart what other crates enumerate, and fail by panicking"
)]

mod changes;
mod followed;
mod generated;

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use serde_json::{Value, json};
use xtask::document::Document;
use xtask::lint::dispositions::{Disposition, KINDS, keywords};
use xtask::lint::sites::Kind;
use xtask::lint::{self, official};
use xtask::problem::Rule;

use crate::changes::{changed, changes, document};
use crate::generated::generated;

#[test]
fn what_moves_with_a_keyword_is_what_the_table_says() {
    let document = document();
    let before = generated(&document).expect("it can be expressed");
    let mut failures = Vec::new();
    let mut moved: BTreeMap<(String, &str), (Kind, BTreeSet<Disposition>)> = BTreeMap::new();
    let changes = changes();
    let document = &document;
    // Generating is all work and no waiting, so the cores share it.
    let generated: Vec<_> = thread::scope(|threads| {
        let parts: Vec<_> = changes
            .chunks(changes.len().div_ceil(4))
            .map(|part| {
                threads.spawn(move || {
                    let with = |(_, _, pointer, value): &(_, _, &str, Option<Value>)| {
                        generated(&changed(document, pointer, value.clone()))
                    };
                    part.iter().map(with).collect::<Vec<_>>()
                })
            })
            .collect();
        let parts = parts.into_iter().map(|part| part.join().expect("no panic"));
        parts.flatten().collect()
    });
    for ((kind, name, ..), generated) in changes.into_iter().zip(generated) {
        match generated {
            Ok(after) => {
                let acting = [
                    Disposition::Type,
                    Disposition::Validator,
                    Disposition::RunTime,
                    Disposition::Sdk,
                ];
                let acts = acting
                    .into_iter()
                    .filter(|disposition| before.get(disposition) != after.get(disposition));
                let row = moved
                    .entry((format!("{kind:?}"), name))
                    .or_insert_with(|| (kind, BTreeSet::new()));
                row.1.extend(acts);
            }
            Err(refused) => failures.push(format!("{kind:?} {name}: {refused}")),
        }
    }
    for ((_, name), (kind, acts)) in moved {
        let acts: Vec<Disposition> = if acts.is_empty() {
            vec![Disposition::Documentation]
        } else {
            acts.into_iter().collect()
        };
        let row = keywords(kind).iter().find(|row| row.name == name);
        let row = row.expect("a row");
        // What the started proofs ask for moves nothing that is generated.
        let is_asked_for = row.dispositions == [Disposition::Proof];
        let acts = match acts.as_slice() {
            [Disposition::Documentation] if is_asked_for => vec![Disposition::Proof],
            _ => acts,
        };
        if row.dispositions != acts {
            let says = row.dispositions;
            failures.push(format!(
                "{kind:?} {name}: the table says {says:?}, and {acts:?} move"
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Each change as above leaves a document whose generated server and SDK can be proved.
#[test]
fn what_any_keyword_makes_of_the_document_is_proved() {
    let document = document();
    let mut failures = Vec::new();
    for (kind, name, pointer, value) in changes() {
        let changed = Document::from_value(changed(&document, pointer, value));
        match followed::proofs(&changed) {
            Ok(problems) => failures.extend(problems.iter().map(|problem| {
                let sides = problem.sides.clone().unwrap_or_default();
                format!(
                    "{kind:?} {name}: {} {} {sides:?}",
                    problem.place, problem.message
                )
            })),
            Err(refused) => failures.push(format!("{kind:?} {name}: {refused:?}")),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_row_is_changed_or_refused() {
    let changed: BTreeSet<(String, &str)> = changes()
        .iter()
        .map(|(kind, name, ..)| (format!("{kind:?}"), *name))
        .collect();
    let rows: BTreeSet<(String, &str)> = KINDS
        .iter()
        .flat_map(|kind| keywords(*kind).iter().map(move |row| (kind, row)))
        .filter(|(_, row)| {
            !matches!(
                row.dispositions,
                [Disposition::Refused(_) | Disposition::Respelt]
            )
        })
        .map(|(kind, row)| (format!("{kind:?}"), row.name))
        .collect();
    assert_eq!(changed, rows);
}

/// Where something of a kind is in the document.
fn somewhere(kind: Kind) -> &'static str {
    match kind {
        Kind::Root => "",
        Kind::Info => "/info",
        Kind::License => "/info/license",
        Kind::Server => "/servers/0",
        Kind::Tag => "/tags/0",
        Kind::PathItem => "/paths/~1coins",
        Kind::Operation => "/paths/~1coins/get",
        Kind::Parameter => "/paths/~1coins~1{coinId}~1mint/post/parameters/0",
        Kind::RequestBody => "/paths/~1coins~1{coinId}~1mint/post/requestBody",
        Kind::Response => "/components/responses/CoinUnauthorized",
        Kind::Header => "/paths/~1coins~1{coinId}~1mint/post/responses/201/headers/X-Coin",
        Kind::MediaType => "/components/responses/CoinUnauthorized/content/application~1json",
        Kind::Example => "/components/examples/CoinExample",
        Kind::Schema => "/components/schemas/CoinMetal",
        Kind::SecurityScheme => "/components/securitySchemes/CoinKey",
    }
}

#[test]
fn what_the_table_refuses_and_what_it_does_not_have_is_refused() {
    let mut document = document();
    document["components"]["examples"] = json!({"CoinExample": {"value": 1}});
    for kind in KINDS {
        let rows = keywords(kind);
        let official = official(kind).expect("the meta-schema is JSON");
        assert!(official.len() > 1, "{kind:?}: {official:?}");
        let missing = official
            .iter()
            .filter(|name| rows.iter().all(|row| row.name != *name))
            .map(|name| (name.as_str(), Rule::UnhandledKeyword));
        let refused = rows.iter().filter_map(|row| match row.dispositions {
            [Disposition::Refused(rule)] => Some((row.name, *rule)),
            [Disposition::Respelt] => Some((row.name, Rule::UnhandledKeyword)),
            _ => None,
        });
        for (name, rule) in missing.chain(refused) {
            let at = somewhere(kind);
            let mut with = document.clone();
            with.pointer_mut(at).expect(at)[name] = json!({});
            let problems = lint::lint(&Document::from_value(with));
            let place = format!("{at}/{name}");
            let found = problems
                .iter()
                .any(|problem| problem.rule == rule && problem.place.pointer == place);
            assert!(found, "{rule} at {place}");
        }
    }
}

#[test]
fn every_row_that_is_no_extension_is_a_keyword_of_openapi() {
    for kind in KINDS {
        let official = official(kind).expect("the meta-schema is JSON");
        for row in keywords(kind) {
            // `nullable` is of 3.0, and refused by name because people still write it.
            let known = official.contains(row.name) || row.name == "nullable";
            assert!(known || row.name.starts_with("x-"), "{kind:?} {}", row.name);
        }
    }
}
