//! What changed since an earlier document: to people, to scripts, and as annotations of a hosted build.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};

use super::{Format, annotation};
use crate::check::Findings;
use crate::compatible::{Class, Reported};

const LOUD: Style = AnsiColor::Yellow.on_default().bold();
const CALM: Style = AnsiColor::Green.on_default();
const QUIET: Style = Style::new().dimmed();

/// All changes, the worst first; none of them is a problem by itself.
pub fn changes(findings: &Findings, format: Format) -> String {
    let mut text = String::new();
    for reported in findings.subjects().flat_map(|subject| &subject.changes) {
        match format {
            Format::Human => human(&mut text, reported),
            Format::Json => {
                let _ = writeln!(text, "{}", value(reported));
            }
            Format::Github => github(&mut text, reported),
        }
    }
    text
}

fn human(text: &mut String, reported: &Reported) {
    let change = &reported.change;
    let style = match change.class {
        Class::Breaking | Class::Sdk => LOUD,
        Class::Compatible => CALM,
        Class::Documentation => QUIET,
    };
    let _ = writeln!(
        text,
        "{style}{}{style:#} {} {QUIET}[{}]{QUIET:#}\n    {}",
        change.class.word(),
        reported.place,
        change.rule,
        change.message
    );
    let _ = write!(text, "    before:  {}", change.before);
    if let Some(was) = &reported.was {
        let mut was = was.clone();
        if was.pointer == change.pointer {
            was.pointer.clear();
        }
        let _ = write!(text, " {QUIET}({was}){QUIET:#}");
    }
    let _ = writeln!(text, "\n    now:     {}", change.now);
    let _ = writeln!(text, "    means:   {}", change.rule.explain());
    if !change.operations.is_empty() {
        let _ = writeln!(text, "    used by: {}", operations(reported));
    }
    if change.class > Class::Compatible {
        let _ = writeln!(text, "    instead: {}", change.rule.remedy());
    }
}

fn operations(reported: &Reported) -> String {
    let operations = reported.change.operations.iter();
    operations
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

fn value(reported: &Reported) -> Value {
    let Reported { change, place, was } = reported;
    json!({
        "verdict": "change",
        "class": change.class.word(),
        "rule": change.rule.id(),
        "file": place.file.display().to_string(),
        "line": place.line,
        "column": place.column,
        "pointer": change.pointer,
        "message": change.message,
        "before": change.before,
        "now": change.now,
        "was": was.as_ref().map(ToString::to_string),
        "means": change.rule.explain(),
        "used_by": change.operations,
        "instead": change.rule.remedy(),
    })
}

fn github(text: &mut String, reported: &Reported) {
    let change = &reported.change;
    let level = match change.class {
        Class::Breaking | Class::Sdk => "warning",
        Class::Compatible | Class::Documentation => "notice",
    };
    let mut message = format!(
        "{}: {}\nbefore: {}\nnow: {}\nmeans: {}",
        change.class.word(),
        change.message,
        change.before,
        change.now,
        change.rule.explain()
    );
    if !change.operations.is_empty() {
        let _ = write!(message, "\nused by: {}", operations(reported));
    }
    annotation(text, level, &reported.place, change.rule.id(), &message);
}
