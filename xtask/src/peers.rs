//! Our proofs beside other people's tools, all on the same drifts of the document: the page in the README.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::compatible::redocly::REDOCLY;
use crate::demo::Demo;
use crate::document::Document;
use crate::mutate::drift::{Drift, Edit};
use crate::mutate::judge::Judge;
use crate::mutate::ledger;
use crate::mutate::pick;
use crate::mutate::server::drifted_server;
use crate::mutate::switched::SWITCH;
use crate::prove::{cargo, emitted, started};
use crate::second_opinion::{self, succeed};
use crate::spelling;
use crate::trials::Trials;

/// The drifts, and the program that runs the other tools.
const FOLDER: &str = "xtask/peers";
/// Where the tools are installed and what is compared is written.
const TARGET: &str = "target/peers";
/// Pinned, so that the page can be made again.
const NODE: [&str; 2] = [REDOCLY, "@stoplight/prism-cli@5.14.2"];
/// See [`NODE`].
const CARGO: [(&str, &[&str]); 2] = [
    ("spargen@0.5.0", &["--features", "cli"]),
    ("oas3-gen@0.29.0", &[]),
];

/// A drift of the list; what `peers.py` needs of it, it reads itself.
#[derive(Debug, Deserialize)]
struct Entry {
    id: String,
    kind: String,
    edits: Vec<Change>,
}

/// One change of the document.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Change {
    /// `remove` or `reverse`, and where.
    There(String, String),
    /// `set`, `rename` or `copy`, where, and a value, a key or a target.
    With(String, String, Value),
}

/// What one tool saw.
#[derive(Debug, Serialize)]
struct Seen {
    seen: Map<String, Value>,
    seconds: f64,
}

/// Judges every drift by our static proofs, then by the other tools; prints the table.
///
/// # Errors
/// When a tool cannot be installed, or the project is not in order.
pub fn run(root: &Path, tools: &[String], out: &mut dyn Write) -> io::Result<()> {
    let target = root.join(TARGET);
    second_opinion::install(root)?;
    install(&target)?;
    let entries = entries(root)?;
    let judge = Judge::new(root).map_err(io::Error::other)?;
    let documents = target.join("documents");
    fs::create_dir_all(&documents)?;
    let write = |name: &str, value: &Value| -> io::Result<()> {
        let file = File::create(documents.join(format!("{name}.json")))?;
        Ok(serde_json::to_writer_pretty(file, value)?)
    };
    write("base", &judge.document.value)?;
    let mut seen = Map::new();
    let mut spent = 0.0;
    for entry in &entries {
        let mut document = drifted(&judge.document, entry)?;
        write(&entry.id, &document.value)?;
        let started = Instant::now();
        spelling::unify(&mut document);
        let objection = judge.judge(&document);
        spent += started.elapsed().as_secs_f64();
        seen.insert(entry.id.clone(), objection.is_some().into());
        if let Some(objection) = objection {
            for problem in objection.problems.iter().take(1) {
                let (kind, id) = (&entry.kind, &entry.id);
                writeln!(out, "{kind} {id}: {} {}", problem.rule, problem.place)?;
            }
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "tens of drifts")]
    let seconds = spent / entries.len().max(1) as f64;
    let ours = Map::from_iter([(
        "cargo xtask check, static proofs".to_owned(),
        serde_json::to_value(Seen { seen, seconds })?,
    )]);
    serde_json::to_writer_pretty(File::create(target.join("ours.json"))?, &ours)?;
    out.flush()?;

    let server = emitted::build(root).map_err(|problem| io::Error::other(problem.message))?;
    ask_others(root, &server, &[], tools)
}

/// Has those tools that look at servers judge some drifts of the server, the document being as it is.
///
/// # Errors
/// When a tool cannot be installed, or the drifted server cannot be built.
pub fn run_servers(root: &Path, sample: usize, out: &mut dyn Write) -> io::Result<()> {
    let target = root.join(TARGET);
    second_opinion::install(root)?;
    install(&target)?;
    let _only = ledger::hold(root)?;
    let (server, drifts) = drifted_server(root).map_err(io::Error::other)?;
    let chosen = pick(
        drifts,
        Some(sample),
        1,
        |(id, _)| id.clone(),
        |(_, operator)| operator.clone(),
    );
    let names: Vec<String> = chosen.into_iter().map(|(id, _)| id).collect();
    writeln!(
        out,
        "{} drifts of the server: {}",
        names.len(),
        names.join(" ")
    )?;
    out.flush()?;
    // What was said of another server is of no use.
    if target.join("server.json").is_file() {
        fs::remove_file(target.join("server.json"))?;
    }
    ask_others(
        root,
        &server,
        &[],
        &["--server".to_owned(), "none".to_owned()],
    )?;
    for name in names {
        let tools = ["--server".to_owned(), name.clone()];
        if let Err(error) = ask_others(root, &server, &[(SWITCH, &name)], &tools) {
            writeln!(out, "{name}: {error}")?;
        }
    }
    Ok(())
}

