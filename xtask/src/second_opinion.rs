//! The second opinion: schemathesis, which knows nothing of ours but the document, judges a running demo.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::demo::Demo;
use crate::fresh;
use crate::prove::{emitted, started};
use crate::trials::Trials;

/// Its versions and those of all it stands on: which examples it draws depends on each of them.
const REQUIREMENTS: &str = "tests/schemathesis/requirements.txt";
/// What has been installed.
const INSTALLED: &str = "installed.txt";
/// Its configuration and its hooks.
const FOLDER: &str = "tests/schemathesis";
/// Each dialect's folder may have a list of what is accepted.
const DIALECTS: &str = "tests/src/dialects";
const ACCEPTED: &str = "accepted.json";
/// Where it is installed.
const ENVIRONMENT: &str = "target/validators/schemathesis";

/// How much is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Examples per operation.
    pub examples: u32,
    /// How many seeds, from 1 on.
    pub seeds: u32,
}

impl Default for Extent {
    /// What every full test runs.
    fn default() -> Self {
        Self {
            examples: 50,
            seeds: 1,
        }
    }
}

/// A failure that is accepted, with the reason.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    check: String,
    operations: Vec<String>,
    /// The answer that is meant; the hooks read it.
    when: Value,
    reason: String,
    /// From how many examples per operation on it is bound to be met.
    #[serde(default)]
    from_examples: u32,
}

/// From how many examples on an accepted failure is bound to be met at each operation that it names; with fewer, at one
/// of them.
const EACH_OPERATION: u32 = 1000;

/// How often an accepted failure was met, by operation.
type Used = BTreeMap<String, u64>;

/// Runs schemathesis once per seed, each on a demo of its own; says whether it had nothing to object.
///
/// # Errors
/// Only what the writer says.
pub fn run(root: &Path, extent: Extent, out: &mut dyn Write) -> io::Result<bool> {
    let prepared = install(root).and_then(|program| {
        let accepted = accepted(root)?;
        let server = emitted::build(root).map_err(|problem| io::Error::other(problem.message))?;
        let tests = started::build(root).map_err(|problem| io::Error::other(problem.message))?;
        Ok((
            Programs {
                schemathesis: program,
                server,
                tests,
            },
            accepted,
        ))
    });
    let (programs, accepted) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            writeln!(out, "{error}")?;
            return Ok(false);
        }
    };
    let mut used = vec![Used::new(); accepted.len()];
    let mut content = true;
    for seed in 1..=extent.seeds {
        writeln!(
            out,
            "seed {seed}, {} examples per operation",
            extent.examples
        )?;
        out.flush()?;
        match judge(root, &programs, &accepted, extent.examples, seed) {
            Ok((passed, counts)) => {
                content &= passed;
                for (sum, counts) in used.iter_mut().zip(counts) {
                    for (operation, count) in counts {
                        *sum.entry(operation).or_default() += count;
                    }
                }
            }
            Err(error) => {
                writeln!(out, "{error}")?;
                content = false;
            }
        }
    }
    for (entry, operation) in stale(&accepted, &used, extent.examples) {
        writeln!(
            out,
            "{DIALECTS}/*/{ACCEPTED}: stale, nothing needed it: {} of {operation} ({})",
            entry.check, entry.reason
        )?;
        content = false;
    }
    Ok(content)
}

/// What every dialect has accepted. What dialects accept for the same reason is one entry.
///
/// # Errors
/// When a list cannot be read.
pub fn accepted(root: &Path) -> io::Result<Vec<Accepted>> {
    let mut all: Vec<Accepted> = Vec::new();
    let mut folders: Vec<PathBuf> = fs::read_dir(root.join(DIALECTS))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    folders.sort();
    for file in folders.iter().map(|folder| folder.join(ACCEPTED)) {
        if !file.is_file() {
            continue;
        }
        let entries: Vec<Accepted> = serde_json::from_str(&fs::read_to_string(&file)?)?;
        for entry in entries {
            let is_alike = |known: &&mut Accepted| {
                (
                    &known.check,
                    &known.when,
                    &known.reason,
                    known.from_examples,
                ) == (
                    &entry.check,
                    &entry.when,
                    &entry.reason,
                    entry.from_examples,
                )
            };
            match all.iter_mut().find(is_alike) {
                Some(known) => known.operations.extend(entry.operations),
                None => all.push(entry),
            }
        }
    }
    Ok(all)
}

