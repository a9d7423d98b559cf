//! Whole transcripts of `generate` and `check` over a small project: fresh, stale, edited, wrong.

use std::fs;
use std::path::Path;
use std::process::Command;

use clap::Parser as _;
use tempfile::TempDir;
use xtask::check::Scope;
use xtask::cli::{Cli, Exit, run};
use xtask::in_sync;

const ROOT: &str = "openapi: 3.1.0
info:
  title: Sample
  version: 1.0.0
  description: Notes.
servers:
  - url: /
";
const FRAGMENT: &str = "openapi/dialects/sample.yaml";
const SERVER: &str = "server/src/generated/sample.rs";

/// A project with the sound fixture as its one dialect.
fn project() -> TempDir {
    let project = tempfile::tempdir().expect("a temporary folder");
    let sound = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lint/sound.yaml");
    put(project.path(), "openapi/document.yaml", ROOT);
    put(
        project.path(),
        FRAGMENT,
        &fs::read_to_string(sound).expect("the sound fixture"),
    );
    project
}

#[expect(
    clippy::disallowed_methods,
    reason = "nobody reads the temporary project meanwhile"
)]
fn put(project: &Path, path: &str, text: &str) {
    let path = project.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
    fs::write(path, text).expect("the file");
}

/// Replaces a text that is there once.
fn edit(project: &Path, path: &str, from: &str, to: &str) {
    let text = fs::read_to_string(project.join(path)).expect("the file");
    assert_eq!(text.matches(from).count(), 1, "{from} in {path}");
    put(project, path, &text.replace(from, to));
}

