//! How findings are shown: to people, to scripts, and as annotations of a hosted build.

mod changes;
mod human;

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::check::{Finding, Findings, Outcome, Proved, repair};
use crate::problem::{Place, Problem, Problems, Verdict};

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

/// All findings in the wanted form; ends with a line break unless there are none.
#[must_use]
pub fn problems(problems: &Problems, format: Format) -> String {
    let mut text = String::new();
    match format {
        Format::Human => return human::problems(problems),
        Format::Json => {
            for problem in problems {
                let _ = writeln!(text, "{}", value(problem));
            }
        }
        Format::Github => problems
            .iter()
            .for_each(|problem| github(&mut text, problem)),
    }
    text
}

/// What `check` found.
#[must_use]
pub fn findings(findings: &Findings, format: Format) -> String {
    if format == Format::Human {
        return human::findings(findings);
    }
    let mut text = changes::changes(findings, format);
    text.push_str(&problems(&findings.problems(), format));
    if format == Format::Json {
        for proved in &findings.proofs {
            let _ = writeln!(text, "{}", proof(proved));
        }
        let _ = writeln!(text, "{}", summary(findings));
    }
    text
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

/// How many subjects stand in each of the ways in which one can.
#[derive(Debug, Default)]
struct Counts {
    fresh: usize,
    not_proven: usize,
    stale: usize,
    wrong: usize,
}

impl Counts {
    fn of<'a>(subjects: impl Iterator<Item = &'a Finding>) -> Self {
        let mut counts = Self::default();
        for subject in subjects {
            let count = match subject.verdict() {
                None => &mut counts.fresh,
                Some(Verdict::NotProven) => &mut counts.not_proven,
                Some(Verdict::Stale) => &mut counts.stale,
                Some(Verdict::Wrong) => &mut counts.wrong,
            };
            *count += 1;
        }
        counts
    }
}

fn counted<'a>(subjects: impl Iterator<Item = &'a Finding>) -> String {
    let Counts {
        fresh,
        not_proven,
        stale,
        wrong,
    } = Counts::of(subjects);
    let not_proven = if not_proven > 0 {
        format!("{not_proven} not proven, ")
    } else {
        String::new()
    };
    format!("{fresh} fresh, {not_proven}{stale} stale, {wrong} wrong")
}

fn proof(proved: &Proved) -> Value {
    let counts = Counts::of(proved.findings().iter());
    let subjects: Vec<Value> = proved
        .findings()
        .iter()
        .map(|subject| {
            json!({
                "subject": subject.subject,
                "extent": subject.extent,
                "verdict": subject.verdict().map_or("fresh", verdict),
                "findings": subject.problems.len(),
            })
        })
        .collect();
    let left_out = match &proved.outcome {
        Outcome::Ran(_) => None,
        Outcome::LeftOut(why) => Some(why),
    };
    json!({
        "proof": proved.proof.number(),
        "name": proved.proof.name(),
        "fresh": counts.fresh,
        "not_proven": counts.not_proven,
        "stale": counts.stale,
        "wrong": counts.wrong,
        "left_out": left_out,
        "subjects": subjects,
    })
}

fn summary(findings: &Findings) -> Value {
    let counts = Counts::of(findings.subjects());
    let left_out: Vec<String> = findings
        .proofs
        .iter()
        .filter(|proved| matches!(proved.outcome, Outcome::LeftOut(_)))
        .map(|proved| proved.proof.to_string())
        .collect();
    json!({
        "summary": true,
        "fresh": counts.fresh,
        "not_proven": counts.not_proven,
        "stale": counts.stale,
        "wrong": counts.wrong,
        "left_out": left_out,
        "next": repair(findings),
    })
}

/// The word for a verdict.
#[must_use]
pub const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NotProven => "not proven",
        Verdict::Stale => "stale",
        Verdict::Wrong => "wrong",
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
        "because": problem.because.as_ref().map(Place::to_string),
        "used_by": problem.used_by,
        "curl": problem.curl,
    })
}

fn github(text: &mut String, problem: &Problem) {
    let mut message = problem.message.clone();
    if let Some((expected, found)) = &problem.sides {
        let _ = write!(message, "\nexpected: {expected}\nfound: {found}");
    }
    let _ = write!(message, "\nfix: {}", problem.remedy);
    if let Some(place) = &problem.because {
        let _ = write!(message, "\nbecause of: {place}");
    }
    if !problem.used_by.is_empty() {
        let _ = write!(message, "\nused by: {}", problem.used_by.join(", "));
    }
    if let Some(curl) = &problem.curl {
        let _ = write!(message, "\nsee: {curl}");
    }
    let level = match problem.verdict {
        Verdict::NotProven => "warning",
        Verdict::Stale | Verdict::Wrong => "error",
    };
    annotation(text, level, &problem.place, problem.rule.id(), &message);
}

fn annotation(text: &mut String, level: &str, place: &Place, title: &str, message: &str) {
    let _ = writeln!(
        text,
        "::{level} file={},line={},col={},title={title}::{}",
        property(&place.file.display().to_string()),
        place.line.max(1),
        place.column.max(1),
        data(message),
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
