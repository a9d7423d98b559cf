//! node oidc-provider in memory, for comparison: installed into the target folder when it is not there yet.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::ask::{Ask, Behind};
use crate::fault::Fault;
use crate::feed::Row;
use crate::served::{Served, free_address};
use crate::shot::Shot;

/// Pinned, so that figures stay comparable.
const PACKAGE: &str = "oidc-provider@9.13.3";
/// Its server.
const SERVER: &str = include_str!("../peer/server.mjs");
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
/// When it refuses to issue.
pub async fn rows(peer: &Served) -> Result<Vec<Row>, Fault> {
    let mut server = Behind::connect(peer.address).await?;
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
    let token = server.ask(&opaque).await?.text_at("/access_token")?;
    let introspect = post("/token/introspection", &[("token", &token)])?;
    Ok(vec![
        Row::again(
            "oidc-provider introspection",
            "",
            vec![introspect],
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
