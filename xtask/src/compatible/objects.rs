//! Compares the members of two objects, and the alternatives of two unions.

use serde_json::{Value, json};

use super::Compare;
use super::found::Spot;
use super::rule::{ChangeRule, Direction};
use super::schema::{Node, Rest};
use super::schemas::Pair;
use crate::canonical::NOTHING;
use crate::document::join;

type Property<'a> = (&'a str, Node<'a>);

impl<'a> Compare<'a> {
    /// The properties, whether they are required, and what may come beside them.
    pub(super) fn objects(&mut self, pair: &Pair<'a>) {
        let (old, new) = (pair.old.properties(), pair.new.properties());
        let named = |list: &[Property<'a>], name: &str| list.iter().any(|(one, _)| *one == name);
        let mut gone: Vec<Property<'a>> = Vec::new();
        for (name, node) in &old {
            match new.iter().find(|(one, _)| one == name) {
                Some((_, now)) => {
                    self.required(pair, name);
                    let label = format!("the property {}", said(pair, name));
                    self.schemas(node, now, pair.direction, &label);
                }
                None => gone.push((name, node.clone())),
            }
        }
        let mut come: Vec<Property<'a>> = new
            .iter()
            .filter(|(name, _)| !named(&old, name))
            .cloned()
            .collect();
        self.renamed_properties(pair, &mut gone, &mut come);
        for (name, node) in &gone {
            let required = pair.old.requires(name);
            let response = if required {
                ChangeRule::ResponsePropertyRemoved
            } else {
                ChangeRule::OptionalResponsePropertyRemoved
            };
            let rule = pair.rule(ChangeRule::RequestPropertyRemoved, response);
            let spot = Spot {
                old: node.pointer.clone(),
                new: join(&pair.new.at("properties"), name),
            };
            let message = format!("the property {} is gone", said(pair, name));
            self.found
                .add(rule, &spot, (Some(node.value), None), message);
        }
        for (name, node) in &come {
            self.new_property(pair, name, node);
        }
        self.rest(pair);
    }

    fn new_property(&mut self, pair: &Pair<'a>, name: &str, node: &Node<'a>) {
        let request = if pair.new.requires(name) {
            ChangeRule::RequiredRequestPropertyAdded
        } else {
            ChangeRule::RequestPropertyAdded
        };
        let response = if matches!(pair.old.rest(), Rest::Closed) {
            ChangeRule::ClosedResponsePropertyAdded
        } else {
            ChangeRule::ResponsePropertyAdded
        };
        let spot = Spot {
            old: join(&pair.old.at("properties"), name),
            new: node.pointer.clone(),
        };
        let message = format!("the property {} is new", said(pair, name));
        let rule = pair.rule(request, response);
        self.found
            .add(rule, &spot, (None, Some(node.value)), message);
    }

    /// A property that is gone and one that is new are one, when each is the only one like the other.
    fn renamed_properties(
        &mut self,
        pair: &Pair<'a>,
        gone: &mut Vec<Property<'a>>,
        come: &mut Vec<Property<'a>>,
    ) {
        let like = |compare: &Self, old: &Property<'a>, new: &Property<'a>| {
            pair.old.requires(old.0) == pair.new.requires(new.0)
                && compare.alike(&old.1, &new.1, pair.direction)
        };
        let pairs: Vec<(Property<'a>, Property<'a>)> = gone
            .iter()
            .filter_map(|old| {
                let mut fitting = come.iter().filter(|new| like(self, old, new));
                let new = fitting.next().filter(|_| fitting.next().is_none())?;
                let rivals = gone.iter().filter(|other| like(self, other, new)).count();
                (rivals == 1).then(|| (old.clone(), new.clone()))
            })
            .collect();
        for (old, new) in pairs {
            gone.retain(|one| one.0 != old.0);
            come.retain(|one| one.0 != new.0);
            let rule = pair.rule(
                ChangeRule::RequestPropertyRenamed,
                ChangeRule::ResponsePropertyRenamed,
            );
            let spot = Spot {
                old: old.1.pointer.clone(),
                new: new.1.pointer.clone(),
            };
            let message = format!("the property {} has another name", said(pair, old.0));
            let sides = (old.0.to_owned(), new.0.to_owned());
            self.found.add_text(rule, &spot, sides, message);
        }
    }

    fn required(&mut self, pair: &Pair<'a>, name: &str) {
        let (rule, what) = match (pair.old.requires(name), pair.new.requires(name)) {
            (false, true) => (
                pair.rule(
                    ChangeRule::RequestPropertyBecameRequired,
                    ChangeRule::ResponsePropertyBecameRequired,
                ),
                "required",
            ),
            (true, false) => (
                pair.rule(
                    ChangeRule::RequestPropertyBecameOptional,
                    ChangeRule::ResponsePropertyBecameOptional,
                ),
                "optional",
            ),
            (true, true) | (false, false) => return,
        };
        let before = if what == "required" {
            "optional"
        } else {
            "required"
        };
        // Two properties that change at once share the list; the index keeps them apart.
        let at = |schema: &super::schema::Schema<'_>| {
            let list = schema.word("required").and_then(Value::as_array);
            let index = list.and_then(|list| list.iter().position(|one| one == &json!(name)));
            match index {
                Some(index) => join(&schema.at("required"), &index.to_string()),
                None => schema.at("required"),
            }
        };
        let spot = Spot {
            old: at(&pair.old),
            new: at(&pair.new),
        };
        let message = format!("the property {} became {what}", said(pair, name));
        let sides = (before.to_owned(), what.to_owned());
        self.found.add_text(rule, &spot, sides, message);
    }

