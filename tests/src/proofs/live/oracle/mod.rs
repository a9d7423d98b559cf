//! The document as the live proof reads it: operations with the pointer of each fact, and a validator per schema.
//!
//! Nothing here may fail on a document that says something unexpected: what cannot be read is left out,
//! and the proof then finds that the server does it.

mod callers;
mod schema;
mod tags;

use serde_json::Value;

pub use callers::{Counted, Owned};
pub use schema::{Settled, faults, is_valid, settled, unnamed};
pub use tags::{Refusal, Tag, tags};

use crate::harness::document::{DOCUMENT, members};

/// A node of the document, references followed, and where it is.
#[derive(Debug, Clone)]
pub struct Node {
    /// The JSON pointer of the node itself.
    pub at: String,
    /// The node.
    pub value: &'static Value,
}

impl Node {
    /// The node at a pointer, references followed.
    pub fn at(pointer: &str) -> Option<Self> {
        let mut at = pointer.to_owned();
        // A chain of references longer than this is a circle.
        for _ in 0..8 {
            let value = DOCUMENT.pointer(&at)?;
            match value.get("$ref").and_then(Value::as_str) {
                Some(reference) => at = reference.strip_prefix('#')?.to_owned(),
                None => return Some(Self { at, value }),
            }
        }
        None
    }

    /// A child, references followed.
    pub fn child(&self, key: &str) -> Option<Self> {
        self.value.get(key)?;
        Self::at(&join(&self.at, key))
    }

    /// The children of a child that is an object, references followed.
    pub fn children(&self, key: &str) -> Vec<(String, Self)> {
        let Some(parent) = self.child(key) else {
            return Vec::new();
        };
        let names = parent.value.as_object().into_iter().flatten();
        names
            .filter_map(|(name, _)| Some((name.clone(), parent.child(name)?)))
            .collect()
    }

    /// A text member.
    pub fn text(&self, key: &str) -> Option<&'static str> {
        self.value.get(key)?.as_str()
    }

    /// Whether a member is `true`.
    pub fn is(&self, key: &str) -> bool {
        self.value.get(key) == Some(&Value::Bool(true))
    }
}

/// Appends a token to a JSON pointer.
pub fn join(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
}

/// An operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// `operationId`, or method and path where there is none.
    pub id: String,
    /// Its tag; empty where there is none.
    pub dialect: String,
    /// The method in upper case.
    pub method: String,
    /// The path template.
    pub path: String,
    /// The operation object.
    pub node: Node,
    /// The parameters of path and operation.
    pub parameters: Vec<Parameter>,
    /// The body, if one is documented.
    pub body: Option<Body>,
    /// The security requirements; none when nothing is asked for.
    pub security: Vec<Alternative>,
}

/// A parameter.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// `path`, `query`, `header` or `cookie`.
    pub location: String,
    /// Whether it must be sent.
    pub required: bool,
    /// The parameter object.
    pub node: Node,
}

/// A request body.
#[derive(Debug, Clone)]
pub struct Body {
    /// Whether it must be sent.
    pub required: bool,
    /// The body object.
    pub node: Node,
    /// Its media types, with the schema of each.
    pub media: Vec<(String, Node)>,
}

/// One of the security requirements of an operation.
#[derive(Debug, Clone)]
pub struct Alternative {
    /// Where it stands.
    pub at: String,
    /// The schemes asked for together, with their scopes.
    pub schemes: Vec<(Scheme, Vec<String>)>,
}

/// A security scheme.
#[derive(Debug, Clone)]
pub struct Scheme {
    /// Its name in the document.
    pub name: String,
    /// Where it is sent.
    pub carrier: Carrier,
}

/// Where a credential is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carrier {
    /// `Authorization: Bearer`.
    Bearer,
    /// `Authorization: Basic`.
    Basic,
    /// A header.
    Header(String),
    /// A query parameter.
    Query(String),
    /// A cookie.
    Cookie(String),
    /// The document says something else.
    Unknown,
}

impl Operation {
    /// A declared answer.
    pub fn response(&self, status: u16) -> Option<Node> {
        self.node.child("responses")?.child(&status.to_string())
    }

