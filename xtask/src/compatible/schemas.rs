//! Compares two schemas, for what callers send or for what they are sent.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Compare;
use super::found::{Found, Spot};
use super::rule::{ChangeRule, Direction};
use super::schema::{Node, Schema};
use crate::canonical::NOTHING;

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

/// Which of two sets of admitted values is the larger one.
enum Width {
    Same,
    Narrower,
    Wider,
    Other,
}

/// Keywords that are compared by a rule of their own; what is not among them is compared as it is.
const UNDERSTOOD: [&str; 34] = [
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
        match width(pair.old.types.as_ref(), pair.new.types.as_ref()) {
            Width::Same => {
                self.null(&pair);
                self.format(&pair);
                self.values(&pair);
            }
            Width::Narrower => {
                let rule = pair.rule(
                    ChangeRule::RequestTypeNarrowed,
                    ChangeRule::ResponseTypeNarrowed,
                );
                self.types(&pair, rule, "admits fewer types");
                self.null(&pair);
            }
            Width::Wider => {
                let rule = pair.rule(
                    ChangeRule::RequestTypeWidened,
                    ChangeRule::ResponseTypeWidened,
                );
                self.types(&pair, rule, "admits more types");
                self.null(&pair);
            }
            Width::Other => {
                let rule = pair.rule(
                    ChangeRule::RequestTypeChanged,
                    ChangeRule::ResponseTypeChanged,
                );
                self.types(&pair, rule, "has another type");
                return;
            }
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

    fn types(&mut self, pair: &Pair<'a>, rule: ChangeRule, what: &str) {
        let named = |types: &Option<BTreeSet<&'static str>>| {
            types.as_ref().map_or_else(
                || "any".to_owned(),
                |types| types.iter().copied().collect::<Vec<_>>().join(", "),
            )
        };
        self.found.add_text(
            rule,
            &pair.at("type"),
            (named(&pair.old.types), named(&pair.new.types)),
            format!("{} {what}", pair.label),
        );
    }

    fn null(&mut self, pair: &Pair<'a>) {
        let (rule, what) = match (pair.old.null, pair.new.null) {
            (false, true) => (
                pair.rule(
                    ChangeRule::RequestNullAllowed,
                    ChangeRule::ResponseNullAllowed,
                ),
                "may be null",
            ),
            (true, false) => (
                pair.rule(
                    ChangeRule::RequestNullForbidden,
                    ChangeRule::ResponseNullForbidden,
                ),
                "may not be null any more",
            ),
            (true, true) | (false, false) => return,
        };
        let side = |null: bool| if null { "null too" } else { "never null" }.to_owned();
        self.found.add_text(
            rule,
            &pair.at("type"),
            (side(pair.old.null), side(pair.new.null)),
            format!("{} {what}", pair.label),
        );
    }

    fn format(&mut self, pair: &Pair<'a>) {
        // A password is a text like any other; the word is for whoever draws the form.
        let format = |schema: &Schema<'a>| {
            let word = schema.word("format").filter(|word| *word != "password");
            word.and_then(Value::as_str)
        };
        let (old, new) = (format(&pair.old), format(&pair.new));
        let rule = match (old, new) {
            (old, new) if old == new => return,
            (None, Some(_)) | (Some("int64"), Some("int32")) | (Some("double"), Some("float")) => {
                pair.rule(
                    ChangeRule::RequestFormatNarrowed,
                    ChangeRule::ResponseFormatNarrowed,
                )
            }
            (Some(_), None) | (Some("int32"), Some("int64")) | (Some("float"), Some("double")) => {
                pair.rule(
                    ChangeRule::RequestFormatWidened,
                    ChangeRule::ResponseFormatWidened,
                )
            }
            _ => pair.rule(
                ChangeRule::RequestFormatChanged,
                ChangeRule::ResponseFormatChanged,
            ),
        };
        let side = |format: Option<&str>| format.unwrap_or(NOTHING).to_owned();
        self.found.add_text(
            rule,
            &pair.at("format"),
            (side(old), side(new)),
            format!("{} has another format", pair.label),
        );
    }

    /// The listed values, one finding for each that came or went.
    fn values(&mut self, pair: &Pair<'a>) {
        let closed = |schema: &Schema<'a>| schema.values.clone().filter(|_| !schema.open);
        let spot = pair.at("enum");
        match (closed(&pair.old), closed(&pair.new)) {
            (None, None) => {
                if pair.old.open && pair.new.open && pair.old.values != pair.new.values {
                    let sides = (pair.old.word("enum"), pair.new.word("enum"));
                    let message = format!("the known values of {} changed", pair.label);
                    self.found
                        .add(ChangeRule::OpenEnumValuesChanged, &spot, sides, message);
                }
            }
            (None, Some(_)) => {
                let rule = pair.rule(ChangeRule::RequestEnumAdded, ChangeRule::ResponseEnumAdded);
                let message = format!("{} has to be one of a list", pair.label);
                self.found
                    .add(rule, &spot, (None, pair.new.word("enum")), message);
            }
            (Some(_), None) => {
                let rule = pair.rule(
                    ChangeRule::RequestEnumRemoved,
                    ChangeRule::ResponseEnumRemoved,
                );
                let message = format!("{} may have any value", pair.label);
                self.found
                    .add(rule, &spot, (pair.old.word("enum"), None), message);
            }
            (Some(old), Some(new)) => {
                for value in old.iter().filter(|value| !new.contains(value)) {
                    let rule = pair.rule(
                        ChangeRule::RequestEnumValueRemoved,
                        ChangeRule::ResponseEnumValueRemoved,
                    );
                    self.value(pair, rule, (Some(value), None), "is not a value of");
                }
                for value in new.iter().filter(|value| !old.contains(value)) {
                    let rule = pair.rule(
                        ChangeRule::RequestEnumValueAdded,
                        ChangeRule::ResponseEnumValueAdded,
                    );
                    self.value(pair, rule, (None, Some(value)), "is a new value of");
                }
            }
        }
    }

    fn value(
        &mut self,
        pair: &Pair<'a>,
        rule: ChangeRule,
        (old, new): (Option<&Value>, Option<&Value>),
        what: &str,
    ) {
        let index = |schema: &Schema<'a>, value: Option<&Value>| {
            let list = schema.word("enum").and_then(Value::as_array)?;
            list.iter().position(|one| Some(one) == value)
        };
        let at = |pointer: String, index: Option<usize>| match index {
            Some(index) => format!("{pointer}/{index}"),
            None => pointer,
        };
        let shown = old.or(new).map(Value::to_string).unwrap_or_default();
        // A value that is gone has no place in the new list, and two of them have to stay apart.
        let gone = index(&pair.old, old);
        let spot = Spot {
            old: at(pair.old.at("enum"), gone),
            new: at(pair.new.at("enum"), index(&pair.new, new)),
        };
        let message = format!("{shown} {what} {}", pair.label);
        self.found.add(rule, &spot, (old, new), message);
    }

    fn default(&mut self, pair: &Pair<'a>) {
        let sides = (pair.old.word("default"), pair.new.word("default"));
        let request = match sides {
            (old, new) if old == new => return,
            (None, _) => ChangeRule::RequestDefaultAdded,
            (_, None) => ChangeRule::RequestDefaultRemoved,
            _ => ChangeRule::RequestDefaultChanged,
        };
        let rule = pair.rule(request, ChangeRule::ResponseDefaultChanged);
        let message = format!("the default of {} changed", pair.label);
        self.found.add(rule, &pair.at("default"), sides, message);
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

fn width(old: Option<&BTreeSet<&'static str>>, new: Option<&BTreeSet<&'static str>>) -> Width {
    match (old, new) {
        (old, new) if old == new => Width::Same,
        (None, _) => Width::Narrower,
        (_, None) => Width::Wider,
        (Some(old), Some(new)) if new.is_subset(old) => Width::Narrower,
        (Some(old), Some(new)) if old.is_subset(new) => Width::Wider,
        _ => Width::Other,
    }
}
