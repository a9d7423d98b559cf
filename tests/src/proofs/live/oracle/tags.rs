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
    /// Its status.
    pub status: u16,
    /// Whether operations answer it too, so that its examples are of them.
    pub is_shared: bool,
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
    let refusal = |key: &str| {
        let answers = node.child("x-unmatched")?.children(key);
        let (status, response) = answers.into_iter().next()?;
        Some(Refusal {
            at: join(&join(&node.at, "x-unmatched"), key),
            status: status.parse().ok()?,
            is_shared: is_of_an_operation(&response),
            response,
        })
    };
    Tag {
        path: refusal("path"),
        method: refusal("method"),
        prefixes: prefixes.map(str::to_owned).collect(),
        at: node.at.clone(),
        name,
    }
}

/// Whether an operation declares the same response.
fn is_of_an_operation(response: &Node) -> bool {
    operations().iter().any(|operation| {
        let declared = operation.statuses().into_iter();
        let mut declared = declared.filter_map(|status| operation.response(status));
        declared.any(|declared| declared.at == response.at)
    })
}
