//! Independent implementations from npm: fetches a folder of `tests/node` once and runs it with node.
//!
//! Where node, npm or the packages cannot be had, a test says so
//! ([`super::not_run`]) and is left out.

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Mutex,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

/// A running application; it ends when this is dropped.
pub struct NodeApp {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl NodeApp {
    /// Starts `app.cjs` of a folder of `tests/node` with its settings; `None` when `test` cannot run.
    pub fn start(test: &str, folder: &str, settings: &Value) -> Option<Self> {
        match Self::try_start(folder, settings) {
            Ok(app) => Some(app),
            Err(reason) => {
                super::not_run(test, &reason);
                None
            }
        }
    }

    fn try_start(folder: &str, settings: &Value) -> Result<Self, String> {
        let installed = install(folder)?;
        let mut child = Command::new("node")
            .arg("app.cjs")
            .current_dir(installed)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("node does not start: {error}"))?;
        let stdin = child.stdin.as_mut().expect("stdin is piped");
        writeln!(stdin, "{settings}").expect("node reads its settings");
        let mut port = String::new();
        BufReader::new(child.stdout.take().expect("stdout is piped"))
            .read_line(&mut port)
            .expect("node writes text");
        let port: u16 = port
            .trim()
            .parse()
            .unwrap_or_else(|_| panic!("node names its port, not {port:?}"));
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        Ok(Self { child, address })
    }
}

impl Drop for NodeApp {
    fn drop(&mut self) {
        // It ends by itself when its stdin closes; this only makes sure.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Copies a folder of `tests/node` below the target folder and runs `npm ci` there, once per lock file.
fn install(folder: &str) -> Result<PathBuf, String> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("node")
        .join(folder);
    let digest = digest_of(&source);
    let shelf = target_folder().join("node");
    let installed = shelf.join(format!("{folder}-{digest}"));
    if installed.is_dir() {
        return Ok(installed);
    }
    fs::create_dir_all(&shelf).expect("the target folder is writable");
    let staging = tempfile::tempdir_in(&shelf).expect("the target folder is writable");
    for file in files_of(&source) {
        let name = file.file_name().expect("a file has a name");
        fs::copy(&file, staging.path().join(name)).expect("a file can be copied");
    }
    let npm = Command::new("npm")
        .args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ])
        .current_dir(staging.path())
        .output()
        .map_err(|error| format!("npm does not start: {error}"))?;
    if !npm.status.success() {
        let told = String::from_utf8_lossy(&npm.stderr);
        return Err(format!("npm ci in tests/node/{folder} failed: {told}"));
    }
    // Another process may have been faster; then its folder is as good.
    if fs::rename(staging.path(), &installed).is_err() && !installed.is_dir() {
        return Err(format!("{} cannot be made", installed.display()));
    }
    Ok(installed)
}

fn files_of(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is part of the sources");
    let mut files: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files
}

fn digest_of(folder: &Path) -> String {
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    for file in files_of(folder) {
        context.update(&fs::read(file).expect("a file can be read"));
    }
    let digest = context.finish();
    URL_SAFE_NO_PAD.encode(&digest.as_ref()[..9])
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