    /// The declared statuses.
    pub fn statuses(&self) -> Vec<u16> {
        members(self.node.value, "responses")
            .filter_map(|(status, _)| status.parse().ok())
            .collect()
    }

    /// Where its answers are declared.
    pub fn responses(&self) -> String {
        join(&self.node.at, "responses")
    }

    /// The names that have to be spelt exactly; `*` for all there are.
    pub fn exact_names(&self) -> Vec<&str> {
        let names = self.node.value.get("x-exact-names");
        let names = names.and_then(Value::as_array).into_iter().flatten();
        names.filter_map(Value::as_str).collect()
    }

    /// The security requirement that asks for nothing, if there is one.
    pub fn is_optional(&self) -> bool {
        self.security.is_empty() || self.security.iter().any(|one| one.schemes.is_empty())
    }
}

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Every operation of the document.
pub fn operations() -> Vec<Operation> {
    let mut found = Vec::new();
    let Some(paths) = Node::at("/paths") else {
        return found;
    };
    for (path, _) in members(&DOCUMENT, "paths") {
        let Some(item) = paths.child(path) else {
            continue;
        };
        for method in METHODS {
            if let Some(node) = item.child(method) {
                found.push(operation(path, method, &item, node));
            }
        }
    }
    found
}

fn operation(path: &str, method: &str, item: &Node, node: Node) -> Operation {
    let mut parameters = parameters(item);
    parameters.extend(self::parameters(&node));
    let body = node.child("requestBody").map(|body| Body {
        required: body.is("required"),
        media: body
            .children("content")
            .into_iter()
            .filter_map(|(name, media)| Some((name, media.child("schema")?)))
            .collect(),
        node: body,
    });
    let security = node
        .child("security")
        .or_else(|| Node::at("/security"))
        .map(|list| alternatives(&list))
        .unwrap_or_default();
    let method = method.to_ascii_uppercase();
    let dialect = node.value.pointer("/tags/0").and_then(Value::as_str);
    let id = node.text("operationId").map(str::to_owned);
    Operation {
        id: id.unwrap_or_else(|| format!("{method} {path}")),
        dialect: dialect.unwrap_or_default().to_owned(),
        method,
        path: path.to_owned(),
        node,
        parameters,
        body,
        security,
    }
}

fn parameters(node: &Node) -> Vec<Parameter> {
    let Some(list) = node.child("parameters") else {
        return Vec::new();
    };
    let count = list.value.as_array().map_or(0, Vec::len);
    (0..count)
        .filter_map(|index| {
            let node = Node::at(&format!("{}/{index}", list.at))?;
            Some(Parameter {
                name: node.text("name")?.to_owned(),
                location: node.text("in")?.to_owned(),
                required: node.is("required"),
                node,
            })
        })
        .collect()
}

fn alternatives(list: &Node) -> Vec<Alternative> {
    let all = list.value.as_array().into_iter().flatten().enumerate();
    all.map(|(index, one)| Alternative {
        at: format!("{}/{index}", list.at),
        schemes: one
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, scopes)| (scheme(name), texts(scopes)))
            .collect(),
    })
    .collect()
}

fn texts(list: &Value) -> Vec<String> {
    let all = list.as_array().into_iter().flatten();
    all.filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}

fn scheme(name: &str) -> Scheme {
    let node = Node::at(&join("/components/securitySchemes", name));
    let say = |key| node.as_ref().and_then(|node| node.text(key));
    let named = || say("name").unwrap_or_default().to_owned();
    let carrier = match (say("type"), say("scheme"), say("in")) {
        (Some("http"), Some("bearer"), _) => Carrier::Bearer,
        (Some("http"), Some("basic"), _) => Carrier::Basic,
        (Some("apiKey"), _, Some("header")) => Carrier::Header(named()),
        (Some("apiKey"), _, Some("query")) => Carrier::Query(named()),
        (Some("apiKey"), _, Some("cookie")) => Carrier::Cookie(named()),
        _ => Carrier::Unknown,
    };
    Scheme {
        name: name.to_owned(),
        carrier,
    }
}
