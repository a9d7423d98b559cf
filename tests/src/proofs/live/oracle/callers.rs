//! What the document says about callers: against whom a request is counted, and what belongs to one of them.

use super::{Alternative, Node, Operation, join};

/// Against whom a request is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// The principal that it proves, whichever token it presents.
    Principal,
    /// The token that it presents.
    Token,
    /// The address it comes from.
    Address,
}

/// A part of a request that names something of a caller.
#[derive(Debug, Clone)]
pub struct Owned {
    /// The name of the parameter or of the body's member.
    pub name: String,
    /// Whether it is a member of the body; otherwise it is a parameter.
    pub in_body: bool,
    /// Where the document says so.
    pub at: String,
    /// The status with which somebody else's is answered; `None` where the document says nothing that can be read.
    pub others: Option<u16>,
}

const PROVES: &str = "x-proves";
const OWNED_BY: &str = "x-owned-by";

impl Operation {
    /// Against whom a request is counted that fulfils a security requirement, and where the document says so: at the
    /// operation, where a request proves its caller in its body, or at a scheme.
    pub fn counted(&self, alternative: Option<&Alternative>) -> (Counted, String) {
        let schemes = alternative.into_iter().flat_map(|one| &one.schemes);
        let schemes = schemes
            .filter_map(|(one, _)| Node::at(&join("/components/securitySchemes", &one.name)));
        let mut nodes = std::iter::once(self.node.clone()).chain(schemes);
        let said = nodes.find_map(|node| {
            let counted = match node.text(PROVES)? {
                "principal" => Counted::Principal,
                "token" => Counted::Token,
                _ => return None,
            };
            Some((counted, join(&node.at, PROVES)))
        });
        said.unwrap_or_else(|| (Counted::Address, self.node.at.clone()))
    }

    /// The parts of its requests that name something of a caller.
    pub fn owned(&self) -> Vec<Owned> {
        let parameters = self.parameters.iter().map(|one| (&one.name, &one.node));
        let parameters = parameters.filter_map(|(name, node)| owned(name.clone(), false, node));
        let mut found: Vec<Owned> = parameters.collect();
        let media = self.body.iter().flat_map(|body| &body.media);
        for (name, member) in media.flat_map(|(_, schema)| schema.children("properties")) {
            let known = |one: &Owned| one.in_body && one.name == name;
            if !found.iter().any(known) {
                found.extend(owned(name, true, &member));
            }
        }
        found
    }
}

fn owned(name: String, in_body: bool, node: &Node) -> Option<Owned> {
    let said = node.value.get(OWNED_BY)?;
    if said == "nobody" {
        return None;
    }
    let others = said.get("others").and_then(serde_json::Value::as_str);
    Some(Owned {
        name,
        in_body,
        at: join(&node.at, OWNED_BY),
        others: others.and_then(|status| status.parse().ok()),
    })
}
