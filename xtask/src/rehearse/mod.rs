//! `cargo xtask rehearse`: performs the guide "A new dialect" in a copy of the project, and shows what each suite asked.

mod draw;
mod ledger;
mod scratch;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use heck::ToPascalCase;
use minijinja::{Environment, context};

pub use draw::Drawn;

use crate::new_dialect::{self, LINES};
use crate::prove::cargo;
use crate::{artefact, fresh, plan, report};
use ledger::{Ledger, SUITES};
use report::Format;
use scratch::{Edit, Scratch};

/// A dialect that stays as `new-dialect` writes it.
const UNTOUCHED: &str = "as_written";

/// What a developer writes into the three places: `NAME` is the dialect's.
const SAMPLE: [(&str, &str); 8] = [
    ("openapi/dialects/NAME.yaml", include_str!("sample/fragment.yaml.jinja")),
    ("server/src/dialects/NAME/mod.rs", include_str!("sample/server_mod.rs.jinja")),
    ("server/src/dialects/NAME/refusals.rs", include_str!("sample/server_refusals.rs.jinja")),
    ("server/src/dialects/NAME/demo.rs", include_str!("sample/server_demo.rs.jinja")),
    ("tests/src/dialects/NAME/mod.rs", include_str!("sample/tests_mod.rs.jinja")),
    ("tests/src/dialects/NAME/replays.rs", include_str!("sample/tests_replays.rs.jinja")),
    ("tests/src/dialects/NAME/sdk.rs", include_str!("sample/tests_sdk.rs.jinja")),
    ("tests/src/dialects/NAME/trial.rs", include_str!("sample/tests_trial.rs.jinja")),
];

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
    let rehearsal = Rehearsal { scratch, target: root.join("target") };
    let sound = rehearsal.write(&drawn, out)?
        && rehearsal.generate(out)?
        && rehearsal.check(out)?
        && rehearsal.tests(out)?;
    if !sound {
        return Ok(false);
    }
    let known = rehearsal.asked(&drawn, out)?;
    let placed = rehearsal.places(&drawn, out)?;
    Ok(known && placed)
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
                self.scratch.write(&path.replace("NAME", one.dialect), &text)?;
            }
        }
        Ok(true)
    }

    fn generate(&self, out: &mut dyn Write) -> io::Result<bool> {
        match plan::plan(&self.scratch.root) {
            Ok(plan) => {
                fresh::apply(&self.scratch.root, &plan.artefacts).map_err(io::Error::other)?;
                Ok(true)
            }
            Err(problems) => {
                write!(out, "{}", report::problems(&problems, Format::Human))?;
                Ok(false)
            }
        }
    }
}
