//! Reads `xtask/layers.yaml`: which part of a crate may import which, and which crates one part alone may use.
//!
//! A part is a folder or a file of the first level of `src`, by its module's name.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::Deserialize;

use crate::document::{Position, join};
use crate::problem::{Place, Problem, Problems, Rule};
use crate::yaml;

/// The table, relative to the root of the project.
pub const FILE: &str = "xtask/layers.yaml";

/// The table as it was read.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// What holds for each crate, by its `src` folder.
    pub crates: BTreeMap<String, Layers>,
    positions: HashMap<String, Position>,
}

/// What holds for one crate.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layers {
    /// The parts of the crate; without any, only the crates that it uses are looked at.
    #[serde(default)]
    pub rows: BTreeMap<String, Row>,
    /// The crates that only some files may use.
    #[serde(default)]
    pub crates: BTreeMap<String, Owned>,
    /// Folders and files that are the text of another crate and are compiled nowhere in this one.
    #[serde(default)]
    pub texts: Vec<String>,
}

/// What one part may import.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Other parts of the same crate.
    #[serde(default)]
    pub uses: Vec<String>,
    /// Of the crates that the manifest names these only; without the list, all.
    pub crates: Option<Vec<String>>,
    /// Parts of which each dialect knows only the module with its own name.
    #[serde(default)]
    pub own: Vec<String>,
    /// Why.
    pub why: String,
}

/// Who may use a crate.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owned {
    /// Folders and files below `src`; without the list, all.
    pub only: Option<Vec<String>>,
    /// Folders and files below `src` that may not.
    #[serde(default)]
    pub never: Vec<String>,
    /// Why.
    pub why: String,
}

impl Table {
    /// Understands the text of the table; adds what is wrong with it to `problems`.
    #[must_use]
    pub fn parse(text: &str, problems: &mut Problems) -> Self {
        let Some(parsed) = yaml::parse(Path::new(FILE), text, problems) else {
            return Self::default();
        };
        match serde_json::from_value(parsed.value) {
            Ok(crates) => {
                let positions = parsed.positions;
                let table = Self { crates, positions };
                problems.extend(table.contradictions());
                table
            }
            Err(error) => {
                problems.push(Problem::wrong(
                    Rule::LayerTable,
                    Place::file(FILE),
                    error.to_string(),
                ));
                Self::default()
            }
        }
    }

    /// The place of what the table says of a crate: its row, or an entry of it.
    #[must_use]
    pub fn place(&self, tokens: &[&str]) -> Place {
        let pointer = tokens
            .iter()
            .fold(String::new(), |pointer, token| join(&pointer, token));
        let position = self.positions.get(&pointer);
        position.map_or_else(
            || Place::file(FILE),
            |position| Place {
                file: FILE.into(),
                line: position.line,
                column: position.column,
                pointer: String::new(),
            },
        )
    }

    /// Names in the table that nothing else in it explains.
    fn contradictions(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut wrong = |tokens: &[&str], message: String| {
            problems.push(Problem::wrong(
                Rule::LayerTable,
                self.place(tokens),
                message,
            ));
        };
        for (folder, layers) in &self.crates {
            for (name, row) in &layers.rows {
                if row.why.trim().is_empty() {
                    wrong(
                        &[folder, "rows", name],
                        format!("the row of {name} has no reason"),
                    );
                }
                for (list, entries) in [("uses", &row.uses), ("own", &row.own)] {
                    for (index, used) in entries.iter().enumerate() {
                        let at = [folder, "rows", name, list, &index.to_string()];
                        if !layers.rows.contains_key(used) {
                            wrong(&at, format!("{name} names {used}, which has no row"));
                        } else if used == name && list == "uses" {
                            wrong(&at, format!("{name} names itself, which it may use anyway"));
                        }
                    }
                }
            }
            for (name, owned) in &layers.crates {
                if owned.why.trim().is_empty() {
                    wrong(
                        &[folder, "crates", name],
                        format!("the rule of the crate {name} has no reason"),
                    );
                }
            }
        }
        problems
    }
}

impl Owned {
    /// Whether a file, by its path below `src`, may use the crate.
    #[must_use]
    pub fn admits(&self, file: &str) -> bool {
        let one_of = |entries: &[String]| entries.iter().any(|entry| is_below(file, entry));
        self.only.as_deref().is_none_or(one_of) && !one_of(&self.never)
    }
}

/// Whether a file, by its path below `src`, is what an entry names: a file, a folder, or a module that may be either.
#[must_use]
pub fn is_below(file: &str, entry: &str) -> bool {
    let module = |path: &str| path.strip_suffix(".rs").unwrap_or(path).to_owned();
    Path::new(&module(file)).starts_with(module(entry))
}

impl Layers {
    /// Whether a file, by its path below `src`, is the text of another crate.
    #[must_use]
    pub fn is_text(&self, file: &str) -> bool {
        self.texts
            .iter()
            .any(|text| Path::new(file).starts_with(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<(usize, String)> {
        let mut problems = Problems::new();
        let _ = Table::parse(text, &mut problems);
        problems
            .into_iter()
            .map(|problem| (problem.place.line, problem.message))
            .collect()
    }

    #[test]
    fn a_row_names_rows_and_has_a_reason() {
        let text = "server/src:\n  rows:\n    domain: {why: the ground}\n    keys:\n      why: ' '\n      uses: [domain, gone, keys]\n";
        assert_eq!(
            problems(text),
            [
                (4, "the row of keys has no reason".to_owned()),
                (6, "keys names gone, which has no row".to_owned()),
                (6, "keys names itself, which it may use anyway".to_owned()),
            ]
        );
    }

    #[test]
    fn a_word_that_the_table_does_not_know_is_a_finding() {
        let found = problems("server/src:\n  rows:\n    keys: {use: [], why: they sign}\n");
        assert_eq!(found.len(), 1);
        assert!(found[0].1.contains("unknown field `use`"), "{found:?}");
    }
}
