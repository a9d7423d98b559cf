//! What has been seen of everything the document says the server may answer.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    accepted::unseen,
    oracle::{self, Node, Operation, join},
};
use crate::{harness::Answer, proofs::report::Finding};

/// What answers have shown.
#[derive(Debug, Default)]
pub struct Ledger {
    answers: BTreeSet<(String, String)>,
    facts: BTreeSet<String>,
}

impl Ledger {
    /// Writes down one answer.
    pub fn see(&mut self, operation: &Operation, answer: &Answer) {
        let Some(response) = operation.response(answer.status) else {
            return;
        };
        let declared = join(&operation.responses(), &answer.status.to_string());
        self.see_response(&declared, &response, answer);
    }

    /// Writes down an answer as one that a place of the document declares.
    pub fn see_response(&mut self, declared: &str, response: &Node, answer: &Answer) {
        let media_type = answer.header_all("content-type").join(", ");
        self.answers
            .insert((declared.to_owned(), media_type.clone()));
        for (name, header) in response.children("headers") {
            if let [value] = answer.header_all(&name).as_slice() {
                self.facts
                    .insert(join(&join(&response.at, "headers"), &name));
                if let Some(schema) = header.child("schema") {
                    self.see_value(&schema, &Value::from(*value));
                }
            }
        }
        let content = response.children("content");
        let media = content.iter().find(|(name, _)| *name == media_type);
        if let Some(schema) = media.and_then(|(_, media)| media.child("schema"))
            && let Ok(value) = serde_json::from_slice(&answer.body)
        {
            self.see_value(&schema, &value);
        }
    }

    fn see_value(&mut self, schema: &Node, value: &Value) {
        each(schema, |kind, index| {
            let at = format!("{}/{kind}/{index}", schema.at);
            match kind {
                "enum" if schema.value.pointer(&format!("/enum/{index}")) == Some(value) => {
                    self.facts.insert(at);
                }
                "oneOf" if oracle::is_valid(&at, value) => {
                    if let Some(variant) = Node::at(&at) {
                        self.see_value(&variant, value);
                    }
                    self.facts.insert(at);
                }
                _ => {}
            }
        });
        match value {
            Value::Object(held) => {
                for (name, property) in schema.children("properties") {
                    if let Some(value) = held.get(&name) {
                        self.facts
                            .insert(join(&join(&schema.at, "properties"), &name));
                        self.see_value(&property, value);
                    }
                }
            }
            Value::Array(items) => {
                if let Some(schema) = schema.child("items") {
                    for item in items {
                        self.see_value(&schema, item);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// Takes over what another ledger has seen.
    pub fn merge(&mut self, other: Self) {
        self.answers.extend(other.answers);
        self.facts.extend(other.facts);
    }

    /// How many answers and facts have been seen.
    pub fn extent(&self) -> String {
        format!(
            "{} answers and {} facts of answers witnessed",
            self.answers.len(),
            self.facts.len()
        )
    }

    /// Everything declared that no answer has shown, and every accepted gap that is none.
    pub fn unwitnessed(&self, operations: &[Operation]) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut declared: BTreeMap<String, String> = BTreeMap::new();
        for operation in operations {
            for status in operation.statuses() {
                let Some(response) = operation.response(status) else {
                    continue;
                };
                let at = join(&operation.responses(), &status.to_string());
                let content = response.children("content");
                let mut names: Vec<&str> = content.iter().map(|(name, _)| name.as_str()).collect();
                if names.is_empty() {
                    names.push("");
                }
                for name in names {
                    if !self.answers.contains(&(at.clone(), name.to_owned())) {
                        let message =
                            format!("nothing makes {} answer {status} {name}", operation.id);
                        findings.push(Finding::new("live-unwitnessed", at.clone(), message));
                    }
                }
                for (name, header) in response.children("headers") {
                    let at = join(&join(&response.at, "headers"), &name);
                    declared.insert(at, format!("the header {name}"));
                    if let Some(schema) = header.child("schema") {
                        declare(&schema, &mut declared, &mut BTreeSet::new());
                    }
                }
                for (_, media) in content {
                    if let Some(schema) = media.child("schema") {
                        declare(&schema, &mut declared, &mut BTreeSet::new());
                    }
                }
            }
        }
        let unseen = unseen();
        for (at, what) in &declared {
            let accepted = unseen.iter().any(|(pointer, _)| pointer == at);
            match (self.facts.contains(at), accepted) {
                (false, false) => {
                    let message = format!("{what} is in no answer");
                    findings.push(Finding::new("live-unwitnessed", at.clone(), message));
                }
                (true, true) => {
                    let message = format!("{what} is accepted as never seen, and was seen");
                    findings.push(Finding::new("live-exception", at.clone(), message));
                }
                (true, false) | (false, true) => {}
            }
        }
        for (pointer, reason) in &unseen {
            if !declared.contains_key(*pointer) {
                let message = format!("an accepted gap that is not declared any more ({reason})");
                findings.push(Finding::new("live-exception", *pointer, message));
            }
        }
        findings
    }
}

fn each(schema: &Node, mut visit: impl FnMut(&'static str, usize)) {
    for kind in ["enum", "oneOf"] {
        let list = schema.value.get(kind).and_then(Value::as_array);
        for index in 0..list.map_or(0, Vec::len) {
            visit(kind, index);
        }
    }
}

/// Lists what can be seen of a schema in answers.
fn declare(schema: &Node, found: &mut BTreeMap<String, String>, known: &mut BTreeSet<String>) {
    if !known.insert(schema.at.clone()) {
        return;
    }
    each(schema, |kind, index| {
        let at = format!("{}/{kind}/{index}", schema.at);
        if kind == "enum" {
            let value = schema.value.pointer(&format!("/enum/{index}"));
            let value = value.map(Value::to_string).unwrap_or_default();
            found.insert(at, format!("the value {value}"));
            return;
        }
        if let Some(variant) = Node::at(&at) {
            declare(&variant, found, known);
        }
        found.insert(at, format!("variant {index}"));
    });
    for (name, property) in schema.children("properties") {
        let at = join(&join(&schema.at, "properties"), &name);
        found.insert(at, format!("the member {name}"));
        declare(&property, found, known);
    }
    if let Some(items) = schema.child("items") {
        declare(&items, found, known);
    }
}