/// What was accepted for nothing, of that which so many examples are bound to meet: checks and operations.
fn stale<'a>(
    accepted: &'a [Accepted],
    used: &[Used],
    examples: u32,
) -> Vec<(&'a Accepted, &'a str)> {
    let mut found = Vec::new();
    for (entry, used) in accepted.iter().zip(used) {
        let met = |operation: &String| used.get(operation).is_some_and(|count| *count > 0);
        let idle = !entry.operations.iter().any(met) && entry.from_examples <= examples;
        if idle || examples >= EACH_OPERATION {
            let unmet = entry.operations.iter().filter(|operation| !met(operation));
            found.extend(unmet.map(|operation| (entry, operation.as_str())));
        }
    }
    found
}

/// The program, in an environment of its own, which is made when it is not there.
///
/// # Errors
/// When a program it takes is missing or fails.
pub fn install(root: &Path) -> io::Result<PathBuf> {
    let environment = root.join(ENVIRONMENT);
    let bin = environment.join("bin");
    let installed = environment.join(INSTALLED);
    let wanted = fs::read_to_string(root.join(REQUIREMENTS))?;
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(bin.join("schemathesis"));
    }
    succeed(
        Command::new("python3")
            .args(["-m", "venv"])
            .arg(&environment),
    )?;
    succeed(
        Command::new(bin.join("pip"))
            .args([
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
                "--requirement",
            ])
            .arg(root.join(REQUIREMENTS)),
    )?;
    fresh::replace(&installed, &wanted)?;
    Ok(bin.join("schemathesis"))
}

/// Runs a program that has to succeed.
///
/// # Errors
/// When it cannot be started or fails.
pub fn succeed(command: &mut Command) -> io::Result<()> {
    let status = command.status()?;
    if status.success() {
        return Ok(());
    }
    let program = command.get_program().display();
    Err(io::Error::other(format!("{program}: {status}")))
}

/// What a run needs.
struct Programs {
    schemathesis: PathBuf,
    server: PathBuf,
    tests: PathBuf,
}

/// One run on one demo: whether it passed, and how often each accepted failure was met.
fn judge(
    root: &Path,
    programs: &Programs,
    accepted: &[Accepted],
    examples: u32,
    seed: u32,
) -> io::Result<(bool, Vec<Used>)> {
    let folder = tempfile::tempdir()?;
    let demo = Demo::start(&programs.server, folder.path(), &[])?;
    let trials = Trials::start(&programs.tests, &demo, folder.path())?;
    let used = folder.path().join("used.json");
    let list = folder.path().join(ACCEPTED);
    serde_json::to_writer(File::create(&list)?, accepted)?;
    let hooks = root.join(FOLDER);
    let status = Command::new(&programs.schemathesis)
        // It leaves its own files where it is started.
        .current_dir(folder.path())
        .env("PYTHONPATH", &hooks)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("TESSERA_TRIALS_URL", &trials.url)
        .env("TESSERA_ACCEPTED_FILE", &list)
        .env("TESSERA_USED_FILE", &used)
        .arg("--config-file")
        .arg(hooks.join("schemathesis.toml"))
        .arg("run")
        .arg(root.join(crate::MERGED))
        .args(["--url", &demo.url])
        .args(["--max-examples", &examples.to_string()])
        .args(["--seed", &seed.to_string()])
        .status()?;
    let counts = serde_json::from_str(&fs::read_to_string(used)?)?;
    Ok((status.success(), counts))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{Accepted, Used, stale};

    #[test]
    fn what_nothing_needed_is_stale_once_it_is_bound_to_be_met() {
        let entry = |check: &str, from_examples| Accepted {
            check: check.to_owned(),
            operations: vec!["one".to_owned(), "other".to_owned()],
            when: Value::Null,
            reason: String::new(),
            from_examples,
        };
        let accepted = [entry("met", 0), entry("unmet", 0), entry("rare", 1000)];
        let told = |used: &[Used; 3], examples| {
            let found = stale(&accepted, used, examples).into_iter();
            let names = found.map(|(entry, operation)| format!("{} {operation}", entry.check));
            names.collect::<Vec<_>>()
        };
        let counts =
            |one, other| Used::from([("one".to_owned(), one), ("other".to_owned(), other)]);
        let used = [counts(3, 1), counts(0, 2), counts(0, 0)];
        assert_eq!(told(&used, 50), [""; 0]);
        assert_eq!(told(&used, 1000), ["unmet one", "rare one", "rare other"]);
        let used = [counts(3, 1), counts(0, 0), counts(0, 0)];
        assert_eq!(told(&used, 50), ["unmet one", "unmet other"]);
    }
}
