//! `cargo xtask bench` and `cargo xtask soak`: builds the server and the package `measure`, and hands everything to its binary.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::exit::Exit;
use crate::prove::cargo;

/// How the two binaries are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// As they are released: what is measured.
    Release,
    /// As the rest of the workspace is built for its tests: what is judged is right or wrong, not how fast.
    Tests,
}

impl Build {
    /// What cargo is told. A package built alone has other features than one in the workspace, and with them half of its
    /// dependencies would be built again.
    const fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Release => &[
                "--release",
                "--package",
                "tessera-server",
                "--package",
                "measure",
            ],
            Self::Tests => &["--workspace", "--bin", "tessera", "--bin", "measure"],
        }
    }

    const fn folder(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Tests => "debug",
        }
    }
}

/// Builds, and runs the binary with a command and its arguments; says what it ends with.
///
/// # Errors
/// When it cannot be started, or only what the writer says.
pub fn run(
    root: &Path,
    build: Build,
    command: &str,
    arguments: &[OsString],
    out: &mut dyn Write,
) -> io::Result<Exit> {
    let cargo_says = Command::new(cargo())
        .current_dir(root)
        .args(["build", "--quiet"])
        .args(build.arguments())
        .status()?;
    if !cargo_says.success() {
        writeln!(out, "the package measure does not build")?;
        return Ok(Exit::Wrong);
    }
    out.flush()?;
    let measure = beside_us(build)?;
    let status = Command::new(measure)
        .current_dir(root)
        .arg(command)
        .args(arguments)
        .status()?;
    Ok(match status.code() {
        Some(0) => Exit::Fresh,
        Some(code) if code == i32::from(Exit::Missed.code()) => Exit::Missed,
        Some(_) | None => Exit::Wrong,
    })
}

/// Where cargo puts the binary, from where it has put ours.
fn beside_us(build: Build) -> io::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let target = own.parent().and_then(Path::parent);
    let target = target.ok_or_else(|| io::Error::other("xtask was not built by cargo"))?;
    Ok(target.join(build.folder()).join("measure"))
}
