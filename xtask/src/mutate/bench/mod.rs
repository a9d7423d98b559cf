//! The workbench of `mutate`: a copy of the project that is patched, built and made to prove itself.
//!
//! The copy stands in `target/mutate/<name>` and has everything but xtask's own sources. It is built
//! in the target folder of the project, so that the dependencies are those that are there already; a
//! version of its own keeps its crates apart from the project's, which must never take a patched
//! crate for theirs. Files are only written when they change, so what did not change is not rebuilt.

mod adapted;
mod error;
mod files;
mod patch;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use self::adapted::{TARGET, adapt, without_xtask};
use self::files::{XTASK, fingerprint, synchronise};
use self::patch::apply;
use crate::prove::cargo;

pub use self::adapted::emitted;
pub use self::error::{BenchError, io_error};
pub use self::files::{collect, sources};
pub use self::patch::Patch;

/// A patched copy of the project.
#[derive(Debug, Clone)]
pub struct Bench {
    tree: PathBuf,
    target: PathBuf,
    inputs: String,
}

impl Bench {
    /// Lays the copy called `name` out, or brings it up to date, with `patches` applied. A name is a
    /// word of letters and digits.
    ///
    /// # Errors
    /// [`BenchError::Stale`] when a patch does not fit, [`BenchError::Io`] otherwise.
    pub fn lay_out(project: &Path, name: &str, patches: &[Patch]) -> Result<Self, BenchError> {
        Self::lay_out_with(project, name, &BTreeMap::new(), patches)
    }

    /// The same, with some files of other content before the patches are applied.
    ///
    /// # Errors
    /// [`BenchError::Stale`] when a patch does not fit, [`BenchError::Io`] otherwise.
    pub fn lay_out_with(
        project: &Path,
        name: &str,
        others: &BTreeMap<PathBuf, Vec<u8>>,
        patches: &[Patch],
    ) -> Result<Self, BenchError> {
        let mut files = BTreeMap::new();
        collect(project, Path::new(""), &mut files)?;
        files.extend(others.clone());
        without_xtask(&mut files);
        adapt(name, &mut files)?;
        Self::written(project, name, files, patches)
    }

    /// Lays out a copy that has xtask's own sources too, with one more program of them called `program`.
    ///
    /// # Errors
    /// [`BenchError::Stale`] when a patch does not fit, [`BenchError::Io`] otherwise.
    pub fn lay_out_generator(
        project: &Path,
        name: &str,
        program: &str,
        patches: &[Patch],
    ) -> Result<Self, BenchError> {
        let mut files = BTreeMap::new();
        collect(project, Path::new(""), &mut files)?;
        collect(project, Path::new(XTASK), &mut files)?;
        adapt(name, &mut files)?;
        let manifest = files.entry("xtask/Cargo.toml".into()).or_default();
        let target = format!("\n[[bin]]\nname = \"{program}\"\npath = \"src/main.rs\"\n");
        manifest.extend(target.into_bytes());
        Self::written(project, name, files, patches)
    }

    fn written(
        project: &Path,
        name: &str,
        mut files: BTreeMap<PathBuf, Vec<u8>>,
        patches: &[Patch],
    ) -> Result<Self, BenchError> {
        for patch in patches {
            apply(patch, &mut files)?;
        }
        let tree = project.join("target/mutate").join(name);
        synchronise(&tree, &files)?;
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => project.join(folder),
            None => project.join("target"),
        };
        let inputs = fingerprint(&files);
        Ok(Self {
            tree,
            target,
            inputs,
        })
    }

    /// The root of the copy.
    #[must_use]
    pub fn tree(&self) -> &Path {
        &self.tree
    }

    /// A digest of everything that was laid out.
    #[must_use]
    pub fn inputs(&self) -> &str {
        &self.inputs
    }

    /// Builds the tests of the copy; [`started::run`](crate::prove::started::run) runs their proofs.
    ///
    /// # Errors
    /// [`BenchError::Compile`] with what the compiler says.
    pub fn build(&self) -> Result<PathBuf, BenchError> {
        self.executable(&["test", "--no-run", "--test", TARGET], TARGET)
    }

    /// Builds a program of the copy.
    ///
    /// # Errors
    /// [`BenchError::Compile`] with what the compiler says.
    pub fn build_program(&self, program: &str) -> Result<PathBuf, BenchError> {
        self.executable(&["build", "--bin", program], program)
    }

    /// Lets the compiler look at the libraries of the copy.
    ///
    /// # Errors
    /// [`BenchError::Compile`] with what the compiler says.
    pub fn check(&self) -> Result<(), BenchError> {
        self.cargo(&["check", "--lib"]).map(drop)
    }

    fn executable(&self, arguments: &[&str], target: &str) -> Result<PathBuf, BenchError> {
        let messages = self.cargo(arguments)?;
        let found = messages.iter().rev().find_map(|message| {
            let name = message.pointer("/target/name").and_then(Value::as_str);
            let path = message.get("executable").and_then(Value::as_str);
            path.filter(|_| name == Some(target)).map(PathBuf::from)
        });
        found.ok_or_else(|| BenchError::NoExecutable(target.to_owned()))
    }

    /// What cargo tells while it does that to all members of the copy.
    fn cargo(&self, arguments: &[&str]) -> Result<Vec<Value>, BenchError> {
        let output = Command::new(cargo())
            .current_dir(&self.tree)
            .env("CARGO_TARGET_DIR", &self.target)
            // A copy is built again for each mutant, also where other things are built once.
            .env("CARGO_INCREMENTAL", "1")
            .args(arguments)
            // All members are named, so that the dependencies have the features they have elsewhere.
            .args([
                "--offline",
                "--workspace",
                "--quiet",
                "--message-format=json",
            ])
            .stdin(Stdio::null())
            .output()
            .map_err(io_error("cargo"))?;
        let messages: Vec<Value> = String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        if output.status.success() {
            return Ok(messages);
        }
        let shown = |message: &Value| {
            let level = message.pointer("/message/level").and_then(Value::as_str);
            let text = message.pointer("/message/rendered").and_then(Value::as_str);
            text.filter(|_| level == Some("error")).map(str::to_owned)
        };
        let mut errors: Vec<String> = messages.iter().filter_map(shown).collect();
        if errors.is_empty() {
            errors.push(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Err(BenchError::Compile { errors })
    }
}
