//! How findings are shown: to people, to scripts, and as annotations of a hosted build.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};

use crate::check::{Finding, Findings, Outcome, Proved, repair};
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
    let mut left_out = String::new();
    for proved in &findings.proofs {
        match &proved.outcome {
            Outcome::Ran(_) => ran(&mut text, proved),
            Outcome::LeftOut(why) => {
                let _ = writeln!(
                    left_out,
                    "{QUIET}left out{QUIET:#} {} ({why})",
                    proved.proof
                );
            }
        }
    }
    text.push_str(&left_out);
    if !found.is_empty() {
        text.push('\n');
        text.push_str(&problems(&found, format));
        text.push('\n');
    }
    let _ = writeln!(text, "{}", counted(findings.subjects()));
    if let Some(command) = repair(findings) {
        let _ = writeln!(text, "what is stale is repaired by: {command}");
    }
    text
}

/// A proof in one line, and a line for each of its subjects that is not as it should be.
fn ran(text: &mut String, proved: &Proved) {
    let (style, standing) = self::standing(proved.verdict());
    let subjects = proved.findings();
    let _ = write!(text, "{style}{standing}{style:#} {}", proved.proof);
    let mut extents: Vec<String> = subjects
        .iter()
        .filter(|subject| !subject.extent.is_empty())
        .map(|subject| match subjects {
            [_] => subject.extent.clone(),
            _ => format!("{}: {}", subject.subject, subject.extent),
        })
        .collect();
    if subjects.len() > 1 {
        extents.insert(0, counted(subjects.iter()));
    }
    if !extents.is_empty() {
        let _ = write!(text, " {QUIET}({}){QUIET:#}", extents.join("; "));
    }
    text.push('\n');
    for subject in subjects {
        if let (Some(verdict), true) = (subject.verdict(), subjects.len() > 1) {
            let (style, standing) = self::standing(Some(verdict));
            let _ = writeln!(text, "    {style}{standing}{style:#} {}", subject.subject);
        }
    }
}

const fn standing(verdict: Option<Verdict>) -> (Style, &'static str) {
    match verdict {
        None => (FRESH, "fresh"),
        Some(Verdict::Stale) => (STALE, "stale"),
        Some(Verdict::Wrong) => (WRONG, "wrong"),
    }
}

/// How long it took, with a line for each proof when `each`.
///
/// Apart from the findings, so that these are the same bytes in every run.
#[must_use]
pub fn times(findings: &Findings, each: bool) -> String {
    let mut text = String::new();
    if each {
        for proved in &findings.proofs {
            let seconds = proved.took.as_secs_f64();
            let _ = writeln!(text, "{seconds:6.2} s  {}", proved.proof);
        }
    }
    let _ = writeln!(text, "checked in {:.2} s", findings.took.as_secs_f64());
    text
}

/// How many subjects are fresh, stale and wrong.
fn counts<'a>(subjects: impl Iterator<Item = &'a Finding>) -> (usize, usize, usize) {
    let mut counts = (0, 0, 0);
    for subject in subjects {
        match subject.verdict() {
            None => counts.0 += 1,
            Some(Verdict::Stale) => counts.1 += 1,
            Some(Verdict::Wrong) => counts.2 += 1,
        }
    }
    counts
}

fn counted<'a>(subjects: impl Iterator<Item = &'a Finding>) -> String {
    let (fresh, stale, wrong) = counts(subjects);
    format!("{fresh} fresh, {stale} stale, {wrong} wrong")
}

fn summary(findings: &Findings) -> Value {
    let (fresh, stale, wrong) = counts(findings.subjects());
    let left_out: Vec<String> = findings
        .proofs
        .iter()
        .filter(|proved| matches!(proved.outcome, Outcome::LeftOut(_)))
        .map(|proved| proved.proof.to_string())
        .collect();
    json!({
        "summary": true,
        "fresh": fresh,
        "stale": stale,
        "wrong": wrong,
        "left_out": left_out,
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
    if let Some(curl) = &problem.curl {
        let _ = writeln!(text, "    see: {curl}");
    }
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
        "curl": problem.curl,
    })
}

fn github(text: &mut String, problem: &Problem) {
    let mut message = problem.message.clone();
    if let Some((expected, found)) = &problem.sides {
        let _ = write!(message, "\nexpected: {expected}\nfound: {found}");
    }
    let _ = write!(message, "\nfix: {}", problem.remedy);
    if let Some(curl) = &problem.curl {
        let _ = write!(message, "\nsee: {curl}");
    }
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
