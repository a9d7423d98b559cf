//! Proof "served": what is published about the document is the document.

use std::time::Instant;

use tessera_client::operations;

use crate::{
    harness::{
        Answer, Call, Tessera,
        document::{DOCUMENT, members},
    },
    proofs::{
        live::{
            answers::{self, Outcome},
            cases,
            lab::Lab,
            oracle,
        },
        report::{self, Finding},
        secrets,
    },
};

/// The file, as it is committed.
const FILE: &[u8] = include_bytes!("../../../openapi/openapi.json");

#[tokio::test]
async fn holds() {
    let started = Instant::now();
    let server = Tessera::start().await;
    let mut findings = document(&server).await;
    findings.extend(digests(&server).await);
    findings.extend(swagger(&server).await);
    findings.extend(strict(&server).await);
    findings.extend(strict_successes().await);
    // On threads of its own, all of which are listened to.
    let secrets = tokio::task::spawn_blocking(secrets::walk)
        .await
        .expect("the walk does not panic");
    findings.extend(secrets.findings);
    let extent = format!(
        "{} bytes, {} places of secrets in {} requests",
        FILE.len(),
        secrets.places,
        secrets.requests
    );
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

/// The digests beside it are those that the SDK was generated with.
async fn digests(server: &Tessera) -> Vec<Finding> {
    let answer = Call::new("HEAD", "/openapi.json").send(server).await;
    let sent = answer.header_all("tessera-operations").join("\n");
    let all = operations::ALL.iter();
    let wanted: Vec<String> = all
        .map(|one| format!("{}={}", one.id, one.digest))
        .collect();
    let mut there: Vec<&str> = sent.split(", ").collect();
    let mut here: Vec<&str> = wanted.iter().map(String::as_str).collect();
    there.sort_unstable();
    here.sort_unstable();
    let finding = || {
        let message = "the digests of the operations are not those of the SDK";
        Finding::new("served-digests", "", message)
            .sides(here.join(", "), there.join(", "))
            .curl("curl -sI \"$BASE/openapi.json\"")
    };
    (here != there).then(finding).into_iter().collect()
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

/// A strict server answers like any other: what it would replace, the other would send.
async fn strict(server: &Tessera) -> Vec<Finding> {
    let strict = Tessera::start_with(|config| {
        config.policy.rates.enforced = false;
        config.policy.strict = true;
    })
    .await;
    let mut findings = Vec::new();
    for (path, item) in members(&DOCUMENT, "paths") {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let method = method.to_ascii_uppercase();
            for call in bare(&method, path, operation.get("requestBody").is_some()) {
                let (plain, held) = (call.send(server).await, call.send(&strict).await);
                if plain.status != held.status {
                    let pointer = format!(
                        "/paths/{}/{}/responses",
                        path.replace('/', "~1"),
                        method.to_ascii_lowercase()
                    );
                    let message = format!("--strict replaces an answer to {method} {path}");
                    findings.push(
                        Finding::new("served-strict", pointer, message)
                            .sides(plain.status_line, held.status_line),
                    );
                }
            }
        }
    }
    findings
}

/// A server that holds its answers against the document lets every success through.
async fn strict_successes() -> Vec<Finding> {
    let mut findings = Vec::new();
    for operation in oracle::operations() {
        let mut lab = Lab::with(|config| config.policy.strict = true).await;
        lab.asking().prepare(&operation).await;
        for base in cases::bases(&mut lab.asking(), &operation).await {
            let request = lab.asking().succeeding(&operation, &base).await;
            let answer = request.call().send(&lab.server).await;
            lab.asking().used(&operation);
            if answers::outcome(&operation, &answer) != Outcome::Success {
                let message = format!("--strict replaces a success of {}", operation.id);
                findings.push(
                    Finding::new("served-strict", operation.responses(), message)
                        .sides("success", answer.status_line),
                );
            }
        }
    }
    findings
}

/// Requests that are answered without knowing anybody.
fn bare(method: &str, path: &str, takes_body: bool) -> Vec<Call> {
    let call = || Call::new(method, path);
    let mut calls = vec![
        call(),
        call().bearer("unknown"),
        call().basic("unknown", "unknown"),
        call()
            .header("x-merchant-id", "unknown")
            .header("x-secret", "unknown"),
    ];
    if takes_body {
        calls.push(call().body("application/json", "{"));
        calls.push(call().body("text/plain", "x"));
        calls.push(call().body("application/json", "x".repeat(70_000)));
    }
    calls
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
