//! Pairs the parameters of an operation and compares them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Compare;
use super::found::Spot;
use super::operations::{Operation, key};
use super::rule::{ChangeRule, Direction};
use super::schema::Node;
use crate::document::join;

impl<'a> Compare<'a> {
    pub(super) fn parameters(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
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
        const KNOWN: [&str; 11] = [
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
            "x-owned-by",
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
        let key = "x-owned-by";
        let sides = (old.value.get(key), new.value.get(key));
        if sides.0 != sides.1 {
            let message = format!("{label} has another owner");
            let spot = spot.join(key);
            self.found
                .add(ChangeRule::OwnerChanged, &spot, sides, message);
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