/// Starts a demo and the program that runs the other tools beside it.
fn ask_others(
    root: &Path,
    server: &Path,
    environment: &[(&str, &str)],
    arguments: &[String],
) -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let demo = Demo::start(server, folder.path(), environment)?;
    let tests = started::build(root).map_err(|problem| io::Error::other(problem.message))?;
    let trials = Trials::start(&tests, &demo, folder.path())?;
    let accepted = folder.path().join("accepted.json");
    serde_json::to_writer(File::create(&accepted)?, &second_opinion::accepted(root)?)?;
    succeed(
        Command::new("python3")
            .env("TESSERA_CREDENTIALS_FILE", &demo.credentials)
            .env("TESSERA_TRIALS_URL", &trials.url)
            .env("TESSERA_ACCEPTED_FILE", &accepted)
            .arg(root.join(FOLDER).join("peers.py"))
            .arg(root.join(TARGET))
            .arg(&demo.url)
            .args(arguments),
    )
}

/// The other tools, where they are not there yet.
fn install(target: &Path) -> io::Result<()> {
    let node = target.join("node");
    if !node.join("node_modules/.bin/prism").is_file() {
        fs::create_dir_all(&node)?;
        succeed(
            Command::new("npm")
                .current_dir(&node)
                .args(["install", "--no-audit", "--no-fund", "--ignore-scripts"])
                .args(["--prefix", "."])
                .args(NODE),
        )?;
    }
    for (package, more) in CARGO {
        let name = package.split('@').next().unwrap_or_default();
        if !target.join("cargo/bin").join(name).is_file() {
            succeed(
                Command::new(cargo())
                    .args(["install", "--debug", "--locked", "--root"])
                    .arg(target.join("cargo"))
                    .arg(package)
                    .args(more),
            )?;
        }
    }
    Ok(())
}

/// The list of drifts.
fn entries(root: &Path) -> io::Result<Vec<Entry>> {
    let text = fs::read_to_string(root.join(FOLDER).join("drifts.json"))?;
    Ok(serde_json::from_str(&text)?)
}

/// The document with the changes of an entry.
fn drifted(document: &Document, entry: &Entry) -> io::Result<Document> {
    let mut drifted = document.clone();
    for change in &entry.edits {
        let edit = edit(&drifted, change)
            .ok_or_else(|| io::Error::other(format!("{}: {change:?} is no change", entry.id)))?;
        drifted = Drift::new(&entry.id, "", edit).edited(&drifted);
    }
    Ok(drifted)
}

fn edit(document: &Document, change: &Change) -> Option<Edit> {
    match change {
        Change::There(what, at) => match what.as_str() {
            "remove" => document.get(at).map(|_| Edit::Remove(at.clone())),
            "reverse" => {
                let members = document.get(at)?.as_object()?.clone();
                let reversed: Map<String, Value> = members.into_iter().rev().collect();
                Some(Edit::Set(at.clone(), reversed.into()))
            }
            _ => None,
        },
        Change::With(what, at, with) => match what.as_str() {
            "set" => Some(Edit::Set(at.clone(), with.clone())),
            "rename" => Some(Edit::Rename(at.clone(), with.as_str()?.to_owned())),
            "copy" => Some(Edit::Set(
                with.as_str()?.to_owned(),
                document.get(at)?.clone(),
            )),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::problem::Rule;

    /// What the page says of our own check: of the edits that change nothing it flags one.
    #[test]
    fn of_what_changes_nothing_only_a_part_that_is_left_over_is_told() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let judge = Judge::new(&root).expect("a project in order");
        let mut told = Vec::new();
        let entries = entries(&root).expect("the list");
        for entry in entries.iter().filter(|entry| entry.kind == "benign") {
            let mut document = drifted(&judge.document, entry).expect("a change");
            spelling::unify(&mut document);
            let objection = judge.judge(&document);
            let problems = objection.iter().flat_map(|found| found.problems.iter());
            told.extend(problems.map(|problem| (entry.id.as_str(), problem.rule)));
        }
        let told_of = |rule| ("response-inlined", rule);
        let expected = [Rule::UnusedComponent, Rule::ResponseReference].map(told_of);
        assert_eq!(told, expected);
    }

    #[test]
    fn each_change_is_made() {
        let document = Document::from_value(json!({"a": {"b": 1, "c": 2}}));
        let entry: Entry = serde_json::from_value(json!({"id": "x", "kind": "wire", "operations": [], "edits": [
            ["reverse", "/a"], ["copy", "/a", "/d"], ["rename", "/d/b", "e"], ["remove", "/a/b"], ["set", "/a/c", 3]
        ]}))
        .expect("an entry");
        let made = drifted(&document, &entry).expect("each is a change").value;
        assert_eq!(made.to_string(), r#"{"a":{"c":3},"d":{"c":2,"e":1}}"#);
    }

    #[test]
    fn what_is_no_change_is_refused() {
        let document = Document::from_value(json!({"a": 1}));
        for change in [
            json!(["remove", "/b"]),
            json!(["turn", "/a"]),
            json!(["copy", "/b", "/c"]),
        ] {
            let entry = Entry {
                id: "x".to_owned(),
                kind: "wire".to_owned(),
                edits: vec![serde_json::from_value(change).expect("an edit")],
            };
            assert!(drifted(&document, &entry).is_err());
        }
    }
}
