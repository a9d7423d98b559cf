//! Proof "live": a running server does what the document says, and nothing else.

use std::time::Instant;

use crate::{
    harness::{
        Call, Tessera,
        document::{DOCUMENT, members},
    },
    proofs::report::{self, Finding},
};

#[tokio::test]
async fn holds() {
    let started = Instant::now();
    let server = Tessera::start().await;
    let mut findings = Vec::new();
    let mut count = 0;
    for (path, item) in members(&DOCUMENT, "paths") {
        for (method, operation) in item.as_object().into_iter().flatten() {
            count += 1;
            let method = method.to_ascii_uppercase();
            let answer = Call::new(&method, path).send(&server).await;
            let declared = operation
                .get("responses")
                .and_then(|all| all.get(answer.status.to_string()));
            if declared.is_none() {
                let escaped = path.replace('/', "~1");
                let pointer = format!("/paths/{escaped}/{}/responses", method.to_ascii_lowercase());
                let message = format!("a bare request is answered with {}", answer.status);
                findings.push(
                    Finding::new("live-status", pointer, message)
                        .sides("a declared status", answer.status.to_string())
                        .curl(format!("curl -i -X {method} \"$BASE{path}\"")),
                );
            }
        }
    }
    let extent = format!("{count} operations, seed {}", report::seed());
    report::conclude("live", extent, started.elapsed(), findings);
}
