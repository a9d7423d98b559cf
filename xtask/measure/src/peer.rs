//! node oidc-provider in memory, for comparison: installed into the target folder when it is not there yet.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::fault::Fault;
use crate::feed::{Found, Row, Supply};
use crate::served::{Served, free_address};
use crate::shot::Shot;

/// Pinned, so that figures stay comparable.
const PACKAGE: &str = "oidc-provider@9.13.3";
/// Its server.
const SERVER: &str = include_str!("../peer/server.mjs");
/// Tokens for one slot, fewer than it remembers, and connections that make them.
const REMEMBERED: usize = 800;
const PREPARING: usize = 16;
const CLIENT: &str = "bench";
const SECRET: &str = "bench-secret-of-some-length";

/// Starts it, with its files in `folder`.
///
/// # Errors
/// When node or npm is not there, or the package cannot be installed.
pub fn start(folder: &Path) -> Result<Served, Fault> {
    fs::create_dir_all(folder).map_err(Fault::io("the peer's folder"))?;
    if !folder.join("node_modules/oidc-provider").is_dir() {
        let mut npm = Command::new("npm");
        let quiet = ["--no-audit", "--no-fund", "--silent", "--no-save"];
        let installed = npm.args(["install", "--prefix"]).arg(folder);
        let installed = installed.args(quiet).arg(PACKAGE).output();
        let installed = installed.map_err(Fault::io("npm"))?;
        if !installed.status.success() {
            let said = String::from_utf8_lossy(&installed.stderr).into_owned();
            return Err(Fault::NotStarted(format!("npm install {PACKAGE}"), said));
        }
    }
    let server = folder.join("server.mjs");
    let half = tempfile::NamedTempFile::new_in(folder).map_err(Fault::io("the peer's server"))?;
    let written = std::io::Write::write_all(&mut half.as_file(), SERVER.as_bytes());
    written.map_err(Fault::io("the peer's server"))?;
    half.persist(&server)
        .map_err(|error| Fault::io("the peer's server")(error.error))?;
    let address = free_address()?;
    let (file, port) = (server.display().to_string(), address.port().to_string());
    let log = folder.join("log");
    Served::start(
        Path::new("node"),
        &[&file, &port, CLIENT, SECRET],
        address,
        &log,
    )
}

/// What it is asked: to introspect, and to issue opaque tokens and signed ones.
///
/// # Errors
/// Never: texts can be put into forms.
pub fn rows() -> Result<Vec<Row>, Fault> {
    let post = |path: &str, fields: &[(&str, &str)]| {
        Shot::new("POST", path).basic(CLIENT, SECRET).form(fields)
    };
    let opaque = post(
        "/token",
        &[("grant_type", "client_credentials"), ("scope", "read")],
    )?;
    let signed = post(
        "/token",
        &[
            ("grant_type", "client_credentials"),
            ("scope", "read"),
            ("resource", "urn:signed"),
        ],
    )?;
    // Made anew for each slot: it forgets all but the last thousand.
    let introspect = Supply {
        issue: opaque.clone(),
        found: Found::At("/access_token"),
        prepared: REMEMBERED,
        at_once: PREPARING,
        spend: Box::new(|token| {
            let mut shot = Shot::new("POST", "/token/introspection").basic(CLIENT, SECRET);
            shot = shot.header("content-type", "application/x-www-form-urlencoded");
            shot.body = format!("token={token}");
            shot
        }),
    };
    Ok(vec![
        Row::once(
            "oidc-provider introspection",
            "",
            introspect,
            200,
            "\"active\":true",
        ),
        Row::again(
            "oidc-provider opaque issue",
            "",
            vec![opaque],
            200,
            "access_token",
        ),
        Row::again(
            "oidc-provider EdDSA issue",
            "",
            vec![signed],
            200,
            "access_token",
        ),
    ])
}