/// Runs a command line; returns its exit and its text without colours.
fn xtask(project: &Path, arguments: &[&str]) -> (Exit, String) {
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

fn check(project: &Path) -> (Exit, String) {
    xtask(project, &["check", "--without-server"])
}

/// What of a transcript is not about fresh things.
fn notable(transcript: &str) -> String {
    transcript
        .lines()
        .filter(|line| !line.starts_with("fresh ") && !line.starts_with("left out "))
        .fold(String::new(), |text, line| text + line + "\n")
}

#[test]
fn a_second_generation_writes_nothing() {
    let project = project();
    let (exit, first) = xtask(project.path(), &["generate"]);
    assert_eq!(exit, Exit::Fresh, "{first}");
    assert!(first.contains("wrote openapi/openapi.json\n"), "{first}");
    assert!(
        first.contains("wrote server/src/generated/sample.rs\n"),
        "{first}"
    );
    assert!(
        first.contains("wrote client-sdk/src/generated.rs\n"),
        "{first}"
    );
    let (_, second) = xtask(project.path(), &["generate"]);
    assert!(second.starts_with("0 written, 0 deleted, "), "{second}");
}

#[test]
fn a_generated_project_is_fresh() {
    let project = project();
    xtask(project.path(), &["generate"]);
    let (exit, transcript) = check(project.path());
    assert!(
        transcript.ends_with(" fresh, 0 stale, 0 wrong\n"),
        "{transcript}"
    );
    assert_eq!(exit, Exit::Fresh);
}

#[test]
fn an_edit_of_a_generated_file_is_named_with_its_line() {
    let project = project();
    xtask(project.path(), &["generate"]);
    edit(
        project.path(),
        SERVER,
        "/// Replace a note\n    fn",
        "/// Replace every note\n    fn",
    );
    let (exit, transcript) = check(project.path());
    transcript_is(&notable(&transcript), "edited");
    let text = fs::read_to_string(project.path().join(SERVER)).expect("the file");
    let line = text
        .lines()
        .position(|line| line.contains("Replace every note"));
    let place = format!("stale {SERVER}:{}:1 [", line.expect("the edit") + 1);
    assert!(transcript.contains(&place), "{place}: {transcript}");
    assert_eq!(exit, Exit::Stale);
}

#[test]
fn an_edit_of_a_fragment_makes_what_is_generated_from_it_stale() {
    let project = project();
    xtask(project.path(), &["generate"]);
    edit(project.path(), FRAGMENT, "/sample/notes/", "/sample/cards/");
    let (exit, transcript) = check(project.path());
    transcript_is(&notable(&transcript), "stale");
    assert_eq!(exit, Exit::Stale);
    xtask(project.path(), &["generate"]);
    assert_eq!(check(project.path()).0, Exit::Fresh);
}

#[test]
fn a_broken_rule_is_wrong_and_nothing_is_written() {
    let project = project();
    let summary = "      summary: Replace a note\n";
    edit(project.path(), FRAGMENT, summary, "");
    let (exit, transcript) = xtask(project.path(), &["generate"]);
    transcript_is(&transcript, "refused");
    assert_eq!(exit, Exit::Wrong);
    assert!(!project.path().join("openapi/openapi.json").exists());
    assert_eq!(check(project.path()).0, Exit::Wrong);
}

#[test]
fn what_is_wrong_is_told_in_one_pass_and_green_after_the_edits_it_names() {
    let project = project();
    xtask(project.path(), &["generate"]);
    let faults = [
        // Two answers breach one rule in the same way.
        (FRAGMENT, "{title: malformed}", "{title: 7}"),
        (FRAGMENT, "{title: unauthorized}", "{title: 7}"),
    ];
    for (file, right, wrong) in &faults {
        edit(project.path(), file, right, wrong);
    }
    let authority = "server/src/authority/issue.rs";
    let reaching = "//! Issues.\n\nuse crate::storage::Rows;\n";
    put(project.path(), authority, reaching);
    let (exit, transcript) = check(project.path());
    transcript_is(&notable(&transcript), "wrong");
    assert_eq!(exit, Exit::Wrong);
    // As told: correct the examples, and leave storage alone.
    let text = fs::read_to_string(project.path().join(FRAGMENT)).expect("the fragment");
    let text = text.replacen("{title: 7}", "{title: malformed}", 1);
    put(
        project.path(),
        FRAGMENT,
        &text.replace("{title: 7}", "{title: unauthorized}"),
    );
    edit(project.path(), authority, "use crate::storage::Rows;\n", "");
    assert_eq!(check(project.path()).0, Exit::Fresh);
}

#[test]
fn twenty_runs_print_the_same_bytes() {
    let project = project();
    xtask(project.path(), &["generate"]);
    edit(project.path(), FRAGMENT, "/sample/notes/", "/sample/cards/");
    put(
        project.path(),
        "server/src/edge/mod.rs",
        "use sea_orm::Rows;\n",
    );
    for format in ["human", "json", "github"] {
        let line = ["check", "--without-server", "--format", format];
        let (_, first) = xtask(project.path(), &line);
        assert!(!first.is_empty());
        for _ in 1..20 {
            assert_eq!(xtask(project.path(), &line).1, first);
        }
    }
}

#[test]
fn every_keyword_says_what_acts_upon_it() {
    let project = project();
    let (exit, text) = xtask(project.path(), &["explain", "keywords"]);
    assert_eq!(exit, Exit::Fresh);
    for line in [
        "    minLength              validator, SDK\n",
        "    summary                documentation only\n",
        "    const                  another spelling; what is left of it is refused\n",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

#[test]
fn a_test_can_call_it() {
    let project = project();
    let scope = Scope {
        server: false,
        ..Scope::FAST
    };
    let report = in_sync(project.path(), &scope).expect_err("nothing is generated yet");
    assert!(report.ends_with("next: cargo xtask generate\n"), "{report}");
    xtask(project.path(), &["generate"]);
    assert_eq!(in_sync(project.path(), &scope), Ok(()));
}

#[test]
fn a_file_that_nothing_generates_is_reported_and_deleted() {
    let project = project();
    xtask(project.path(), &["generate"]);
    let orphan = "server/src/generated/gone.rs";
    let text = fs::read_to_string(project.path().join(SERVER)).expect("the file");
    put(project.path(), orphan, &text);
    let (exit, transcript) = check(project.path());
    assert!(
        transcript.contains("stale server/src/generated/gone.rs [generated-orphan]"),
        "{transcript}"
    );
    assert_eq!(exit, Exit::Stale);
    let (_, transcript) = xtask(project.path(), &["generate"]);
    assert!(
        transcript.contains("deleted server/src/generated/gone.rs\n"),
        "{transcript}"
    );
    put(project.path(), orphan, "//! By hand.\n");
    let (exit, transcript) = check(project.path());
    assert!(
        transcript.contains("fix: move the file elsewhere"),
        "{transcript}"
    );
    assert_eq!(exit, Exit::Wrong);
}

#[test]
fn an_accepted_loss_that_does_not_occur_is_wrong() {
    let project = project();
    xtask(project.path(), &["generate"]);
    put(
        project.path(),
        "xtask/accepted/lowering.json",
        "[\n  {\"name\": \"optional-body\", \"pointer\": \"/paths/gone\", \"reason\": \"because\"}\n]\n",
    );
    let (exit, transcript) = check(project.path());
    assert!(
        transcript
            .contains("wrong xtask/accepted/lowering.json:2:1 #/paths/gone [accepted-unused]"),
        "{transcript}"
    );
    assert_eq!(exit, Exit::Wrong);
}

#[test]
fn a_loss_that_nobody_accepted_is_wrong() {
    let project = project();
    edit(
        project.path(),
        FRAGMENT,
        "      requestBody:\n        required: true\n",
        "      requestBody:\n        required: false\n",
    );
    xtask(project.path(), &["generate"]);
    let (exit, transcript) = check(project.path());
    assert!(transcript.contains("[lossy-edit]"), "{transcript}");
    assert_eq!(exit, Exit::Wrong);
}

#[test]
fn scripts_and_hosted_builds_get_their_own_forms() {
    let project = project();
    xtask(project.path(), &["generate"]);
    edit(
        project.path(),
        FRAGMENT,
        "      summary: Replace a note\n",
        "",
    );
    let (_, json) = xtask(
        project.path(),
        &["check", "--without-server", "--format", "json"],
    );
    transcript_is(&json, "json");
    let (_, github) = xtask(
        project.path(),
        &["check", "--without-server", "--format", "github"],
    );
    transcript_is(&github, "github");
}

/// The edits that the breaking transcript is about, and what their remedy asks for.
const BREAKS: [(&str, &str); 3] = [
    ("required: [text]", "required: [text, days]"),
    (
        "          type: integer\n          format: int32\n",
        "          type: integer\n          format: int32\n          maximum: 30\n",
    ),
    (
        "keep the answer.\n      required: true\n",
        "keep the answer.\n      x-optional: true\n",
    ),
];

#[test]
fn a_break_without_a_new_version_is_wrong_and_following_the_remedy_repairs_it() {
    const RELEASED: &str = "released.json";
    let project = project();
    xtask(project.path(), &["generate"]);
    let released = project.path().join(xtask::MERGED);
    fs::copy(released, project.path().join(RELEASED)).expect("a copy");
    for (from, to) in BREAKS {
        edit(project.path(), FRAGMENT, from, to);
    }
    xtask(project.path(), &["generate"]);
    let check = ["check", "--without-server", "--against", RELEASED];
    let (exit, transcript) = xtask(project.path(), &check);
    transcript_is(&notable(&transcript), "breaking");
    assert_eq!(exit, Exit::Wrong);
    // As the report says: write version: 2.0.0, then cargo xtask generate.
    let root = "openapi/document.yaml";
    edit(project.path(), root, "version: 1.0.0", "version: 2.0.0");
    xtask(project.path(), &["generate"]);
    let (exit, transcript) = xtask(project.path(), &check);
    assert_eq!(exit, Exit::Fresh, "{transcript}");
    assert!(transcript.contains("\nbreaking "), "{transcript}");
    for format in ["json", "github"] {
        let check = [check.as_slice(), &["--format", format]].concat();
        let (exit, text) = xtask(project.path(), &check);
        assert_eq!(exit, Exit::Fresh);
        assert!(text.contains("request-property-became-required"), "{text}");
    }
}

#[test]
fn without_a_word_about_it_the_last_release_is_the_earlier_document() {
    let project = project();
    xtask(project.path(), &["generate"]);
    let check = ["check", "--without-server"];
    let (exit, transcript) = xtask(project.path(), &check);
    assert!(
        transcript.contains("nothing is released yet"),
        "{transcript}"
    );
    assert_eq!(exit, Exit::Fresh);
    for arguments in [
        &["init", "--quiet"][..],
        &["add", "."],
        &["commit", "--quiet", "--message", "Release"],
        &["tag", "v1.0.0"],
    ] {
        let done = Command::new("git")
            .current_dir(project.path())
            .args(["-c", "user.name=x", "-c", "user.email=x@example.org"])
            .args(["-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"])
            .args(arguments)
            .output()
            .expect("git");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{arguments:?}: {said}");
    }
    let (exit, transcript) = xtask(project.path(), &check);
    assert!(
        transcript.contains("no change since v1.0.0"),
        "{transcript}"
    );
    assert_eq!(exit, Exit::Fresh);
    for (from, to) in BREAKS {
        edit(project.path(), FRAGMENT, from, to);
    }
    xtask(project.path(), &["generate"]);
    let (exit, transcript) = xtask(project.path(), &check);
    assert!(transcript.contains("[version-not-moved]"), "{transcript}");
    assert!(transcript.contains(" since v1.0.0"), "{transcript}");
    assert_eq!(exit, Exit::Wrong);
}

#[test]
fn an_earlier_document_that_is_none_is_wrong() {
    let project = project();
    xtask(project.path(), &["generate"]);
    put(project.path(), "odd.json", "{\"paths\": {}}");
    put(project.path(), "torn.json", "{\"paths\": ");
    for (against, why) in [
        ("odd.json", "it is not a document: no info"),
        ("torn.json", "it is not a document: EOF"),
        (
            "no-such-revision",
            "neither a file nor a git revision has this name",
        ),
        (
            "--upload-pack=x",
            "neither a file nor a git revision has this name",
        ),
    ] {
        let against = format!("--against={against}");
        let (exit, transcript) = xtask(project.path(), &["check", "--without-server", &against]);
        assert!(transcript.contains("[baseline-unreadable]"), "{transcript}");
        assert!(transcript.contains(why), "{transcript}");
        assert_eq!(exit, Exit::Wrong);
    }
}

#[test]
fn every_rule_explains_itself() {
    let project = project();
    for rule in xtask::rule::Rule::ALL {
        let (exit, text) = xtask(project.path(), &["explain", rule.id()]);
        assert_eq!(exit, Exit::Fresh);
        assert!(
            text.contains(rule.explain()) && text.contains(rule.remedy()),
            "{text}"
        );
    }
    let (exit, text) = xtask(project.path(), &["explain", "no-such-rule"]);
    assert_eq!(exit, Exit::Wrong);
    assert_eq!(
        text,
        "no rule is called no-such-rule; `cargo xtask explain` lists them\n"
    );
}

/// Compares with the transcript of that name under `fixtures/check/`.
fn transcript_is(found: &str, name: &str) {
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
    text.split_inclusive('\n')
        .map(|line| match line.split_once(" fresh, ") {
            Some((before, rest)) => {
                let kept = before.trim_end_matches(|c: char| c.is_ascii_digit());
                format!("{kept}… fresh, {rest}")
            }
            None => line.to_owned(),
        })
        .collect()
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
