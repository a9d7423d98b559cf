//! What the document says about dialects: which prefixes each owns, and how it refuses what no operation answers.

use serde_json::Value;

use super::{Node, join, operations};

/// A dialect.
#[derive(Debug, Clone)]
pub struct Tag {
    /// Where it is described.
    pub at: String,
    /// Its name.
    pub name: String,
    /// The prefixes of its paths (`x-base-path`).
    pub prefixes: Vec<String>,
    /// The refusal of an unknown path.
    pub path: Option<Refusal>,
    /// The refusal of a method that a path does not have.
    pub method: Option<Refusal>,
}

/// How a dialect refuses what no operation answers (`x-unmatched`).
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Where the document says so.
    pub at: String,
    /// The response.
    pub response: Node,
    /// Its status: the one under which an operation of the dialect declares it, or else the usual one.
    pub status: u16,
}

/// Every dialect of the document.
pub fn tags() -> Vec<Tag> {
    let Some(list) = Node::at("/tags") else {
        return Vec::new();
    };
    let count = list.value.as_array().map_or(0, Vec::len);
    let nodes = (0..count).filter_map(|index| Node::at(&format!("/tags/{index}")));
    nodes.map(|node| tag(&node)).collect()
}

fn tag(node: &Node) -> Tag {
    let name = node.text("name").unwrap_or_default().to_owned();
    let prefixes = node.value.get("x-base-path").and_then(Value::as_array);
    let prefixes = prefixes.into_iter().flatten().filter_map(Value::as_str);
    let refusal = |key: &str, usual| {
        let response = node.child("x-unmatched")?.child(key)?;
        Some(Refusal {
            at: join(&join(&node.at, "x-unmatched"), key),
            status: declared_status(&name, &response).unwrap_or(usual),
            response,
        })
    };
    Tag {
        path: refusal("path", 404),
        method: refusal("method", 405),
        prefixes: prefixes.map(str::to_owned).collect(),
        at: node.at.clone(),
        name: name.clone(),
    }
}

/// The status under which an operation of the dialect declares the same response.
fn declared_status(dialect: &str, response: &Node) -> Option<u16> {
    let is_its = |pointer: &Value| pointer.as_str() == Some(dialect);
    operations()
        .iter()
        .filter(|operation| operation.node.value.pointer("/tags/0").is_some_and(is_its))
        .find_map(|operation| {
            let mut statuses = operation.statuses().into_iter();
            statuses.find(|status| {
                let declared = operation.response(*status);
                declared.is_some_and(|declared| declared.at == response.at)
            })
        })
}
