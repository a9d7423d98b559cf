//! `cargo xtask new-dialect`: writes the three places of a dialect and its two lines, as a skeleton with one operation.

mod lines;
mod names;
mod spoken;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use minijinja::context;

pub use names::{Name, NameFault};
pub use spoken::names;

use crate::exit::Exit;
use crate::{load, template};

/// The files that have a line per dialect, and the line.
pub const LINES: [(&str, &str); 2] = [
    ("server/src/dialects/mod.rs", "pub mod NAME;"),
    ("tests/src/dialects/mod.rs", "pub mod NAME;"),
];

/// A file of the skeleton: where it goes, `NAME` being the dialect's, and its template.
type Part = (&'static str, &'static str);

const SKELETON: [Part; 9] = [
    (
        "openapi/dialects/NAME.yaml",
        include_str!("skeleton/fragment.yaml.jinja"),
    ),
    (
        "server/src/dialects/NAME/mod.rs",
        include_str!("skeleton/server_mod.rs.jinja"),
    ),
    (
        "server/src/dialects/NAME/refusals.rs",
        include_str!("skeleton/server_refusals.rs.jinja"),
    ),
    (
        "server/src/dialects/NAME/demo.rs",
        include_str!("skeleton/server_demo.rs.jinja"),
    ),
    (
        "server/src/dialects/NAME/ways.rs",
        include_str!("skeleton/server_ways.rs.jinja"),
    ),
    (
        "tests/src/dialects/NAME/mod.rs",
        include_str!("skeleton/tests_mod.rs.jinja"),
    ),
    (
        "tests/src/dialects/NAME/replays.rs",
        include_str!("skeleton/tests_replays.rs.jinja"),
    ),
    (
        "tests/src/dialects/NAME/sdk.rs",
        include_str!("skeleton/tests_sdk.rs.jinja"),
    ),
    (
        "tests/src/dialects/NAME/trial.rs",
        include_str!("skeleton/tests_trial.rs.jinja"),
    ),
];

/// What nobody may have before.
const TAKEN: [&str; 6] = [
    "openapi/dialects/NAME.yaml",
    "server/src/dialects/NAME",
    "server/src/dialects/NAME.rs",
    "server/src/generated/NAME.rs",
    "server/src/generated/NAME",
    "tests/src/dialects/NAME",
];

/// Why no dialect was made. Nothing was written, unless a file could not be: then those before it were.
#[derive(Debug, thiserror::Error)]
pub enum NewDialectError {
    /// The name is none.
    #[error("{text:?}: {fault}")]
    Name {
        /// What was given.
        text: String,
        /// What is wrong with it.
        fault: NameFault,
    },
    /// Something of that name is there.
    #[error("{} is there already", .0.display())]
    Taken(PathBuf),
    /// The code has the word for something else; a test that nothing names a dialect would take it for one.
    #[error("{}:{line} says {name:?} already: take a name that the code has for nothing else", file.display())]
    Spoken {
        /// Where.
        file: PathBuf,
        /// Which line.
        line: usize,
        /// What was given.
        name: String,
    },
    /// A file in which dialects are declared declares none.
    #[error("{0} has no line such as `{1}` that another could stand beside")]
    NoLine(&'static str, &'static str),
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A template is wrong.
    #[error("the skeleton is broken: {0}")]
    Template(#[from] minijinja::Error),
}

/// Writes the skeleton of a dialect and says what is next.
///
/// # Errors
/// Only what the writer says; everything else is written to it and shows in the exit.
pub fn run(root: &Path, text: &str, out: &mut dyn Write) -> io::Result<Exit> {
    match write(root, text) {
        Ok(written) => {
            for path in written {
                writeln!(out, "wrote {path}")?;
            }
            writeln!(
                out,
                "next: cargo xtask generate, then openapi/README.md, \"A new dialect\""
            )?;
            Ok(Exit::Fresh)
        }
        Err(error) => {
            writeln!(out, "{error}")?;
            Ok(Exit::Wrong)
        }
    }
}

/// Writes the skeleton of a dialect; which files were written.
///
/// # Errors
/// [`NewDialectError`].
pub fn write(root: &Path, text: &str) -> Result<Vec<String>, NewDialectError> {
    let name = Name::parse(text).map_err(|fault| NewDialectError::Name {
        text: text.to_owned(),
        fault,
    })?;
    let mut files = Vec::new();
    for (path, template) in SKELETON {
        let path = path.replace("NAME", name.snake());
        files.push((path, rendered(template, &name)?));
    }
    // A folder that is there has files of somebody's, whatever they are called; a file is a module of that name.
    for place in TAKEN {
        let place = PathBuf::from(place.replace("NAME", name.snake()));
        if root.join(&place).exists() {
            return Err(NewDialectError::Taken(place));
        }
    }
    unspoken(root, &name)?;
    let there = dialects(root)?;
    for (file, line) in LINES {
        let path = root.join(file);
        let text =
            fs::read_to_string(&path).map_err(|source| NewDialectError::File { path, source })?;
        let text = lines::with_line(&text, line, &there, &name)
            .ok_or(NewDialectError::NoLine(file, line))?;
        files.push((file.to_owned(), text));
    }
    for (path, text) in &files {
        let path = root.join(path);
        template::write(&path, text).map_err(|source| NewDialectError::File { path, source })?;
    }
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

/// Looks whether the code that may not name a dialect has the name for something else.
fn unspoken(root: &Path, name: &Name) -> Result<(), NewDialectError> {
    for folder in ["server/src", "tests/src", "client-sdk/src"] {
        for file in sources(&root.join(folder)).map_err(|source| NewDialectError::File {
            path: root.join(folder),
            source,
        })? {
            let text = fs::read_to_string(&file).unwrap_or_default();
            let found = text.lines().position(|line| names(line, name.snake()));
            if let Some(at) = found {
                return Err(NewDialectError::Spoken {
                    file: file.strip_prefix(root).unwrap_or(&file).to_owned(),
                    line: at + 1,
                    name: name.snake().to_owned(),
                });
            }
        }
    }
    Ok(())
}

/// The Rust files below a folder that are written by hand.
fn sources(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with("generated") {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The dialects that are there, by their fragments.
fn dialects(root: &Path) -> Result<Vec<String>, NewDialectError> {
    let folder = root.join(load::FRAGMENTS);
    let listed = fs::read_dir(&folder).and_then(|entries| {
        let paths = entries.map(|entry| Ok(entry?.path()));
        paths.collect::<io::Result<Vec<PathBuf>>>()
    });
    let listed = listed.map(|paths| {
        let fragments = paths
            .iter()
            .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"));
        let stems = fragments.filter_map(|path| path.file_stem());
        stems
            .map(|stem| stem.to_string_lossy().into_owned())
            .collect()
    });
    listed.map_err(|source| NewDialectError::File {
        path: folder,
        source,
    })
}

fn rendered(template: &str, name: &Name) -> Result<String, minijinja::Error> {
    let base = name.snake().replace('_', "-");
    template::render(
        template,
        context! { d => name.snake(), D => name.pascal(), base },
    )
}
