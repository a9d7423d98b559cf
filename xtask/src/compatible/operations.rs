//! Pairs the operations of two documents and compares them: what they are, and the body that callers send.

use serde_json::Value;

use super::Compare;
use super::found::Spot;
use super::objects::{body_of, nothing};
use super::rule::{ChangeRule, Direction};
use super::schema::Node;
use crate::document::{METHODS, join};

/// An operation with what its path says for it.
#[derive(Debug, Clone)]
pub(super) struct Operation<'a> {
    pub path: &'a str,
    pub method: &'static str,
    pub node: Node<'a>,
    /// Its own parameters and those of its path, with references followed.
    pub parameters: Vec<Node<'a>>,
}

impl<'a> Operation<'a> {
    /// All operations of a document.
    pub fn all(document: &'a Value) -> Vec<Self> {
        let root = Node {
            value: document,
            pointer: String::new(),
        };
        let paths = root.get("paths").map(|paths| paths.members());
        let mut found = Vec::new();
        for (path, item) in paths.into_iter().flatten() {
            let shared = item.get("parameters").map(|list| list.items());
            for method in METHODS {
                let Some(node) = item.get(method) else {
                    continue;
                };
                let own = node.get("parameters").map(|list| list.items());
                let mut parameters: Vec<Node<'a>> = Vec::new();
                // What the operation says comes first and hides what the path says.
                for parameter in own.into_iter().chain(shared.clone()).flatten() {
                    let parameter = parameter.resolve(document);
                    if !parameters.iter().any(|one| key(one) == key(&parameter)) {
                        parameters.push(parameter);
                    }
                }
                found.push(Self {
                    path,
                    method,
                    node,
                    parameters,
                });
            }
        }
        found
    }

    /// Its operationId, or else method and path.
    pub fn name(&self) -> String {
        match self.node.text("operationId") {
            "" => format!("{} {}", self.method.to_uppercase(), self.path),
            id => id.to_owned(),
        }
    }

    /// The path without the names of its parameters, which no URL shows.
    fn template(&self) -> String {
        let parts = self
            .path
            .split('/')
            .map(|part| if part.starts_with('{') { "{}" } else { part });
        parts.collect::<Vec<_>>().join("/")
    }

    pub fn path_names(&self) -> Vec<&'a str> {
        let parts = self.path.split('/');
        parts
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .collect()
    }
}

/// Where a parameter is, and its name as it is told apart there.
pub(super) fn key(parameter: &Node<'_>) -> (String, String) {
    let place = parameter.text("in");
    let name = parameter.text("name");
    let name = if place == "header" {
        name.to_ascii_lowercase()
    } else {
        name.to_owned()
    };
    (place.to_owned(), name)
}

