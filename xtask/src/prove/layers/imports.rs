//! Holds each import against the row of its part, and each use of a crate against the rule of that crate.

use super::house::{Target, part};
use super::subject::{ROOT, Subject};
use super::table::Row;
use crate::problem::{Problem, Rule};

/// A thing that is out of reach, and why.
struct OutOfReach {
    what: String,
    why: String,
}

/// Everything that is imported and out of reach.
#[must_use]
pub fn judge(subject: &Subject<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (file, source) in subject.house.files() {
        let mut known: Vec<String> = Vec::new();
        for name in &source.names {
            let target = subject.house.written(name);
            let Some(found) = out_of_reach(subject, file, &target) else {
                continue;
            };
            // What a `use` binds was judged where it was bound.
            if !(subject.house.is_bound(name) && known.contains(&found.what)) {
                let message = format!(
                    "{} is out of reach of {}: {}",
                    target.path().join("::"),
                    part(file),
                    found.why
                );
                problems.push(Problem::wrong(
                    Rule::Layer,
                    subject.place(file, name),
                    message,
                ));
            }
            known.push(found.what);
        }
    }
    problems
}

fn out_of_reach(subject: &Subject<'_>, file: &str, target: &Target) -> Option<OutOfReach> {
    let row = subject
        .layers()
        .and_then(|layers| layers.rows.get(part(file)));
    match target {
        Target::Outside(path) => path
            .first()
            .and_then(|name| outside(subject, file, row, name)),
        Target::Inside { .. } => inside(subject, file, row?, target),
    }
}

fn outside(subject: &Subject<'_>, file: &str, row: Option<&Row>, name: &str) -> Option<OutOfReach> {
    let owned = subject.layers().and_then(|layers| layers.crates.get(name));
    if let Some(owned) = owned.filter(|owned| !owned.admits(file)) {
        return Some(OutOfReach {
            what: name.to_owned(),
            why: owned.why.clone(),
        });
    }
    let row = row?;
    let crates = row.crates.as_ref()?;
    let is = |one: &String| one == name;
    (subject.dependencies.iter().any(is) && !crates.iter().any(is)).then(|| OutOfReach {
        what: name.to_owned(),
        why: row.why.clone(),
    })
}

fn inside(subject: &Subject<'_>, file: &str, row: &Row, target: &Target) -> Option<OutOfReach> {
    let to = subject.part_of(target)?;
    if to != part(file) && part(file) != ROOT && !row.uses.contains(&to) {
        let uses = if row.uses.is_empty() {
            "no other part".to_owned()
        } else {
            row.uses.join(", ")
        };
        let why = format!("it may import {uses} ({})", row.why);
        return Some(OutOfReach { what: to, why });
    }
    // Of some parts a dialect knows only the module with its own name.
    let own =
        dialect(file).filter(|own| subject.dialects.contains(own) && row.own.contains(&to))?;
    let path = target.path();
    let other = path
        .get(2)
        .filter(|name| subject.dialects.contains(name) && **name != own)?;
    Some(OutOfReach {
        what: path[1..=2].join("::"),
        why: format!("the dialect {own} does not know {other}"),
    })
}

/// The name of the folder or file of the second level: in the part of the dialects, the dialect.
fn dialect(file: &str) -> Option<String> {
    let second = file.split('/').nth(1)?;
    Some(second.strip_suffix(".rs").unwrap_or(second).to_owned())
}