    fn rest(&mut self, pair: &Pair<'a>) {
        let spot = pair.at("additionalProperties");
        let (old, new) = (pair.old.rest(), pair.new.rest());
        let wider = match (&old, &new) {
            (Rest::Open, Rest::Open) | (Rest::Closed, Rest::Closed) => return,
            (Rest::Of(old), Rest::Of(new)) => {
                let label = format!("a further member of {}", pair.label);
                self.schemas(old, new, pair.direction, &label);
                return;
            }
            (Rest::Open, _) | (Rest::Of(_), Rest::Closed) => false,
            (Rest::Closed, _) | (Rest::Of(_), Rest::Open) => true,
        };
        let (rule, what) = if wider {
            let rule = pair.rule(
                ChangeRule::RequestUnknownPropertiesAllowed,
                ChangeRule::ResponseUnknownPropertiesAllowed,
            );
            (rule, "may have members that are not named")
        } else {
            let rule = pair.rule(
                ChangeRule::RequestUnknownPropertiesForbidden,
                ChangeRule::ResponseUnknownPropertiesForbidden,
            );
            (rule, "may not have any member that is not named")
        };
        let key = "additionalProperties";
        let sides = (pair.old.word(key), pair.new.word(key));
        let message = format!("{} {what}", pair.label);
        self.found.add(rule, &spot, sides, message);
    }

    /// The alternatives of a union, matched by name, then by meaning, then by place.
    pub(super) fn variants(&mut self, pair: &Pair<'a>) {
        let (mut gone, mut come) = (pair.old.variants.clone(), pair.new.variants.clone());
        if gone.is_empty() && come.is_empty() {
            return;
        }
        self.matched(pair, &mut gone, &mut come, |_, old, new| {
            old.reference().is_some() && old.reference() == new.reference()
        });
        let direction = pair.direction;
        self.matched(pair, &mut gone, &mut come, |compare, old, new| {
            compare.alike(old, new, direction)
        });
        for node in &gone {
            let rule = pair.rule(
                ChangeRule::RequestVariantRemoved,
                ChangeRule::ResponseVariantRemoved,
            );
            let spot = Spot {
                old: node.pointer.clone(),
                new: pair.new.at(union(pair)),
            };
            let message = format!("{} has one alternative less", pair.label);
            self.found
                .add(rule, &spot, (Some(node.value), None), message);
        }
        for node in &come {
            let rule = pair.rule(
                ChangeRule::RequestVariantAdded,
                ChangeRule::ResponseVariantAdded,
            );
            let spot = Spot {
                old: pair.old.at(union(pair)),
                new: node.pointer.clone(),
            };
            let message = format!("{} has one alternative more", pair.label);
            self.found
                .add(rule, &spot, (None, Some(node.value)), message);
        }
        let (old, new) = (
            pair.old.word("discriminator"),
            pair.new.word("discriminator"),
        );
        if old != new {
            let rule = pair.rule(
                ChangeRule::RequestDiscriminatorChanged,
                ChangeRule::ResponseDiscriminatorChanged,
            );
            let message = format!(
                "the alternatives of {} are told apart in another way",
                pair.label
            );
            self.found
                .add(rule, &pair.at("discriminator"), (old, new), message);
        }
    }

    /// Compares and takes out what belongs together.
    fn matched(
        &mut self,
        pair: &Pair<'a>,
        gone: &mut Vec<Node<'a>>,
        come: &mut Vec<Node<'a>>,
        together: impl Fn(&Self, &Node<'a>, &Node<'a>) -> bool,
    ) {
        let mut left = Vec::new();
        for old in gone.drain(..) {
            match come.iter().position(|new| together(self, &old, new)) {
                Some(index) => {
                    let new = come.remove(index);
                    let label = format!("an alternative of {}", pair.label);
                    self.schemas(&old, &new, pair.direction, &label);
                }
                None => left.push(old),
            }
        }
        *gone = left;
    }

    /// The members of two mappings that no other rule looks at.
    pub(super) fn leftovers(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        known: &[&str],
        label: &str,
    ) {
        let spot = Spot {
            old: old.pointer.clone(),
            new: new.pointer.clone(),
        };
        let mut keys: Vec<&str> = Vec::new();
        for (key, _) in old.members().into_iter().chain(new.members()) {
            if !known.contains(&key) && !keys.contains(&key) && key != "$ref" {
                keys.push(key);
            }
        }
        for key in keys {
            let sides = (old.value.get(key), new.value.get(key));
            if sides.0 == sides.1 {
                continue;
            }
            let spot = spot.join(key);
            match key {
                "description" | "summary" | "externalDocs" => {
                    let message = format!("the {key} of {label} changed");
                    self.found
                        .add(ChangeRule::DocumentationChanged, &spot, sides, message);
                }
                "example" | "examples" => {
                    let message = format!("the {key} of {label} changed");
                    let (spot, sides) = spot.innermost(sides);
                    self.found
                        .add(ChangeRule::ExampleChanged, &spot, sides, message);
                }
                key => self.unknown_word(&spot, key, sides, label),
            }
        }
    }
}

/// How a property is called.
fn said(pair: &Pair<'_>, name: &str) -> String {
    match &pair.new.component {
        Some(component) => format!("{component}.{name}"),
        None => format!("{name} of {}", pair.label),
    }
}

fn union(pair: &Pair<'_>) -> &'static str {
    match (pair.new.union, pair.old.union) {
        ("", old) => old,
        (new, _) => new,
    }
}

/// What a side without the thing is shown as.
pub(super) fn nothing() -> String {
    NOTHING.to_owned()
}

/// The direction in which the body of a message travels.
pub(super) const fn body_of(direction: Direction) -> &'static str {
    match direction {
        Direction::Request | Direction::Both => "the request body",
        Direction::Response => "the body of the answer",
    }
}
