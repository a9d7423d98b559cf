//! A dialect is named in its own places and in no other: neither it, nor its operations, schemes, schemas and paths.

use std::fs;
use std::path::Path;

use super::code;

/// A part of the project that knows no dialect but in some places.
struct Part {
    /// Where its files are.
    folder: &'static str,
    /// What below it need not be looked at.
    apart: &'static [&'static str],
    /// Where each dialect has a folder of its own, beside a list with a line for each.
    dialects: Option<&'static str>,
    /// Whether a dialect may be named in the folders of the others.
    neighbours: bool,
    /// Whether its paths are looked for as well.
    paths: bool,
}

const PARTS: [Part; 4] = [
    Part {
        folder: "server/src",
        // What databases of before say, migrations have to know.
        apart: &["generated/", "storage/migrations/"],
        dialects: Some("dialects/"),
        neighbours: false,
        // Tests of the edge ask it for paths of any shape.
        paths: false,
    },
    Part {
        folder: "tests/src",
        apart: &[],
        dialects: Some("dialects/"),
        // What one dialect makes of the tokens of another is asked there.
        neighbours: true,
        paths: true,
    },
    Part {
        folder: "client-sdk/src",
        apart: &["generated/"],
        dialects: None,
        neighbours: false,
        paths: true,
    },
    Part {
        folder: "client-sdk/tests",
        apart: &[],
        dialects: None,
        neighbours: false,
        paths: true,
    },
];

/// Pages for people who use a dialect's operations without being told of one.
const PAGES: [&str; 1] = ["client-sdk/README.md"];

/// A dialect that has the name of a protocol: of it only what code says counts, not what a comment tells of RFCs.
const ALSO_A_PROTOCOL: &str = "oauth";

/// Whether a line names a dialect, in whatever case and with whatever between its words.
fn names(line: &str, dialect: &str) -> bool {
    if dialect == ALSO_A_PROTOCOL {
        let said = [
            "\"oauth\"",
            "\"oauth_",
            "oauth::",
            "OauthApi",
            "OauthRoutes",
        ];
        return said.iter().any(|form| line.contains(form));
    }
    xtask::new_dialect::names(line, dialect)
}

/// The dialects, by the names of their fragments.
fn dialects(root: &Path) -> Vec<String> {
    let folder = fs::read_dir(root.join("openapi/dialects")).expect("there are fragments");
    let stems = folder.map(|entry| {
        let path = entry.expect("an entry can be read").path();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        stem.expect("names are UTF-8").to_owned()
    });
    stems.collect()
}

/// The paths of a dialect, by its fragment; parameters end them.
fn paths(root: &Path, dialect: &str) -> Vec<String> {
    let fragment = root.join(format!("openapi/dialects/{dialect}.yaml"));
    let text = fs::read_to_string(fragment).expect("a fragment is text");
    let paths = text.lines().filter_map(|line| {
        let path = line.strip_prefix("  ")?.strip_suffix(':')?;
        path.starts_with('/').then_some(path)
    });
    let paths: Vec<String> = paths
        .map(|path| path.split('{').next().unwrap_or(path).to_owned())
        .collect();
    assert!(!paths.is_empty(), "no path is found in {dialect}.yaml");
    paths
}

/// Whether a line has one of these paths as a text of its own, or at the beginning of one.
fn leads_to(line: &str, paths: &[String]) -> bool {
    let mut paths = paths.iter();
    paths.any(|path| line.contains(&format!("\"{path}")) || line.contains(&format!(" {path} ")))
}

/// Every line of a file that names one of the dialects.
fn told(
    text: &str,
    place: &str,
    dialects: &[(String, Vec<String>)],
    may: impl Fn(&str, &str) -> bool,
) -> Vec<String> {
    let mut found = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        for (dialect, paths) in dialects {
            let is_named = names(line, dialect) || leads_to(line, paths);
            if is_named && !may(dialect, line) {
                found.push(format!("{place}:{number}: {dialect}"));
            }
        }
    }
    found
}

#[test]
fn a_dialect_is_named_in_its_own_folders_only_and_in_the_lists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = root.parent().expect("the root of the project");
    let dialects: Vec<(String, Vec<String>)> = dialects(root)
        .into_iter()
        .map(|dialect| {
            let paths = paths(root, &dialect);
            (dialect, paths)
        })
        .collect();
    assert!(dialects.len() >= 6, "{dialects:?}");
    let mut found = Vec::new();
    let without: Vec<(String, Vec<String>)> = dialects
        .iter()
        .map(|(dialect, _)| (dialect.clone(), Vec::new()))
        .collect();
    for part in PARTS {
        let known = if part.paths { &dialects } else { &without };
        let source = root.join(part.folder);
        let files = code(&source);
        assert!(!files.is_empty(), "{} has no code", part.folder);
        for file in files {
            let place = file.strip_prefix(&source).expect("it is below");
            let place = place.to_str().expect("names are UTF-8");
            if part.apart.iter().any(|apart| place.starts_with(apart)) {
                continue;
            }
            let may = |dialect: &str, line: &str| {
                part.dialects.is_some_and(|folders| {
                    let is_list = place == format!("{folders}mod.rs");
                    let is_row = line == format!("pub mod {dialect};");
                    let of = |dialect: &str| place.starts_with(&format!("{folders}{dialect}/"));
                    let mut others = dialects.iter();
                    let is_a_neighbour = part.neighbours && others.any(|(other, _)| of(other));
                    of(dialect) || is_a_neighbour || is_list && is_row
                })
            };
            let text = fs::read_to_string(&file).expect("code is UTF-8");
            let place = format!("{}/{place}", part.folder);
            found.extend(told(&text, &place, known, may));
        }
    }
    for page in PAGES {
        let text = fs::read_to_string(root.join(page)).expect("a page is UTF-8");
        found.extend(told(&text, page, &dialects, |_, _| false));
    }
    assert!(
        found.is_empty(),
        "a dialect is named outside of its folder:\n{}",
        found.join("\n")
    );
}

#[test]
fn a_name_is_seen_in_every_spelling_and_in_no_other_word() {
    for line in [
        "AuthApiSettings",
        "let x = auth_api;",
        "/// the Auth API",
        "AUTH_API",
        "--auth-api-x",
    ] {
        assert!(names(line, "auth_api"), "{line}");
    }
    assert!(!names("authorization of an api", "auth_api"));
    assert!(names("Manis::new", "manis") && !names("manistic", "manis"));
    assert!(names("use oauth::Api;", "oauth") && !names("RFC 6749, OAuth 2.0", "oauth"));
}

#[test]
fn a_path_is_seen_as_a_text_and_not_within_another() {
    let paths = ["/v1/token".to_owned()];
    assert!(leads_to("Call::get(\"/v1/token?x\")", &paths));
    assert!(leads_to("\"GET /v1/token HTTP/1.1\"", &paths));
    assert!(!leads_to("\"/api/v1/token\"", &paths));
}
