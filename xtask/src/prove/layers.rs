//! Proof: each folder of the source imports only what its layer may know.
//!
//! Unit tests may put layers together and are left out. What a file names is `paths`' to find.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;

use super::paths::{module, scan};
use crate::problem::{Place, Problem, Problems, Rule};

/// What a layer may not know.
struct Layer {
    /// The folder, relative to the root of the project; also a single file.
    folder: &'static str,
    /// Paths that are forbidden, each with everything below it.
    forbids: &'static [&'static str],
    /// Why.
    reason: &'static str,
}

/// The rules; a folder may have several, each with its own reason.
const LAYERS: &[Layer] = &[
    Layer {
        folder: "server/src/authority",
        forbids: &["poem", "poem_openapi", "utoipa_swagger_ui", "hyper", "http"],
        reason: "the authority knows no HTTP",
    },
    Layer {
        folder: "server/src/authority",
        forbids: &["sea_orm", "sea_orm_migration", "sqlx", "crate::storage"],
        reason: "the authority knows storage only through its own port",
    },
    Layer {
        folder: "server/src/authority",
        forbids: &[
            "crate::generated",
            "crate::dialects",
            "crate::edge",
            "crate::serve",
            "crate::cli",
            "crate::demo",
        ],
        reason: "the authority knows no wire types and nobody who uses it",
    },
    Layer {
        folder: "server/src/storage",
        forbids: &[
            "crate::dialects",
            "crate::generated",
            "crate::edge",
            "crate::serve",
            "crate::cli",
            "crate::demo",
            "poem",
            "poem_openapi",
        ],
        reason: "storage knows the authority's port and no dialect",
    },
    Layer {
        folder: "server/src/dialects",
        forbids: &["sea_orm", "sea_orm_migration", "sqlx", "crate::storage"],
        reason: "dialects reach storage through the authority",
    },
    Layer {
        folder: "server/src/dialects",
        forbids: &["crate::keys"],
        reason: "dialects prove and sign through the authority",
    },
    Layer {
        folder: "server/src/dialects",
        forbids: &["crate::serve", "crate::cli", "crate::demo"],
        reason: "dialects do not know who runs them",
    },
    Layer {
        folder: "server/src/edge",
        forbids: &["sea_orm", "sea_orm_migration", "sqlx", "crate::storage"],
        reason: "the edge reaches storage through the authority",
    },
    Layer {
        folder: "server/src/listener",
        forbids: &[
            "poem_openapi",
            "sea_orm",
            "sea_orm_migration",
            "crate::authority",
            "crate::storage",
            "crate::keys",
            "crate::dialects",
            "crate::generated",
            "crate::serve",
            "crate::cli",
            "crate::demo",
        ],
        reason: "the listener knows connections, not what is said on them",
    },
    Layer {
        folder: "server/src/keys",
        forbids: &[
            "poem",
            "poem_openapi",
            "sea_orm",
            "sea_orm_migration",
            "crate::storage",
            "crate::dialects",
            "crate::generated",
            "crate::edge",
        ],
        reason: "keys sign and seal for the authority and know nothing else",
    },
    Layer {
        folder: "server/src/generated",
        forbids: &[
            "crate::authority",
            "crate::storage",
            "crate::dialects",
            "crate::edge",
            "crate::keys",
            "crate::limits",
        ],
        reason: "generated code knows the document and the wire",
    },
    Layer {
        folder: "client-sdk/src",
        forbids: &["tessera_server", "xtask"],
        reason: "the SDK knows the document, not the server",
    },
    Layer {
        folder: "xtask/src",
        forbids: &["tessera_server", "tessera_client"],
        reason: "xtask has to run when server and SDK do not compile",
    },
];

/// The crates that only one folder or file of the server may use.
const OWNED: &[(&str, &str)] = &[
    ("jsonwebtoken", "server/src/keys/jwt.rs"),
    ("sea_orm", "server/src/storage"),
    ("sea_orm_migration", "server/src/storage"),
];

/// Generated code knows the document and the wire: these crates, of those that the server depends on.
const GENERATED: (&str, &[&str]) = (
    "server/src/generated",
    &[
        "poem",
        "poem_openapi",
        "serde",
        "serde_json",
        "percent_encoding",
    ],
);

