//! `cargo xtask redocly-diff`: what the linter of the Node world says about the same pairs of documents.
//!
//! Where it judges otherwise, `fixtures/compatible/redocly.json` says why; an entry that no fixture needs
//! any more fails as an unexplained difference does.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use serde::Deserialize;

use super::fixture::{self, FOLDER, Fixture, FixtureError};
use super::rule::{ChangeRule, Class};

/// Pinned, so that a new release of theirs cannot turn ours red.
pub const REDOCLY: &str = "@redocly/cli@2.77.0";
/// Where it is installed and the documents are written.
const ENVIRONMENT: &str = "target/validators/redocly-diff";

/// A judgement that differs from ours, with the reason.
#[derive(Debug, Deserialize)]
struct Explained {
    /// What we call the worst of the changes; `silent` when there is none.
    ours: String,
    /// What it calls the bump: major, minor, patch or none.
    theirs: String,
    reason: String,
    fixtures: Vec<String>,
}

/// What both say about a fixture.
type Judged = (&'static str, String);

/// Runs it over all fixtures; says whether every disagreement is explained, and every explanation needed.
///
/// # Errors
/// Only what the writer says.
pub fn run(root: &Path, out: &mut dyn Write) -> io::Result<bool> {
    let prepared = fixtures(root).map_err(|error| error.to_string());
    let prepared = prepared.and_then(|prepared| {
        let program = install(root).map_err(|error| error.to_string())?;
        Ok((prepared, program))
    });
    let ((fixtures, explained), program) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            writeln!(out, "{error}")?;
            return Ok(false);
        }
    };
    let judged = match judge(root, &program, &fixtures) {
        Ok(judged) => judged,
        Err(error) => {
            writeln!(out, "{error}")?;
            return Ok(false);
        }
    };
    let disagree: BTreeMap<&String, &Judged> = judged
        .iter()
        .filter(|(_, (ours, theirs))| !agree(ours, theirs))
        .collect();
    let mut content = true;
    for (name, (ours, theirs)) in &disagree {
        let known = explained.iter().any(|entry| {
            entry.fixtures.contains(name) && (entry.ours.as_str(), &entry.theirs) == (ours, theirs)
        });
        if !known {
            content = false;
            writeln!(
                out,
                "not explained: {name}: we say {ours}, it says {theirs}"
            )?;
        }
    }
    for entry in &explained {
        if entry.reason.is_empty() {
            content = false;
            writeln!(out, "without a reason: {}", entry.fixtures.join(", "))?;
        }
        for name in &entry.fixtures {
            let needed = disagree
                .get(name)
                .is_some_and(|(ours, theirs)| (*ours, theirs) == (&entry.ours, &entry.theirs));
            if !needed {
                content = false;
                let (ours, theirs) = (&entry.ours, &entry.theirs);
                writeln!(out, "stale: {name} ({ours}, {theirs}): nothing needs it")?;
            }
        }
    }
    let (all, some) = (fixtures.len(), disagree.len());
    writeln!(out, "{all} pairs, {some} judged otherwise by {REDOCLY}")?;
    Ok(content)
}

fn fixtures(root: &Path) -> Result<(Vec<Fixture>, Vec<Explained>), FixtureError> {
    let explained = fixture::read(&root.join(FOLDER), "redocly")?;
    Ok((fixture::all(root)?, explained))
}

/// What we say of a fixture, in a word.
fn ours(fixture: &Fixture) -> &'static str {
    let rules = fixture
        .fires
        .iter()
        .filter_map(|id| ChangeRule::from_id(id));
    let worst = rules.map(ChangeRule::class).max();
    worst.map_or("silent", Class::word)
}

/// Whether its word for the version means ours.
fn agree(ours: &str, theirs: &str) -> bool {
    match ours {
        "breaking" | "sdk" => theirs == "major",
        "compatible" => theirs == "minor" || theirs == "patch",
        _ => theirs == "patch" || theirs == "none",
    }
}

/// The program, installed once.
fn install(root: &Path) -> io::Result<PathBuf> {
    let environment = root.join(ENVIRONMENT);
    let program = environment.join("node_modules/.bin/redocly");
    fs::create_dir_all(&environment)?;
    if !program.is_file() {
        let status = Command::new("npm")
            .current_dir(&environment)
            .args([
                "install",
                "--silent",
                "--no-audit",
                "--no-fund",
                "--prefix",
                ".",
            ])
            .arg(REDOCLY)
            .status()?;
        if !status.success() {
            return Err(io::Error::other(format!("{REDOCLY} cannot be installed")));
        }
    }
    Ok(program)
}

/// Runs it on each pair, two at a time: it is the start of the program that takes long.
fn judge(
    root: &Path,
    program: &Path,
    fixtures: &[Fixture],
) -> io::Result<BTreeMap<String, Judged>> {
    let open = Mutex::new(fixtures.iter().enumerate());
    let judged = Mutex::new(BTreeMap::new());
    let folder = root.join(ENVIRONMENT);
    std::thread::scope(|threads| {
        let worker = || -> io::Result<()> {
            loop {
                let next = open.lock().map_or(None, |mut open| open.next());
                let Some((index, fixture)) = next else {
                    return Ok(());
                };
                let theirs = bump(program, &folder, index, fixture)?;
                if let Ok(mut judged) = judged.lock() {
                    judged.insert(fixture.name.clone(), (ours(fixture), theirs));
                }
            }
        };
        let workers = [threads.spawn(worker), threads.spawn(worker)];
        workers.into_iter().try_for_each(|worker| {
            let failed = || Err(io::Error::other("a comparison fell over"));
            worker.join().unwrap_or_else(|_| failed())
        })
    })?;
    judged
        .into_inner()
        .map_err(|error| io::Error::other(error.to_string()))
}

#[expect(clippy::disallowed_methods, reason = "nobody else reads these files")]
fn bump(program: &Path, folder: &Path, index: usize, fixture: &Fixture) -> io::Result<String> {
    #[derive(Deserialize)]
    struct Report {
        bump: Option<String>,
    }
    let files = ["old", "new"].map(|side| folder.join(format!("{index}.{side}.json")));
    for (file, document) in files.iter().zip([&fixture.old, &fixture.new]) {
        fs::write(file, document.to_string())?;
    }
    let output = Command::new(program)
        .env("REDOCLY_TELEMETRY", "off")
        .arg("diff")
        .args(&files)
        .args(["--format=json", "--lint-config=off", "--fail-on=none"])
        .output()?;
    let report: Report = serde_json::from_slice(&output.stdout)
        .map_err(|error| io::Error::other(format!("{}: {error}", fixture.name)))?;
    Ok(report.bump.unwrap_or_else(|| "none".to_owned()))
}
