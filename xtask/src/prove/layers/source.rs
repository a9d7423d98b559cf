//! Reads a Rust file for the layer check: the paths it names, the names it binds and the items it declares.
//!
//! Everything is read from tokens, so `use` lists, expressions, types and the arguments of macros count,
//! and comments do not. Code under `#[cfg(test)]` is left out, and so is the code that a generator quotes.

mod scan;

use proc_macro2::{LexError, TokenStream};

/// A path as it is written, with the place of its first own token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The module that it is written in.
    pub module: Vec<String>,
    /// Its segments.
    pub path: Vec<String>,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// How it stands there.
    pub kind: Kind,
}

/// How a path stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// In an expression, a type or an attribute.
    Plain,
    /// In a `use`.
    Use,
    /// In a `pub use`.
    Reexport,
}

/// A name that a `use` binds in a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The module.
    pub module: Vec<String>,
    /// The name; nothing for a glob.
    pub name: Option<String>,
    /// What it stands for, as it is written.
    pub path: Vec<String>,
}

/// An item that a module declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The module.
    pub module: Vec<String>,
    /// Its name.
    pub name: String,
    /// Whether it is a module.
    pub is_module: bool,
    /// Whether it is compiled in tests only.
    pub in_tests: bool,
}

/// What a file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// The paths that it names.
    pub names: Vec<Name>,
    /// The names that it binds.
    pub bindings: Vec<Binding>,
    /// The items that it declares.
    pub items: Vec<Item>,
}

impl Source {
    /// Whether a name stands before `::*` in a `use`.
    #[must_use]
    pub fn has_glob(&self, name: &Name) -> bool {
        let mut globs = self
            .bindings
            .iter()
            .filter(|binding| binding.name.is_none());
        globs.any(|glob| glob.module == name.module && glob.path == name.path)
    }
}

/// Reads the text of the file that is `module`.
///
/// # Errors
/// The text is not Rust.
pub fn read(text: &str, module: &[String]) -> Result<Source, LexError> {
    let tokens: TokenStream = text.parse()?;
    Ok(scan::scan(tokens, module))
}

/// The module that a file is, from its path below `src`; `main.rs` is beside the crate's modules.
#[must_use]
pub fn module(file: &str) -> Vec<String> {
    let mut module = vec!["crate".to_owned()];
    let inside = file.strip_suffix(".rs").unwrap_or(file);
    if inside == "main" {
        return vec!["main".to_owned()];
    }
    let parts = inside
        .split('/')
        .filter(|part| !matches!(*part, "mod" | "lib"));
    module.extend(parts.map(str::to_owned));
    module
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<(String, usize, usize)> {
        let source = read(text, &module("authority/issue.rs")).expect("it is Rust");
        let name = |name: Name| (name.path.join("::"), name.line, name.column);
        source.names.into_iter().map(name).collect()
    }

    fn named(path: &str, line: usize, column: usize) -> (String, usize, usize) {
        (path.to_owned(), line, column)
    }

    #[test]
    fn each_leaf_of_a_grouped_import_has_its_own_place() {
        let text = "//! Storage.\npub use crate::{\n    authority::Store,\n    storage::{self, Rows as R, rows::*},\n};\n";
        assert_eq!(
            names(text),
            [
                named("crate::authority::Store", 3, 5),
                named("crate::storage", 4, 15),
                named("crate::storage::Rows", 4, 21),
                named("crate::storage::rows", 4, 32),
            ]
        );
        let source = read(text, &module("a.rs")).expect("it is Rust");
        let bound: Vec<Option<&str>> = source
            .bindings
            .iter()
            .map(|binding| binding.name.as_deref())
            .collect();
        assert_eq!(bound, [Some("Store"), Some("storage"), Some("R"), None]);
        assert!(source.names.iter().all(|name| name.kind == Kind::Reexport));
    }

    #[test]
    fn a_path_in_the_arguments_of_a_macro_is_seen() {
        let text = "fn f() {\n    println!(\"{}\", jsonwebtoken::Header::default());\n}\n";
        assert_eq!(names(text), [named("jsonwebtoken::Header::default", 2, 20)]);
    }

    #[test]
    fn what_is_quoted_and_what_only_tests_compile_is_not_seen() {
        let text = "fn f() { quote! { crate::lift::Call } }\n#[cfg(test)]\nuse crate::a::{B, C};\n\
            #[cfg(test)]\nmod tests { use crate::storage::Rows; }\n#[cfg(test)]\nmod work;\nuse crate::d;\n";
        assert_eq!(names(text), [named("crate::d", 8, 5)]);
        let source = read(text, &module("lib.rs")).expect("it is Rust");
        let work = source.items.iter().find(|item| item.name == "work");
        assert!(work.is_some_and(|item| item.is_module && item.in_tests));
    }

    #[test]
    fn comments_names_that_look_alike_and_visibilities_are_no_paths() {
        let text = "//! Not sea_orm::Value.\npub(in crate::authority) fn f(sea_orm_like: u8) -> u8 { sea_orm_like }\n";
        assert_eq!(names(text), []);
    }
}
