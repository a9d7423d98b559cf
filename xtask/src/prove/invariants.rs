//! Proof: each invariant of `ARCHITECTURE.md` names what enforces it, and what it names is there.
//!
//! An invariant is a bullet that begins with `**Invariant:**`; its enforcers stand in backquotes after `*Held by*`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::layers::source;
use crate::problem::{Place, Problem, Problems, Rule};
use crate::rule::Stage;

/// The file that is read, relative to the root of the project.
pub const FILE: &str = "ARCHITECTURE.md";

/// How an invariant begins.
const BULLET: &str = "- **Invariant:**";
/// What its enforcers stand after.
const HELD_BY: &str = "*Held by*";
/// Folders with sources that people write.
const SOURCES: [&str; 4] = ["server", "client-sdk", "xtask", "tests"];
/// Folders below them that nobody writes.
const NOT_WRITTEN: [&str; 3] = ["target", "generated", "node_modules"];
/// The list of functions that clippy refuses.
const CLIPPY: &str = ".clippy.toml";

/// An enforcer as the file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Enforcer {
    name: String,
    line: usize,
    column: usize,
}

/// An invariant: where it begins, and what it says enforces it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Invariant {
    line: usize,
    enforcers: Vec<Enforcer>,
}

/// Resolves every enforcer, given the names of the proofs; returns how many invariants there are.
#[must_use]
pub fn prove(project: &Path, proofs: &[&str]) -> (usize, Problems) {
    let text = match fs::read_to_string(project.join(FILE)) {
        Ok(text) => text,
        Err(error) => {
            let problem =
                Problem::wrong(Rule::UnreadableFile, Place::file(FILE), error.to_string());
            return (0, problem.into());
        }
    };
    let invariants = read(&text);
    let world = World {
        project,
        proofs,
        tests: tests(project, &invariants),
    };
    (invariants.len(), judge(&invariants, &world))
}

/// What enforcers are looked for in.
struct World<'a> {
    project: &'a Path,
    proofs: &'a [&'a str],
    /// The tests that there are, of those that are named.
    tests: BTreeSet<String>,
}

fn judge(invariants: &[Invariant], world: &World<'_>) -> Problems {
    let mut problems = Problems::new();
    if invariants.is_empty() {
        let message = format!("no bullet begins with `{BULLET}`");
        problems.push(Problem::wrong(Rule::Invariant, Place::file(FILE), message));
    }
    for invariant in invariants {
        if invariant.enforcers.is_empty() {
            let message = "the invariant does not name what enforces it";
            problems.push(Problem::wrong(
                Rule::Invariant,
                Place::line(FILE, invariant.line),
                message,
            ));
        }
        for enforcer in &invariant.enforcers {
            if let Err(message) = world.resolve(&enforcer.name) {
                let place = Place {
                    column: enforcer.column,
                    ..Place::line(FILE, enforcer.line)
                };
                problems.push(Problem::wrong(Rule::Invariant, place, message));
            }
        }
    }
    problems
}

impl World<'_> {
    /// Whether an enforcer is there, or else what is not.
    fn resolve(&self, name: &str) -> Result<(), String> {
        let found = |is: bool, what: String| if is { Ok(()) } else { Err(what) };
        match name.split_once(':') {
            Some(("check", proof)) => found(
                self.proofs.contains(&proof),
                format!("no proof of `check` is called {proof}"),
            ),
            Some(("lint", rule)) => {
                let known = Rule::from_id(rule).is_some_and(|rule| rule.stage() != Stage::Proof);
                found(
                    known,
                    format!("no rule of the document or the generators is called {rule}"),
                )
            }
            Some(("clippy", path)) => {
                let listed = fs::read_to_string(self.project.join(CLIPPY)).unwrap_or_default();
                found(
                    listed.contains(&format!("path = \"{path}\"")),
                    format!("{CLIPPY} does not refuse {path}"),
                )
            }
            Some(("compiler", item)) => self.declared(item),
            Some(_) => Err(format!(
                "{name} is none of check:, lint:, clippy:, compiler: or a test's name"
            )),
            None => found(
                self.tests.contains(name),
                format!("no test is called {name}"),
            ),
        }
    }

    /// Whether `<file>::<item>` is declared there.
    fn declared(&self, path: &str) -> Result<(), String> {
        let Some((file, item)) = path.split_once(".rs::") else {
            return Err(format!("{path} is not <file>.rs::<item>"));
        };
        let file = format!("{file}.rs");
        let text = fs::read_to_string(self.project.join(&file))
            .map_err(|_| format!("there is no file {file}"))?;
        let read = source::read(&text, &["crate".to_owned()]).unwrap_or_default();
        if read.items.iter().any(|declared| declared.name == item) {
            Ok(())
        } else {
            Err(format!("{file} declares no {item}"))
        }
    }
}

/// The invariants of a text.
fn read(text: &str) -> Vec<Invariant> {
    let mut invariants: Vec<Invariant> = Vec::new();
    let (mut inside, mut held) = (false, false);
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if line.starts_with(BULLET) {
            invariants.push(Invariant {
                line: number,
                enforcers: Vec::new(),
            });
            (inside, held) = (true, false);
        } else if !line.starts_with("  ") {
            inside = false;
        }
        let Some(invariant) = invariants.last_mut().filter(|_| inside) else {
            continue;
        };
        let from = if held {
            Some(0)
        } else {
            line.find(HELD_BY).map(|at| at + HELD_BY.len())
        };
        let Some(from) = from else {
            continue;
        };
        held = true;
        let mut at = from;
        // Every second piece between backquotes is a name.
        for (piece, text) in line[from..].split('`').enumerate() {
            if piece % 2 == 1 {
                invariant.enforcers.push(Enforcer {
                    name: text.to_owned(),
                    line: number,
                    column: line[..at].chars().count() + 1,
                });
            }
            at += text.len() + 1;
        }
    }
    invariants
}

