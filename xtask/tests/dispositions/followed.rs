//! What the lint accepts and both generators express, the proofs can follow: each variant of a schema at each site.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};
use xtask::check::judge::{Evidence, closed_world, server_says};
use xtask::document::Document;
use xtask::lint::dispositions::{Disposition, keywords};
use xtask::lint::sites::Kind;
use xtask::load::{FRAGMENTS, ROOT};
use xtask::plan;
use xtask::problem::{Problems, Rule, Verdict};
use xtask::prove::lift;
use xtask::prove::sdk::{self, Sources};
use xtask::{sdk_gen, server_gen};

const ROOT_TEXT: &str = "openapi: 3.1.0
info: {title: Plain, version: 1.0.0, description: Things.}
servers: [{url: /}]
";

/// Where a schema can stand.
const SITES: [&str; 15] = [
    "path parameter",
    "query parameter",
    "required query parameter",
    "header parameter",
    "required header parameter",
    "shared parameter",
    "header of an answer",
    "member of a request",
    "required member of a request",
    "item of a request",
    "choice of a request",
    "member of an answer",
    "required member of an answer",
    "item of an answer",
    "choice of an answer",
];

/// A schema, and a value that it lets through.
type Variant = (Value, Value);

/// What the proofs say of a document that is generated without a word.
pub fn proofs(document: &Document) -> Result<Problems, Problems> {
    server_gen::generate(document)?;
    let (files, _) = sdk_gen::generate(document)?;
    let files = files
        .iter()
        .map(|file| (file.path.as_path(), file.content.as_str()));
    let (_, mut problems) = sdk::judge(document, &Sources::among(files));
    let evidence = Evidence {
        emitted: emitted(document),
        mounted: mounted(document),
        ..Evidence::default()
    };
    problems.extend(server_says(document, &evidence));
    problems.extend(closed_world(document, &evidence));
    Ok(problems)
}

/// What a server emits that says all of a document.
fn emitted(document: &Document) -> Value {
    let mut value = lift::expected(document).0;
    if let Some(tags) = value.get_mut("tags") {
        let named = tags.as_object().into_iter().flatten();
        *tags = named.map(|(_, tag)| tag.clone()).collect();
    }
    value
}

/// What a server says that mounts the operations of a document.
fn mounted(document: &Document) -> Value {
    let paths = document.get("/paths").and_then(Value::as_object);
    let mut routes = Vec::new();
    for (path, item) in paths.into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let owner = operation.pointer("/tags/0").cloned().unwrap_or_default();
            let method = method.to_uppercase();
            routes.push(json!({"path": path, "method": method, "owner": owner}));
        }
    }
    routes.into()
}

/// Every sort of schema that a document can have, and the components that they refer to.
#[derive(Deserialize)]
struct Plain {
    variants: BTreeMap<String, Variant>,
    schemas: Value,
}

fn plain() -> Plain {
    serde_json::from_str(include_str!("plain.json")).expect("the fixture is JSON")
}

/// An object with a member of each named schema.
fn all_named() -> Value {
    let names = [
        "Object", "Closed", "Defaults", "Values", "Numbers", "Free", "Choice",
    ];
    let members = names.map(|name| {
        let reference = format!("#/components/schemas/Plain{name}");
        (name.to_lowercase(), json!({"$ref": reference}))
    });
    let members: serde_json::Map<String, Value> = members.into_iter().collect();
    json!({"description": "All.", "type": "object", "required": [], "properties": members})
}

