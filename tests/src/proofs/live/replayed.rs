//! The situations of the wire tests, each on a server of its own, held against the whole document.

use serde_json::Value;

use super::{
    answers,
    ledger::Ledger,
    oracle::{Node, Operation, join},
};
use crate::{
    harness::{
        Tessera,
        replay::{Scenario, differences},
    },
    proofs::report::Finding,
};

/// Brings one situation about and looks at its answer.
pub async fn run(
    scenario: &Scenario,
    operations: &[Operation],
    ledger: &mut Ledger,
) -> Vec<Finding> {
    let Some(operation) = operations.iter().find(|one| one.id == scenario.operation) else {
        let message = format!("the document has no operation {}", scenario.operation);
        return vec![Finding::new("live-scenario", "/paths", message)];
    };
    let mut server = Tessera::start().await;
    let replay = (scenario.run)(&mut server).await;
    let answer = &replay.answer;
    let mut findings = answers::check(operation, answer);
    ledger.see(operation, answer);
    if answer.status != scenario.status {
        let at = join(&operation.responses(), &scenario.status.to_string());
        let message = format!("{}: another status than in the document", scenario.name);
        findings.push(
            Finding::new("live-scenario", at, message)
                .sides(scenario.status.to_string(), answer.status.to_string()),
        );
        return findings;
    }
    let Some(example) = example(operation, scenario) else {
        if !scenario.example.is_empty() {
            let at = join(&operation.responses(), &scenario.status.to_string());
            let message = format!(
                "{}: there is no example {}",
                scenario.name, scenario.example
            );
            findings.push(Finding::new("live-example", at, message));
        }
        return findings;
    };
    let found = serde_json::from_slice(&answer.body)
        .unwrap_or_else(|_| Value::from(answer_text(&answer.body)));
    let Some(expected) = example.value.get("value") else {
        return findings;
    };
    for difference in differences(expected, &found, &replay.shapes) {
        let message = format!("{}: the answer is not the documented one", scenario.name);
        let at = join(&example.at, "value");
        findings.push(Finding::new("live-example", at, message).sides("the example", difference));
    }
    findings
}

fn answer_text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}

fn example(operation: &Operation, scenario: &Scenario) -> Option<Node> {
    let content = operation.response(scenario.status)?.children("content");
    content
        .iter()
        .find_map(|(_, media)| media.child("examples")?.child(scenario.example))
}
