//! Each authoring rule against the fixtures that break it alone.
//!
//! A fixture is `fixtures/lint/<rule>[.<case>].yaml`; the line that is at fault ends in
//! `# fault: <JSON pointer>`. With a `.second.yaml` beside it the two are merged as two fragments.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use xtask::MERGED;
use xtask::lint::dispositions::READERS;
use xtask::load::{FRAGMENTS, ROOT, SourceText};
use xtask::plan;
use xtask::problem::{Problems, Rule};
use xtask::rule::Stage;

const ROOT_TEXT: &str = "openapi: 3.1.0
info:
  title: Sample
  version: 1.0.0
  description: Notes.
servers:
  - url: /
";

/// Rules that no text of a fragment can break: the file has to be missing.
const WITHOUT_FIXTURE: [Rule; 1] = [Rule::UnreadableFile];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lint")
}

/// The names of all fixtures, without `.yaml`.
fn fixtures() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .expect("the folder of the fixtures")
        .map(|entry| {
            let name = entry.expect("an entry").file_name();
            name.to_string_lossy().trim_end_matches(".yaml").to_owned()
        })
        .filter(|name| name != "sound" && !name.ends_with(".second"))
        .collect();
    names.sort();
    names
}

fn read(name: &str) -> Option<String> {
    fs::read_to_string(folder().join(format!("{name}.yaml"))).ok()
}

fn sources(name: &str) -> Vec<SourceText> {
    let mut sources = vec![
        (PathBuf::from(ROOT), ROOT_TEXT.to_owned()),
        (
            Path::new(FRAGMENTS).join("sample.yaml"),
            read(name).expect("a fixture"),
        ),
    ];
    if let Some(second) = read(&format!("{name}.second")) {
        sources.push((Path::new(FRAGMENTS).join("second.yaml"), second));
    }
    sources
}

/// File, line and pointer of the line that says it is at fault.
fn marked(sources: &[SourceText]) -> (PathBuf, usize, String) {
    let mut found = Vec::new();
    for (path, text) in sources {
        for (index, line) in text.lines().enumerate() {
            if let Some((_, pointer)) = line.split_once("# fault: ") {
                found.push((path.clone(), index + 1, pointer.to_owned()));
            }
        }
    }
    assert_eq!(found.len(), 1, "a fixture marks one line: {found:?}");
    found.remove(0)
}

#[test]
fn the_sound_fixture_has_no_problem() {
    let problems = plan::document_from(&sources("sound")).err();
    assert_eq!(problems, None);
}

fn readme() -> String {
    let path = folder().join("../../../openapi/README.md");
    fs::read_to_string(path).expect("the README of the fragments")
}

#[test]
fn the_fragment_that_the_readme_shows_has_no_problem() {
    let readme = readme();
    let shown = readme.split("```yaml\n").nth(1).expect("a fragment");
    let shown = shown.split("```").next().unwrap_or_default();
    let sources = [
        (PathBuf::from(ROOT), ROOT_TEXT.to_owned()),
        (Path::new(FRAGMENTS).join("sample.yaml"), shown.to_owned()),
    ];
    assert_eq!(plan::document_from(&sources).err(), None);
}

#[test]
fn the_readme_has_a_row_for_every_extension_and_for_no_other() {
    let readme = readme();
    let rows: BTreeSet<&str> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `x-")?.split('`').next())
        .collect();
    let wanted: BTreeSet<&str> = READERS
        .iter()
        .filter_map(|(name, _)| name.strip_prefix("x-"))
        .collect();
    assert_eq!(rows, wanted);
}

#[test]
fn the_sound_fixture_in_other_words_is_the_same_document_and_generates_the_same() {
    let sound = plan::document_from(&sources("sound")).expect("the sound fixture");
    let text = folder().join("../spelling/sound-in-other-words.yaml");
    let other = [
        (
            PathBuf::from(ROOT),
            format!("{ROOT_TEXT}security: [{{SampleBearer: []}}]\n"),
        ),
        (
            Path::new(FRAGMENTS).join("sample.yaml"),
            fs::read_to_string(text).expect("the fixture"),
        ),
    ];
    let other = plan::document_from(&other).expect("the same in other words");
    assert_eq!(other.value, sound.value);
    let generated = |document| {
        let (plan, problems) = plan::artefacts(document);
        assert_eq!(problems, Problems::new());
        let code = plan
            .artefacts
            .into_iter()
            .filter(|artefact| artefact.path != Path::new(MERGED));
        code.map(|artefact| (artefact.path, artefact.content))
            .collect::<Vec<_>>()
    };
    for (other, sound) in generated(other).into_iter().zip(generated(sound)) {
        assert!(other == sound, "{}", sound.0.display());
    }
}

#[test]
fn each_fixture_breaks_its_rule_alone_at_the_marked_place() {
    let mut failures = Vec::new();
    for name in fixtures() {
        let rule = name.split('.').next().unwrap_or_default();
        let sources = sources(&name);
        let (file, line, pointer) = marked(&sources);
        let expected = format!("{}:{line} {pointer} {rule}", file.display());
        let found: Vec<String> = match plan::document_from(&sources) {
            Ok(_) => Vec::new(),
            Err(problems) => problems
                .iter()
                .map(|problem| {
                    let place = &problem.place;
                    format!(
                        "{}:{} {} {} ({})",
                        place.file.display(),
                        place.line,
                        place.pointer,
                        problem.rule,
                        problem.message
                    )
                })
                .collect(),
        };
        let alone = found.len() == 1 && found[0].starts_with(&format!("{expected} ("));
        if !alone {
            failures.push(format!(
                "{name}\n  expected {expected}\n  found    {found:#?}"
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn each_document_rule_has_a_fixture() {
    let covered: BTreeSet<String> = fixtures()
        .iter()
        .filter_map(|name| name.split('.').next().map(str::to_owned))
        .collect();
    let wanted: BTreeSet<String> = Rule::ALL
        .iter()
        .filter(|rule| rule.stage() == Stage::Document && !WITHOUT_FIXTURE.contains(rule))
        .map(|rule| rule.id().to_owned())
        .collect();
    assert_eq!(covered, wanted);
}

#[test]
fn a_missing_root_file_is_a_problem_with_its_name() {
    let project = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir_all(project.path().join(FRAGMENTS)).expect("the folder of fragments");
    let problems = plan::document(project.path()).expect_err("no document");
    let found: Vec<_> = problems
        .iter()
        .map(|problem| (problem.rule, problem.place.file.clone()))
        .collect();
    assert_eq!(found, [(Rule::UnreadableFile, PathBuf::from(ROOT))]);
}

#[test]
fn another_version_of_openapi_is_a_problem_of_the_root_file() {
    let mut sources = sources("sound");
    sources[0].1 = ROOT_TEXT.replace("3.1.0", "3.0.3");
    let problems = plan::document_from(&sources).expect_err("another version");
    let found: Vec<_> = problems
        .iter()
        .map(|problem| (problem.rule, problem.place.file.clone(), problem.place.line))
        .collect();
    assert_eq!(found, [(Rule::UnhandledKeyword, PathBuf::from(ROOT), 1)]);
}
