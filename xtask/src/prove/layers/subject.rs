//! One crate and what it is held against: its files, its rows, its manifest and the dialects of the document.

use super::house::{House, Target, part};
use super::source::Name;
use super::table::{Layers, Table};
use crate::problem::Place;

/// The part that is the crate's own `lib.rs`; it declares the others and hands their names on.
pub const ROOT: &str = "lib";

/// One crate, and what its imports are held against.
#[derive(Debug)]
pub struct Subject<'a> {
    /// Its `src` folder, relative to the root of the project.
    pub folder: &'a str,
    /// Its files.
    pub house: &'a House,
    /// The whole table.
    pub table: &'a Table,
    /// The crates that its manifest names, as Rust spells them.
    pub dependencies: &'a [String],
    /// The dialects of the document.
    pub dialects: &'a [String],
}

impl Subject<'_> {
    /// What the table says of this crate, if anything.
    #[must_use]
    pub fn layers(&self) -> Option<&Layers> {
        self.table.crates.get(self.folder)
    }

    /// The part that a target belongs to; nothing for another crate, or for a root that is not there.
    #[must_use]
    pub fn part_of(&self, target: &Target) -> Option<String> {
        let written = self.first(target)?;
        if written != ROOT {
            return Some(written);
        }
        // The root is no layer: what it hands on is its owner's.
        let owner = self.first(&self.house.owner(target.clone()))?;
        let exists = owner != ROOT || self.house.file_of(&["crate".to_owned()]).is_some();
        exists.then_some(owner)
    }

    /// The part that a path names, the root where it names none.
    fn first(&self, target: &Target) -> Option<String> {
        let Target::Inside { module, rest } = target else {
            return None;
        };
        if module.first().is_none_or(|first| first != "crate") {
            return module.first().cloned();
        }
        let named = module
            .get(1)
            .or_else(|| rest.first().filter(|name| self.has_row(name)));
        Some(named.map_or(ROOT, String::as_str).to_owned())
    }

    fn has_row(&self, name: &str) -> bool {
        self.layers()
            .is_some_and(|layers| layers.rows.contains_key(name))
    }

    /// The place of a name in a file.
    #[must_use]
    pub fn place(&self, file: &str, name: &Name) -> Place {
        Place {
            column: name.column,
            ..Place::line(format!("{}/{file}", self.folder), name.line)
        }
    }

    /// The place of what the table says of this crate.
    #[must_use]
    pub fn row_place(&self, tokens: &[&str]) -> Place {
        self.table.place(&[&[self.folder], tokens].concat())
    }

    /// The parts that the crate has, by name, each with its first file.
    pub fn parts(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut files: Vec<(&str, &str)> = self
            .house
            .files()
            .map(|(file, _)| (part(file), file))
            .collect();
        files.sort_unstable();
        files.dedup_by_key(|(part, _)| *part);
        files.into_iter()
    }
}
