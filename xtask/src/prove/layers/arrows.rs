//! Finds circles in what the table allows, in the imports between parts, and in those between files.
//!
//! A module may name what is below it, as it must to declare it, and what is below may name it; a `use` of a module
//! alone says only where later names come from. All other imports count.

use std::collections::BTreeMap;

use super::cycles::{Arrows, circles, reached};
use super::house::{Target, part};
use super::source::{Kind, Name, Source, module};
use super::subject::{ROOT, Subject};
use crate::problem::{Place, Problem, Rule};

/// Who names whom, and where first.
type Seen = BTreeMap<(String, String), Place>;

/// A finding for each knot of parts or files that reach each other.
#[must_use]
pub fn judge(subject: &Subject<'_>) -> Vec<Problem> {
    if subject
        .layers()
        .is_some_and(|layers| layers.rows.is_empty())
    {
        return Vec::new();
    }
    let (parts, mut files) = imports(subject);
    // Where parts name each other, their files need not be told as well.
    let between = arrows(&parts);
    files.retain(|(from, to), _| {
        let (from, to) = (part(from), part(to));
        from == to || !reached(&between, to).contains(&from.to_owned())
    });
    let mut problems = told(subject, &allowed(subject), "the table allows a circle");
    problems.extend(told(subject, &parts, "imports go in a circle"));
    problems.extend(told(subject, &files, "files import each other"));
    problems
}

fn allowed(subject: &Subject<'_>) -> Seen {
    let mut allowed = Seen::new();
    for (name, row) in subject.layers().into_iter().flat_map(|layers| &layers.rows) {
        for (index, used) in row.uses.iter().enumerate() {
            let place = subject.row_place(&["rows", name, "uses", &index.to_string()]);
            allowed.insert((name.clone(), used.clone()), place);
        }
    }
    allowed
}

/// The imports between parts, and those between files.
fn imports(subject: &Subject<'_>) -> (Seen, Seen) {
    let (mut parts, mut files) = (Seen::new(), Seen::new());
    for (file, source) in subject.house.files() {
        for name in &source.names {
            let target = subject.house.written(name);
            let place = || subject.place(file, name);
            let to = subject.part_of(&target).filter(|to| to != part(file));
            // What the root hands on is imported by whoever takes it from there.
            let handed_on = part(file) == ROOT && name.kind == Kind::Reexport;
            if let Some(to) = to.filter(|_| !handed_on) {
                parts
                    .entry((part(file).to_owned(), to))
                    .or_insert_with(place);
            }
            if let Some(to) = other_file(subject, file, source, name, target) {
                files.entry((file.to_owned(), to)).or_insert_with(place);
            }
        }
    }
    (parts, files)
}

/// The other file that a name makes its file depend on.
fn other_file(
    subject: &Subject<'_>,
    file: &str,
    source: &Source,
    name: &Name,
    target: Target,
) -> Option<String> {
    let Target::Inside {
        module: owner,
        rest,
    } = subject.house.owner(target)
    else {
        return None;
    };
    if rest.is_empty() && name.kind != Kind::Plain && !source.has_glob(name) {
        return None;
    }
    let to = subject.house.file_of(&owner)?;
    let own = module(file);
    let is_below = owner.len() > own.len() && owner.starts_with(&own);
    (to != file && !is_below).then(|| to.to_owned())
}

fn arrows(seen: &Seen) -> Arrows {
    let mut arrows = Arrows::new();
    for (from, to) in seen.keys() {
        arrows.entry(from.clone()).or_default().insert(to.clone());
    }
    arrows
}

/// A finding for each knot, at the first arrow of a shortest circle in it.
fn told(subject: &Subject<'_>, seen: &Seen, what: &str) -> Vec<Problem> {
    let finding = |(circle, size): (Vec<String>, usize)| {
        let next = circle.iter().cycle().skip(1);
        let steps: Vec<(String, String)> = circle.iter().cloned().zip(next.cloned()).collect();
        let step = |step: &(String, String)| {
            let place = seen.get(step).cloned().unwrap_or_default();
            format!(
                "{} → {} ({}:{})",
                step.0,
                step.1,
                place.file.display(),
                place.line
            )
        };
        let way: Vec<String> = steps.iter().map(step).collect();
        let more = if size > circle.len() {
            format!("; {size} are tied together in all")
        } else {
            String::new()
        };
        let message = format!("{what} in {}: {}{more}", subject.folder, way.join(", "));
        let place = steps.first().and_then(|step| seen.get(step)).cloned();
        Problem::wrong(Rule::LayerCycle, place.unwrap_or_default(), message)
    };
    circles(&arrows(seen)).into_iter().map(finding).collect()
}
