//! How long files may be: each that is written by hand, and the generated client as a whole. Where a dialect may be named
//! is in `names`.

mod names;

use std::fs;
use std::path::{Path, PathBuf};

/// More than this nobody reads in one go.
const LONGEST: usize = 400;

/// What code ends in; documents, fragments, catalogues and recorded texts are as long as what they say.
const CODE: [&str; 10] = [
    "rs", "py", "js", "mjs", "cjs", "css", "html", "sh", "c", "java",
];

/// How the first line of a file says that nobody wrote it.
const GENERATED: &str = "@generated";

/// All files of code below a folder, without those that tools leave behind.
fn code(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder can be read") {
        let entry = entry.expect("its entries can be read");
        let (name, path) = (entry.file_name(), entry.path());
        let name = name.to_str().expect("names are UTF-8");
        if name.starts_with('.') || ["target", "node_modules"].contains(&name) {
            continue;
        }
        if entry.file_type().expect("it has a type").is_dir() {
            found.extend(code(&path));
        } else if name
            .rsplit_once('.')
            .is_some_and(|(_, end)| CODE.contains(&end))
        {
            found.push(path);
        }
    }
    found
}

/// How long a text is, if it was written by hand and is too long.
fn excess(text: &str) -> Option<usize> {
    let generated = text.lines().next()?.contains(GENERATED);
    let length = text.lines().count();
    (length > LONGEST && !generated).then_some(length)
}

#[test]
fn no_hand_written_file_is_longer_than_400_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = root.parent().expect("the root of the project");
    let files = code(root);
    for known in [
        "xtask/tests/house/names.rs",
        "server/src/lib.rs",
        "client-sdk/src/lib.rs",
        "tests/faults/disk.c",
        "xtask/peers/peers.py",
    ] {
        assert!(
            files.contains(&root.join(known)),
            "{known} is not looked at"
        );
    }
    let mut long: Vec<String> = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("code is UTF-8");
        if let Some(length) = excess(&text) {
            let name = file.strip_prefix(root).expect("it is below the root");
            long.push(format!("{length} {}", name.display()));
        }
    }
    long.sort();
    assert!(
        long.is_empty(),
        "over {LONGEST} lines; split them by job:\n{}",
        long.join("\n")
    );
}

/// How many lines of the generated client one operation may cost, its types and its row included.
const LINES_OF_AN_OPERATION: usize = 400;

#[test]
fn the_generated_client_has_at_most_400_lines_for_each_operation() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = code(&root.join("../client-sdk/src/generated"));
    let texts = files
        .iter()
        .map(|file| fs::read_to_string(file).expect("code is UTF-8"));
    let (mut lines, mut operations) = (0, 0);
    for text in texts {
        lines += text.lines().count();
        operations += text.matches(": Operation = Operation {").count();
    }
    assert!(operations > 0, "no operations are found in {files:?}");
    assert!(
        lines <= operations * LINES_OF_AN_OPERATION,
        "{lines} lines for {operations} operations; see what `sdk_gen` could leave out"
    );
}

#[test]
fn a_file_is_too_long_from_line_401_on_unless_it_is_generated() {
    let lines = |count: usize| "//! One job.\n".repeat(count);
    assert_eq!(excess(&lines(LONGEST)), None);
    assert_eq!(excess(&lines(LONGEST + 1)), Some(LONGEST + 1));
    let generated = format!("// {GENERATED} by cargo xtask generate\n{}", lines(LONGEST));
    assert_eq!(excess(&generated), None);
    let quoting = format!("{}// {GENERATED}\n", lines(LONGEST));
    assert_eq!(excess(&quoting), Some(LONGEST + 1));
}

#[test]
fn the_readme_has_a_place_for_the_rows_of_the_dialects() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let text = fs::read_to_string(readme).expect("there is a README");
    let written = text.split("<!-- the dialects: written by `cargo xtask generate` -->");
    assert_eq!(written.count(), 2, "the line before the rows");
    let ended = text.split("<!-- the end of the dialects -->");
    assert_eq!(ended.count(), 2, "the line after the rows");
}
