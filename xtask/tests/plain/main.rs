//! A document of plain things that our dialects do not use: what the SDK generator expresses, the proof can follow.

use std::path::{Path, PathBuf};

use xtask::document::Document;
use xtask::load::{FRAGMENTS, ROOT};
use xtask::plan;
use xtask::prove::sdk::{self, Sources};
use xtask::sdk_gen;

const ROOT_TEXT: &str = "openapi: 3.1.0
info: {title: Plain, version: 1.0.0, description: Things.}
servers: [{url: /}]
";

fn document() -> Document {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plain/plain.yaml");
    let fragment = std::fs::read_to_string(path).expect("the fragment is there");
    let sources = vec![
        (PathBuf::from(ROOT), ROOT_TEXT.to_owned()),
        (Path::new(FRAGMENTS).join("plain.yaml"), fragment),
    ];
    plan::document_from(&sources).expect("the lint accepts it")
}

#[test]
fn a_plain_document_is_proved() {
    let document = document();
    let (files, _) = sdk_gen::generate(&document).expect("the SDK can be generated");
    let files = files
        .iter()
        .map(|file| (file.path.as_path(), file.content.as_str()));
    let (operations, problems) = sdk::judge(&document, &Sources::among(files));
    let told: Vec<String> = problems
        .iter()
        .map(|problem| format!("{} {}: {}", problem.rule, problem.place, problem.message))
        .collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
    assert_eq!(operations, 5);
}
