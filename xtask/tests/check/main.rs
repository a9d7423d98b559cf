//! Whole transcripts of `generate` and `check` over a small project: fresh, stale, edited, wrong.

mod project;
mod versions;

use std::fs;

use project::{FRAGMENT, SERVER, check, edit, notable, project, put, transcript_is, xtask};
use xtask::check::Scope;
use xtask::exit::Exit;
use xtask::in_sync;

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
        first.contains("wrote client-sdk/src/generated/sample.rs\n"),
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
    put(
        project.path(),
        "server/src/storage.rs",
        "pub struct Rows;\n",
    );
    let row = "    generated: {why: it follows from the document}\nserver/src:\n  rows:\n";
    let rows = "    authority: {why: storage is its own port}\n    storage: {uses: [authority], why: it is the port}\n";
    edit(
        project.path(),
        "xtask/layers.yaml",
        row,
        &format!("{row}{rows}"),
    );
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
fn what_the_sources_are_held_against_has_to_be_there() {
    let project = project();
    xtask(project.path(), &["generate"]);
    for file in ["xtask/layers.yaml", "ARCHITECTURE.md"] {
        fs::remove_file(project.path().join(file)).expect("the file was there");
    }
    let (exit, transcript) = check(project.path());
    for file in ["xtask/layers.yaml", "ARCHITECTURE.md"] {
        let finding = format!("wrong {file} [unreadable-file]");
        assert!(transcript.contains(&finding), "{transcript}");
    }
    assert_eq!(exit, Exit::Wrong);
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
