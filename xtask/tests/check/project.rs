//! A small project to generate and check, and how its transcripts are compared.

use std::fs;
use std::path::Path;

use clap::Parser as _;
use tempfile::TempDir;
use xtask::cli::{Cli, run};
use xtask::exit::Exit;

const ROOT: &str = "openapi: 3.1.0
info:
  title: Sample
  version: 1.0.0
  description: Notes.
servers:
  - url: /
";
/// The one fragment of the sample.
pub const FRAGMENT: &str = "openapi/dialects/sample.yaml";
/// What the server has of it.
pub const SERVER: &str = "server/src/generated/sample.rs";

const LAYERS: &str = "client-sdk/src:
  rows:
    generated: {why: it follows from the document}
server/src:
  rows:
    generated: {why: it follows from the document}
";
const ARCHITECTURE: &str = "# Sample

- **Invariant:** nothing is edited by hand. *Held by* `check:artefacts`.
";

/// A project with the sound fixture as its one dialect.
pub fn project() -> TempDir {
    let project = tempfile::tempdir().expect("a temporary folder");
    let sound = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lint/sound.yaml");
    put(project.path(), "openapi/document.yaml", ROOT);
    put(project.path(), "xtask/layers.yaml", LAYERS);
    put(project.path(), "ARCHITECTURE.md", ARCHITECTURE);
    put(
        project.path(),
        FRAGMENT,
        &fs::read_to_string(sound).expect("the sound fixture"),
    );
    project
}

/// Writes a file of the project.
#[expect(
    clippy::disallowed_methods,
    reason = "nobody reads the temporary project meanwhile"
)]
pub fn put(project: &Path, path: &str, text: &str) {
    let path = project.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
    fs::write(path, text).expect("the file");
}

/// Replaces a text that is there once.
pub fn edit(project: &Path, path: &str, from: &str, to: &str) {
    let text = fs::read_to_string(project.join(path)).expect("the file");
    assert_eq!(text.matches(from).count(), 1, "{from} in {path}");
    put(project, path, &text.replace(from, to));
}

/// Runs a command line; returns its exit and its text without colours.
pub fn xtask(project: &Path, arguments: &[&str]) -> (Exit, String) {
    let root = project.display().to_string();
    let line = ["xtask", "--root", &root]
        .into_iter()
        .chain(arguments.iter().copied());
    let cli = Cli::try_parse_from(line).expect("a command line");
    let mut out = Vec::new();
    let exit = run(&cli, &mut out).expect("a vector takes everything");
    let text = String::from_utf8(out).expect("text");
    (exit, anstream::adapter::strip_str(&text).to_string())
}

/// Runs the fast form that builds nothing.
pub fn check(project: &Path) -> (Exit, String) {
    xtask(project, &["check", "--without-server"])
}

/// What of a transcript is not about fresh things.
pub fn notable(transcript: &str) -> String {
    transcript
        .lines()
        .filter(|line| !line.starts_with("fresh ") && !line.starts_with("left out "))
        .fold(String::new(), |text, line| text + line + "\n")
}

/// Compares with the transcript of that name under `fixtures/check/`.
pub fn transcript_is(found: &str, name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/check/{name}.txt"));
    let expected = fs::read_to_string(&path).unwrap_or_default();
    // Digests, lines of generated code and the number of files change with every change of a
    // generator and say nothing here.
    let found = without_lines(&without_counts(&without_digests(found)));
    if expected != found && std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
        put(
            path.parent().expect("a folder"),
            &format!("{name}.txt"),
            &found,
        );
        return;
    }
    assert!(
        expected == found,
        "{name}.txt says\n{expected}\nand the transcript is\n{found}\nUPDATE_TRANSCRIPTS=1 accepts it"
    );
}

fn without_digests(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| match line.split_once("sha256:") {
            Some((before, _)) => format!("{before}sha256:…\n"),
            None => line.to_owned(),
        })
        .collect()
}

fn without_counts(text: &str) -> String {
    [" fresh, ", " files"]
        .iter()
        .fold(text.to_owned(), |text, after| {
            without_count_before(&text, after)
        })
}

/// The text with an ellipsis for the number before each of those.
fn without_count_before(text: &str, after: &str) -> String {
    let mut pieces = text.split(after).peekable();
    let mut kept = String::new();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            kept.push_str(piece);
        } else {
            kept.push_str(piece.trim_end_matches(|c: char| c.is_ascii_digit()));
            kept.push('…');
            kept.push_str(after);
        }
    }
    kept
}

fn without_lines(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| match line.find(".rs:") {
            Some(at) if line.starts_with("stale ") => {
                let end = line[at..].find(' ').map_or(line.len(), |space| at + space);
                format!("{}.rs:…{}", &line[..at], &line[end..])
            }
            Some(_) | None => line.to_owned(),
        })
        .collect()
}
