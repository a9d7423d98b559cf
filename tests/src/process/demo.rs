//! What the demo prints: a curl for each operation, and each of them succeeds when they are pasted in this order.

use std::{
    collections::BTreeSet,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::binary::{Starting, built};
use crate::{
    harness::{Answer, asked, assert_all_asked, document, not_run},
    proofs::live::{
        answers::{self, Outcome},
        oracle,
    },
};

const SUITE: &str = "demo";

/// What stands in front of a printed call.
const CALL: &str = "curl ";

/// The printed calls, each under its operation.
fn calls(said: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = said.lines().collect();
    let pairs = lines.windows(2).filter_map(|pair| {
        let operation = pair[0].strip_prefix("# ")?.split(':').next()?;
        pair[1]
            .starts_with(CALL)
            .then(|| (operation.to_owned(), pair[1].to_owned()))
    });
    pairs.collect()
}

#[test]
fn every_operation_has_a_curl_that_succeeds() {
    if Command::new("curl").arg("--version").output().is_err() {
        return not_run("the demo's calls", "there is no curl on this machine");
    }
    let desk = TempDir::new().expect("a temporary folder can be made");
    let credentials = desk.path().join("credentials.json");
    let mut demo = Command::new(built().join("tessera"));
    demo.args(["demo", "--listen", "127.0.0.1:0", "--credentials-file"])
        .arg(&credentials);
    let demo = Starting::launch(demo, desk.path().join("said"));
    // The file is there when the demo answers; what it prints comes after that.
    let operations = oracle::operations();
    let is_all = |said: &str| said.ends_with('\n') && calls(said).len() >= operations.len();
    let patience = Instant::now() + Duration::from_secs(60);
    while !credentials.is_file() || !is_all(&demo.said()) {
        assert!(Instant::now() < patience, "{}", demo.said());
        thread::sleep(Duration::from_millis(5));
    }
    let calls = calls(&demo.said());
    let mut dialects = BTreeSet::new();
    for (operation, call) in &calls {
        let answer = Command::new("sh")
            .args(["-c", call])
            .output()
            .expect("a shell runs");
        let said = String::from_utf8_lossy(&answer.stdout);
        let answer = Answer::parse(&answer.stdout);
        let mut known = operations.iter();
        let of = known.find(|one| one.id == *operation);
        let of = of.unwrap_or_else(|| panic!("the document has no {operation}"));
        // A success under which the document has a refusal is none.
        let outcome = answers::outcome(of, &answer);
        assert_eq!(outcome, Outcome::Success, "{call}\n{said}");
        let dialect = document::dialect_of(operation);
        asked(SUITE, dialect, &format!("{operation} {}", answer.status));
        dialects.insert(dialect);
    }
    let printed: BTreeSet<&str> = calls
        .iter()
        .map(|(operation, _)| operation.as_str())
        .collect();
    let there: BTreeSet<&str> = document::operations().iter().map(|one| one.id).collect();
    assert_eq!(printed, there);
    assert_all_asked(SUITE, dialects);
    assert!(demo.stop("TERM").success());
}
