//! The workbench of `mutate`: a copy of the project that is patched, built and made to prove itself.
//!
//! The copy stands in `target/mutate/<name>` and has everything but xtask's own sources. It is built
//! in the target folder of the project, so that the dependencies are those that are there already; a
//! version of its own keeps its crates apart from the project's, which must never take a patched
//! crate for theirs. Files are only written when they change, so what did not change is not rebuilt.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{catalogue, score};
use crate::prove::cargo;

/// The test target of the copy: the test library once more, under a name that only the copy has, so
/// that nothing else of the workspace has to be built as a test.
const TARGET: &str = "proofs";

/// The sources that only a copy of the generator has.
const XTASK: &str = "xtask/src";

/// A test that only the copy has: it writes what the server emits to the file that a variable names.
const EMITTED: &str = "emitted";
/// See [`EMITTED`].
const EMITTED_VARIABLE: &str = "TESSERA_EMITTED";

/// One change of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// The file, relative to the root of the project.
    pub file: PathBuf,
    /// What must occur in it exactly once.
    pub find: String,
    /// What stands there afterwards.
    pub replace: String,
}

impl Patch {
    /// Replaces a whole file.
    #[must_use]
    pub fn whole(file: &Path, text: String, replace: String) -> Self {
        Self {
            file: file.to_owned(),
            find: text,
            replace,
        }
    }
}

/// Why the bench has no answer.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A file or program is not to be had.
    #[error("{subject}: {source}")]
    Io {
        /// The file or program.
        subject: String,
        /// What the system says.
        source: io::Error,
    },
    /// A patch does not fit the project any more.
    #[error("{}: found {occurrences} times instead of once: {find}", file.display())]
    Stale {
        /// The file.
        file: PathBuf,
        /// What was looked for.
        find: String,
        /// How often it was there.
        occurrences: usize,
    },
    /// The patched project does not compile.
    #[error("the patched project does not compile:\n{}", errors.join("\n"))]
    Compile {
        /// The compiler's errors, as it shows them.
        errors: Vec<String>,
    },
    /// The build ended well and told of no executable.
    #[error("the build told of no executable {0}")]
    NoExecutable(String),
    /// The copy's server did not say what it emits.
    #[error("the server of the copy does not say what it emits: {0}")]
    Silent(String),
}

/// What the system says about a file or program.
pub fn io_error(subject: impl AsRef<OsStr>) -> impl FnOnce(io::Error) -> BenchError {
    let subject = subject.as_ref().to_string_lossy().into_owned();
    move |source| BenchError::Io { subject, source }
}

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

/// What the server of a built copy says about itself; in the project that is `tessera openapi`.
///
/// # Errors
/// When the executable says nothing.
pub fn emitted(
    executable: &Path,
    tree: &Path,
    environment: &[(OsString, OsString)],
) -> Result<Value, BenchError> {
    let file = tempfile::NamedTempFile::new().map_err(io_error("a temporary file"))?;
    let output = Command::new(executable)
        .current_dir(tree.join("tests"))
        .args(["--exact", EMITTED])
        .env(EMITTED_VARIABLE, file.path())
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .output()
        .map_err(io_error(executable))?;
    let text = fs::read_to_string(file.path()).map_err(io_error(file.path()))?;
    serde_json::from_str(&text)
        .map_err(|_| BenchError::Silent(String::from_utf8_lossy(&output.stdout).into_owned()))
}

/// A digest of all sources and the document.
///
/// # Errors
/// [`BenchError::Io`].
pub fn sources(project: &Path) -> Result<String, BenchError> {
    let mut files = BTreeMap::new();
    for folder in ["", XTASK, catalogue::FOLDER] {
        collect(project, Path::new(folder), &mut files)?;
    }
    // What is written about the outcomes is none of what they depend on.
    files.retain(|path, _| {
        path != Path::new(score::FILE) && path.extension().is_none_or(|extension| extension != "md")
    });
    Ok(fingerprint(&files))
}

/// The files of the project below `folder` that a build of its tests needs.
///
/// # Errors
/// [`BenchError::Io`].
pub fn collect(
    project: &Path,
    folder: &Path,
    files: &mut BTreeMap<PathBuf, Vec<u8>>,
) -> Result<(), BenchError> {
    let here = project.join(folder);
    for entry in fs::read_dir(&here).map_err(io_error(&here))? {
        let entry = entry.map_err(io_error(&here))?;
        let path = folder.join(entry.file_name());
        let is_folder = entry.file_type().map_err(io_error(&here))?.is_dir();
        if is_folder {
            let left_out = [
                "target",
                ".git",
                "node_modules",
                "xtask/src",
                "xtask/tests",
                "xtask/mutants",
            ];
            if !left_out.iter().any(|name| path == Path::new(name)) {
                collect(project, &path, files)?;
            }
        } else {
            let file = project.join(&path);
            files.insert(path, fs::read(&file).map_err(io_error(&file))?);
        }
    }
    Ok(())
}

/// xtask stays a member for the sake of its dependencies' features.
fn without_xtask(files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    files.insert("xtask/src/lib.rs".into(), Vec::new());
    files.insert("xtask/src/main.rs".into(), b"fn main() {}\n".to_vec());
}