impl<'a> Compare<'a> {
    /// All operations: by path and method first, then by operationId.
    pub(super) fn operations(&mut self) {
        let mut gone = Operation::all(self.old);
        let mut come = Operation::all(self.new);
        let mut pairs = Vec::new();
        for by_route in [true, false] {
            gone.retain(|old| {
                let same = |new: &Operation<'a>| {
                    if by_route {
                        (old.template(), old.method) == (new.template(), new.method)
                    } else {
                        !old.node.text("operationId").is_empty() && old.name() == new.name()
                    }
                };
                let index = come.iter().position(same);
                if let Some(index) = index {
                    pairs.push((old.clone(), come.remove(index)));
                }
                index.is_none()
            });
        }
        for old in &gone {
            self.found.enter(Some(old.name()));
            let rule = if old.node.flag("deprecated") {
                ChangeRule::DeprecatedOperationRemoved
            } else {
                ChangeRule::OperationRemoved
            };
            self.whole_operation(rule, old, "is gone", (old.route(), nothing()));
        }
        for new in &come {
            self.found.enter(Some(new.name()));
            let sides = (nothing(), new.route());
            self.whole_operation(ChangeRule::OperationAdded, new, "is new", sides);
        }
        for (old, new) in &pairs {
            self.found.enter(Some(new.name()));
            self.operation(old, new);
        }
        self.found.enter(None);
    }

    fn whole_operation(
        &mut self,
        rule: ChangeRule,
        operation: &Operation<'a>,
        what: &str,
        sides: (String, String),
    ) {
        let spot = Spot {
            old: operation.node.pointer.clone(),
            new: operation.node.pointer.clone(),
        };
        let message = format!("the operation {} {what}", operation.name());
        self.found.add_text(rule, &spot, sides, message);
    }

    fn operation(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        const KNOWN: [&str; 11] = [
            "operationId",
            "tags",
            "deprecated",
            "security",
            "parameters",
            "requestBody",
            "responses",
            "x-rate-bucket",
            "x-proves",
            "x-cors",
            "x-one-proof",
        ];
        let name = new.name();
        let spot = Spot {
            old: old.node.pointer.clone(),
            new: new.node.pointer.clone(),
        };
        if old.template() != new.template() {
            let sides = (old.path.to_owned(), new.path.to_owned());
            let message = format!("{name} has another path");
            self.found
                .add_text(ChangeRule::OperationPathChanged, &spot, sides, message);
        }
        if old.method != new.method {
            let sides = (old.method.to_owned(), new.method.to_owned());
            let message = format!("{name} has another method");
            self.found
                .add_text(ChangeRule::OperationMethodChanged, &spot, sides, message);
        }
        for (key, rule) in [
            ("operationId", ChangeRule::OperationIdRenamed),
            ("tags", ChangeRule::OperationTagChanged),
            ("x-rate-bucket", ChangeRule::RateBucketChanged),
            ("x-proves", ChangeRule::CountedOtherwise),
        ] {
            // The bucket called `default` is the one of operations that name none.
            let said = |operation: &Operation<'a>| {
                let value = operation.node.value.get(key);
                value.filter(|value| key != "x-rate-bucket" || *value != "default")
            };
            let sides = (said(old), said(new));
            if sides.0 != sides.1 {
                let message = format!("{key} of {name} changed");
                self.found.add(rule, &spot.join(key), sides, message);
            }
        }
        let key = "x-one-proof";
        let sides = (old.node.value.get(key), new.node.value.get(key));
        self.told(
            ChangeRule::OneProofChanged,
            key,
            &spot.join(key),
            sides,
            &name,
        );
        let key = "x-cors";
        let sides = (old.node.value.get(key), new.node.value.get(key));
        let is_open = |side: Option<&Value>| side.is_some_and(|who| who == "any");
        let rule = match (is_open(sides.0), is_open(sides.1)) {
            (true, false) => Some(ChangeRule::CorsClosed),
            (false, true) => Some(ChangeRule::CorsOpened),
            (true, true) | (false, false) => None,
        };
        if let Some(rule) = rule {
            let message = format!("{key} of {name} changed");
            self.found.add(rule, &spot.join(key), sides, message);
        }
        let rule = match (old.node.flag("deprecated"), new.node.flag("deprecated")) {
            (false, true) => Some(ChangeRule::OperationDeprecated),
            (true, false) => Some(ChangeRule::OperationUndeprecated),
            (true, true) | (false, false) => None,
        };
        if let Some(rule) = rule {
            let key = "deprecated";
            let sides = (old.node.value.get(key), new.node.value.get(key));
            let message = format!("{name} has another {key}");
            self.found.add(rule, &spot.join(key), sides, message);
        }
        self.leftovers(&old.node, &new.node, &KNOWN, &name);
        self.parameters(old, new);
        self.request_body(old, new);
        self.security(&old.node, &new.node, &name);
        let answers = (old.node.get("responses"), new.node.get("responses"));
        let sides = (answers.0.as_ref(), answers.1.as_ref());
        self.answers(sides, &spot.join("responses"), &name);
    }

    fn request_body(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        let at = Spot {
            old: join(&old.node.pointer, "requestBody"),
            new: join(&new.node.pointer, "requestBody"),
        };
        let body = |operation: &Operation<'a>, document: &'a Value| {
            let node = operation.node.get("requestBody");
            node.map(|node| node.resolve(document))
        };
        let name = new.name();
        let (old, new) = (body(old, self.old), body(new, self.new));
        let (old, new) = match (old, new) {
            (None, None) => return,
            (Some(old), None) => {
                let sides = (Some(old.value), None);
                let message = format!("{name} has no request body any more");
                self.found
                    .add(ChangeRule::RequestBodyRemoved, &at, sides, message);
                return;
            }
            (None, Some(new)) => {
                let (rule, what) = if new.flag("required") {
                    (ChangeRule::RequiredBodyAdded, "needs")
                } else {
                    (ChangeRule::OptionalBodyAdded, "takes")
                };
                let sides = (None, Some(new.value));
                let message = format!("{name} {what} a request body");
                self.found.add(rule, &at, sides, message);
                return;
            }
            (Some(old), Some(new)) => (old, new),
        };
        let spot = Spot {
            old: old.pointer.clone(),
            new: new.pointer.clone(),
        };
        let rule = match (old.flag("required"), new.flag("required")) {
            (false, true) => Some((ChangeRule::RequestBodyBecameRequired, "required")),
            (true, false) => Some((ChangeRule::RequestBodyBecameOptional, "optional")),
            (true, true) | (false, false) => None,
        };
        if let Some((rule, what)) = rule {
            let sides = (old.value.get("required"), new.value.get("required"));
            let message = format!("the request body of {name} became {what}");
            self.found.add(rule, &spot.join("required"), sides, message);
        }
        let label = body_of(Direction::Request);
        self.leftovers(&old, &new, &["required", "content"], label);
        self.content(&old, &new, Direction::Request);
    }
}

impl Operation<'_> {
    fn route(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }
}
