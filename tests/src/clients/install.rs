//! Installs the clients' packages below the target folder: once per lock file, and safe beside other processes.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use tempfile::TempDir;

/// The folder of the scripts and of what they need.
pub const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/clients");

/// A folder whose `node_modules` has the packages of `package-lock.json`.
pub fn node() -> Result<&'static Path, String> {
    static INSTALLED: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    shared(INSTALLED.get_or_init(|| {
        let locked = ["package.json", "package-lock.json"];
        installed("node", &locked, "", |folder| {
            for file in locked {
                fs::copy(Path::new(SOURCES).join(file), folder.join(file))
                    .map_err(|error| format!("{file} cannot be copied: {error}"))?;
            }
            let npm = Command::new("npm")
                .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
                .arg("--loglevel=error")
                .current_dir(folder)
                .output();
            succeeded("npm ci", npm).map(drop)
        })
    }))
}

/// The Python of a virtual environment that has the packages of `requirements.txt`.
pub fn python() -> Result<&'static Path, String> {
    static INSTALLED: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    shared(INSTALLED.get_or_init(|| {
        let version = "import sys; print(sys.executable, sys.version)";
        let version = Command::new("python3").args(["-c", version]).output();
        let version = succeeded("python3", version)?;
        let locked = ["requirements.txt"];
        let environment = installed("python", &locked, &version, |folder| {
            let venv = Command::new("python3")
                .args(["-m", "venv"])
                .arg(folder)
                .output();
            succeeded("python3 -m venv", venv)?;
            let pip = Command::new(folder.join("bin/python"))
                .args(["-m", "pip", "install", "--quiet", "--require-hashes"])
                .args(["--only-binary", ":all:", "--disable-pip-version-check"])
                .arg("--requirement")
                .arg(Path::new(SOURCES).join("requirements.txt"))
                .output();
            succeeded("pip install", pip).map(drop)
        });
        environment.map(|folder| folder.join("bin/python"))
    }))
}

/// The JDK's launcher. It compiles a script, which a runtime without `javac` cannot.
pub fn java() -> Result<&'static Path, String> {
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    shared(FOUND.get_or_init(|| {
        let compiler = Command::new("javac").arg("-version").output();
        succeeded("javac", compiler).map(|_| PathBuf::from("java"))
    }))
}

fn shared(found: &'static Result<PathBuf, String>) -> Result<&'static Path, String> {
    found.as_deref().map_err(Clone::clone)
}

/// `clients/<name>-<digest>` in the target folder, made by `install` unless it is there already.
fn installed(
    name: &str,
    locked: &[&str],
    version: &str,
    install: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<PathBuf, String> {
    let shelf = target_folder().join("clients");
    let folder = shelf.join(format!("{name}-{}", digest_of(locked, version)));
    if folder.is_dir() {
        return Ok(folder);
    }
    fs::create_dir_all(&shelf).expect("the target folder is writable");
    let staging = TempDir::new_in(&shelf).expect("the target folder is writable");
    install(staging.path())?;
    // Another process may have been faster; then its folder is as good.
    if fs::rename(staging.path(), &folder).is_err() && !folder.is_dir() {
        return Err(format!("{} cannot be made", folder.display()));
    }
    Ok(folder)
}

/// What a program wrote, if it could be started and succeeded.
fn succeeded(name: &str, output: std::io::Result<std::process::Output>) -> Result<String, String> {
    let output = output.map_err(|error| format!("{name} does not start: {error}"))?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{name} failed: {told}"));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn digest_of(locked: &[&str], version: &str) -> String {
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    context.update(version.as_bytes());
    for file in locked {
        let bytes = fs::read(Path::new(SOURCES).join(file));
        context.update(&bytes.expect("a lock file is part of the sources"));
    }
    URL_SAFE_NO_PAD.encode(&context.finish().as_ref()[..9])
}

/// `target`, from `target/<profile>/deps/<this binary>`.
fn target_folder() -> PathBuf {
    let binary = std::env::current_exe().expect("a test knows its binary");
    binary
        .ancestors()
        .find(|folder| folder.file_name() == Some(OsStr::new("deps")))
        .and_then(|deps| deps.parent()?.parent())
        .expect("a test binary lies in target/<profile>/deps")
        .to_owned()
}
