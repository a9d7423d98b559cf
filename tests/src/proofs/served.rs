//! Proof "served": what is published about the document is the document.

use std::time::Instant;

use crate::{
    harness::{Answer, Call, Tessera},
    proofs::report::{self, Finding},
};

/// The file, as it is committed.
const FILE: &[u8] = include_bytes!("../../../openapi/openapi.json");

#[tokio::test]
async fn holds() {
    let started = Instant::now();
    let server = Tessera::start().await;
    let mut findings = document(&server).await;
    findings.extend(swagger(&server).await);
    let extent = format!("{} bytes", FILE.len());
    report::conclude("served", extent, started.elapsed(), findings);
}

/// `/openapi.json` is the file, byte for byte.
async fn document(server: &Tessera) -> Vec<Finding> {
    let answer = Call::get("/openapi.json").send(server).await;
    let mut findings = Vec::new();
    let mut find = |what: &str, expected: String, found: String| {
        let finding = Finding::new("served-document", "", format!("{what} of /openapi.json"));
        let curl = "curl -s \"$BASE/openapi.json\" | cmp - openapi/openapi.json";
        findings.push(finding.sides(expected, found).curl(curl));
    };
    if answer.status != 200 {
        find("the status", "200".to_owned(), answer.status_line.clone());
    }
    let media_type = answer.header_all("content-type").join(", ");
    if media_type != "application/json" {
        find("the media type", "application/json".to_owned(), media_type);
    }
    if answer.body != FILE {
        let same = answer
            .body
            .iter()
            .zip(FILE)
            .take_while(|(sent, kept)| sent == kept);
        let place = same.count();
        find(
            &format!("byte {place}"),
            excerpt(FILE, place),
            excerpt(&answer.body, place),
        );
    }
    findings
}

fn excerpt(bytes: &[u8], from: usize) -> String {
    let rest = bytes.get(from..).unwrap_or_default();
    String::from_utf8_lossy(&rest[..rest.len().min(60)]).into_owned()
}

/// What Swagger UI shows is that URL and no other.
async fn swagger(server: &Tessera) -> Vec<Finding> {
    let page = Call::get("/docs/").send(server).await;
    let script = Call::get("/docs/swagger-initializer.js").send(server).await;
    let urls = urls(&script);
    let fine = page.status == 200 && urls == ["/openapi.json"];
    let finding = || {
        Finding::new(
            "served-docs",
            "",
            "Swagger UI does not show /openapi.json and nothing else",
        )
        .sides("[\"/openapi.json\"]", format!("{} {urls:?}", page.status))
        .curl("curl -s \"$BASE/docs/swagger-initializer.js\"")
    };
    (!fine).then(finding).into_iter().collect()
}

/// Every quoted text of the script that is where a document could be.
fn urls(script: &Answer) -> Vec<String> {
    let text = String::from_utf8_lossy(&script.body).into_owned();
    let quoted = text.split('"').skip(1).step_by(2);
    quoted
        .filter(|text| {
            text.contains("://")
                || text.starts_with('/')
                || text.contains(".json")
                || text.contains(".yaml")
        })
        .map(str::to_owned)
        .collect()
}
