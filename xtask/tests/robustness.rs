//! Whatever one line of a fragment is changed to, the answer is a document or problems, never a panic;
//! and what the linter lets through, both generators understand or refuse by a problem of their own.

use std::fs;
use std::path::{Path, PathBuf};

use xtask::load::{FRAGMENTS, ROOT, SourceText};
use xtask::problem::Problems;
use xtask::{canonical, plan, sdk_gen, server_gen};

const ROOT_TEXT: &str = "openapi: 3.1.0
info: {title: Sample, version: 1.0.0, description: Notes.}
servers: [{url: /}]
";

/// What the value of a line is replaced by.
const VALUES: [&str; 7] = ["null", "3", "true", "[]", "{}", "''", "[{}]"];

fn sound() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lint/sound.yaml");
    fs::read_to_string(path).expect("the sound fixture")
}

fn sources(fragment: String) -> Vec<SourceText> {
    vec![
        (PathBuf::from(ROOT), ROOT_TEXT.to_owned()),
        (Path::new(FRAGMENTS).join("sample.yaml"), fragment),
    ]
}

/// Everything that is done with a document, short of writing files.
fn digest_whole(fragment: String) -> Result<(), Problems> {
    let document = plan::document_from(&sources(fragment))?;
    let _ = canonical::digest(&document);
    server_gen::generate(&document)?;
    sdk_gen::generate(&document)?;
    Ok(())
}

/// The fragment with one line changed.
fn changed(lines: &[&str], at: usize, to: Option<&str>) -> String {
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        if index != at {
            text += line;
            text += "\n";
        } else if let Some(to) = to {
            text += to;
            text += "\n";
        }
    }
    text
}

#[test]
fn a_missing_line_is_no_panic() {
    let sound = sound();
    let lines: Vec<&str> = sound.lines().collect();
    for at in 0..lines.len() {
        let _ = digest_whole(changed(&lines, at, None));
    }
}

#[test]
fn another_value_is_no_panic_and_every_problem_has_a_place() {
    let sound = sound();
    let lines: Vec<&str> = sound.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let Some((key, _)) = line.split_once(':') else {
            continue;
        };
        for value in VALUES {
            let fragment = changed(&lines, at, Some(&format!("{key}: {value}")));
            if let Err(problems) = digest_whole(fragment) {
                for problem in &problems {
                    assert!(problem.place.line > 0, "line {at}, {value}: {problem:?}");
                    assert!(!problem.message.is_empty() && !problem.remedy.is_empty());
                }
            }
        }
    }
}

#[test]
fn text_that_is_cut_anywhere_is_no_panic() {
    let sound = sound();
    for at in (0..sound.len()).step_by(37) {
        let _ = digest_whole(sound[..at].to_owned());
    }
}

#[test]
fn nesting_without_end_is_a_problem() {
    let deep = format!("paths: {}", "[".repeat(100_000));
    assert!(plan::document_from(&sources(deep)).is_err());
}
