//! `cargo xtask rehearse`: performs the guide "A new dialect" in a copy of the project, and shows what each suite asked.

mod draw;
mod ledger;
mod scratch;
mod seedling;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use heck::{ToPascalCase as _, ToShoutySnakeCase as _};
use minijinja::context;

pub use draw::Drawn;

use crate::new_dialect::{self, LINES};
use crate::prove::{ASKED, cargo};
use crate::{fresh, plan, report, template};
use ledger::{Ledger, SUITES};
use report::Format;
use scratch::{Edit, Scratch};

/// A dialect that stays as `new-dialect` writes it.
const UNTOUCHED: &str = "rehearsed_as_written";

/// What a developer writes into the three places: `NAME` is the dialect's.
const SAMPLE: [(&str, &str); 9] = [
    (
        "openapi/dialects/NAME.yaml",
        include_str!("sample/fragment.yaml.jinja"),
    ),
    (
        "server/src/dialects/NAME/mod.rs",
        include_str!("sample/server_mod.rs.jinja"),
    ),
    (
        "server/src/dialects/NAME/refusals.rs",
        include_str!("sample/server_refusals.rs.jinja"),
    ),
    (
        "server/src/dialects/NAME/demo.rs",
        include_str!("sample/server_demo.rs.jinja"),
    ),
    (
        "server/src/dialects/NAME/ways.rs",
        include_str!("sample/server_ways.rs.jinja"),
    ),
    (
        "tests/src/dialects/NAME/mod.rs",
        include_str!("sample/tests_mod.rs.jinja"),
    ),
    (
        "tests/src/dialects/NAME/replays.rs",
        include_str!("sample/tests_replays.rs.jinja"),
    ),
    (
        "tests/src/dialects/NAME/sdk.rs",
        include_str!("sample/tests_sdk.rs.jinja"),
    ),
    (
        "tests/src/dialects/NAME/trial.rs",
        include_str!("sample/tests_trial.rs.jinja"),
    ),
];

/// The modules of the suites that ask dialects.
const FILTERS: [&str; 5] = ["interop::", "wire::", "rules::", "process::", "browser::"];

/// Where the copy is built, in the project's folder of what is built.
const BUILT: &str = "rehearsal/target";

/// Where what the SDK sends is recorded.
const TRANSCRIPTS: &str = "tests/transcripts/";

/// Performs the guide; says whether everything knows the new dialects.
///
/// # Errors
/// What the writer says, and the file system.
pub fn run(root: &Path, seed: u64, out: &mut dyn Write) -> io::Result<bool> {
    let drawn = [Drawn::settled(), Drawn::by_seed(seed)];
    for one in &drawn {
        writeln!(out, "{one:?}")?;
    }
    let scratch = Scratch::of(root)?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    seedling::link(&target.join("debug"), &target.join(BUILT).join("debug"))?;
    let rehearsal = Rehearsal { scratch, target };
    if rehearsal.ledger().exists() {
        fs::remove_file(rehearsal.ledger())?;
    }
    if !rehearsal.write(&drawn, out)? {
        return Ok(false);
    }
    let Some(generated) = rehearsal.generate(out)? else {
        return Ok(false);
    };
    // What was not recorded is a finding of the proof.
    rehearsal.record(out)?;
    let formatted = rehearsal.format(out)?;
    // Both run, and what they asked is shown, also when one of them finds something.
    let checked = rehearsal.check(out)?;
    let tested = rehearsal.tests(&drawn, out)?;
    let known = rehearsal.asked(&drawn, out)?;
    let placed = rehearsal.places(&drawn, &generated, out)?;
    Ok(formatted && checked && tested && known && placed)
}

struct Rehearsal {
    scratch: Scratch,
    target: PathBuf,
}

impl Rehearsal {
    /// Steps one and two of the guide: the skeletons, and what a developer makes of them.
    fn write(&self, drawn: &[Drawn], out: &mut dyn Write) -> io::Result<bool> {
        let root = &self.scratch.root;
        for name in drawn.iter().map(|one| one.dialect).chain([UNTOUCHED]) {
            if let Err(error) = new_dialect::write(root, name) {
                writeln!(out, "new-dialect {name}: {error}")?;
                return Ok(false);
            }
        }
        for one in drawn {
            for (path, template) in SAMPLE {
                let text = rendered(template, one).map_err(io::Error::other)?;
                self.scratch
                    .write(&path.replace("NAME", one.dialect), &text)?;
            }
        }
        Ok(true)
    }

    /// Step three; which files are generated, or nothing when the fragments are wrong.
    fn generate(&self, out: &mut dyn Write) -> io::Result<Option<BTreeSet<PathBuf>>> {
        match plan::plan(&self.scratch.root) {
            Ok(plan) => {
                fresh::apply(&self.scratch.root, &plan.artefacts).map_err(io::Error::other)?;
                Ok(Some(
                    plan.artefacts
                        .into_iter()
                        .map(|artefact| artefact.path)
                        .collect(),
                ))
            }
            Err(problems) => {
                write!(out, "{}", report::problems(&problems, Format::Human))?;
                Ok(None)
            }
        }
    }

    fn format(&self, out: &mut dyn Write) -> io::Result<bool> {
        let mut format = Command::new(cargo());
        format.args(["fmt", "--all", "--", "--check"]);
        self.run("format", &mut format, out)
    }

    /// Has the SDK's proof record what the new operations send.
    fn record(&self, out: &mut dyn Write) -> io::Result<bool> {
        let mut proof = Command::new(cargo());
        proof.args([
            "test",
            "--workspace",
            "--lib",
            "--quiet",
            "--",
            "proofs::sdk",
        ]);
        self.run("recording", proof.env("BLESS", "1"), out)
    }

