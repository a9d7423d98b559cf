//! `check` against an earlier document: breaks, versions and documents that are none.

use std::fs;
use std::process::Command;

use xtask::exit::Exit;

use super::project::{FRAGMENT, edit, notable, project, put, transcript_is, xtask};

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
