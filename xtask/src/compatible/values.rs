//! Which values a schema admits by its types, null, format and list, and which it takes when none is sent.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Compare;
use super::found::Spot;
use super::rule::ChangeRule;
use super::schema::Schema;
use super::schemas::Pair;
use crate::canonical::NOTHING;

/// Which of two sets of admitted values is the larger one.
enum Width {
    Same,
    Narrower,
    Wider,
    Other,
}

impl<'a> Compare<'a> {
    /// Compares types, null, format and listed values; says whether there is anything else to compare.
    pub(super) fn admitted(&mut self, pair: &Pair<'a>) -> bool {
        match width(pair.old.types.as_ref(), pair.new.types.as_ref()) {
            Width::Same => {
                self.null(pair);
                self.format(pair);
                self.values(pair);
            }
            Width::Narrower => {
                let rule = pair.rule(
                    ChangeRule::RequestTypeNarrowed,
                    ChangeRule::ResponseTypeNarrowed,
                );
                self.types(pair, rule, "admits fewer types");
                self.null(pair);
            }
            Width::Wider => {
                let rule = pair.rule(
                    ChangeRule::RequestTypeWidened,
                    ChangeRule::ResponseTypeWidened,
                );
                self.types(pair, rule, "admits more types");
                self.null(pair);
            }
            Width::Other => {
                let rule = pair.rule(
                    ChangeRule::RequestTypeChanged,
                    ChangeRule::ResponseTypeChanged,
                );
                self.types(pair, rule, "has another type");
                return false;
            }
        }
        true
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

    pub(super) fn default(&mut self, pair: &Pair<'a>) {
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
