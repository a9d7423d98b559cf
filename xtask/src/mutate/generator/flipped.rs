//! A generator with wrong rules in it: a copy of the project in which any one of them can be turned on.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::flips::{Flip, patches};
use crate::mutate::bench::{Bench, BenchError, Patch, io_error};

/// The variable that turns one wrong rule on.
pub const SWITCH: &str = "TESSERA_FLIPPED";

/// The executable of the copy, under a name that only the copy has.
const EXECUTABLE: &str = "xtask-flipped";

/// Where a generator needs its input, and what it compares its losses with.
const INPUT: [&str; 2] = ["openapi", "xtask/accepted"];

/// The function that the switches call.
#[must_use]
pub fn switch() -> String {
    format!(
        "\n/// Whether that rule is the wrong one today.\npub fn flipped(number: usize) -> bool {{\n    \
         static ON: std::sync::LazyLock<Option<usize>> =\n        \
         std::sync::LazyLock::new(|| std::env::var(\"{SWITCH}\").ok()?.parse().ok());\n    \
         *ON == Some(number)\n}}\n"
    )
}

/// What a generator made of the project's document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// The generated Rust files by path.
    Files(BTreeMap<PathBuf, String>),
    /// It refused; the first reason.
    Refused(String),
}

/// A generator that was built with all its wrong rules, none of them on.
#[derive(Debug)]
pub struct Generator {
    executable: PathBuf,
    project: PathBuf,
    folder: PathBuf,
}

impl Generator {
    /// Builds the copy in `target/mutate/flipped`.
    ///
    /// # Errors
    /// A flip that fits no more, or does not compile.
    pub fn build(project: &Path, flips: &[Flip]) -> Result<Self, BenchError> {
        let mut all = patches(flips);
        all.push(Patch {
            file: "xtask/src/lib.rs".into(),
            find: "pub mod artefact;".to_owned(),
            replace: switch() + "pub mod artefact;",
        });
        let bench = Bench::lay_out_generator(project, "flipped", EXECUTABLE, &all)?;
        let executable = bench.build_program(EXECUTABLE)?;
        Ok(Self {
            executable,
            project: project.to_path_buf(),
            folder: bench.tree().with_extension("made"),
        })
    }

    /// What the generator makes of the project's document with wrong rule `number` on; 0 is none of them.
    ///
    /// # Errors
    /// When a file or the program is not to be had.
    pub fn make(&self, number: usize) -> Result<Made, BenchError> {
        let root = self.fresh_folder(number)?;
        let output = self.run(&root, number, &["generate", "--format", "json"])?;
        if !output.0 {
            let reason = output.1.lines().find_map(|line| {
                let problem: Value = serde_json::from_str(line).ok()?;
                Some(problem.get("message")?.as_str()?.to_owned())
            });
            return Ok(Made::Refused(reason.unwrap_or(output.1)));
        }
        let mut files = BTreeMap::new();
        for folder in ["server/src/generated", "client-sdk/src"] {
            rust_files(&root, Path::new(folder), &mut files)?;
        }
        Ok(Made::Files(files))
    }

    /// The rules of the findings about losses, as the generator with wrong rule `number` on has them.
    ///
    /// # Errors
    /// When the program is not to be had.
    pub fn losses(&self, number: usize) -> Result<Vec<String>, BenchError> {
        let root = self.folder.join(number.to_string());
        let arguments = ["check", "--without-server", "--format", "json"];
        let (_, said) = self.run(&root, number, &arguments)?;
        let rule = |line: &str| {
            let problem: Value = serde_json::from_str(line).ok()?;
            let rule = problem.get("rule")?.as_str()?.to_owned();
            ["lossy-edit", "accepted-unused"]
                .contains(&rule.as_str())
                .then_some(rule)
        };
        Ok(said.lines().filter_map(rule).collect())
    }

    fn run(
        &self,
        root: &Path,
        number: usize,
        arguments: &[&str],
    ) -> Result<(bool, String), BenchError> {
        let output = Command::new(&self.executable)
            .arg("--root")
            .arg(root)
            .args(arguments)
            .env(SWITCH, number.to_string())
            .output()
            .map_err(io_error(&self.executable))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok((output.status.success(), said))
    }

    fn fresh_folder(&self, number: usize) -> Result<PathBuf, BenchError> {
        let root = self.folder.join(number.to_string());
        if root.exists() {
            fs::remove_dir_all(&root).map_err(io_error(&root))?;
        }
        for folder in INPUT {
            copy(&self.project, &root, Path::new(folder))?;
        }
        Ok(root)
    }
}

fn copy(from: &Path, to: &Path, folder: &Path) -> Result<(), BenchError> {
    let here = from.join(folder);
    let there = to.join(folder);
    fs::create_dir_all(&there).map_err(io_error(&there))?;
    for entry in fs::read_dir(&here).map_err(io_error(&here))? {
        let entry = entry.map_err(io_error(&here))?;
        let path = folder.join(entry.file_name());
        if entry.path().is_dir() {
            copy(from, to, &path)?;
        } else {
            let target = to.join(&path);
            fs::copy(entry.path(), &target).map_err(io_error(&target))?;
        }
    }
    Ok(())
}

fn rust_files(
    root: &Path,
    folder: &Path,
    files: &mut BTreeMap<PathBuf, String>,
) -> Result<(), BenchError> {
    let here = root.join(folder);
    for entry in fs::read_dir(&here).map_err(io_error(&here))? {
        let entry = entry.map_err(io_error(&here))?;
        let path = folder.join(entry.file_name());
        if entry.path().is_dir() {
            rust_files(root, &path, files)?;
        } else {
            let text = fs::read_to_string(entry.path()).map_err(io_error(&path))?;
            files.insert(path, text);
        }
    }
    Ok(())
}
