//! Paths and methods that no operation has, held against the refusals that the tags name (`x-unmatched`).

use serde_json::Value;

use super::{
    answers,
    ledger::Ledger,
    oracle::{self, Operation, Refusal, Settled, Tag},
};
use crate::{
    harness::{Answer, Call, Tessera},
    proofs::report::Finding,
};

/// Everything in which an answer differs from the refusal that the document names: its headers and its body, whose codes
/// have to be those of the response's examples, and so have its texts, if it is nobody else's response.
pub fn check(what: &str, refusal: &Refusal, answer: &Answer, has_body: bool) -> Vec<Finding> {
    let response = &refusal.response;
    let mut findings = answers::against(what, response, answer, has_body);
    let which = if refusal.is_shared {
        Settled::Codes
    } else {
        Settled::Everything
    };
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    for (_, media) in response
        .children("content")
        .into_iter()
        .filter(|_| has_body)
    {
        let Some(schema) = media.child("schema") else {
            continue;
        };
        let mut shown = Vec::new();
        for (_, example) in media.children("examples") {
            if let Some(value) = example.value.get("value") {
                oracle::settled(which, &schema, value, "", &mut shown);
            }
        }
        let mut sent = Vec::new();
        oracle::settled(which, &schema, &body, "", &mut sent);
        for (at, value) in sent {
            let known: Vec<&Value> = shown
                .iter()
                .filter(|(place, _)| *place == at)
                .map(|(_, value)| value)
                .collect();
            if !known.contains(&&value) {
                let message = format!("{what}: no example has this at {at}");
                let finding = Finding::new("live-body", media.at.clone(), message);
                findings.push(finding.sides(format!("{known:?}"), value.to_string()));
            }
        }
    }
    findings
}

/// Asks a dialect for a path that it does not have, and for its first operation by a method that nobody has.
pub async fn run(
    tag: &Tag,
    operations: &[Operation],
    ledger: &mut Ledger,
) -> (Vec<Finding>, usize) {
    let server = Tessera::start().await;
    let nothing = tag.prefixes.first().map(|one| format!("{one}/nothing"));
    let path = nothing.map(|path| Call::get(&path));
    let operation = operations
        .iter()
        .find(|one| one.node.value.pointer("/tags/0").and_then(Value::as_str) == Some(&tag.name));
    let method = operation.map(|one| {
        let segments = one.path.split('/').map(|segment| match segment {
            parameter if parameter.starts_with('{') => "any",
            fixed => fixed,
        });
        Call::new("BREW", &segments.collect::<Vec<_>>().join("/"))
    });
    let (mut findings, mut asked) = (Vec::new(), 0);
    for (what, call, refusal) in [
        ("an unknown path", path, &tag.path),
        ("a wrong method", method, &tag.method),
    ] {
        let (Some(call), Some(refusal)) = (call, refusal) else {
            // That the tag says so is what proof 4 asks for.
            continue;
        };
        let answer = call.send(&server).await;
        asked += 1;
        ledger.see_response(&refusal.at, &refusal.response, &answer);
        let what = format!("{what} of {}", tag.name);
        if answer.status != refusal.status {
            let message = format!("{what} has another status");
            let finding = Finding::new("live-status", refusal.at.clone(), message);
            let (expected, found) = (refusal.status.to_string(), answer.status.to_string());
            findings.push(finding.sides(expected, found));
        }
        findings.extend(check(&what, refusal, &without_allow(refusal, answer), true));
    }
    (findings, asked)
}

/// An answer without the list of methods that proof 4 compares with the document's, unless the response declares it.
pub fn without_allow(refusal: &Refusal, mut answer: Answer) -> Answer {
    let declared = refusal.response.children("headers");
    let is_allow = |name: &str| name.eq_ignore_ascii_case("allow");
    if !declared.iter().any(|(name, _)| is_allow(name)) {
        answer.headers.retain(|(name, _)| !is_allow(name));
    }
    answer
}
