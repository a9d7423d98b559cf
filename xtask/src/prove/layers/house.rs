//! One crate as its files name each other: which module a file is, and what a path in it stands for.
//!
//! A path is followed through `use` and `pub use`, so that a name handed on by a parent counts as its owner's.

use std::collections::BTreeMap;

use super::source::{Item, Name, Source};

/// A path is followed through so many bindings; longer chains are circles of `use`.
const LONGEST: usize = 16;

/// A crate that was read.
#[derive(Debug, Default)]
pub struct House {
    /// The files, by their path below `src`, each with what it says.
    files: BTreeMap<String, Source>,
    /// The file of each module; modules written inside a file are that file's.
    modules: BTreeMap<Vec<String>, String>,
    /// How the crate calls itself in its own `main.rs`.
    own_name: String,
}

/// What a path stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Something of this crate: the absolute path as far as it is one of modules, and what follows.
    Inside {
        /// The module, from `crate` on.
        module: Vec<String>,
        /// What of it is named; nothing when it is the module itself.
        rest: Vec<String>,
    },
    /// Something of another crate, or a name that is declared nearby.
    Outside(Vec<String>),
}

impl Target {
    /// The whole path.
    #[must_use]
    pub fn path(&self) -> Vec<String> {
        match self {
            Self::Inside { module, rest } => [module.as_slice(), rest.as_slice()].concat(),
            Self::Outside(path) => path.clone(),
        }
    }
}

impl House {
    /// Puts files together; those of tests are left out.
    #[must_use]
    pub fn of(own_name: &str, files: BTreeMap<String, Source>) -> Self {
        let tests: Vec<Vec<String>> = files
            .values()
            .flat_map(|source| &source.items)
            .filter(|item| item.in_tests)
            .map(inside)
            .collect();
        let is_test = |module: &[String]| {
            module.iter().any(|part| part == "tests")
                || tests.iter().any(|test| module.starts_with(test))
        };
        let files: BTreeMap<String, Source> = files
            .into_iter()
            .filter(|(file, _)| !is_test(&super::source::module(file)))
            .collect();
        let mut modules = BTreeMap::new();
        for (file, source) in &files {
            modules.insert(super::source::module(file), file.clone());
            for name in &source.names {
                modules
                    .entry(name.module.clone())
                    .or_insert_with(|| file.clone());
            }
            for item in source.items.iter().filter(|item| !item.is_module) {
                modules
                    .entry(item.module.clone())
                    .or_insert_with(|| file.clone());
            }
        }
        Self {
            files,
            modules,
            own_name: own_name.to_owned(),
        }
    }

    /// The files that are not tests', with what they say.
    pub fn files(&self) -> impl Iterator<Item = (&str, &Source)> {
        self.files
            .iter()
            .map(|(file, source)| (file.as_str(), source))
    }

    /// The file that a module is written in.
    #[must_use]
    pub fn file_of(&self, module: &[String]) -> Option<&str> {
        self.modules.get(module).map(String::as_str)
    }

    /// What a path stands for as it is written: `use` is followed for its first segment only.
    #[must_use]
    pub fn written(&self, name: &Name) -> Target {
        self.absolute(&name.module, &name.path, LONGEST)
            .map_or_else(Target::Outside, |path| self.split(&path))
    }

    /// What a path stands for in the end: names that a module hands on are followed to their owner.
    #[must_use]
    pub fn owner(&self, target: Target) -> Target {
        self.follow(target, LONGEST)
    }

    /// Whether a name's first segment is one that a `use` of its module binds.
    #[must_use]
    pub fn is_bound(&self, name: &Name) -> bool {
        name.path
            .first()
            .is_some_and(|first| self.binding(&name.module, first).is_some())
    }

    /// The path from `crate` on, or the path of something else.
    fn absolute(
        &self,
        module: &[String],
        path: &[String],
        left: usize,
    ) -> Result<Vec<String>, Vec<String>> {
        let Some((first, rest)) = path.split_first() else {
            return Err(Vec::new());
        };
        let mut start = match first.as_str() {
            "crate" => vec!["crate".to_owned()],
            own if own == self.own_name => vec!["crate".to_owned()],
            "self" => module.to_vec(),
            "super" => parent(module),
            _ => {
                let child = [module, std::slice::from_ref(first)].concat();
                if self.modules.contains_key(&child) {
                    return Ok([module, path].concat());
                }
                return match self.binding(module, first).filter(|_| left > 0) {
                    // A `use` of a crate binds the crate's own name.
                    Some(bound) if bound != [first.clone()] => {
                        let bound = [bound, rest].concat();
                        self.absolute(module, &bound, left - 1)
                    }
                    Some(_) | None => Err(path.to_vec()),
                };
            }
        };
        for segment in rest {
            match segment.as_str() {
                "super" => start = parent(&start),
                _ => start.push(segment.clone()),
            }
        }
        Ok(start)
    }

    fn binding(&self, module: &[String], name: &str) -> Option<&[String]> {
        let source = self.files.get(self.file_of(module)?)?;
        let bound = source
            .bindings
            .iter()
            .find(|binding| binding.module == module && binding.name.as_deref() == Some(name));
        bound.map(|binding| binding.path.as_slice())
    }

    /// Splits an absolute path after the longest part that is a module.
    fn split(&self, path: &[String]) -> Target {
        let modules = (1..=path.len())
            .rev()
            .find(|end| self.modules.contains_key(&path[..*end]));
        let end = modules.unwrap_or(1);
        Target::Inside {
            module: path[..end].to_vec(),
            rest: path[end..].to_vec(),
        }
    }

