//! Proofs that run in `tessera-tests`, on a started server or client: building them, running them, reading their reports.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::document::Document;
use crate::problem::{Place, Problem, Problems, Rule};

/// How long each proof may take; a client or server that is broken can wait for ever.
const TIME_LIMIT: Duration = Duration::from_secs(300);

/// How often a running proof is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Where the proofs are written.
const SOURCES: &str = "tests/src/proofs";

/// A proof that needs something running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Started {
    /// Every unmatched path and method.
    Closed,
    /// Every request the document allows and forbids.
    Live,
    /// What the SDK sends and understands.
    Sdk,
    /// What is served about the document itself.
    Served,
}

impl Started {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 4] = [Self::Closed, Self::Live, Self::Sdk, Self::Served];

    /// The name of its report and of its module.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Live => "live",
            Self::Sdk => "sdk",
            Self::Served => "served",
        }
    }

    fn test(self) -> String {
        format!("proofs::{}::holds", self.name())
    }
}

/// What one proof found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Which proof.
    pub proof: Started,
    /// How much it looked at.
    pub extent: String,
    /// What it found.
    pub problems: Problems,
    /// How long it says it took; nothing when it did not say.
    pub took: Duration,
}

/// What a proof is run with.
#[derive(Debug, Clone, Default)]
pub struct With {
    /// The document that the proofs take for the truth; without it the committed one.
    pub document: Option<PathBuf>,
    /// What the order of the cases comes from.
    pub seed: Option<u64>,
    /// Further variables of the environment.
    pub environment: Vec<(OsString, OsString)>,
    /// How long each proof may take, if not as long as is usual.
    pub limit: Option<Duration>,
}

/// Builds the proofs below `project` and runs those of `which`.
#[must_use]
pub fn prove(project: &Path, document: &Document, which: &[Started], with: &With) -> Vec<Ran> {
    match build(project) {
        Ok(executable) => run(&executable, project, document, which, with),
        Err(problem) => which
            .iter()
            .map(|&proof| silent(proof, problem.message.clone()))
            .collect(),
    }
}

/// Builds the test binary with the features it has in the whole workspace, so that nothing is built twice.
///
/// # Errors
/// A problem with the first error of the build.
pub fn build(project: &Path) -> Result<PathBuf, Box<Problem>> {
    let not_run = |message| {
        let place = Place::file(SOURCES);
        Box::new(Problem::wrong(Rule::ProofNotRun, place, message))
    };
    let output = Command::new(super::cargo())
        .current_dir(project)
        .args([
            "test",
            "--workspace",
            "--lib",
            "--no-run",
            "--message-format=json-render-diagnostics",
        ])
        .output()
        .map_err(|error| not_run(format!("cargo did not start: {error}")))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        return Err(not_run(super::emitted::first_error(&text)));
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    executable(&messages).ok_or_else(|| not_run("cargo built no tessera-tests".to_owned()))
}

/// The path of the test binary in what cargo says about a build.
fn executable(messages: &str) -> Option<PathBuf> {
    #[derive(Deserialize)]
    struct Target {
        name: String,
    }
    #[derive(Deserialize)]
    struct Message {
        target: Target,
        executable: PathBuf,
    }
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .find(|message| message.target.name == "tessera_tests")
        .map(|message| message.executable)
}

/// Runs proofs of a test binary and reads what they report.
#[must_use]
pub fn run(
    executable: &Path,
    project: &Path,
    document: &Document,
    which: &[Started],
    with: &With,
) -> Vec<Ran> {
    let reports = match tempfile::tempdir() {
        Ok(folder) => folder,
        Err(error) => {
            let message = format!("there is no place for the reports: {error}");
            return which.iter().map(|&one| silent(one, &message)).collect();
        }
    };
    let mut command = Command::new(executable);
    super::without_settings(&mut command)
        // Where cargo runs the tests of a package.
        .current_dir(project.join("tests"))
        .env("TESSERA_PROOFS", reports.path())
        .envs(with.environment.iter().map(|(name, value)| (name, value)))
        .arg("--exact")
        .args(which.iter().map(|proof| proof.test()));
    if let Some(document) = &with.document {
        command.env("TESSERA_DOCUMENT", document);
    }
    if let Some(seed) = with.seed {
        command.env("TESSERA_SEED", seed.to_string());
    }
    let limit = with.limit.unwrap_or(TIME_LIMIT) * u32::try_from(which.len()).unwrap_or(1);
    let said = wait(&mut command, &reports.path().join("said"), limit)
        .unwrap_or_else(|error| error.to_string());
    which
        .iter()
        .map(|&proof| {
            let file = reports.path().join(format!("{}.json", proof.name()));
            match fs::read_to_string(file) {
                Ok(text) => read(proof, &text, document),
                Err(_) => silent(proof, format!("the proof left no report: {said}")),
            }
        })
        .collect()
}

/// Runs a command to its end, or ends it, and tells why it failed if it says so.
fn wait(command: &mut Command, log: &Path, limit: Duration) -> io::Result<String> {
    let out = File::create(log)?;
    let mut child = command
        .stdin(Stdio::null())
        .stderr(out.try_clone()?)
        .stdout(out)
        .spawn()?;
    let started = Instant::now();
    while child.try_wait()?.is_none() {
        if started.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Ok(format!("it was ended after {} s", limit.as_secs()));
        }
        thread::sleep(LOOK_EVERY);
    }
    let said = fs::read(log)?;
    Ok(last_lines(&String::from_utf8_lossy(&said)))
}

