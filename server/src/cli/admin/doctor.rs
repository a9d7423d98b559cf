//! `tessera admin doctor`: what is wrong with an installation, and what to do. It takes the flags of `serve`, and changes nothing that is there.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use super::super::flags::{ServeArgs, config};
use super::access::shown;
use super::error::AdminError;
use super::finding::{Findings, Grade};
use super::output::{Listing, row};
use super::times;
use crate::authority::{AuditFilter, TokenAuthority};
use crate::config::Config;
use crate::dialects::REGISTRATIONS;
use crate::domain::{Contents, KeyState};
use crate::public_url::PublicUrl;
use crate::serve::{Ports, StartError, open_authority, prove_master_key};
use crate::storage::{OpenError, Schema, database_file, look_at};

/// Room on the disk below which something is wrong, and below which it will be.
const ROOM_BYTES: (u64, u64) = (256 << 20, 2 << 30);
/// Open files below which connections are few.
const FILES: u64 = 4_096;
/// No clock is before this: 2025-01-01.
const BEGINNING_MS: i64 = 1_735_689_600_000;

/// `doctor`
#[derive(Debug, Args)]
pub(in crate::cli) struct DoctorArgs {
    #[command(flatten)]
    serve: ServeArgs,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Looks at everything, and fails when something is wrong.
pub(in crate::cli) async fn run(args: DoctorArgs) -> Result<(), AdminError> {
    let ServeArgs {
        place,
        database,
        network,
        policy,
    } = args.serve;
    let config = Config {
        // It would take the place of the one that is used.
        session_secret_file: None,
        ..config(place, database, network, policy)?
    };
    let ports = Ports::system();
    let mut findings = Findings::default();
    let whole = look_at_schema(&config, &mut findings).await;
    let unlocked = whole && look_at_master_key(&config, &ports, &mut findings).await;
    if unlocked {
        look_inside(&config, &ports, &mut findings).await;
    }
    look_at_clock(ports.clock.now_ms(), None, &mut findings);
    look_at_files(&config, &mut findings);
    look_at_address(&config, &mut findings);
    look_at_limits(&mut findings);
    let wrong = findings.0.iter().filter(|one| one.grade == Grade::Wrong);
    let wrong = wrong.count();
    let rows = findings.0.into_iter().map(|finding| {
        row([
            ("about", finding.about.into()),
            ("state", finding.grade.as_str().into()),
            ("found", finding.found.into()),
            (
                "advice",
                Some(finding.advice)
                    .filter(|text| !text.is_empty())
                    .map_or(Value::Null, Value::from),
            ),
        ])
    });
    Listing::whole(rows.collect()).print(args.json)?;
    if wrong > 0 {
        return Err(AdminError::Unwell(wrong));
    }
    Ok(())
}

/// Whether the database can be opened by this program as it is.
async fn look_at_schema(config: &Config, findings: &mut Findings) -> bool {
    let url = shown(&config.database_url);
    if let Some(file) = database_file(config.database_url.expose())
        && !file.exists()
    {
        let advice = "name it with --database-url, or start `tessera serve`, which makes it";
        findings.wrong("database", format!("there is none at {url}"), advice);
        return false;
    }
    let schema = match Schema::at(config.database_url.expose()).await {
        Ok(schema) => schema,
        Err(error) => {
            let advice =
                "see that it is reachable with these flags, by this user; else restore a backup";
            findings.wrong("database", error.to_string(), advice);
            return false;
        }
    };
    findings.fine("database", url);
    match schema.is_whole() {
        Ok(()) => {
            let count = schema.applied.len();
            findings.fine("schema", format!("all {count} migrations are applied"));
            // Opening it would make what is not there.
            let contents = look_at(config.database_url.expose()).await;
            let nothing = matches!(contents, Ok(Contents::Nothing));
            if nothing {
                let advice = "start `tessera serve`, which makes keys and settings";
                let found = "it holds nothing yet".to_owned();
                findings.add("database", Grade::Careful, found, advice);
            }
            !nothing
        }
        Err(error) => {
            let advice = match error {
                OpenError::Pending(_) => "stop the server, and say `tessera migrate up`",
                OpenError::Newer(_) => "use the program that migrated it, or a newer one",
                OpenError::Failed(_) | OpenError::Unfinished(_) => "restore a backup",
            };
            findings.wrong("schema", error.to_string(), advice);
            false
        }
    }
}

async fn look_at_master_key(config: &Config, ports: &Ports, findings: &mut Findings) -> bool {
    match prove_master_key(config, ports).await {
        Ok(()) => {
            findings.fine("master key", "it fits the database");
            true
        }
        Err(error) => {
            let advice = "put the right file back, mode 0600, or name it with --master-key-file";
            findings.wrong("master key", error.to_string(), advice);
            false
        }
    }
}

/// What only the open database tells.
async fn look_inside(config: &Config, ports: &Ports, findings: &mut Findings) {
    let issuer = PublicUrl::of_listener(config.listen);
    let opened = match open_authority(config, ports, &issuer).await {
        Ok(opened) => opened,
        Err(StartError::Locked(error)) => {
            let advice = "another process makes or opens the database: try again when it has ended";
            findings.wrong("database", error.to_string(), advice);
            return;
        }
        Err(error) => {
            findings.wrong("database", error.to_string(), "see the log of the server");
            return;
        }
    };
    drop(opened.making);
    look_at_keys(&opened.authority, findings).await;
    let newest = AuditFilter {
        limit: 1,
        ..AuditFilter::default()
    };
    if let Ok(page) = opened.authority.upkeep().changes(newest).await {
        let at_ms = page.rows.first().map(|row| row.at_ms);
        look_at_clock(ports.clock.now_ms(), at_ms, findings);
    }
    opened.store.close().await;
}

async fn look_at_keys(authority: &TokenAuthority, findings: &mut Findings) {
    let Ok(keys) = authority.registry().signing_keys().await else {
        findings.wrong("keys", "they cannot be read", "see the log");
        return;
    };
    let settings = crate::dialects::DialectSettings::default();
    for dialect in REGISTRATIONS {
        if (dialect.rules)(&settings).signing.is_empty() {
            continue;
        }
        let own = || keys.iter().filter(|key| key.dialect == dialect.id);
        let active = own().find(|key| key.state == KeyState::Active);
        let Some(active) = active else {
            let advice = "start `tessera serve`, which makes one";
            findings.wrong(
                "keys",
                format!("{} has none that signs", dialect.id),
                advice,
            );
            continue;
        };
        findings.fine(
            "keys",
            format!(
                "{} signs with {} of {}",
                dialect.id,
                active.algorithm,
                times::text(active.created_at_ms)
            ),
        );
        if let Some(next) = own().find(|key| key.state == KeyState::Next) {
            let found = format!("{} has a prepared key {}", dialect.id, next.id);
            let advice = "activate it when everybody has fetched it: `tessera admin key activate`";
            findings.add("keys", Grade::Careful, found, advice);
        }
        for old in own().filter(|key| key.state == KeyState::Retiring) {
            let found = format!("{} still takes tokens of the key {}", dialect.id, old.id);
            let advice = "when they are over, say `tessera admin key retire`";
            findings.add("keys", Grade::Careful, found, advice);
        }
    }
}

/// The clock against the last change that was noted.
fn look_at_clock(now_ms: i64, noted_ms: Option<i64>, findings: &mut Findings) {
    let now = times::text(now_ms);
    if now_ms < BEGINNING_MS {
        findings.wrong(
            "clock",
            format!("it is {now}"),
            "set it, and let NTP keep it",
        );
    } else if let Some(noted) = noted_ms.filter(|noted| *noted > now_ms.saturating_add(60_000)) {
        let found = format!(
            "it is {now}, and a change was noted at {}",
            times::text(noted)
        );
        let advice = "set the clock of this machine, or of the other servers on the database";
        findings.wrong("clock", found, advice);
    } else if noted_ms.is_none() {
        findings.fine("clock", now);
    }
}

/// Who may read the files, and what room is left.
fn look_at_files(config: &Config, findings: &mut Findings) {
    let database = database_file(config.database_url.expose());
    let keys = config.master_key_places();
    for file in database.iter().chain(&keys).filter(|file| file.exists()) {
        look_at_mode(file, findings);
    }
    let place = database.or_else(|| keys.first().cloned());
    if let Some(folder) = place.as_deref().and_then(folder_of) {
        look_at_room(&folder, findings);
    }
}

fn folder_of(file: &Path) -> Option<PathBuf> {
    let folder = file.parent()?;
    let here = folder.as_os_str().is_empty();
    Some(if here {
        PathBuf::from(".")
    } else {
        folder.to_owned()
    })
}

fn look_at_mode(file: &Path, findings: &mut Findings) {
    let name = file.display();
    match fs::metadata(file) {
        Ok(facts) => {
            let mode = facts.permissions().mode() & 0o777;
            let others = mode & 0o077;
            if others == 0 {
                findings.fine("permissions", format!("{name} has mode {mode:04o}"));
            } else {
                let found = format!("{name} has mode {mode:04o}: others may open it");
                findings.add(
                    "permissions",
                    Grade::Careful,
                    found,
                    format!("chmod 600 {name}"),
                );
            }
        }
        Err(error) => {
            let advice = "run as the user whose file it is";
            findings.wrong("permissions", format!("{name}: {error}"), advice);
        }
    }
}

fn look_at_room(folder: &Path, findings: &mut Findings) {
    let name = folder.display();
    let facts = match rustix::fs::statvfs(folder) {
        Ok(facts) => facts,
        Err(error) => {
            findings.wrong(
                "disk",
                format!("{name}: {error}"),
                "see that the folder is there",
            );
            return;
        }
    };
    let free = facts.f_bavail.saturating_mul(facts.f_frsize);
    let found = format!("{} MiB are free in {name}", free >> 20);
    let (least, enough) = ROOM_BYTES;
    let advice = "make room, or move the database: a full disk refuses every change";
    if free < least {
        findings.wrong("disk", found, advice);
    } else if free < enough {
        findings.add("disk", Grade::Careful, found, advice);
    } else {
        findings.fine("disk", found);
    }
}

/// By what others reach the server.
fn look_at_address(config: &Config, findings: &mut Findings) {
    let proxies = &config.network.proxies.networks;
    match &config.public_url {
        None => {
            let found = format!(
                "none is said: tokens name {}",
                PublicUrl::of_listener(config.listen)
            );
            let advice = "say --public-url, the origin that clients use";
            let grade = if config.listen.ip().is_loopback() {
                Grade::Careful
            } else {
                Grade::Wrong
            };
            findings.add("public URL", grade, found, advice);
        }
        Some(url) if !url.is_https() && !config.listen.ip().is_loopback() => {
            let advice = "put a proxy with TLS in front, and say its https origin";
            findings.add(
                "public URL",
                Grade::Careful,
                format!("{url} is not encrypted"),
                advice,
            );
        }
        Some(url) => findings.fine("public URL", url.as_str()),
    }
    let https = config.public_url.as_ref().is_some_and(PublicUrl::is_https);
    if https && proxies.is_empty() {
        let found =
            "the public URL is https, and no proxy is trusted: all clients have its address";
        let advice = "name it with --trusted-proxy, and its header with --forwarded-header";
        findings.add("proxy", Grade::Careful, found, advice);
    } else {
        findings.fine("proxy", format!("{} networks are trusted", proxies.len()));
    }
}

fn look_at_limits(findings: &mut Findings) {
    let files = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    match files {
        Some(files) if files < FILES => {
            let found = format!("{files} open files: as many connections, less 64");
            findings.add(
                "limits",
                Grade::Careful,
                found,
                "LimitNOFILE=65536, or `ulimit -n 65536`",
            );
        }
        Some(files) => findings.fine("limits", format!("{files} open files")),
        None => findings.fine("limits", "no limit on open files"),
    }
}