/// Which of the tests that invariants name there are.
fn tests(project: &Path, invariants: &[Invariant]) -> BTreeSet<String> {
    let enforcers = invariants.iter().flat_map(|invariant| &invariant.enforcers);
    let wanted: BTreeSet<String> = enforcers
        .map(|enforcer| &enforcer.name)
        .filter(|name| !name.contains(':'))
        .map(|name| format!("fn {name}("))
        .collect();
    let mut found = BTreeSet::new();
    for folder in SOURCES {
        for file in written(&project.join(folder)) {
            let text = fs::read_to_string(file).unwrap_or_default();
            // Reading tokens is slow, and few files have a test that is named.
            if wanted.iter().any(|name| text.contains(name))
                && let Ok(tokens) = text.parse()
            {
                tests_in(tokens, &mut found);
            }
        }
    }
    found
}

fn written(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if !NOT_WRITTEN.iter().any(|left_out| name == *left_out) {
                files.extend(written(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The macro that makes a test of a function for each database.
const FOR_EACH: &str = "test_on";

/// Collects the names of the functions with `#[test]`, `#[tokio::test]` or another attribute of that name, and of those that
/// [`FOR_EACH`] is told.
fn tests_in(tokens: TokenStream, found: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut is_test = false;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
                let hash = index.checked_sub(1).and_then(|before| tokens.get(before));
                if matches!(hash, Some(TokenTree::Punct(punct)) if punct.as_char() == '#') {
                    is_test |= is_test_attribute(group.stream());
                }
            }
            TokenTree::Group(group) => tests_in(group.stream(), found),
            TokenTree::Ident(word) if word == FOR_EACH => {
                if let Some(TokenTree::Group(told)) = tokens.get(index + 2) {
                    found.extend(told.stream().into_iter().filter_map(ident));
                }
            }
            TokenTree::Ident(word) if word == "fn" => {
                if let (true, Some(TokenTree::Ident(name))) = (is_test, tokens.get(index + 1)) {
                    found.insert(name.to_string());
                }
                is_test = false;
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

fn is_test_attribute(attribute: TokenStream) -> bool {
    let path = attribute
        .into_iter()
        .take_while(|token| !matches!(token, TokenTree::Group(_)));
    path.filter_map(ident)
        .last()
        .is_some_and(|word| word == "test")
}

fn ident(token: TokenTree) -> Option<String> {
    match token {
        TokenTree::Ident(word) => Some(word.to_string()),
        TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# Architecture

- **Invariant:** one thing holds, as `storage::open` does
  it. *Held by* `one_thing_holds`,
  `check:layers`, `check:gone`.
- **Invariant:** nobody holds this (`one_thing_holds`).
- A bullet. *Held by* `nobody`.
- **Invariant:** many. *Held by* `lint:merge-collision`, `lint:layer`, `clippy:std::env::var`, `clippy:std::env::vars`,
  `compiler:xtask/src/exit.rs::Exit`, `compiler:xtask/src/exit.rs::Exits`, `compiler:xtask/gone.rs::Exit`, `because:me`.
";

    fn found(text: &str) -> Vec<(usize, usize, String)> {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let world = World {
            project: &project,
            proofs: &["layers"],
            tests: BTreeSet::from(["one_thing_holds".to_owned()]),
        };
        let problems = judge(&read(text), &world);
        problems
            .into_iter()
            .map(|problem| (problem.place.line, problem.place.column, problem.message))
            .collect()
    }

    #[test]
    fn each_enforcer_is_resolved_and_each_invariant_has_one() {
        let expected = [
            (5, 20, "no proof of `check` is called gone"),
            (6, 1, "the invariant does not name what enforces it"),
            (
                8,
                59,
                "no rule of the document or the generators is called layer",
            ),
            (8, 97, ".clippy.toml does not refuse std::env::vars"),
            (9, 40, "xtask/src/exit.rs declares no Exits"),
            (9, 77, "there is no file xtask/gone.rs"),
            (
                9,
                109,
                "because:me is none of check:, lint:, clippy:, compiler: or a test's name",
            ),
        ];
        assert_eq!(
            found(TEXT),
            expected.map(|(line, column, message)| (line, column, message.to_owned()))
        );
    }

    #[test]
    fn a_test_that_is_not_there_is_found_at_its_line() {
        let text = TEXT.replace("`one_thing_holds`,\n", "`one_thing_held`,\n");
        assert_eq!(
            found(&text)[0],
            (4, 18, "no test is called one_thing_held".to_owned())
        );
    }

    #[test]
    fn a_file_without_invariants_is_a_finding() {
        assert_eq!(
            found("# Architecture\n")[0].2,
            format!("no bullet begins with `{BULLET}`")
        );
    }

    #[test]
    fn a_test_is_a_function_with_the_attribute() {
        let text = "mod tests {\n    #[test]\n    fn one() {}\n    fn helper() {}\n    \
            #[tokio::test(flavor = \"multi_thread\")]\n    #[expect(x)]\n    async fn two() {}\n    #[cfg(test)]\n    fn three() {}\n    \
            fn four(ground: Ground) {}\n    test_on!(anywhere four);\n}\n";
        let mut found = BTreeSet::new();
        tests_in(text.parse().expect("it is Rust"), &mut found);
        assert!(
            ["one", "two", "four"]
                .iter()
                .all(|name| found.contains(*name))
        );
        assert!(
            ["helper", "three"]
                .iter()
                .all(|name| !found.contains(*name))
        );
    }
}