fn last_lines(text: &str) -> String {
    let panic = text
        .lines()
        .skip_while(|line| !line.contains("panicked at"));
    let lines: Vec<&str> = panic.take(4).map(str::trim).collect();
    if lines.is_empty() {
        "it did not say why".to_owned()
    } else {
        lines.join(" ")
    }
}

/// A proof that did not run must never look green.
fn silent(proof: Started, message: impl Into<String>) -> Ran {
    let place = Place::file(SOURCES);
    Ran {
        proof,
        extent: String::new(),
        problems: Problem::wrong(Rule::ProofNotRun, place, message).into(),
        took: Duration::ZERO,
    }
}

#[derive(Deserialize)]
struct Report {
    proof: String,
    extent: String,
    #[serde(default)]
    took_ms: u64,
    findings: Vec<Reported>,
}

#[derive(Deserialize)]
struct Reported {
    rule: String,
    pointer: String,
    message: String,
    expected: Option<String>,
    found: Option<String>,
    curl: Option<String>,
}

/// Understands a report.
fn read(proof: Started, text: &str, document: &Document) -> Ran {
    let report: Report = match serde_json::from_str(text) {
        Ok(report) => report,
        Err(error) => return silent(proof, format!("the report is not understood: {error}")),
    };
    if report.proof != proof.name() || report.extent.is_empty() {
        return silent(proof, "the report does not say what was looked at");
    }
    let mut problems = Problems::new();
    for reported in report.findings {
        problems.push(problem(reported, document));
    }
    Ran {
        proof,
        extent: report.extent,
        problems,
        took: Duration::from_millis(report.took_ms),
    }
}

fn problem(reported: Reported, document: &Document) -> Problem {
    let place = document.place(&reported.pointer);
    let Some(rule) = Rule::from_id(&reported.rule) else {
        let message = format!("no rule is called {}: {}", reported.rule, reported.message);
        return Problem::wrong(Rule::ProofNotRun, place, message);
    };
    let mut problem = Problem::wrong(rule, place, reported.message);
    if let (Some(expected), Some(found)) = (reported.expected, reported.found) {
        problem = problem.with_sides(expected, found);
    }
    if let Some(curl) = reported.curl {
        problem = problem.with_curl(curl);
    }
    problem
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::{Started, executable, last_lines, read, wait};
    use crate::document::Document;
    use crate::problem::Rule;

    fn rules(report: &str) -> Vec<Rule> {
        let document = Document::default();
        let ran = read(Started::Live, report, &document);
        ran.problems.iter().map(|problem| problem.rule).collect()
    }

    #[test]
    fn a_report_becomes_problems() {
        let report = r#"{"proof":"live","extent":"1 operation","took_ms":7,"findings":[
            {"rule":"live-status","pointer":"/paths/~1a","message":"m","expected":"a","found":"b","curl":"curl $BASE/a"}]}"#;
        let ran = read(Started::Live, report, &Document::default());
        assert_eq!(
            (ran.extent.as_str(), ran.took.as_millis()),
            ("1 operation", 7)
        );
        let problem = ran.problems.iter().next().expect("a problem");
        assert_eq!(problem.rule, Rule::LiveStatus);
        assert_eq!(problem.place.pointer, "/paths/~1a");
        assert_eq!(problem.sides, Some(("a".to_owned(), "b".to_owned())));
        assert_eq!(problem.curl.as_deref(), Some("curl $BASE/a"));
    }

    #[test]
    fn a_report_that_says_nothing_is_a_proof_that_did_not_run() {
        for report in [
            "",
            "{}",
            r#"{"proof":"live","extent":"","findings":[]}"#,
            r#"{"proof":"closed","extent":"all","findings":[]}"#,
            r#"{"proof":"live","extent":"all","findings":[{"rule":"no-such","pointer":"","message":"m"}]}"#,
        ] {
            assert_eq!(rules(report), [Rule::ProofNotRun], "{report}");
        }
        assert_eq!(
            rules(r#"{"proof":"live","extent":"all","findings":[]}"#),
            []
        );
    }

    #[test]
    fn the_binary_is_found_among_what_cargo_says() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"tessera_server"},"executable":"/t/s"}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"tessera_tests"},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"tessera_tests"},"executable":"/t/tests"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        assert_eq!(executable(messages), Some("/t/tests".into()));
    }

    #[test]
    fn what_never_ends_is_ended() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = folder.path().join("said");
        let ended = |limit| wait(Command::new("sleep").arg("60"), &log, limit);
        let said = ended(Duration::ZERO).expect("it ran");
        assert_eq!(said, "it was ended after 0 s");
    }

    #[test]
    fn what_a_panic_said_is_kept() {
        let text = "running 1 test\nthread 'x' panicked at a.rs:1:2:\nwhy\n\nfailures:\n";
        assert_eq!(
            last_lines(text),
            "thread 'x' panicked at a.rs:1:2: why  failures:"
        );
        assert_eq!(last_lines("quiet"), "it did not say why");
    }
}
