//! Part of proof "served": what the document calls secret is not written down anywhere.

pub mod places;
mod shown;
pub mod traffic;

use std::{
    collections::BTreeSet,
    io::{self, Write},
    sync::{Arc, Mutex},
};

use percent_encoding::percent_decode_str;
use tessera_server::logs::{LogFormat, subscriber};
use tracing::{Dispatch, subscriber::NoSubscriber};
use tracing_subscriber::EnvFilter;

use crate::{dialects::TRIALS, harness::asked};

use super::{
    live::{oracle, request::encode},
    report::Finding,
};

/// Schemes whose text is no secret, and why.
fn public() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    TRIALS.iter().flat_map(|trial| trial.public_schemes())
}

/// What was looked at and what was found.
#[derive(Debug, Default)]
pub struct Walk {
    /// Secrets in places where they must not be.
    pub findings: Vec<Finding>,
    /// How many places of the document were filled.
    pub places: usize,
    /// How many requests were sent.
    pub requests: usize,
}

/// A text that may not be seen again, and the place of the document that says so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret {
    /// The place, or what it is for people.
    pub pointer: String,
    text: String,
}

impl Secret {
    /// That text at that place.
    pub fn new(pointer: &str, text: &str) -> Self {
        Self {
            pointer: pointer.to_owned(),
            text: text.to_owned(),
        }
    }

    /// Whether a trial says that its scheme's text is no secret.
    pub fn is_public(&self) -> bool {
        public().any(|(scheme, _)| is_scheme(&self.pointer, scheme))
    }

    /// The text in every spelling in which it travels.
    pub fn spellings(&self) -> BTreeSet<String> {
        let decoded = percent_decode_str(&self.text).decode_utf8_lossy();
        let trials = TRIALS.iter();
        let as_good = trials.flat_map(|trial| trial.as_good_as(&self.text));
        let debugged = format!("{:?}", self.text);
        let debugged = debugged.trim_matches('"');
        let spellings = [self.text.as_str(), &encode(&self.text), &decoded, debugged];
        let spellings = spellings.into_iter().map(str::to_owned).chain(as_good);
        spellings.filter(|text| text.len() >= 6).collect()
    }

    fn is_in(&self, written: &str) -> bool {
        self.spellings().iter().any(|text| written.contains(text))
    }
}

/// A text that occurs nowhere else.
fn canary(pointer: &str, nth: usize) -> String {
    let name = pointer.rsplit('/').next().unwrap_or_default();
    format!("canary-{nth}-of-{}-sings", name.replace('_', "-"))
}

/// The finding, if a text that is shown somewhere has a secret in it.
pub fn shows(written: &str, pointer: &str, text: &str, place: &str) -> Option<Finding> {
    let secret = Secret::new(pointer, text);
    let shows = !secret.is_public() && secret.is_in(written);
    shows.then(|| shown(pointer, place))
}

fn is_scheme(pointer: &str, scheme: &str) -> bool {
    pointer.strip_prefix("/components/securitySchemes/") == Some(scheme)
}

fn shown(pointer: &str, place: &str) -> Finding {
    let message = format!("the secret is in {place}");
    Finding::new("secret-shown", pointer, message).sides("[redacted]", "the text itself")
}

/// The log of all threads of one runtime.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        let bytes = self.0.lock().expect("no holder panics");
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no holder panics").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Fills every place and searches everything that was written meanwhile.
pub fn walk() -> Walk {
    let log = Log::default();
    let writer = log.clone();
    let listening = Dispatch::new(subscriber(
        LogFormat::Text,
        EnvFilter::new("trace"),
        false,
        move || writer.clone(),
    ));
    // While there is one dispatcher, tracing lets the thread that first comes to a place in the code decide for
    // all whether it is listened to, and other proofs' threads are not. With two it asks both.
    let _second = Dispatch::new(NoSubscriber::default());
    let for_threads = listening.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        // Those that hash passwords, too.
        .on_thread_start(move || {
            std::mem::forget(tracing::dispatcher::set_default(&for_threads));
        })
        .build()
        .expect("a runtime can be made");
    let _guard = tracing::dispatcher::set_default(&listening);
    let mut walk = Walk {
        findings: shown::judge(),
        ..Walk::default()
    };
    let mut seen = BTreeSet::new();
    let mut needed = BTreeSet::new();
    for operation in oracle::operations() {
        let passed = runtime.block_on(traffic::pass(&operation));
        walk.requests += passed.requests;
        let what = format!("{}: {} requests", operation.id, passed.requests);
        asked("secrets", &operation.dialect, &what);
        let stored = String::from_utf8_lossy(&passed.stored);
        let logged = log.text();
        if !logged.contains("tessera::request") {
            let message = format!("{}: nothing was logged", operation.id);
            let at = operation.node.at.clone();
            walk.findings
                .push(Finding::new("secret-unseen", at, message));
        }
        for secret in &passed.secrets {
            let public = public().find(|(scheme, _)| is_scheme(&secret.pointer, scheme));
            seen.insert(secret.pointer.clone());
            for (written, place) in [(logged.as_str(), "the log"), (&stored, "the database")] {
                if !secret.is_in(written) {
                    continue;
                }
                match public {
                    Some((scheme, _)) => drop(needed.insert(*scheme)),
                    None => walk.findings.push(shown(&secret.pointer, place)),
                }
            }
        }
        log.0.lock().expect("no holder panics").clear();
    }
    for pointer in places::all() {
        if !seen.contains(&pointer) {
            let message = "no request and no answer had anything here".to_owned();
            walk.findings
                .push(Finding::new("secret-unseen", pointer, message));
        }
    }
    for pointer in places::unmarked() {
        let message = "by its name this is a secret, and it has no x-secret";
        let finding = Finding::new("secret-not-marked", pointer, message);
        walk.findings.push(finding);
    }
    for (scheme, reason) in public() {
        if !needed.contains(scheme) {
            let at = format!("/components/securitySchemes/{scheme}");
            let message = format!("{scheme} is not written down anywhere ({reason})");
            walk.findings
                .push(Finding::new("secret-unseen", at, message));
        }
    }
    walk.places = seen.len();
    walk
}
