//! How findings are shown: to people, to scripts, and as annotations of a hosted build.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};

use crate::check::{Findings, repair};
use crate::problem::{Problem, Problems, Verdict};

/// The form of a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Text for people; coloured on a terminal.
    #[default]
    Human,
    /// One JSON object per line.
    Json,
    /// Workflow commands that GitHub shows beside the lines they are about.
    Github,
}

const WRONG: Style = AnsiColor::Red.on_default().bold();
const STALE: Style = AnsiColor::Yellow.on_default().bold();
const FRESH: Style = AnsiColor::Green.on_default();
const QUIET: Style = Style::new().dimmed();

/// All findings in the wanted form; ends with a line break unless there are none.
#[must_use]
pub fn problems(problems: &Problems, format: Format) -> String {
    let mut text = String::new();
    for problem in problems {
        match format {
            Format::Human => human(&mut text, problem),
            Format::Json => {
                let _ = writeln!(text, "{}", value(problem));
            }
            Format::Github => github(&mut text, problem),
        }
    }
    text
}

/// What `check` found: a line per subject, then the problems, then what it amounts to.
#[must_use]
pub fn findings(findings: &Findings, format: Format) -> String {
    let found = findings.problems();
    if format != Format::Human {
        let mut text = problems(&found, format);
        if format == Format::Json {
            let _ = writeln!(text, "{}", summary(findings));
        }
        return text;
    }
    let mut text = String::new();
    for finding in &findings.findings {
        let (style, word) = match finding.verdict() {
            None => (FRESH, "fresh"),
            Some(Verdict::Stale) => (STALE, "stale"),
            Some(Verdict::Wrong) => (WRONG, "wrong"),
        };
        let _ = write!(text, "{style}{word}{style:#} {}", finding.subject);
        if !finding.extent.is_empty() {
            let _ = write!(text, " {QUIET}({}){QUIET:#}", finding.extent);
        }
        text.push('\n');
    }
    for subject in &findings.left_out {
        let _ = writeln!(text, "{QUIET}left out{QUIET:#} {subject}");
    }
    if !found.is_empty() {
        text.push('\n');
        text.push_str(&problems(&found, format));
        text.push('\n');
    }
    let (fresh, stale, wrong) = counts(findings);
    let _ = writeln!(text, "{fresh} fresh, {stale} stale, {wrong} wrong");
    if let Some(command) = repair(findings) {
        let _ = writeln!(text, "what is stale is repaired by: {command}");
    }
    text
}

/// How many subjects are fresh, stale and wrong.
fn counts(findings: &Findings) -> (usize, usize, usize) {
    let of = |verdict: Option<Verdict>| {
        findings
            .findings
            .iter()
            .filter(|finding| finding.verdict() == verdict)
            .count()
    };
    (of(None), of(Some(Verdict::Stale)), of(Some(Verdict::Wrong)))
}

fn summary(findings: &Findings) -> Value {
    let (fresh, stale, wrong) = counts(findings);
    json!({
        "summary": true,
        "fresh": fresh,
        "stale": stale,
        "wrong": wrong,
        "left_out": findings.left_out,
        "fix": repair(findings),
    })
}

/// The word for a verdict.
#[must_use]
pub const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Stale => "stale",
        Verdict::Wrong => "wrong",
    }
}

fn human(text: &mut String, problem: &Problem) {
    let style = match problem.verdict {
        Verdict::Stale => STALE,
        Verdict::Wrong => WRONG,
    };
    let _ = writeln!(
        text,
        "{style}{}{style:#} {} {QUIET}[{}]{QUIET:#}\n    {}",
        verdict(problem.verdict),
        problem.place,
        problem.rule,
        problem.message,
    );
    if let Some((expected, found)) = &problem.sides {
        let _ = writeln!(text, "    expected: {expected}\n    found:    {found}");
    }
    let _ = writeln!(text, "    fix: {}", problem.remedy);
}

fn value(problem: &Problem) -> Value {
    json!({
        "verdict": verdict(problem.verdict),
        "rule": problem.rule.id(),
        "file": problem.place.file.display().to_string(),
        "line": problem.place.line,
        "column": problem.place.column,
        "pointer": problem.place.pointer,
        "message": problem.message,
        "expected": problem.sides.as_ref().map(|sides| &sides.0),
        "found": problem.sides.as_ref().map(|sides| &sides.1),
        "fix": problem.remedy,
    })
}

fn github(text: &mut String, problem: &Problem) {
    let mut message = problem.message.clone();
    if let Some((expected, found)) = &problem.sides {
        let _ = write!(message, "\nexpected: {expected}\nfound: {found}");
    }
    let _ = write!(message, "\nfix: {}", problem.remedy);
    let _ = writeln!(
        text,
        "::error file={},line={},col={},title={}::{}",
        property(&problem.place.file.display().to_string()),
        problem.place.line.max(1),
        problem.place.column.max(1),
        problem.rule,
        data(&message),
    );
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
