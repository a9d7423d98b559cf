//! `cargo xtask test`: everything that has to be green, step by step, with what each step took.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
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

/// Programs that some tests need and that many machines lack: the names they go by, and what is left out.
const OPTIONAL: [(&[&str], &str); 1] = [(
    &["chromium", "chromium-browser", "google-chrome"],
    "the tests that drive Swagger UI in a browser",
)];

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
            "-p",
            "tessera-server",
            "--bin",
            "tessera",
        ],
    )?;
    suite.check()?;
    suite.cargo(
        "tests",
        &[
            "test",
            "--workspace",
            "--lib",
            "--bins",
            "--tests",
            "--examples",
            "--no-fail-fast",
        ],
    )?;
    suite.cargo("doc tests", &["test", "--workspace", "--doc"])?;
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
        for (names, left_out) in OPTIONAL {
            if !names.iter().any(|name| is_installed(name)) {
                let name = names.first().copied().unwrap_or_default();
                writeln!(
                    self.out,
                    "{LOUD}MISSING{LOUD:#} {name}: left out {left_out}"
                )?;
                green &= !demands.complete;
            }
        }
        if !demands.external {
            writeln!(self.out, "left out: the external validators (--external)")?;
        }
        Ok(green)
    }
}

fn is_installed(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    })
}
