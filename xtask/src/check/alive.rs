//! Proof 0: the check itself is awake. A document with a few drifts that are always the same is put before
//! each proof, and each drift has to be seen where it is: a check that would pass anything fails.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::judge::{Evidence, closed_world, losses, server_says};
use crate::artefact::Artefact;
use crate::compatible::{self, Change, Class};
use crate::document::{Document, is_within, join};
use crate::lint::sites::{Kind, sites};
use crate::lower::LossyEdit;
use crate::plan::Reading;
use crate::problem::{Place, Problem, Problems, Rule};
use crate::prove::{layers, sdk};
use crate::{fresh, lint, load};

/// A path that no document has.
const ROUTE: &str = "/canary";

/// One drift, and where it has to be seen.
struct Canary {
    name: &'static str,
    pointer: String,
}

/// Puts the canaries before each proof; says how many there were, and which were let through.
#[must_use]
pub fn prove(project: &Path, reading: &Reading, evidence: &Evidence) -> (String, Problems) {
    let document = &reading.document;
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
    let byte = "a byte of a generated file";
    demand("artefacts", byte, "", sees_a_byte(project));
    // What is wrong already may stand before these.
    let sound = reading.problems.is_empty();
    for (name, broken) in [
        ("an example of another type", with_a_wrong_example(document)),
        ("a licence without a name", without_a_licence_name(document)),
    ] {
        let Some((broken, pointer)) = broken.filter(|_| sound) else {
            continue;
        };
        let found = sees(&lint::lint(&broken), &pointer);
        demand("document", name, &pointer, found);
    }
    let route = join("/paths", ROUTE);
    let changes = compatible::changes(&drifted.value, &document.value);
    let gone = |change: &Change| {
        let was = change.old_pointer.as_deref();
        change.class == Class::Breaking && was.is_some_and(|was| is_within(was, &route))
    };
    let found = changes.iter().any(gone);
    demand("compatible", "a path that is gone", &route, found);
    let import = "use crate::storage::SqlStore;";
    let found = layers::forbids(project, "dialects/canary.rs", import);
    demand("layers", "a dialect that knows the storage", "", found);
    (format!("{seen} canaries"), asleep)
}

/// Whether some finding is at or in a place.
fn sees(problems: &Problems, pointer: &str) -> bool {
    problems
        .iter()
        .any(|problem| is_within(&problem.place.pointer, pointer))
}

/// Whether a file that is not what is generated differs by one byte, and one that is does not.
fn sees_a_byte(project: &Path) -> bool {
    let Ok(content) = fs::read_to_string(project.join(load::ROOT)) else {
        return false;
    };
    let mut artefact = Artefact {
        path: load::ROOT.into(),
        content,
    };
    let same = fresh::difference(project, &artefact).is_none();
    artefact.content.push(' ');
    same && fresh::difference(project, &artefact).is_some()
}

/// The document with a number for an example that is an object; and where that is.
fn with_a_wrong_example(document: &Document) -> Option<(Document, String)> {
    let mut objects = sites(document).into_iter().filter(|site| {
        let value = site.value.get("value");
        site.kind == Kind::Example && value.is_some_and(Value::is_object)
    });
    broken(document, objects.next()?.at("value"), json!(7))
}

/// The document with something under the licence that the specification does not allow; and where that is.
fn without_a_licence_name(document: &Document) -> Option<(Document, String)> {
    let licence = "/info/license";
    let mut members = document.get(licence)?.clone();
    members.as_object_mut()?.shift_remove("name")?;
    broken(document, licence.to_owned(), members)
}

fn broken(document: &Document, pointer: String, value: Value) -> Option<(Document, String)> {
    let mut broken = document.clone();
    *broken.value.pointer_mut(&pointer)? = value;
    Some((broken, pointer))
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
    use std::path::PathBuf;

    use super::*;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    fn document() -> Document {
        crate::plan::document(&root()).expect("the project's own document")
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
    fn a_server_that_agrees_to_everything_is_noticed() {
        let reading = crate::plan::read(&root());
        let asleep = |emitted: Value| {
            let evidence = Evidence {
                emitted,
                ..Evidence::default()
            };
            let says = |problem: &&Problem| problem.message.contains("`server says`");
            prove(&root(), &reading, &evidence)
                .1
                .iter()
                .filter(says)
                .count()
        };
        let said_of = |document: &Document| crate::prove::lift::expected(document).0;
        assert_eq!(asleep(said_of(&reading.document)), 0);
        assert!(asleep(said_of(&drifted(&reading.document).0)) > 0);
    }
}
