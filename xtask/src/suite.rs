//! `cargo xtask test`: everything that has to be green, step by step, with what each step took.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, BufRead as _, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};

use crate::check::{self, Scope};
use crate::compatible::redocly::{self, REDOCLY};
use crate::exit::Exit;
use crate::measure::{self, Build};
use crate::mutate::outcome::Kind;
use crate::mutate::{self, Options};
use crate::prove::{BUILD, cargo};
use crate::rehearse;
use crate::report::{self, Format};
use crate::second_opinion::{self, Extent};

const GREEN: Style = AnsiColor::Green.on_default().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const LOUD: Style = AnsiColor::Yellow.on_default().bold();

/// Pinned, so that a new release of theirs cannot turn ours red.
const SPEC_VALIDATOR: &str = "openapi-spec-validator==0.9.0";

/// What the rehearsal draws its second dialect from: one that is unlike the first in all that can be drawn.
const SEED: u64 = 9;

/// How much of a soak is run each time; on demand there is no end.
const SOAK: [&str; 4] = ["--cycles", "5", "--operations", "200000"];

/// How a line begins in which a test says that something it needs is not on this machine.
const NOT_RUN: &str = "NOT RUN: ";

/// What a line says that is not run where there is no PostgreSQL.
const ON_POSTGRES: &str = "the suites on PostgreSQL";

/// The suites that are run on PostgreSQL a second time: those that ask a server what its callers ask it.
const SUITES: [&str; 3] = ["dialects::", "wire::", "proofs::live"];

/// How many mutants of which kinds are looked at; those of the second row are compiled.
const SAMPLES: [(&[Kind], usize); 2] = [
    (&[Kind::Document, Kind::Silent], 150),
    (&[Kind::Regenerated, Kind::Server, Kind::Sdk], 12),
];

/// How much is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demands {
    /// The external validators are run.
    pub external: bool,
    /// A program that is missing is a failure.
    pub complete: bool,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    name: &'static str,
    passed: bool,
    took: Duration,
}

/// Runs all steps, also after one has failed; says whether all are green.
///
/// # Errors
/// Only what the writer says.
pub fn run(root: &Path, demands: Demands, out: &mut dyn Write) -> io::Result<bool> {
    let mut suite = Suite {
        root,
        out,
        steps: Vec::new(),
        not_run: BTreeSet::new(),
    };
    suite.cargo("format", &["fmt", "--all", "--", "--check"])?;
    suite.cargo(
        "clippy",
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ],
    )?;
    // Before `check`, which asks this binary; the tests run it too.
    suite.cargo("build", &BUILD)?;
    suite.check()?;
    suite.mutate()?;
    suite.tests()?;
    suite.tests_on_postgres()?;
    suite.cargo("doc tests", &["test", "--workspace", "--doc"])?;
    suite.soak()?;
    suite.rehearsal()?;
    if demands.external {
        suite.spec_validator()?;
        suite.redocly()?;
        suite.redocly_diff()?;
        suite.schemathesis()?;
    }
    suite.summary(demands)
}

struct Suite<'a> {
    root: &'a Path,
    out: &'a mut dyn Write,
    steps: Vec<Step>,
    not_run: BTreeSet<String>,
}

