//! Proof 0: the check itself is awake. A document with a few drifts that are always the same is put before
//! each proof, and each drift has to be seen where it is: a check that would pass anything fails.

use serde_json::{Value, json};

use crate::artefact::{Header, with_header};
use crate::check::judge::{Evidence, closed_world, losses, server_says};
use crate::document::{Document, is_within, join};
use crate::lint;
use crate::lint::sites::{Kind, sites};
use crate::lower::LossyEdit;
use crate::problem::{Place, Problem, Problems, Rule};
use crate::prove::sdk;

/// A path that no document has.
const ROUTE: &str = "/canary";

/// One drift, and where it has to be seen.
struct Canary {
    name: &'static str,
    pointer: String,
}

/// Puts the canaries before each proof; says how many there were, and which were let through.
#[must_use]
pub fn prove(document: &Document, evidence: &Evidence) -> (String, Problems) {
    let (drifted, canaries) = drifted(document);
    let mut asleep = Problems::new();
    let mut seen = 0;
    let mut demand = |proof: &str, name: &str, pointer: &str, found: bool| {
        seen += 1;
        if !found {
            let place = Place {
                pointer: pointer.to_owned(),
                ..Place::file("xtask/src/prove")
            };
            let message = format!("the proof `{proof}` lets a drift through: {name}");
            asleep.push(Problem::wrong(Rule::CheckAsleep, place, message));
        }
    };
    let says = server_says(&drifted, evidence);
    for canary in &canaries {
        let found = sees(&says, &canary.pointer);
        demand("server says", canary.name, &canary.pointer, found);
    }
    let route = join("/paths", ROUTE);
    let a_route = "a path that only the document has";
    let found = sees(&closed_world(&drifted, evidence), &route);
    demand("closed world", a_route, &route, found);
    let found = sees(&sdk::judge(&drifted, &evidence.sdk).1, &route);
    demand("SDK", a_route, &route, found);
    let found = sees(&lint::lint(&drifted), "/canary");
    demand("document", "a keyword that nobody knows", "/canary", found);
    let loss = LossyEdit {
        kind: "canary".to_owned(),
        pointer: "/canary".to_owned(),
        lost: "a canary".to_owned(),
    };
    let mut accepted = evidence.lowering_accepted.clone();
    let found = sees(&losses(document, &[loss], &mut accepted), "/canary");
    demand("artefacts", "a loss that nobody accepted", "/canary", found);
    demand("artefacts", "a byte of a generated file", "", sees_a_byte());
    (format!("{seen} canaries"), asleep)
}

/// Whether some finding is at or in a place.
fn sees(problems: &Problems, pointer: &str) -> bool {
    problems
        .iter()
        .any(|problem| is_within(&problem.place.pointer, pointer))
}

/// Whether a generated file shows that one byte of it was changed.
fn sees_a_byte() -> bool {
    let file = with_header("canary.rs", "canary", "", "const CANARY: u8 = 1;\n").content;
    let edited = file.replace("= 1", "= 2");
    let untouched = |text: &str| Header::parse(text).map(|header| header.is_untouched());
    untouched(&file) == Some(true) && untouched(&edited) == Some(false)
}

/// The document with all drifts at once; each kind of place that a document has gets one.
fn drifted(document: &Document) -> (Document, Vec<Canary>) {
    let mut drifted = document.clone();
    let mut canaries = Vec::new();
    let mut put = |name: &'static str, owner: &str, key: &str, value: Value| {
        if let Some(Value::Object(map)) = drifted.value.pointer_mut(owner) {
            map.insert(key.to_owned(), value);
            let pointer = join(owner, key);
            canaries.push(Canary { name, pointer });
        }
    };
    let all = sites(document);
    let first = |kind: Kind, key: &str| {
        all.iter()
            .find(|site| site.kind == kind && site.value.get(key).is_some())
    };
    if let Some(operation) = first(Kind::Operation, "operationId") {
        let at = &operation.pointer;
        let mut copy = operation.value.clone();
        copy["operationId"] = json!("canary_sing_song");
        put(
            "a path that only the document has",
            "/paths",
            ROUTE,
            json!({ "get": copy }),
        );
        put("another summary", at, "summary", json!("Sing"));
    }
    let secured = all.iter().find_map(|site| {
        let alternatives = site.value.get("security")?.as_array()?;
        (!alternatives.is_empty()).then_some(site)
    });
    if let Some(operation) = secured {
        put("no security", &operation.pointer, "security", json!([]));
    }
    if let Some(response) = first(Kind::Response, "headers") {
        let headers = response.at("headers");
        let name = response
            .value
            .get("headers")
            .and_then(Value::as_object)
            .and_then(|map| map.keys().next());
        if let Some(name) = name {
            // Instead of the first header: one is gone and one is new.
            let header = json!({"required": true, "description": "Sings.", "schema": {"type": "string"}, "example": "la"});
            put(
                "a header that only the document has",
                &headers,
                &format!("{name}-Canary"),
                header,
            );
        }
    }
    let demanding = all.iter().find(|site| {
        let required = site.value.get("required").and_then(Value::as_array);
        site.kind == Kind::Schema && required.is_some_and(|required| !required.is_empty())
    });
    if let Some(schema) = demanding {
        put(
            "nothing is required",
            &schema.pointer,
            "required",
            json!([]),
        );
    }
    let number = all
        .iter()
        .find(|site| site.kind == Kind::Schema && site.text("type") == Some("integer"));
    if let Some(schema) = number {
        put("another bound", &schema.pointer, "minimum", json!(-77));
    }
    if let Some(Value::Object(root)) = Some(&mut drifted.value) {
        root.insert("canary".to_owned(), json!(true));
    }
    (drifted, canaries)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn document() -> Document {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        crate::plan::document(&root).expect("the project's own document")
    }

    #[test]
    fn every_kind_of_place_of_our_document_has_its_canary() {
        let (_, canaries) = drifted(&document());
        let names: Vec<&str> = canaries.iter().map(|canary| canary.name).collect();
        assert_eq!(
            names,
            [
                "a path that only the document has",
                "another summary",
                "no security",
                "a header that only the document has",
                "nothing is required",
                "another bound"
            ]
        );
    }

    #[test]
    fn an_accepted_list_that_accepts_everything_is_noticed() {
        let document = document();
        let mut evidence = Evidence {
            emitted: super::super::lift::expected(&document).0,
            ..Evidence::default()
        };
        let asleep = |evidence: &Evidence| {
            let says = |problem: &&Problem| problem.message.contains("`server says`");
            prove(&document, evidence).1.iter().filter(says).count()
        };
        assert_eq!(asleep(&evidence), 0);
        let stars: Vec<String> = (1..12)
            .map(|depth| {
                let pointer = "/*".repeat(depth);
                format!(r#"{{"name": "all", "pointer": "{pointer}", "reason": "none"}}"#)
            })
            .collect();
        let text = format!("[{}]", stars.join(","));
        evidence.emitted_accepted =
            super::super::accepted::Accepted::parse("accepted.json", &text).expect("a list");
        assert!(asleep(&evidence) > 0);
    }
}
