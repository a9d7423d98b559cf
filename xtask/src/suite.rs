//! `cargo xtask test`: everything that has to be green, step by step, with what each step took.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};

use crate::check::{self, Scope};
use crate::prove::cargo;
use crate::report::{self, Format};

const GREEN: Style = AnsiColor::Green.on_default().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const LOUD: Style = AnsiColor::Yellow.on_default().bold();

/// Pinned, so that a new release of theirs cannot turn ours red.
const SPEC_VALIDATOR: &str = "openapi-spec-validator==0.9.0";
/// See [`SPEC_VALIDATOR`].
const REDOCLY: &str = "@redocly/cli@2.77.0";

/// How a line begins in which a test says that something it needs is not on this machine.
const NOT_RUN: &str = "NOT RUN: ";

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
        count: Count::default(),
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
    suite.cargo(
        "build",
        &[
            "build",
            "--quiet",
            "--workspace",
            "--bin",
            "tessera",
            "--example",
            "tour",
        ],
    )?;
    suite.check()?;
    let every = [
        "test",
        "--workspace",
        "--lib",
        "--bins",
        "--tests",
        "--examples",
        "--no-fail-fast",
    ];
    suite.tests("tests", &every)?;
    suite.tests("doc tests", &["test", "--workspace", "--doc"])?;
    if demands.external {
        suite.spec_validator()?;
        suite.redocly()?;
    }
    suite.summary(demands)
}

struct Suite<'a> {
    root: &'a Path,
    out: &'a mut dyn Write,
    steps: Vec<Step>,
    not_run: BTreeSet<String>,
    count: Count,
}

/// How many tests ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
    skipped: u64,
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

    /// Runs tests; what they say is passed on as it comes, and what they say about themselves is remembered.
    fn tests(&mut self, name: &'static str, arguments: &[&str]) -> io::Result<bool> {
        self.step(name, |suite| {
            let mut tests = Command::new(cargo())
                .current_dir(suite.root)
                .args(arguments)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()?;
            let (stdout, stderr) = (tests.stdout.take(), tests.stderr.take());
            let (results, remarks) = thread::scope(|scope| {
                let results = scope.spawn(|| heard(stdout, &mut io::stdout(), result));
                let remarks = heard(stderr, &mut io::stderr(), not_run);
                (results.join(), remarks)
            });
            let results =
                results.map_err(|_| io::Error::other("the reader of the tests broke off"))??;
            suite.not_run.extend(remarks?);
            for result in results {
                suite.count.passed += result.passed;
                suite.count.failed += result.failed;
                suite.count.skipped += result.skipped;
            }
            Ok(tests.wait()?.success())
        })
    }

    fn check(&mut self) -> io::Result<bool> {
        self.step("check", |suite| {
            let findings = check::check(suite.root, Scope { server: true });
            write!(suite.out, "{}", report::findings(&findings, Format::Human))?;
            Ok(findings.problems().is_empty())
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
        let Count {
            passed,
            failed,
            skipped,
        } = self.count;
        let skipped = skipped + self.not_run.len() as u64;
        let skipped = if skipped == 0 {
            String::new()
        } else {
            format!(", {skipped} skipped")
        };
        writeln!(self.out, "{passed} passed, {failed} failed{skipped}")?;
        Ok(green)
    }
}

/// Copies what a child says, line by line, and answers what `reads` finds in it.
fn heard<T>(
    said: Option<impl Read>,
    terminal: &mut dyn Write,
    reads: impl Fn(&[u8]) -> Option<T>,
) -> io::Result<Vec<T>> {
    let mut found = Vec::new();
    for line in said
        .into_iter()
        .flat_map(|said| BufReader::new(said).split(b'\n'))
    {
        let line = line?;
        terminal.write_all(&line)?;
        terminal.write_all(b"\n")?;
        found.extend(reads(&line));
    }
    Ok(found)
}

/// The counts in the line that ends a test binary's run.
fn result(line: &[u8]) -> Option<Count> {
    let line = String::from_utf8_lossy(line);
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let of = |name: &str| {
        let part = counts
            .split("; ")
            .find_map(|part| part.strip_suffix(name))?;
        part.trim().parse().ok()
    };
    Some(Count {
        passed: of("passed")?,
        failed: of("failed")?,
        skipped: of("ignored")?,
    })
}

/// What a line says was not run.
fn not_run(line: &[u8]) -> Option<String> {
    let line = String::from_utf8_lossy(line);
    line.strip_prefix(NOT_RUN)
        .map(|test| test.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Count, not_run, result};

    #[test]
    fn the_line_that_ends_a_run_is_counted() {
        let line = b"test result: FAILED. 214 passed; 1 failed; 3 ignored; 0 measured; 0 filtered out; finished in 125.00s";
        let count = Count {
            passed: 214,
            failed: 1,
            skipped: 3,
        };
        assert_eq!(result(line), Some(count));
        assert_eq!(result(b"test the_result ... ok"), None);
    }

    #[test]
    fn only_a_line_that_begins_so_tells_what_was_not_run() {
        let line = b"NOT RUN: Swagger UI in a browser: there is no chromedriver on this machine";
        let told = "Swagger UI in a browser: there is no chromedriver on this machine";
        assert_eq!(not_run(line).as_deref(), Some(told));
        assert_eq!(not_run(b"test x ... NOT RUN: y"), None);
    }
}
