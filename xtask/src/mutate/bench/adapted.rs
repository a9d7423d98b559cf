//! What a copy has that the project has not: a version of its own, a test target, and a way to say what its server emits.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::patch::{Patch, apply};
use super::{BenchError, io_error};

/// The test target of the copy: the test library once more, under a name that only the copy has, so
/// that nothing else of the workspace has to be built as a test.
pub(super) const TARGET: &str = "proofs";

/// A test that only the copy has: it writes what the server emits to the file that a variable names.
const EMITTED: &str = "emitted";

/// See [`EMITTED`].
const EMITTED_VARIABLE: &str = "TESSERA_EMITTED";

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

/// xtask stays a member for the sake of its dependencies' features.
pub(super) fn without_xtask(files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    files.insert("xtask/src/lib.rs".into(), Vec::new());
    files.insert("xtask/src/main.rs".into(), b"fn main() {}\n".to_vec());
}

/// Makes of the project's files those of the copy called `name`.
pub(super) fn adapt(name: &str, files: &mut BTreeMap<PathBuf, Vec<u8>>) -> Result<(), BenchError> {
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
