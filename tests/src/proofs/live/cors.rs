//! What pages of other origins are told, held against the document: on every answer, and in the answer to a preflight.

use std::collections::BTreeSet;

use super::oracle::{self, Carrier, Operation, join};
use crate::{
    harness::{Answer, Call, Tessera},
    proofs::report::Finding,
};

/// The headers that say it; the document says it in `x-cors`, and not once more at each answer.
pub const HEADERS: [&str; 2] = [
    "access-control-allow-origin",
    "access-control-expose-headers",
];

/// Somebody whom no operator has listed.
const ORIGIN: &str = "https://pages.example";

/// Whether an answer may be read by whom the document lets read it.
pub fn check(operation: &Operation, answer: &Answer) -> Option<Finding> {
    let found = answer.header_all(HEADERS[0]).join(", ");
    let message = format!(
        "{} {}: pages of other origins are not told what the document says",
        operation.id, answer.status
    );
    let finding = Finding::new("live-header", join(&operation.node.at, "x-cors"), message);
    let expected = readers(operation);
    (found != expected).then(|| finding.sides(expected, found))
}

/// Asks as a browser asks before it calls the operation.
pub async fn preflight(operation: &Operation, server: &Tessera) -> Vec<Finding> {
    let mut path = operation.path.clone();
    for parameter in &operation.parameters {
        path = path.replace(&format!("{{{}}}", parameter.name), "any");
    }
    let answer = Call::new("OPTIONS", &path)
        .header("Origin", ORIGIN)
        .header("Access-Control-Request-Method", &operation.method)
        .send(server)
        .await;
    let of_path = oracle::operations().into_iter();
    let of_path: Vec<_> = of_path.filter(|one| one.path == operation.path).collect();
    let list = |name: &str| -> BTreeSet<String> {
        let lines = answer.header_all(name).join(",").to_lowercase();
        let names = lines.split(',').map(str::trim);
        names
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let at = |key: &str| join(&operation.node.at, key);
    let mut findings = Vec::new();
    for (what, place, expected, found) in [
        (
            "the status",
            operation.node.at.clone(),
            "204".to_owned(),
            answer.status.to_string(),
        ),
        (
            "who may call",
            at("x-cors"),
            readers(operation).to_owned(),
            answer.header_all(HEADERS[0]).join(", "),
        ),
        (
            "the methods",
            operation.node.at.clone(),
            shown(&of_path.iter().flat_map(methods).collect()),
            shown(&list("access-control-allow-methods")),
        ),
        (
            "the headers",
            operation.node.at.clone(),
            shown(&of_path.iter().flat_map(headers).collect()),
            shown(&list("access-control-allow-headers")),
        ),
    ] {
        if expected != found {
            let message = format!(
                "{} {path}: a preflight is told otherwise: {what}",
                operation.method
            );
            let curl = format!(
                "curl -i -X OPTIONS -H 'Origin: {ORIGIN}' -H 'Access-Control-Request-Method: {}' \"$BASE{path}\"",
                operation.method
            );
            let finding = Finding::new("live-header", place, message);
            findings.push(finding.sides(expected, found).curl(curl));
        }
    }
    findings
}

fn readers(operation: &Operation) -> &'static str {
    match operation.node.text("x-cors") {
        Some("any") => "*",
        Some(_) | None => "",
    }
}

fn shown(names: &BTreeSet<String>) -> String {
    names.iter().cloned().collect::<Vec<_>>().join(", ")
}

fn methods(operation: &Operation) -> Vec<String> {
    let head = (operation.method == "GET").then(|| "head".to_owned());
    let own = operation.method.to_lowercase();
    [own].into_iter().chain(head).collect()
}

/// The headers that a caller may have to set, in lower case.
fn headers(operation: &Operation) -> Vec<String> {
    let parameters = operation.parameters.iter();
    let parameters = parameters.filter(|parameter| parameter.location == "header");
    let mut names: Vec<String> = parameters
        .map(|parameter| parameter.name.to_lowercase())
        .collect();
    for (scheme, _) in operation.security.iter().flat_map(|one| &one.schemes) {
        match &scheme.carrier {
            Carrier::Bearer | Carrier::Basic => names.push("authorization".to_owned()),
            Carrier::Header(name) => names.push(name.to_lowercase()),
            Carrier::Query(_) | Carrier::Cookie(_) | Carrier::Unknown => {}
        }
    }
    if operation.body.is_some() {
        names.push("content-type".to_owned());
    }
    names
}