/// A document with schemas at some sites, and plain texts at the others.
fn text_of(at: &BTreeMap<&str, &Variant>) -> String {
    let usual: Variant = (json!({"type": "string"}), json!("abc"));
    let of = |site: &str| (*at.get(site).unwrap_or(&&usual)).clone();
    let parameter = |site: &str, location: &str, name: &str, required: bool| {
        let (schema, example) = of(site);
        let owner = (location == "path").then_some("nobody");
        let mut own = json!({"name": name, "in": location, "required": required,
            "description": "A parameter.", "schema": schema, "example": example});
        if let Some(owner) = owner {
            own["x-owned-by"] = json!(owner);
        }
        own
    };
    let object = |of_what: &str| {
        let (member, _) = of(&format!("member of {of_what}"));
        let (required, _) = of(&format!("required member of {of_what}"));
        let (item, _) = of(&format!("item of {of_what}"));
        json!({"description": "It.", "type": "object", "required": ["required"], "properties": {
            "member": member, "required": required,
            "items": {"type": "array", "items": item}}})
    };
    let example =
        |of_what: &str| json!({"required": of(&format!("required member of {of_what}")).1});
    let choice = |of_what: &str| json!({"description": "It or anything.", "oneOf": [of(&format!("choice of {of_what}")).0, {"$ref": "#/components/schemas/PlainProblem"}]});
    let body = |name: &str, example: Value| {
        json!({"application/json": {"schema": {"$ref": format!("#/components/schemas/Plain{name}")},
            "examples": {"one": {"summary": "One.", "value": example}}}})
    };
    let (schema, left) = of("header of an answer");
    let headers = json!({"X-Left": {"description": "How many are left.", "required": true,
        "schema": schema, "example": left}});
    let refused = json!({"$ref": "#/components/responses/PlainMalformed"});
    let operation = |id: &str, parameters: Value, given: Value, answered: Value| {
        json!({"operationId": id, "summary": "Do", "description": "Does.", "tags": ["plain"], "security": [],
            "parameters": parameters,
            "requestBody": {"required": true, "content": given},
            "responses": {"200": {"description": "It.", "headers": headers.clone(), "content": answered},
                "400": refused.clone()}})
    };
    let parameters = json!([
        parameter("path parameter", "path", "in_path", true),
        parameter("query parameter", "query", "in_query", false),
        parameter("required query parameter", "query", "always", true),
        parameter("header parameter", "header", "X-In", false),
        parameter("required header parameter", "header", "X-Always", true),
        {"$ref": "#/components/parameters/PlainShared"}]);
    let problem = json!({"title": "malformed"});
    let mut schemas = plain().schemas;
    for (name, schema) in [
        ("PlainGiven", object("a request")),
        ("PlainAnswered", object("an answer")),
        ("PlainEither", choice("a request")),
        ("PlainOr", choice("an answer")),
        ("PlainAll", all_named()),
    ] {
        schemas[name] = schema;
    }
    json!({
        "tags": [{"name": "plain", "description": "Plain things."}],
        "paths": {
            "/plain/things/{in_path}": {"post": operation("plain_change_thing", parameters,
                body("Given", example("a request")), body("Answered", example("an answer")))},
            "/plain/things": {
                "post": operation("plain_choose_thing", json!([]),
                    body("Either", problem.clone()), body("Or", problem.clone())),
                "put": operation("plain_put_things", json!([]), body("All", json!({})), body("All", json!({})))}},
        "components": {
            "parameters": {"PlainShared": parameter("shared parameter", "query", "shared", false)},
            "responses": {"PlainMalformed": {"description": "It is malformed.",
                "content": body("Problem", problem)}},
            "schemas": schemas}
    })
    .to_string()
}

fn document(at: &BTreeMap<&str, &Variant>) -> Result<Document, Problems> {
    let sources = [
        (PathBuf::from(ROOT), ROOT_TEXT.to_owned()),
        (Path::new(FRAGMENTS).join("plain.yaml"), text_of(at)),
    ];
    plan::document_from(&sources)
}

/// What becomes of a variant at a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Proved,
    NotProven,
    /// The lint or a generator says that nobody keeps it.
    Refused,
}

fn outcome(at: &BTreeMap<&str, &Variant>, told: &str, failures: &mut Vec<String>) -> Outcome {
    let Ok(document) = document(at) else {
        return Outcome::Refused;
    };
    let Ok(problems) = proofs(&document) else {
        return Outcome::Refused;
    };
    let not_proven = |problem: &&xtask::problem::Problem| problem.verdict == Verdict::NotProven;
    for problem in problems.iter().filter(|problem| !not_proven(problem)) {
        let sides = problem.sides.clone().unwrap_or_default();
        failures.push(format!(
            "{told}: {} {}: {sides:?}",
            problem.rule, problem.message
        ));
    }
    if problems.iter().any(|problem| not_proven(&problem)) {
        Outcome::NotProven
    } else {
        Outcome::Proved
    }
}

