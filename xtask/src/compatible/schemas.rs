//! Compares two schemas, for what callers send or for what they are sent.
//!
//! Which values they admit is `values`' and `constraints`' job, what their members are `objects`'.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Compare;
use super::found::{Found, Spot};
use super::rule::{ChangeRule, Direction};
use super::schema::{Node, Schema};

/// Two schemas in the same place, read.
pub(super) struct Pair<'a> {
    pub old: Schema<'a>,
    pub new: Schema<'a>,
    pub direction: Direction,
    /// What people call it.
    pub label: String,
}

impl Pair<'_> {
    /// Where a keyword is on both sides.
    pub fn at(&self, key: &str) -> Spot {
        Spot {
            old: self.old.at(key),
            new: self.new.at(key),
        }
    }

    /// The rule of the direction.
    pub fn rule(&self, request: ChangeRule, response: ChangeRule) -> ChangeRule {
        match self.direction {
            Direction::Response => response,
            Direction::Request | Direction::Both => request,
        }
    }
}

/// Keywords that are compared by a rule of their own; what is not among them is compared as it is.
const UNDERSTOOD: [&str; 35] = [
    "type",
    "enum",
    "const",
    "format",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "default",
    "deprecated",
    "discriminator",
    "title",
    "description",
    "example",
    "examples",
    "externalDocs",
    "$comment",
    "x-secret",
    "x-owned-by",
    "x-divergence",
    "x-error",
    "nullable",
];

impl<'a> Compare<'a> {
    /// Compares two schemas and everything below them.
    pub(super) fn schemas(
        &mut self,
        old: &Node<'a>,
        new: &Node<'a>,
        direction: Direction,
        label: &str,
    ) {
        let mut pair = Pair {
            old: Schema::read(self.old, old),
            new: Schema::read(self.new, new),
            direction,
            label: label.to_owned(),
        };
        self.type_name(&pair);
        let written = Spot {
            old: old.pointer.clone(),
            new: new.pointer.clone(),
        };
        if !self.found.first_time(&written, direction) {
            return;
        }
        self.annotations(&pair);
        // A schema beside a union is a union of one.
        match (pair.old.variants.is_empty(), pair.new.variants.is_empty()) {
            (true, false) if pair.old.types.is_some() => pair.old.variants.push(old.clone()),
            (false, true) if pair.new.types.is_some() => pair.new.variants.push(new.clone()),
            _ => {}
        }
        if pair.old.types.is_some() != pair.new.types.is_some()
            && !pair.old.variants.is_empty()
            && !pair.new.variants.is_empty()
        {
            self.variants(&pair);
            return;
        }
        if !self.admitted(&pair) {
            return;
        }
        self.constraints(&pair);
        self.default(&pair);
        self.objects(&pair);
        self.items(&pair);
        self.variants(&pair);
        self.unknown(&pair);
    }

    /// Whether two schemas mean the same, apart from texts.
    pub(super) fn alike(&self, old: &Node<'a>, new: &Node<'a>, direction: Direction) -> bool {
        let mut scratch = Compare {
            old: self.old,
            new: self.new,
            found: Found::default(),
            depth: self.depth + 1,
        };
        // A type that contains itself is only ever the same by its name.
        if scratch.depth > 8 {
            return old.value == new.value;
        }
        scratch.schemas(old, new, direction, "");
        !scratch.found.matters()
    }

    fn type_name(&mut self, pair: &Pair<'a>) {
        let (Some(old), Some(new)) = (&pair.old.component, &pair.new.component) else {
            return;
        };
        if old != new {
            self.found.add_text(
                ChangeRule::TypeRenamed,
                &Spot {
                    old: format!("/components/schemas/{old}"),
                    new: format!("/components/schemas/{new}"),
                },
                (old.clone(), new.clone()),
                format!("the type of {} has another name", pair.label),
            );
        }
    }

    fn annotations(&mut self, pair: &Pair<'a>) {
        for (key, rule) in [
            ("title", ChangeRule::DocumentationChanged),
            ("description", ChangeRule::DocumentationChanged),
            ("externalDocs", ChangeRule::DocumentationChanged),
            ("example", ChangeRule::ExampleChanged),
            ("examples", ChangeRule::ExampleChanged),
            ("x-owned-by", ChangeRule::OwnerChanged),
        ] {
            let sides = (pair.old.word(key), pair.new.word(key));
            if sides.0 != sides.1 {
                let message = format!("the {key} of {} changed", pair.label);
                self.found.add(rule, &pair.at(key), sides, message);
            }
        }
        let key = "x-error";
        let sides = (pair.old.word(key), pair.new.word(key));
        let rule = ChangeRule::ErrorPlacesChanged;
        self.told(rule, key, &pair.at(key), sides, &pair.label);
        self.flag(
            pair,
            "x-secret",
            (ChangeRule::SecretMarked, ChangeRule::SecretUnmarked),
        );
        self.flag(
            pair,
            "deprecated",
            (
                ChangeRule::ElementDeprecated,
                ChangeRule::ElementUndeprecated,
            ),
        );
    }

    fn flag(&mut self, pair: &Pair<'a>, key: &str, (on, off): (ChangeRule, ChangeRule)) {
        let (old, new) = (pair.old.word(key), pair.new.word(key));
        let said = |value: Option<&Value>| value == Some(&Value::Bool(true));
        let rule = match (said(old), said(new)) {
            (false, true) => on,
            (true, false) => off,
            (true, true) | (false, false) => return,
        };
        let message = format!("{} has another {key}", pair.label);
        self.found.add(rule, &pair.at(key), (old, new), message);
    }

    fn items(&mut self, pair: &Pair<'a>) {
        let open = Node {
            value: &Value::Bool(true),
            pointer: String::new(),
        };
        let side = |schema: &Schema<'a>| {
            let node = schema.words.get("items").cloned();
            node.unwrap_or_else(|| Node {
                pointer: schema.at("items"),
                ..open.clone()
            })
        };
        let (old, new) = (side(&pair.old), side(&pair.new));
        let label = format!("an item of {}", pair.label);
        self.schemas_if_any(pair, ("items", &old, &new), &label);
    }

    fn schemas_if_any(
        &mut self,
        pair: &Pair<'a>,
        (key, old, new): (&str, &Node<'a>, &Node<'a>),
        label: &str,
    ) {
        if pair.old.words.contains_key(key) || pair.new.words.contains_key(key) {
            self.schemas(old, new, pair.direction, label);
        }
    }

    /// Keywords without a rule of their own.
    fn unknown(&mut self, pair: &Pair<'a>) {
        let keys: BTreeSet<&str> = pair
            .old
            .words
            .keys()
            .chain(pair.new.words.keys())
            .copied()
            .filter(|key| !UNDERSTOOD.contains(key) || *key == "x-divergence")
            .collect();
        for key in keys {
            let sides = (pair.old.word(key), pair.new.word(key));
            if sides.0 != sides.1 {
                self.unknown_word(&pair.at(key), key, sides, &pair.label);
            }
        }
    }

    /// A keyword without a rule of its own, or an extension.
    pub(super) fn unknown_word(
        &mut self,
        spot: &Spot,
        key: &str,
        sides: (Option<&Value>, Option<&Value>),
        label: &str,
    ) {
        let rule = if key.starts_with("x-") {
            ChangeRule::ExtensionChanged
        } else {
            ChangeRule::KeywordChanged
        };
        let message = format!("{key} of {label} changed");
        self.found.add(rule, spot, sides, message);
    }
}