/// Makes of the project's files those of the copy called `name`.
fn adapt(name: &str, files: &mut BTreeMap<PathBuf, Vec<u8>>) -> Result<(), BenchError> {
    let version = concat!("version = \"", env!("CARGO_PKG_VERSION"), "\"\n");
    apply(
        &Patch {
            file: "Cargo.toml".into(),
            find: version.to_owned(),
            replace: version.replace("\"\n", &format!("+{name}\"\n")),
        },
        files,
    )?;
    // The document's version is the program's, and a copy must not differ in it.
    apply(
        &Patch {
            file: "server/src/cli.rs".into(),
            find: "env!(\"CARGO_PKG_VERSION\")".to_owned(),
            replace: concat!("\"", env!("CARGO_PKG_VERSION"), "\"").to_owned(),
        },
        files,
    )?;
    let manifest = files.entry("tests/Cargo.toml".into()).or_default();
    let target = format!("\n[[test]]\nname = \"{TARGET}\"\npath = \"src/lib.rs\"\n");
    manifest.extend(target.into_bytes());
    let tests = files.entry("tests/src/lib.rs".into()).or_default();
    let emitted = format!(
        "\n#[test]\nfn {EMITTED}() {{\n    if let Some(file) = std::env::var_os({EMITTED_VARIABLE:?}) {{\n        \
         std::fs::write(file, tessera_server::cli::emitted_document()).expect(\"written\");\n    }}\n}}\n"
    );
    tests.extend(emitted.into_bytes());
    Ok(())
}

fn apply(patch: &Patch, files: &mut BTreeMap<PathBuf, Vec<u8>>) -> Result<(), BenchError> {
    let stale = |occurrences| BenchError::Stale {
        file: patch.file.clone(),
        find: patch.find.clone(),
        occurrences,
    };
    let content = files.get_mut(&patch.file).ok_or_else(|| stale(0))?;
    let text = String::from_utf8_lossy(content);
    match text.matches(&patch.find).count() {
        1 => {
            let text = text.replacen(&patch.find, &patch.replace, 1);
            *content = text.into_bytes();
            Ok(())
        }
        occurrences => Err(stale(occurrences)),
    }
}

fn fingerprint(files: &BTreeMap<PathBuf, Vec<u8>>) -> String {
    let mut hash = Sha256::new();
    for (path, content) in files {
        for part in [path.as_os_str().as_encoded_bytes(), content] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
    }
    let mut text = String::new();
    for byte in hash.finalize() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Makes `tree` hold `files` and nothing else, touching only what differs.
fn synchronise(tree: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) -> Result<(), BenchError> {
    fs::create_dir_all(tree).map_err(io_error(tree))?;
    let mut held = BTreeMap::new();
    collect(tree, Path::new(""), &mut held)?;
    if tree.join(XTASK).exists() {
        collect(tree, Path::new(XTASK), &mut held)?;
    }
    let ours: BTreeSet<&PathBuf> = files.keys().collect();
    for path in held.keys().filter(|path| !ours.contains(path)) {
        let file = tree.join(path);
        fs::remove_file(&file).map_err(io_error(&file))?;
    }
    for (path, content) in files {
        let file = tree.join(path);
        if fs::read(&file).is_ok_and(|held| held == *content) {
            continue;
        }
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(io_error(folder))?;
        }
        let half = file.with_added_extension("half");
        let mut out = fs::File::create(&half).map_err(io_error(&half))?;
        out.write_all(content).map_err(io_error(&half))?;
        fs::rename(&half, &file).map_err(io_error(&file))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_fits_once_or_is_stale() {
        let mut files = BTreeMap::from([(PathBuf::from("a"), b"one two one".to_vec())]);
        let patch = |find: &str| Patch {
            file: "a".into(),
            find: find.to_owned(),
            replace: "three".to_owned(),
        };
        apply(&patch("two"), &mut files).expect("it fits");
        assert_eq!(files.get(Path::new("a")).expect("a"), b"one three one");
        for find in ["one", "four"] {
            let refused = apply(&patch(find), &mut files);
            assert!(matches!(refused, Err(BenchError::Stale { .. })), "{find}");
        }
    }

    #[test]
    fn a_copy_holds_what_is_meant_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let tree = folder.path().join("tree");
        let files = |names: &[&str]| -> BTreeMap<PathBuf, Vec<u8>> {
            let file = |name: &&str| (PathBuf::from(name), name.as_bytes().to_vec());
            names.iter().map(file).collect()
        };
        synchronise(&tree, &files(&["a", "b/c"])).expect("written");
        let before = fs::metadata(tree.join("b/c")).expect("there").modified();
        synchronise(&tree, &files(&["b/c", "d"])).expect("written");
        let mut held = BTreeMap::new();
        collect(&tree, Path::new(""), &mut held).expect("read");
        assert_eq!(held, files(&["b/c", "d"]));
        let after = fs::metadata(tree.join("b/c")).expect("there").modified();
        assert_eq!(before.expect("a time"), after.expect("a time"));
    }
}
