//! The form for people: each finding once, its repetitions beside it, and the next command last.

use std::collections::HashMap;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::changes::changes;
use super::{Format, counted, verdict};
use crate::check::{Finding, Findings, Outcome, Proved, repair};
use crate::problem::{Problem, Problems, Verdict};

const WRONG: Style = AnsiColor::Red.on_default().bold();
const STALE: Style = AnsiColor::Yellow.on_default().bold();
const FRESH: Style = AnsiColor::Green.on_default();
const GONE: Style = AnsiColor::Red.on_default();
const QUIET: Style = Style::new().dimmed();

/// What `check` found: a line per proof, then the problems, then what it amounts to and what to do.
pub fn findings(findings: &Findings) -> String {
    let found = findings.problems();
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
    text.push('\n');
    let changes = changes(findings, Format::Human);
    if !changes.is_empty() {
        text.push_str(&changes);
        text.push('\n');
    }
    if !found.is_empty() {
        text.push_str(&problems(&found));
        text.push('\n');
    }
    let _ = writeln!(text, "{}", counted(findings.subjects()));
    if let Some(command) = repair(findings) {
        let _ = writeln!(text, "next: {command}");
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
        if subjects.len() > 1 {
            not_fresh(text, subject);
        }
    }
}

fn not_fresh(text: &mut String, subject: &Finding) {
    if let Some(verdict) = subject.verdict() {
        let (style, standing) = self::standing(Some(verdict));
        let count = subject.problems.len();
        let _ = write!(text, "    {style}{standing}{style:#} {}", subject.subject);
        if count > 1 {
            let _ = write!(text, " {QUIET}({count} findings){QUIET:#}");
        }
        text.push('\n');
    }
}

const fn standing(verdict: Option<Verdict>) -> (Style, &'static str) {
    match verdict {
        None => (FRESH, "fresh"),
        Some(Verdict::NotProven) => (STALE, "not proven"),
        Some(Verdict::Stale) => (STALE, "stale"),
        Some(Verdict::Wrong) => (WRONG, "wrong"),
    }
}

/// All problems; what is the same finding at another place only says where.
pub fn problems(problems: &Problems) -> String {
    let mut text = String::new();
    let mut groups: HashMap<Said<'_>, Group> = HashMap::new();
    for problem in problems {
        groups.entry(said(problem)).or_default().size += 1;
    }
    let mut numbers = 0;
    for problem in problems {
        let Some(group) = groups.get_mut(&said(problem)) else {
            continue;
        };
        match group.number {
            Some(number) => repetition(&mut text, problem, number),
            None if group.size > 1 => {
                numbers += 1;
                group.number = Some(numbers);
                one(&mut text, problem, group.number);
            }
            None => one(&mut text, problem, None),
        }
    }
    text
}

/// Findings of one group differ in nothing but their place.
type Said<'a> = (&'static str, &'a str, &'a Option<(String, String)>, &'a str);

#[derive(Default)]
struct Group {
    size: usize,
    number: Option<usize>,
}

fn said(problem: &Problem) -> Said<'_> {
    let remedy = problem.remedy.as_str();
    (problem.rule.id(), &problem.message, &problem.sides, remedy)
}

fn heading(text: &mut String, problem: &Problem) {
    let (style, _) = standing(Some(problem.verdict));
    let _ = write!(
        text,
        "{style}{}{style:#} {} {QUIET}[{}]{QUIET:#}",
        verdict(problem.verdict),
        problem.place,
        problem.rule,
    );
}

fn repetition(text: &mut String, problem: &Problem, number: usize) {
    heading(text, problem);
    let _ = writeln!(text, " see #{number}");
    last_lines(text, problem);
}

fn one(text: &mut String, problem: &Problem, number: Option<usize>) {
    heading(text, problem);
    if let Some(number) = number {
        let _ = write!(text, " #{number}");
    }
    let _ = writeln!(text, "\n    {}", problem.message);
    if let Some((expected, found)) = &problem.sides {
        sides(text, expected, found);
    }
    let _ = writeln!(text, "    fix: {}", problem.remedy);
    last_lines(text, problem);
}

/// What belongs to a place, not to a kind of finding.
fn last_lines(text: &mut String, problem: &Problem) {
    if let Some(place) = &problem.because {
        let _ = writeln!(text, "    because of: {place}");
    }
    if !problem.used_by.is_empty() {
        let _ = writeln!(text, "    used by: {}", problem.used_by.join(", "));
    }
    if let Some(curl) = &problem.curl {
        let _ = writeln!(text, "    see: {curl}");
    }
}

/// Two lines one above the other; more than that as the lines that go and the lines that come.
fn sides(text: &mut String, expected: &str, found: &str) {
    if !expected.contains('\n') && !found.contains('\n') {
        let _ = writeln!(text, "    expected: {expected}\n    found:    {found}");
        return;
    }
    for line in found.lines() {
        let _ = writeln!(text, "    {GONE}-{line}{GONE:#}");
    }
    for line in expected.lines() {
        let _ = writeln!(text, "    {FRESH}+{line}{FRESH:#}");
    }
}
