//! What is written by hand knows no operation, no scheme and no dialect: the document's are in the generated half.

use std::fs;
use std::path::Path;

use tessera_client::{Scheme, operations};

/// The names that only the generated half may have, in lower case.
fn names() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let document = fs::read_to_string(root.join("openapi/openapi.json")).expect("the document");
    let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
    let tags = document["tags"].as_array().expect("dialects").iter();
    let dialects = tags.filter_map(|tag| tag["name"].as_str());
    let mut names: Vec<String> = dialects.map(str::to_lowercase).collect();
    names.extend(operations::ALL.iter().map(|one| one.id.to_lowercase()));
    names.extend(Scheme::ALL.iter().map(|one| one.name().to_lowercase()));
    names
}

#[test]
fn the_hand_written_half_names_no_operation_and_no_dialect() {
    let names = names();
    assert!(names.len() > 30, "{names:?}");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = 0;
    for entry in fs::read_dir(folder).expect("the sources") {
        let path = entry.expect("an entry").path();
        if path.ends_with("generated") {
            continue;
        }
        files += 1;
        let text = fs::read_to_string(&path).expect("text").to_lowercase();
        let found: Vec<&String> = names
            .iter()
            .filter(|name| text.contains(name.as_str()))
            .collect();
        assert!(found.is_empty(), "{}: {found:?}", path.display());
    }
    assert!(files > 10, "{files} files are too few");
}