    /// Every proof, on the copy.
    fn check(&self, out: &mut dyn Write) -> io::Result<bool> {
        let mut check = Command::new(cargo());
        check.args(["run", "--quiet", "--package", "xtask", "--"]);
        check.args(["check", "--full", "--timings"]);
        self.run("check", &mut check, out)
    }

    /// The suites that ask dialects, and what belongs to the new ones alone.
    fn tests(&self, drawn: &[Drawn], out: &mut dyn Write) -> io::Result<bool> {
        let mut tests = Command::new(cargo());
        tests.args(["test", "--workspace", "--lib", "--quiet", "--"]);
        tests.args(FILTERS);
        tests.args(drawn.iter().map(|one| one.dialect).chain([UNTOUCHED]));
        self.run("tests", &mut tests, out)
    }

    fn run(&self, what: &str, command: &mut Command, out: &mut dyn Write) -> io::Result<bool> {
        let started = Instant::now();
        out.flush()?;
        let status = command
            .current_dir(&self.scratch.root)
            .env("CARGO_TARGET_DIR", self.target.join(BUILT))
            .env(ASKED, self.ledger())
            .status()?;
        let word = if status.success() { "passed" } else { "FAILED" };
        writeln!(
            out,
            "{what} {word} in {:.0} s",
            started.elapsed().as_secs_f64()
        )?;
        Ok(status.success())
    }

    fn ledger(&self) -> PathBuf {
        self.target.join("rehearsal/asked.tsv")
    }

    /// Shows what each suite asked of each new dialect; says whether each asked something.
    fn asked(&self, drawn: &[Drawn], out: &mut dyn Write) -> io::Result<bool> {
        let ledger = Ledger::read(&self.ledger())?;
        let mut all = true;
        for dialect in drawn.iter().map(|one| one.dialect).chain([UNTOUCHED]) {
            writeln!(out, "\n{dialect} was asked by")?;
            for suite in SUITES {
                let asked = ledger.of(suite, dialect);
                all &= !asked.is_empty();
                let (first, more) = (
                    asked.first().copied().unwrap_or("NOTHING"),
                    asked.len().saturating_sub(1),
                );
                writeln!(
                    out,
                    "  {suite:12} {first}{}",
                    if more > 0 {
                        format!(", and {more} more")
                    } else {
                        String::new()
                    }
                )?;
            }
        }
        Ok(all)
    }

    /// Shows what was written where; says whether it is three places and two lines.
    fn places(
        &self,
        drawn: &[Drawn],
        generated: &BTreeSet<PathBuf>,
        out: &mut dyn Write,
    ) -> io::Result<bool> {
        let names: Vec<&str> = drawn
            .iter()
            .map(|one| one.dialect)
            .chain([UNTOUCHED])
            .collect();
        let mut all = true;
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (path, edit) in self.scratch.edits()? {
            let place = if generated.contains(&path) {
                Some("generated")
            } else {
                place(&path, &edit, &names)
            };
            if let Some(place) = place {
                *counts.entry(place).or_default() += 1;
            } else {
                all = false;
                writeln!(
                    out,
                    "{} is none of the places, and was changed: {edit:?}",
                    path.display()
                )?;
            }
        }
        writeln!(out)?;
        for (place, files) in counts {
            writeln!(out, "{files:4} files: {place}")?;
        }
        Ok(all)
    }
}

/// What kind of place a file is; nothing, if a new dialect has no business there.
fn place(path: &Path, edit: &Edit, names: &[&str]) -> Option<&'static str> {
    let text = path.to_str()?;
    let own = |folder: &str, what| {
        let mut below = names.iter().map(|name| format!("{folder}/{name}"));
        let new = *edit == Edit::New;
        (new && below
            .any(|own| text == format!("{own}.yaml") || text.starts_with(&format!("{own}/"))))
        .then_some(what)
    };
    let line = || {
        let (_, form) = LINES.iter().find(|(file, _)| *file == text)?;
        let mut own: Vec<String> = names
            .iter()
            .map(|name| form.replace("NAME", name))
            .collect();
        own.sort_unstable();
        let Edit::Changed {
            added,
            removed: false,
        } = edit
        else {
            return None;
        };
        let mut added = added.clone();
        added.sort_unstable();
        (added == own).then_some("with one line per dialect")
    };
    own("openapi/dialects", "openapi/dialects/")
        .or_else(|| own("server/src/dialects", "server/src/dialects/"))
        .or_else(|| own("tests/src/dialects", "tests/src/dialects/"))
        .or_else(line)
        .or_else(|| {
            (*edit == Edit::New && text.starts_with(TRANSCRIPTS)).then_some("recorded transcripts")
        })
}

/// A template with what was drawn.
fn rendered(template: &str, drawn: &Drawn) -> Result<String, minijinja::Error> {
    let things = format!("{}s", drawn.thing);
    template::render(
        template,
        context! {
            d => drawn.dialect,
            D => drawn.dialect.to_pascal_case(),
            thing => drawn.thing,
            Thing => drawn.thing.to_pascal_case(),
            THING => drawn.thing.to_shouty_snake_case(),
            things => things.as_str(),
            THINGS => things.to_shouty_snake_case(),
            base => drawn.base.as_str(),
            short => drawn.short,
            proof => drawn.proof.as_str(),
            shape => drawn.shape.as_str(),
        },
    )
}
