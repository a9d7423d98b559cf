//! Proof: each part of a crate imports only what its row in `xtask/layers.yaml` lets it, and nothing goes in a circle.
//!
//! `table` reads the rows, `source` what a file says, `house` what its paths stand for; `rows`, `imports` and `arrows` judge.
//! Unit tests may put layers together and are left out.

mod arrows;
mod cycles;
mod house;
mod imports;
mod rows;
pub(super) mod source;
mod subject;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::problem::{Place, Problem, Problems, Rule};
use house::House;
use subject::Subject;
use table::Table;

pub use table::FILE as TABLE;

/// The crates that are looked at, whether the table names them or not.
const CRATES: [&str; 3] = ["server/src", "client-sdk/src", "xtask/src"];

/// Reads all hand-written and generated sources; returns how many there were.
#[must_use]
pub fn prove(project: &Path, dialects: &[String]) -> (usize, Problems) {
    let mut problems = Problems::new();
    let table = match fs::read_to_string(project.join(TABLE)) {
        Ok(text) => Table::parse(&text, &mut problems),
        Err(error) => {
            problems.push(Problem::wrong(
                Rule::UnreadableFile,
                Place::file(TABLE),
                error.to_string(),
            ));
            Table::default()
        }
    };
    if !problems.is_empty() {
        // Without a sound table every import would be out of reach.
        return (0, problems);
    }
    let mut count = 0;
    let folders: BTreeSet<&str> = table
        .crates
        .keys()
        .map(String::as_str)
        .chain(CRATES)
        .collect();
    for folder in folders {
        let mut texts = BTreeMap::new();
        collect(&project.join(folder), "", &mut texts, folder, &mut problems);
        let manifest = project.join(folder).with_file_name("Cargo.toml");
        let manifest = fs::read_to_string(manifest).unwrap_or_default();
        let (read, found) = judge(folder, &texts, &manifest, &table, dialects);
        count += read;
        problems.extend(found);
    }
    (count, problems)
}

/// Whether a text would be out of place in a file of the project's server.
#[must_use]
pub fn forbids(project: &Path, file: &str, text: &str) -> bool {
    let table = fs::read_to_string(project.join(TABLE)).unwrap_or_default();
    let table = Table::parse(&table, &mut Problems::new());
    let texts = BTreeMap::from([(file.to_owned(), text.to_owned())]);
    let (_, problems) = judge("server/src", &texts, "", &table, &[]);
    problems.iter().any(|problem| problem.rule == Rule::Layer)
}

/// Judges the files of one crate, by their paths below its `src`; returns how many there were.
fn judge(
    folder: &str,
    texts: &BTreeMap<String, String>,
    manifest: &str,
    table: &Table,
    dialects: &[String],
) -> (usize, Vec<Problem>) {
    let mut problems = Vec::new();
    if texts.is_empty() {
        // Nothing is there yet that a row could be about.
        return (0, problems);
    }
    let mut files = BTreeMap::new();
    let is_text = |file: &str| {
        table
            .crates
            .get(folder)
            .is_some_and(|layers| layers.is_text(file))
    };
    for (file, text) in texts.iter().filter(|(file, _)| !is_text(file)) {
        match source::read(text, &source::module(file)) {
            Ok(source) => {
                files.insert(file.clone(), source);
            }
            Err(error) => {
                let start = error.span().start();
                let place = Place {
                    column: start.column + 1,
                    ..Place::line(format!("{folder}/{file}"), start.line)
                };
                problems.push(Problem::wrong(
                    Rule::Layer,
                    place,
                    format!("the file is not Rust: {error}"),
                ));
            }
        }
    }
    let entries = table
        .crates
        .get(folder)
        .map_or(&[][..], |layers| &layers.texts);
    for (index, entry) in entries.iter().enumerate() {
        if !texts.keys().any(|file| table::is_below(file, entry)) {
            let place = table.place(&[folder, "texts", &index.to_string()]);
            problems.push(Problem::wrong(
                Rule::LayerTable,
                place,
                format!("{entry} is not in {folder}"),
            ));
        }
    }
    let count = files.len();
    let house = House::of(&name(manifest), files);
    let subject = Subject {
        folder,
        house: &house,
        table,
        dependencies: &dependencies(manifest),
        dialects,
    };
    problems.extend(rows::judge(&subject));
    problems.extend(imports::judge(&subject));
    problems.extend(arrows::judge(&subject));
    (count, problems)
}

/// The texts of the Rust files below a folder, by their paths below `src`.
fn collect(
    here: &Path,
    below: &str,
    texts: &mut BTreeMap<String, String>,
    folder: &str,
    problems: &mut Problems,
) {
    for entry in fs::read_dir(here).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{below}{name}");
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            collect(&entry.path(), &format!("{path}/"), texts, folder, problems);
        } else if Path::new(&name)
            .extension()
            .is_some_and(|extension| extension == "rs")
        {
            match fs::read_to_string(entry.path()) {
                Ok(text) => {
                    texts.insert(path, text);
                }
                Err(error) => {
                    let place = Place::file(format!("{folder}/{path}"));
                    problems.push(Problem::wrong(
                        Rule::UnreadableFile,
                        place,
                        error.to_string(),
                    ));
                }
            }
        }
    }
}

/// The package's name in a manifest, as Rust spells it.
fn name(manifest: &str) -> String {
    let name = manifest
        .lines()
        .find_map(|line| line.strip_prefix("name = \""));
    name.unwrap_or_default()
        .trim_end_matches('"')
        .replace('-', "_")
}

/// The names in `[dependencies]` of a manifest, as Rust spells them.
fn dependencies(manifest: &str) -> Vec<String> {
    manifest
        .lines()
        .skip_while(|line| line.trim() != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', '=', ' ']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(|name| name.replace('-', "_"))
        .collect()
}

#[cfg(test)]
mod tests;
