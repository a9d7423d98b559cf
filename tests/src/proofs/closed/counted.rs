//! Requests that no operation answers are counted in a bucket of their own, by address and dialect.

use std::num::{NonZeroU32, NonZeroU64};

use serde_json::Value;
use tessera_server::limits::Quota;

use super::envelope::{Owners, Why, status};
use crate::{
    harness::{Call, Tessera, document::DOCUMENT},
    proofs::{live::oracle::Tag, report::Finding},
};

/// How many such requests pass; no other bucket has as few.
const UNMATCHED: u32 = 3;

/// Where nobody has asked anything.
const ELSEWHERE: [u8; 4] = [127, 0, 0, 2];

/// Spends the allowance of each dialect.
pub async fn run(owners: &Owners) -> Vec<Finding> {
    let server = Tessera::start_with(|config| {
        let rates = &mut config.policy.rates;
        rates.unmatched = Quota {
            limit: NonZeroU32::new(UNMATCHED).unwrap_or(NonZeroU32::MIN),
            window_secs: NonZeroU64::MIN.saturating_add(59),
            lock_secs: None,
        };
    })
    .await;
    let mut findings = Vec::new();
    // One dialect after the other: none pays for those before it.
    for tag in owners.all() {
        findings.extend(of(tag, &server).await);
    }
    findings
}

async fn of(tag: &Tag, server: &Tessera) -> Vec<Finding> {
    let Some(prefix) = tag.prefixes.first() else {
        return Vec::new();
    };
    let (Some(path), Some(method)) = (status(Some(tag), Why::Path), status(Some(tag), Why::Method))
    else {
        return Vec::new();
    };
    let nothing = format!("{prefix}/nothing");
    let mut calls = vec![(Call::get(&nothing), path); UNMATCHED as usize - 1];
    // A path without parameters, whose operations all answer something.
    let known = paths(tag).find(|path| !path.contains('{'));
    match &known {
        Some(known) => calls.push((Call::new("BREW", known), method)),
        None => calls.push((Call::get(&nothing), path)),
    }
    calls.push((Call::get(&nothing), 429));
    calls.extend(known.as_ref().map(|known| (Call::new("BREW", known), 429)));
    let mut findings = Vec::new();
    let find = |call: &Call, expected: String, found: u16| {
        let message = format!(
            "what nobody answers is not counted in a bucket of its own in {}",
            tag.name
        );
        let finding = Finding::new("closed-unmatched", tag.at.clone(), message);
        let curl = format!("curl -i \"$BASE{}\"", call.target());
        finding.sides(expected, found.to_string()).curl(curl)
    };
    for (call, expected) in calls {
        let answer = call.send(server).await;
        if answer.status != expected {
            findings.push(find(&call, expected.to_string(), answer.status));
        }
        if expected == 429 && answer.header_all("retry-after").len() != 1 {
            let message = format!("{} does not say when to come back", tag.name);
            findings.push(Finding::new("closed-unmatched", tag.at.clone(), message));
        }
    }
    let elsewhere = Call::get(&nothing);
    let answer = elsewhere.send_from(ELSEWHERE, server.address()).await;
    if answer.status != path {
        findings.push(find(&elsewhere, path.to_string(), answer.status));
    }
    if let Some(known) = known {
        // What is answered there is not the matter, but that it is.
        for method in methods(&known) {
            let call = Call::new(&method, &known);
            let answer = call.send(server).await;
            if answer.status == 429 {
                findings.push(find(&call, "no 429".to_owned(), 429));
            }
        }
    }
    findings
}

fn paths(tag: &Tag) -> impl Iterator<Item = String> {
    let name = tag.name.clone();
    let all = DOCUMENT["paths"].as_object().into_iter().flatten();
    let its = all.filter(move |(_, item)| {
        let mut operations = item.as_object().into_iter().flatten();
        operations.any(|(_, operation)| {
            operation.pointer("/tags/0").and_then(Value::as_str) == Some(&name)
        })
    });
    its.map(|(path, _)| path.clone())
}

fn methods(path: &str) -> Vec<String> {
    let item = DOCUMENT["paths"][path].as_object().into_iter().flatten();
    item.map(|(method, _)| method.to_uppercase()).collect()
}
