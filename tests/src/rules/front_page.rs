//! The front page names every dialect with its paths.

use crate::harness::{Call, Tessera, asked, assert_all_asked, document};

const SUITE: &str = "front-page";

#[tokio::test]
async fn every_dialect_has_a_row_with_its_paths() {
    let server = Tessera::start().await;
    let answer = Call::get("/").send(&server).await.expect(200);
    let page = answer.text();
    let tags = document::DOCUMENT["tags"]
        .as_array()
        .expect("the document has tags");
    let mut dialects = Vec::new();
    for tag in tags {
        let name = tag["name"].as_str().expect("a tag has a name");
        let row = page
            .lines()
            .find(|line| line.contains(&format!("<td>{name}</td>")));
        let row = row.unwrap_or_else(|| panic!("{name} has no row in\n{page}"));
        for base in tag["x-base-path"].as_array().expect("a tag has its paths") {
            let base = base.as_str().expect("a path is a text");
            assert!(row.contains(base), "{base} is not in {row}");
            asked(SUITE, name, base);
        }
        dialects.push(name);
    }
    assert_all_asked(SUITE, dialects);
}
