//! What the document asks of the SDK: facts read by code that knows neither the lowering nor a generator.

mod calls;
mod kinds;
mod names;
mod reading;
mod schemes;
mod tables;
mod told;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::canonical::canonical;
use crate::document::Document;
use crate::problem::Rule;
use kinds::Unproven;
use reading::Reading;

/// What the document says about one thing.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// What it says, or why nobody here knows what follows from it.
    pub value: Result<String, Unproven>,
    /// The rule that a difference breaks.
    pub rule: Rule,
    /// Where it says so.
    pub pointer: String,
}

/// The rule that a difference breaks, and where the document says what it says.
type Mark<'a> = (Rule, &'a str);

/// Everything the document asks for.
#[derive(Debug, Default)]
pub(super) struct Asking {
    /// The facts, by what they are about.
    pub facts: BTreeMap<String, Asked>,
    /// The types that are components.
    pub types: BTreeSet<String>,
    /// How many operations it has.
    pub operations: usize,
}

impl Asking {
    fn fact(&mut self, about: &str, value: &str, mark: Mark<'_>) {
        self.known(about, Ok(value.to_owned()), mark);
    }

    fn known(&mut self, about: &str, value: Result<String, Unproven>, (rule, pointer): Mark<'_>) {
        let asked = Asked {
            value,
            rule,
            pointer: pointer.to_owned(),
        };
        self.facts.insert(about.to_owned(), asked);
    }
}

/// Reads the document.
pub(super) fn ask(document: &Document) -> Asking {
    let value = canonical(&document.value);
    let reading = Reading::of(&value);
    let mut asking = Asking {
        operations: reading.operations().len(),
        ..Asking::default()
    };
    types::ask(&reading, &mut asking);
    calls::ask(&reading, &mut asking);
    tables::ask(&reading, &mut asking);
    schemes::ask(&reading, &mut asking);
    asking
}

/// Text of Rust, as facts have it.
fn rust(text: &str, form: fn(&[super::tokens::Tok]) -> String) -> String {
    form(&super::tokens::read(text.parse().unwrap_or_default()))
}

/// The text of a member.
fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