impl Suite<'_> {
    fn step(
        &mut self,
        name: &'static str,
        work: impl FnOnce(&mut Self) -> io::Result<bool>,
    ) -> io::Result<bool> {
        writeln!(self.out, "── {name}")?;
        self.out.flush()?;
        let started = Instant::now();
        let passed = work(self)?;
        self.steps.push(Step {
            name,
            passed,
            took: started.elapsed(),
        });
        Ok(passed)
    }

    /// Runs a program that writes to the terminal by itself.
    fn program(&mut self, program: impl Into<OsString>, arguments: &[&str]) -> io::Result<bool> {
        let program = program.into();
        let status = Command::new(&program)
            .current_dir(self.root)
            .args(arguments)
            .status();
        match status {
            Ok(status) => Ok(status.success()),
            Err(error) => {
                writeln!(self.out, "{}: {error}", program.display())?;
                Ok(false)
            }
        }
    }

    fn cargo(&mut self, name: &'static str, arguments: &[&str]) -> io::Result<bool> {
        self.step(name, |suite| suite.program(cargo(), arguments))
    }

    /// All tests, on SQLite.
    fn tests(&mut self) -> io::Result<bool> {
        self.step("tests", |suite| {
            let all = [
                "test",
                "--workspace",
                "--lib",
                "--bins",
                "--tests",
                "--examples",
                "--no-fail-fast",
            ];
            suite.listened(Command::new(cargo()).args(all))
        })
    }

    /// The suites once more, on PostgreSQL. Where there is none the tests have said so.
    fn tests_on_postgres(&mut self) -> io::Result<bool> {
        if self
            .not_run
            .iter()
            .any(|test| test.starts_with(ON_POSTGRES))
        {
            return Ok(true);
        }
        self.step("tests on PostgreSQL", |suite| {
            // As they were built for the step before.
            let mut tests = Command::new(cargo());
            tests
                .args(["test", "--workspace", "--lib", "--no-fail-fast", "--quiet"])
                .arg("--")
                .args(SUITES)
                .env("TESSERA_TEST_BACKEND", "postgres");
            suite.listened(&mut tests)
        })
    }

    /// Runs tests; what they say about themselves on stderr is passed on as it comes and remembered.
    fn listened(&mut self, tests: &mut Command) -> io::Result<bool> {
        let mut tests = tests
            .current_dir(self.root)
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(stderr) = tests.stderr.take() {
            let mut terminal = io::stderr().lock();
            for line in BufReader::new(stderr).split(b'\n') {
                let line = line?;
                terminal.write_all(&line)?;
                terminal.write_all(b"\n")?;
                self.not_run.extend(not_run(&line));
            }
        }
        Ok(tests.wait()?.success())
    }

    fn check(&mut self) -> io::Result<bool> {
        self.step("check", |suite| {
            let findings = check::check(suite.root, &Scope::FULL);
            write!(suite.out, "{}", report::findings(&findings, Format::Human))?;
            write!(suite.out, "{}", report::times(&findings, true))?;
            Ok(findings.problems().is_empty())
        })
    }

    /// A sample of the mutants that take no hours to make: a miss is a failure.
    fn mutate(&mut self) -> io::Result<bool> {
        self.step("mutate sample", |suite| {
            let mut sound = true;
            for (kinds, sample) in SAMPLES {
                let options = Options {
                    kinds: kinds.to_vec(),
                    sample: Some(sample),
                    seed: 1,
                    fresh: false,
                    record: false,
                    jobs: None,
                    format: Format::Human,
                };
                sound &= mutate::run(suite.root, &options, suite.out)?;
            }
            Ok(sound)
        })
    }

    /// A server that is killed under load, and answers while tokens are revoked.
    fn soak(&mut self) -> io::Result<bool> {
        self.step("soak", |suite| {
            let arguments = SOAK.map(OsString::from);
            let exit = measure::run(suite.root, Build::Tests, "soak", &arguments, suite.out)?;
            Ok(exit == Exit::Fresh)
        })
    }

    /// The guide to a new dialect, performed on a copy.
    fn rehearsal(&mut self) -> io::Result<bool> {
        self.step("rehearsal", |suite| {
            rehearse::run(suite.root, SEED, suite.out)
        })
    }

    /// The document under the validator of the Python world, in an environment of its own.
    fn spec_validator(&mut self) -> io::Result<bool> {
        self.step("openapi-spec-validator", |suite| {
            let environment = suite.root.join("target/validators/python");
            let bin = environment.join("bin");
            let name = environment.display().to_string();
            let pip = [
                "install",
                "--quiet",
                "--disable-pip-version-check",
                SPEC_VALIDATOR,
            ];
            Ok(suite.program("python3", &["-m", "venv", &name])?
                && suite.program(bin.join("pip"), &pip)?
                && suite.program(bin.join("openapi-spec-validator"), &[crate::MERGED])?)
        })
    }

    /// The document under the linter of the Node world.
    fn redocly(&mut self) -> io::Result<bool> {
        self.step("redocly", |suite| {
            suite.program(
                "npx",
                &[
                    "--yes",
                    REDOCLY,
                    "lint",
                    "--config",
                    "openapi/redocly.yaml",
                    crate::MERGED,
                ],
            )
        })
    }

    /// The compatibility rules beside those of the Node world.
    fn redocly_diff(&mut self) -> io::Result<bool> {
        self.step("redocly diff", |suite| redocly::run(suite.root, suite.out))
    }

    /// A running demo under schemathesis.
    fn schemathesis(&mut self) -> io::Result<bool> {
        self.step("schemathesis", |suite| {
            second_opinion::run(suite.root, Extent::default(), suite.out)
        })
    }

    fn summary(&mut self, demands: Demands) -> io::Result<bool> {
        let mut green = true;
        writeln!(self.out, "\n── summary")?;
        for step in &self.steps {
            let (style, word) = if step.passed {
                (GREEN, "passed")
            } else {
                (RED, "FAILED")
            };
            writeln!(
                self.out,
                "{style}{word}{style:#} {:24} {:6.1} s",
                step.name,
                step.took.as_secs_f64()
            )?;
            green &= step.passed;
        }
        for test in &self.not_run {
            writeln!(self.out, "{LOUD}NOT RUN{LOUD:#} {test}")?;
            green &= !demands.complete;
        }
        if !demands.external {
            writeln!(self.out, "left out: the external validators (--external)")?;
        }
        let passed = self.steps.iter().filter(|step| step.passed).count();
        let failed = self.steps.len() - passed;
        writeln!(self.out, "steps: {passed} passed, {failed} failed")?;
        Ok(green)
    }
}

/// What a line says was not run.
fn not_run(line: &[u8]) -> Option<String> {
    let line = String::from_utf8_lossy(line);
    line.strip_prefix(NOT_RUN)
        .map(|test| test.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::not_run;

    #[test]
    fn only_a_line_that_begins_so_tells_what_was_not_run() {
        let line = b"NOT RUN: Swagger UI in a browser: there is no chromedriver on this machine";
        let told = "Swagger UI in a browser: there is no chromedriver on this machine";
        assert_eq!(not_run(line).as_deref(), Some(told));
        assert_eq!(not_run(b"test x ... NOT RUN: y"), None);
    }
}
