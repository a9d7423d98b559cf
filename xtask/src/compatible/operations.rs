//! Pairs the operations of two documents and compares what callers send.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Compare;
use super::found::Spot;
use super::objects::{body_of, nothing};
use super::rule::{ChangeRule, Direction};
use super::schema::Node;
use crate::document::join;
use crate::lint::sites::METHODS;

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

    fn path_names(&self) -> Vec<&'a str> {
        let parts = self.path.split('/');
        parts
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .collect()
    }
}

/// Where a parameter is, and its name as it is told apart there.
fn key(parameter: &Node<'_>) -> (String, String) {
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
        const KNOWN: [&str; 10] = [
            "operationId",
            "tags",
            "deprecated",
            "security",
            "parameters",
            "requestBody",
            "responses",
            "x-rate-bucket",
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
        self.answers(&old.node, &new.node);
    }

    fn parameters(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        let names: BTreeMap<&str, &str> =
            old.path_names().into_iter().zip(new.path_names()).collect();
        let mut gone = Vec::new();
        let mut come = new.parameters.clone();
        for parameter in &old.parameters {
            let (place, mut name) = key(parameter);
            if place == "path"
                && let Some(now) = names.get(name.as_str())
            {
                (*now).clone_into(&mut name);
            }
            let index = come
                .iter()
                .position(|new| key(new) == (place.clone(), name.clone()));
            match index {
                Some(index) => {
                    let now = come.remove(index);
                    self.parameter(parameter, &now);
                }
                None => gone.push(parameter.clone()),
            }
        }
        self.moved_parameters(&mut gone, &mut come);
        for parameter in &gone {
            let spot = Spot {
                old: parameter.pointer.clone(),
                new: join(&new.node.pointer, "parameters"),
            };
            let message = format!("{} is gone", said(parameter));
            let sides = (Some(parameter.value), None);
            self.found
                .add(ChangeRule::ParameterRemoved, &spot, sides, message);
        }
        for parameter in &come {
            let spot = Spot {
                old: join(&old.node.pointer, "parameters"),
                new: parameter.pointer.clone(),
            };
            let rule = if parameter.flag("required") {
                ChangeRule::RequiredParameterAdded
            } else {
                ChangeRule::OptionalParameterAdded
            };
            let message = format!("{} is new", said(parameter));
            let sides = (None, Some(parameter.value));
            self.found.add(rule, &spot, sides, message);
        }
    }

    /// A parameter that is gone and a new one are one: of that name elsewhere, or like it in that place.
    fn moved_parameters(&mut self, gone: &mut Vec<Node<'a>>, come: &mut Vec<Node<'a>>) {
        for moved in [true, false] {
            let mut left = Vec::new();
            for old in gone.drain(..) {
                let fits = |new: &Node<'a>| {
                    if moved {
                        old.text("name").eq_ignore_ascii_case(new.text("name"))
                    } else {
                        old.text("in") == new.text("in")
                            && old.flag("required") == new.flag("required")
                            && self.alike(&schema_of(&old), &schema_of(new), Direction::Request)
                    }
                };
                let fitting: Vec<usize> = (0..come.len())
                    .filter(|index| come.get(*index).is_some_and(fits))
                    .collect();
                let [index] = fitting.as_slice() else {
                    left.push(old);
                    continue;
                };
                let new = come.remove(*index);
                let (rule, member) = if moved {
                    (ChangeRule::ParameterMoved, "in")
                } else {
                    (ChangeRule::ParameterRenamed, "name")
                };
                let spot = Spot {
                    old: join(&old.pointer, member),
                    new: join(&new.pointer, member),
                };
                let what = if moved {
                    "another place"
                } else {
                    "another name"
                };
                let message = format!("{} has {what}", said(&old));
                let sides = (old.value.get(member), new.value.get(member));
                self.found.add(rule, &spot, sides, message);
                self.parameter(&old, &new);
            }
            *gone = left;
        }
    }

    fn parameter(&mut self, old: &Node<'a>, new: &Node<'a>) {
        const KNOWN: [&str; 10] = [
            "name",
            "in",
            "required",
            "schema",
            "style",
            "explode",
            "allowReserved",
            "deprecated",
            "x-secret",
            "x-optional",
        ];
        let label = said(new);
        let spot = Spot {
            old: old.pointer.clone(),
            new: new.pointer.clone(),
        };
        if old.text("in") == "path" && old.text("name") != new.text("name") {
            let sides = (old.value.get("name"), new.value.get("name"));
            let message = format!("{label} has another name");
            let spot = spot.join("name");
            self.found
                .add(ChangeRule::PathParameterRenamed, &spot, sides, message);
        }
        let rule = match (old.flag("required"), new.flag("required")) {
            (false, true) => Some((ChangeRule::ParameterBecameRequired, "required")),
            (true, false) => Some((ChangeRule::ParameterBecameOptional, "optional")),
            (true, true) | (false, false) => None,
        };
        if let Some((rule, what)) = rule {
            let sides = (old.value.get("required"), new.value.get("required"));
            let message = format!("{label} became {what}");
            self.found.add(rule, &spot.join("required"), sides, message);
        }
        if old.text("in") == new.text("in") && style(old) != style(new) {
            let key = if style(old).0 == style(new).0 {
                "explode"
            } else {
                "style"
            };
            let sides = (format!("{:?}", style(old)), format!("{:?}", style(new)));
            let message = format!("{label} is written in another way");
            let spot = spot.join(key);
            self.found
                .add_text(ChangeRule::ParameterStyleChanged, &spot, sides, message);
        }
        self.element_flags(&spot, (old, new), &label);
        self.leftovers(old, new, &KNOWN, &label);
        self.schemas(&schema_of(old), &schema_of(new), Direction::Request, &label);
    }

    /// `deprecated` and `x-secret` of a parameter or a header.
    pub(super) fn element_flags(
        &mut self,
        spot: &Spot,
        (old, new): (&Node<'a>, &Node<'a>),
        label: &str,
    ) {
        for (key, on, off) in [
            (
                "deprecated",
                ChangeRule::ElementDeprecated,
                ChangeRule::ElementUndeprecated,
            ),
            (
                "x-secret",
                ChangeRule::SecretMarked,
                ChangeRule::SecretUnmarked,
            ),
        ] {
            let rule = match (old.flag(key), new.flag(key)) {
                (false, true) => on,
                (true, false) => off,
                (true, true) | (false, false) => continue,
            };
            let sides = (old.value.get(key), new.value.get(key));
            let message = format!("{label} has another {key}");
            self.found.add(rule, &spot.join(key), sides, message);
        }
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

/// The schema of a parameter or header; none admits everything.
pub(super) fn schema_of<'a>(node: &Node<'a>) -> Node<'a> {
    node.get("schema").unwrap_or_else(|| Node {
        value: &Value::Bool(true),
        pointer: join(&node.pointer, "schema"),
    })
}

fn said(parameter: &Node<'_>) -> String {
    format!(
        "the {} parameter {}",
        parameter.text("in"),
        parameter.text("name")
    )
}

/// Style and explode, written out where the document leaves them out.
fn style(parameter: &Node<'_>) -> (String, bool, bool) {
    let style = match (parameter.text("style"), parameter.text("in")) {
        ("", "query" | "cookie") => "form",
        ("", _) => "simple",
        (style, _) => style,
    };
    let explode = parameter
        .value
        .get("explode")
        .map_or(style == "form", |explode| explode == &json!(true));
    (style.to_owned(), explode, parameter.flag("allowReserved"))
}