/// Dialects know their own generated module and nobody else's.
const DIALECTS: &str = "server/src/dialects";

/// Reads all hand-written and generated sources; returns how many there were.
#[must_use]
pub fn prove(project: &Path, dialects: &[String]) -> (usize, Problems) {
    let world = World {
        dialects: dialects.to_vec(),
        crates: dependencies(
            &fs::read_to_string(project.join("server/Cargo.toml")).unwrap_or_default(),
        ),
    };
    let mut problems = Problems::new();
    let mut count = 0;
    for source in ["server/src", "client-sdk/src", "xtask/src"] {
        for file in rust_files(project, Path::new(source)) {
            count += 1;
            match fs::read_to_string(project.join(&file)) {
                Ok(text) => problems.extend(judge(&file, Path::new(source), &text, &world)),
                Err(error) => problems.push(Problem::wrong(
                    Rule::UnreadableFile,
                    Place::file(file),
                    error.to_string(),
                )),
            }
        }
    }
    (count, problems)
}

/// Whether a text would be out of place in a file of the server.
pub(super) fn forbids(file: &str, text: &str) -> bool {
    !judge(
        Path::new(file),
        Path::new("server/src"),
        text,
        &World::default(),
    )
    .is_empty()
}

/// What the rules depend on besides the sources.
#[derive(Default)]
struct World {
    /// The dialects of the document.
    dialects: Vec<String>,
    /// The crates that the server depends on, as Rust spells them.
    crates: Vec<String>,
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

fn rust_files(project: &Path, folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(project.join(folder))
        .into_iter()
        .flatten()
        .flatten()
    {
        let path = folder.join(entry.file_name());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            files.extend(rust_files(project, &path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// What one file must not import but does.
fn judge(file: &Path, source: &Path, text: &str, world: &World) -> Vec<Problem> {
    let tokens: TokenStream = match text.parse() {
        Ok(tokens) => tokens,
        Err(error) => {
            let message = format!("the file is not Rust: {error}");
            return vec![Problem::wrong(Rule::Layer, Place::file(file), message)];
        }
    };
    if is_test(file) {
        return Vec::new();
    }
    let mut paths = Vec::new();
    scan(tokens, &module(file, source), &mut paths);
    let mut found: Vec<Problem> = Vec::new();
    for path in paths {
        if let Some((forbidden, reason)) = forbidden(file, &path, world) {
            let line = line_of(text, path.last().map_or("", String::as_str), &forbidden);
            let message = format!("{} is out of reach here: {reason}", path.join("::"));
            if !found.iter().any(|problem| problem.message == message) {
                found.push(Problem::wrong(
                    Rule::Layer,
                    Place::line(file, line),
                    message,
                ));
            }
        }
    }
    found
}

/// Whether the file holds unit tests and nothing else.
fn is_test(file: &Path) -> bool {
    file.components()
        .any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "tests.rs")))
}

fn forbidden(file: &Path, path: &[String], world: &World) -> Option<(String, String)> {
    let is = |prefix: &str| {
        let prefix: Vec<&str> = prefix.split("::").collect();
        path.len() >= prefix.len() && path.iter().zip(&prefix).all(|(one, other)| one == other)
    };
    for layer in LAYERS {
        if file.starts_with(layer.folder)
            && let Some(found) = layer.forbids.iter().find(|prefix| is(prefix))
        {
            return Some(((*found).to_owned(), layer.reason.to_owned()));
        }
    }
    for (owned, folder) in OWNED {
        if file.starts_with("server/src") && !file.starts_with(folder) && is(owned) {
            return Some(((*owned).to_owned(), format!("only {folder} uses it")));
        }
    }
    let first = path.first().map_or("", String::as_str);
    if file.starts_with(GENERATED.0)
        && world.crates.iter().any(|one| one == first)
        && !GENERATED.1.contains(&first)
    {
        return Some((
            first.to_owned(),
            "generated code knows the document and the wire".to_owned(),
        ));
    }
    let dialects = &world.dialects;
    let own = file.strip_prefix(DIALECTS).ok().and_then(|rest| {
        let first = rest.components().next()?;
        Path::new(first.as_os_str())
            .file_stem()?
            .to_str()
            .map(str::to_owned)
    });
    if let Some(own) = own.filter(|own| dialects.contains(own)) {
        for other in dialects.iter().filter(|other| **other != own) {
            for parent in ["crate::generated", "crate::dialects"] {
                let prefix = format!("{parent}::{other}");
                if is(&prefix) {
                    return Some((prefix, format!("the dialect {own} does not know {other}")));
                }
            }
        }
    }
    None
}

/// The line where the last part of the path stands, or else where its layer does.
fn line_of(text: &str, last: &str, forbidden: &str) -> usize {
    let layer = forbidden.rsplit("::").next().unwrap_or_default();
    let code = |line: &str| !line.trim_start().starts_with("//");
    let line = |wanted: &[&str]| {
        text.lines()
            .position(|line| code(line) && wanted.iter().all(|word| has_word(line, word)))
    };
    line(&[layer, last])
        .or_else(|| line(&[last]))
        .or_else(|| line(&[layer]))
        .map_or(1, |index| index + 1)
}

fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|found| found == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, text: &str) -> Vec<(usize, String)> {
        let source = if file.starts_with("server") {
            "server/src"
        } else {
            "xtask/src"
        };
        judge(
            Path::new(file),
            Path::new(source),
            text,
            &World {
                dialects: vec!["pnut".to_owned(), "manis".to_owned()],
                crates: dependencies(
                    "[dependencies]\nsea-orm.workspace = true\n\n[lints]\nworkspace = true\n",
                ),
            },
        )
        .into_iter()
        .map(|problem| (problem.place.line, problem.message))
        .collect()
    }