    fn follow(&self, target: Target, left: usize) -> Target {
        let Target::Inside { module, rest } = &target else {
            return target;
        };
        let Some((name, rest)) = rest.split_first().filter(|_| left > 0) else {
            return target;
        };
        if self.declares(module, name) {
            return target;
        }
        let bound = self.binding(module, name).map(<[String]>::to_vec);
        match bound.or_else(|| self.through_glob(module, name, left)) {
            Some(bound) => {
                let path = [bound.as_slice(), rest].concat();
                let next = self.absolute(module, &path, left - 1);
                self.follow(
                    next.map_or_else(Target::Outside, |path| self.split(&path)),
                    left - 1,
                )
            }
            None => target,
        }
    }

    fn declares(&self, module: &[String], name: &str) -> bool {
        let source = self.file_of(module).and_then(|file| self.files.get(file));
        source.is_some_and(|source| {
            source
                .items
                .iter()
                .any(|item| item.module == module && item.name == name)
        })
    }

    /// The path of a name that a module has from a glob.
    fn through_glob(&self, module: &[String], name: &str, left: usize) -> Option<Vec<String>> {
        let source = self.files.get(self.file_of(module)?)?;
        let globs = source
            .bindings
            .iter()
            .filter(|binding| binding.module == module && binding.name.is_none());
        for glob in globs.filter(|_| left > 0) {
            let Ok(path) = self.absolute(module, &glob.path, left - 1) else {
                continue;
            };
            if self.declares(&path, name) || self.binding(&path, name).is_some() {
                return Some([path.as_slice(), &[name.to_owned()]].concat());
            }
        }
        None
    }
}

/// The part of the crate that a file belongs to: the folder or the file of the first level, by its module's name.
#[must_use]
pub fn part(file: &str) -> &str {
    let first = file.split('/').next().unwrap_or(file);
    first.strip_suffix(".rs").unwrap_or(first)
}

fn inside(item: &Item) -> Vec<String> {
    [item.module.as_slice(), std::slice::from_ref(&item.name)].concat()
}

fn parent(module: &[String]) -> Vec<String> {
    module[..module.len().saturating_sub(1).max(1)].to_vec()
}

#[cfg(test)]
mod tests {
    use super::super::source::{module, read};
    use super::*;

    fn house(files: &[(&str, &str)]) -> House {
        let read = |(file, text): &(&str, &str)| {
            let source = read(text, &module(file)).expect("it is Rust");
            ((*file).to_owned(), source)
        };
        House::of("sample", files.iter().map(read).collect())
    }

    /// The files that the paths of a file lead to, and what of them.
    fn owners(house: &House, file: &str) -> Vec<(String, String)> {
        let names = house
            .files()
            .find(|(found, _)| *found == file)
            .expect("the file")
            .1;
        let owner = |name: &Name| match house.owner(house.written(name)) {
            Target::Inside { module, rest } => (
                house.file_of(&module).unwrap_or_default().to_owned(),
                rest.join("::"),
            ),
            Target::Outside(path) => (String::new(), path.join("::")),
        };
        names.names.iter().map(owner).collect()
    }

    fn to(file: &str, name: &str) -> (String, String) {
        (file.to_owned(), name.to_owned())
    }

    #[test]
    fn a_relative_path_is_resolved() {
        let house = house(&[
            ("lib.rs", "pub mod authority; pub mod storage;"),
            ("storage/mod.rs", "pub struct Rows;"),
            (
                "authority/issue.rs",
                "use super::super::storage::Rows;\nmod inner { use super::super::super::storage::Rows; use super::Here; }\nstruct Here;",
            ),
        ]);
        assert_eq!(
            owners(&house, "authority/issue.rs"),
            [
                to("storage/mod.rs", "Rows"),
                to("storage/mod.rs", "Rows"),
                to("authority/issue.rs", "Here")
            ]
        );
    }

    #[test]
    fn a_name_that_is_handed_on_is_its_owners() {
        let house = house(&[
            ("lib.rs", "mod a; mod b; pub use a::One;"),
            (
                "a/mod.rs",
                "mod c; mod d; pub use c::One; pub use d::*; use serde_json::Value; struct Own;",
            ),
            ("a/c.rs", "pub struct One;"),
            ("a/d.rs", "pub struct Two;"),
            (
                "b.rs",
                "use crate::{One, a}; fn f() { a::Two::new(); a::Value::Null; a::Own::new(); a::c::One; }",
            ),
        ]);
        assert_eq!(
            owners(&house, "b.rs"),
            [
                to("a/c.rs", "One"),
                to("a/mod.rs", ""),
                to("a/d.rs", "Two::new"),
                to("", "serde_json::Value::Null"),
                to("a/mod.rs", "Own::new"),
                to("a/c.rs", "One"),
            ]
        );
    }

    #[test]
    fn a_circle_of_names_ends() {
        let house = house(&[
            ("a.rs", "use crate::b::X;"),
            ("b.rs", "pub use crate::a::X;"),
        ]);
        assert_eq!(owners(&house, "a.rs").len(), 1);
    }

    #[test]
    fn tests_may_put_layers_together() {
        let house = house(&[
            ("lib.rs", "#[cfg(test)]\nmod work;\nmod a;"),
            (
                "a/b.rs",
                "#[cfg(test)]\n#[path = \"b_tests.rs\"]\nmod tests;",
            ),
            ("a/b_tests.rs", "use crate::b;"),
            ("work.rs", "use crate::a;"),
            ("work/ways.rs", "use crate::a;"),
            ("a/tests/mod.rs", "use crate::b;"),
            ("a/tests.rs", "use crate::b;"),
            ("a/mod.rs", ""),
        ]);
        let files: Vec<&str> = house.files().map(|(file, _)| file).collect();
        assert_eq!(files, ["a/b.rs", "a/mod.rs", "lib.rs"]);
    }
}