/// Without anything at any site it is a document that is proved.
#[test]
fn the_plain_document_is_proved() {
    let document = document(&BTreeMap::new()).expect("the lint accepts it");
    let problems = proofs(&document).expect("it can be generated");
    assert_eq!(problems, Problems::new());
}

#[test]
fn every_variant_of_a_schema_is_proved_at_every_site_where_it_may_stand() {
    let variants = plain().variants;
    let mut failures = Vec::new();
    let mut outcomes: BTreeMap<Outcome, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for (name, variant) in &variants {
        // Sites do not know of each other, so one document has the variant wherever it is accepted.
        let accepted: BTreeMap<&str, &Variant> = SITES
            .iter()
            .filter(|site| {
                let alone = document(&BTreeMap::from([(**site, variant)]));
                alone.is_ok_and(|document| server_gen::generate(&document).is_ok())
            })
            .map(|site| (*site, variant))
            .collect();
        let whole = outcome(&accepted, name, &mut failures);
        for site in SITES {
            let own = match (accepted.contains_key(site), whole) {
                (false, _) => Outcome::Refused,
                (true, Outcome::Proved) => Outcome::Proved,
                (true, _) => {
                    let alone = BTreeMap::from([(site, variant)]);
                    outcome(&alone, &format!("{name} at {site}"), &mut failures)
                }
            };
            outcomes.entry(own).or_default().insert((name, site));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let of = |outcome| outcomes.get(&outcome).cloned().unwrap_or_default();
    assert_eq!(of(Outcome::NotProven), BTreeSet::new());
    let proved = of(Outcome::Proved);
    let nowhere: Vec<&String> = variants
        .keys()
        .filter(|name| proved.iter().all(|(own, _)| own != name))
        .collect();
    assert_eq!(nowhere, Vec::<&String>::new(), "they are accepted nowhere");
    let empty: Vec<&&str> = SITES
        .iter()
        .filter(|site| proved.iter().filter(|(_, own)| own == *site).count() < 5)
        .collect();
    assert_eq!(empty, Vec::<&&str>::new(), "they take next to nothing");
}

/// Each keyword of a schema that the table lets stand is in some variant.
#[test]
fn every_keyword_of_a_schema_is_in_a_variant() {
    let text = text_of(&BTreeMap::new()) + &format!("{:?}", plain().variants);
    let missing: Vec<&str> = keywords(Kind::Schema)
        .iter()
        .filter(|row| {
            !matches!(
                row.dispositions,
                [Disposition::Refused(_) | Disposition::Respelt]
            )
        })
        .map(|row| row.name)
        .filter(|name| !text.contains(&format!("\"{name}\"")))
        .collect();
    // It says nothing of values; `changes.rs` has it.
    assert_eq!(missing, ["x-divergence"]);
}

/// A parameter may be called what generated code calls a variable of its own, but not what it calls a function.
#[test]
fn a_parameter_of_any_name_is_proved_or_refused() {
    let called = |name: &str| {
        let text = text_of(&BTreeMap::new()).replace("\"in_query\"", &format!("{name:?}"));
        let sources = [
            (PathBuf::from(ROOT), ROOT_TEXT.to_owned()),
            (Path::new(FRAGMENTS).join("plain.yaml"), text),
        ];
        proofs(&plan::document_from(&sources).expect(name))
    };
    for name in [
        "client",
        "request",
        "response",
        "result",
        "info",
        "url",
        "header_map",
        "type",
        "self",
        "value",
        "1st",
        "a-b",
    ] {
        assert_eq!(called(name), Ok(Problems::new()), "{name}");
    }
    for name in ["send", "new", "exchange"] {
        let refused = called(name).expect_err(name);
        let rules: Vec<Rule> = refused.iter().map(|problem| problem.rule).collect();
        assert_eq!(rules, [Rule::ClientUnsupported], "{name}");
    }
}
