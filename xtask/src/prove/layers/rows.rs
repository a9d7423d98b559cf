//! Holds the table against the tree: parts without a row, and what the table names that is not there.

use std::collections::BTreeSet;

use super::subject::Subject;
use super::table::{FILE, is_below};
use crate::problem::{Place, Problem, Rule};

/// Everything in which table and tree do not fit.
#[must_use]
pub fn judge(subject: &Subject<'_>) -> Vec<Problem> {
    let Some(layers) = subject.layers() else {
        let none = BTreeSet::new();
        return without_row(subject, &none);
    };
    if layers.rows.is_empty() {
        return missing_files(subject);
    }
    let rows: BTreeSet<&str> = layers.rows.keys().map(String::as_str).collect();
    let mut problems = without_row(subject, &rows);
    let parts: BTreeSet<&str> = subject.parts().map(|(part, _)| part).collect();
    for name in rows.difference(&parts) {
        let message = format!("the row of {name} matches nothing in {}", subject.folder);
        problems.push(wrong(subject.row_place(&["rows", name]), message));
    }
    problems.extend(missing_files(subject));
    problems
}

fn without_row(subject: &Subject<'_>, rows: &BTreeSet<&str>) -> Vec<Problem> {
    let missing = subject.parts().filter(|(part, _)| !rows.contains(part));
    let finding = |(part, file): (&str, &str)| {
        let folder = subject.folder;
        let message = format!(
            "{part} has no row under {folder} in {FILE}: nobody has said what it may import"
        );
        wrong(Place::line(format!("{folder}/{file}"), 1), message)
    };
    missing.map(finding).collect()
}

/// Entries of the rules about crates that name no file.
fn missing_files(subject: &Subject<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, owned) in subject
        .layers()
        .into_iter()
        .flat_map(|layers| &layers.crates)
    {
        let only = owned.only.as_deref().unwrap_or_default();
        for (list, entries) in [("only", only), ("never", &owned.never)] {
            for (index, entry) in entries.iter().enumerate() {
                if !subject.house.files().any(|(file, _)| is_below(file, entry)) {
                    let place = subject.row_place(&["crates", name, list, &index.to_string()]);
                    let message = format!(
                        "{entry}, which the rule of {name} names, is not in {}",
                        subject.folder
                    );
                    problems.push(wrong(place, message));
                }
            }
        }
    }
    problems
}

fn wrong(place: Place, message: String) -> Problem {
    Problem::wrong(Rule::LayerTable, place, message)
}