    #[test]
    fn a_grouped_import_is_seen_at_its_line() {
        let text = "//! Storage.\nuse crate::{\n    authority::Store,\n    storage::Rows,\n};\n";
        let problems = found("server/src/authority/issue.rs", text);
        assert_eq!(
            problems,
            [(4, "crate::storage::Rows is out of reach here: the authority knows storage only through its own port".to_owned())]
        );
    }

    #[test]
    fn a_path_in_the_arguments_of_a_macro_is_seen() {
        let text = "fn f() {\n    println!(\"{}\", jsonwebtoken::Header::default());\n}\n";
        assert_eq!(found("server/src/serve.rs", text).len(), 1);
    }

    #[test]
    fn a_relative_path_is_resolved() {
        let text = "use super::super::storage::Rows;\n";
        assert_eq!(found("server/src/authority/issue.rs", text).len(), 1);
        let text = "mod inner {\n    use super::super::super::storage::Rows;\n}\n";
        assert_eq!(found("server/src/authority/issue.rs", text).len(), 1);
        let text = "mod inner {\n    use super::storage::Rows;\n}\n";
        assert_eq!(found("server/src/authority/issue.rs", text).len(), 0);
    }

    #[test]
    fn unit_tests_may_put_layers_together() {
        let text = "#[cfg(test)]\nmod tests {\n    use crate::storage::Rows;\n}\n";
        assert_eq!(found("server/src/authority/issue.rs", text), []);
        let text = "use crate::storage::Rows;\n";
        assert_eq!(found("server/src/authority/tests/mod.rs", text), []);
    }

    #[test]
    fn a_dialect_does_not_know_another() {
        let text =
            "use crate::generated::manis::ManisToken;\nuse crate::generated::pnut::PnutToken;\n";
        let problems = found("server/src/dialects/pnut/mod.rs", text);
        assert_eq!(
            problems,
            [(1, "crate::generated::manis::ManisToken is out of reach here: the dialect pnut does not know manis".to_owned())]
        );
    }

    #[test]
    fn generated_code_uses_no_crate_beyond_the_wire() {
        let problems = found(
            "server/src/generated/pnut.rs",
            "use poem::Request;\nuse sea_orm::Value;\n",
        );
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].0, 2);
    }

    #[test]
    fn comments_and_names_that_only_look_alike_are_no_paths() {
        let text = "//! Not sea_orm::Value.\nfn f(sea_orm_like: u8) -> u8 { sea_orm_like }\n";
        assert_eq!(found("server/src/authority/issue.rs", text), []);
    }
}
