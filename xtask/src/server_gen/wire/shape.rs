//! Documented schemas as data, and the check of a request against them.

use poem_openapi::validation::{Pattern, Validator};
use serde_json::{Map, Number, Value};

use super::{Rejection, RejectionKind, json::compare, misspelt};
use crate::domain::json::sent_digits;

/// A documented schema as data, for checking a request before it is typed: every constraint
/// is enforced here, on forms as on JSON.
#[derive(Debug)]
pub enum Shape {
    /// Any value.
    Any,
    /// An object with named properties.
    Object {
        /// Its properties.
        properties: &'static [Property],
        /// What other members may hold; `None` refuses them.
        additional: Option<&'static Shape>,
    },
    /// A list.
    Array {
        /// The schema of each element.
        items: &'static Shape,
        /// `minItems`.
        min: usize,
        /// `maxItems`.
        max: usize,
        /// `uniqueItems`.
        unique: bool,
    },
    /// A string; lengths are in Unicode scalar values.
    Text {
        /// `minLength`.
        min: usize,
        /// `maxLength`.
        max: usize,
        /// `pattern`.
        pattern: Option<&'static str>,
        /// `enum`; empty for any.
        values: &'static [&'static str],
    },
    /// An integer.
    Integer {
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
        /// `enum`; empty for any.
        values: &'static [i64],
    },
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Exactly one of these.
    OneOf(&'static [&'static Shape]),
}

/// A property of [`Shape::Object`].
#[derive(Debug)]
pub struct Property {
    /// Its name on the wire.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// Its schema.
    pub shape: &'static Shape,
}

impl Shape {
    /// Checks `value`, which stands at `pointer` of the body.
    pub fn check(&self, value: &Value, pointer: &str) -> Result<(), Rejection> {
        let invalid = || Rejection::body(RejectionKind::FieldInvalid, pointer);
        let expect = |holds: bool| if holds { Ok(()) } else { Err(invalid()) };
        match (self, value) {
            (Self::Any, _) | (Self::Boolean, Value::Bool(_)) | (Self::Number, Value::Number(_)) => Ok(()),
            (Self::Object { properties, additional }, Value::Object(members)) => {
                check_members(properties, *additional, members, pointer)
            }
            (Self::Array { items, min, max, unique }, Value::Array(elements)) => {
                expect(elements.len() >= *min && elements.len() <= *max)?;
                expect(!unique || all_distinct(elements))?;
                elements
                    .iter()
                    .enumerate()
                    .try_for_each(|(index, element)| items.check(element, "").map_err(|found| found.below(pointer, index)))
            }
            (Self::Text { min, max, pattern, values }, Value::String(text)) => {
                let length = text.chars().count();
                expect(length >= *min && length <= *max)?;
                expect(values.is_empty() || values.contains(&text.as_str()))?;
                expect(pattern.is_none_or(|pattern| Pattern::new(pattern).check(text)))
            }
            (Self::Integer { min, max, values }, Value::Number(number)) => {
                let number = number.as_i64().ok_or_else(invalid)?;
                expect(number >= *min && number <= *max)?;
                expect(values.is_empty() || values.contains(&number))
            }
            (Self::OneOf(shapes), value) => {
                expect(shapes.iter().filter(|shape| shape.check(value, pointer).is_ok()).count() == 1)
            }
            _ => Err(invalid()),
        }
    }

    /// Refuses members beside the documented ones that are other spellings of what has to be spelt `exact`ly.
    pub(super) fn check_names(&self, value: &Value, exact: &'static [&'static str]) -> Result<(), Rejection> {
        let (Self::Object { properties, .. }, Value::Object(members)) = (self, value) else {
            return Ok(());
        };
        let known = |name: &str| properties.iter().any(|property| property.name == name);
        members
            .keys()
            .find(|name| !known(name) && misspelt(name, exact).is_some())
            .map_or(Ok(()), |name| {
                let at = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
                Err(Rejection::body(RejectionKind::FieldUnknown, at))
            })
    }

    /// Refuses numbers in what is handed on as it is, whose digits in the JSON `text` of `value` cannot be kept.
    pub(super) fn check_digits(&self, value: &Value, text: &[u8]) -> Result<(), Rejection> {
        let mut found = Vec::new();
        self.handed_on(value, &sent_digits(text), "", &mut found);
        found
            .into_iter()
            .next()
            .map_or(Ok(()), |at| Err(Rejection::body(RejectionKind::FieldInvalid, at)))
    }

    /// Compares what no type looks into.
    fn handed_on(&self, value: &Value, sent: &Value, pointer: &str, found: &mut Vec<String>) {
        match (self, value) {
            (Self::Any, value) => compare(value, sent, pointer, found),
            (Self::Object { properties: [], additional: Some(_) }, value) => compare(value, sent, pointer, found),
            (Self::Object { properties, .. }, Value::Object(_)) => {
                for Property { name, shape, .. } in *properties {
                    if let (Some(value), Some(sent)) = (value.get(name), sent.get(name)) {
                        shape.handed_on(value, sent, &format!("{pointer}/{name}"), found);
                    }
                }
            }
            (Self::Array { items, .. }, Value::Array(elements)) => {
                for (index, value) in elements.iter().enumerate() {
                    if let Some(sent) = sent.get(index) {
                        items.handed_on(value, sent, &format!("{pointer}/{index}"), found);
                    }
                }
            }
            (Self::OneOf(shapes), value) => {
                let fitting = shapes.iter().filter(|shape| shape.check(value, pointer).is_ok());
                fitting.for_each(|shape| shape.handed_on(value, sent, pointer, found));
            }
            _ => {}
        }
    }

    /// Writes integers as integers that were sent with a fraction of zero (`3600.0`, `3.6e3`): to JSON Schema they
    /// are the same (2020-12, validation, section 6.1.1), to the types that read them they are not.
    pub(super) fn settle(&self, value: &mut Value) {
        match (self, value) {
            (Self::Integer { .. }, Value::Number(number)) => {
                if let Some(whole) = whole_of(number) {
                    *number = whole.into();
                }
            }
            (Self::Object { properties, additional }, Value::Object(members)) => {
                for (name, member) in members {
                    let property = properties.iter().find(|property| property.name == name);
                    if let Some(shape) = property.map(|property| property.shape).or(*additional) {
                        shape.settle(member);
                    }
                }
            }
            (Self::Array { items, .. }, Value::Array(elements)) => {
                elements.iter_mut().for_each(|element| items.settle(element));
            }
            // What is one of several keeps the spelling it was sent with.
            _ => {}
        }
    }

    /// Whether it lists its values, none of them empty.
    pub(super) fn is_enumerated(&self) -> bool {
        match self {
            Self::Text { values, .. } => !values.is_empty() && !values.contains(&""),
            _ => false,
        }
    }

    /// A form or parameter value has no type of its own; this gives it the documented one.
    pub(super) fn read_text(&self, text: &str) -> Value {
        match self {
            Self::Integer { .. } | Self::Number => {
                serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
            }
            Self::Boolean => match text {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => Value::String(text.to_owned()),
            },
            _ => Value::String(text.to_owned()),
        }
    }
}

fn check_members(
    properties: &[Property],
    additional: Option<&Shape>,
    members: &Map<String, Value>,
    pointer: &str,
) -> Result<(), Rejection> {
    for property in properties {
        // Where it is matters only to what is refused.
        let below = |found: Rejection| found.below(pointer, property.name);
        match members.get(property.name) {
            Some(value) => property.shape.check(value, "").map_err(below)?,
            None if property.required => return Err(below(Rejection::body(RejectionKind::FieldMissing, ""))),
            None => {}
        }
    }
    for (name, value) in members {
        if properties.iter().any(|property| property.name == name) {
            continue;
        }
        let at = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
        match additional {
            Some(shape) => shape.check(value, &at)?,
            None => return Err(Rejection::body(RejectionKind::FieldUnknown, at)),
        }
    }
    Ok(())
}

/// The integer that a number with a fraction of zero stands for.
fn whole_of(number: &Number) -> Option<i64> {
    if number.is_i64() {
        return None;
    }
    let float = number.as_f64().filter(|float| float.fract() == 0.0)?;
    format!("{float:.0}").parse().ok()
}

fn all_distinct(elements: &[Value]) -> bool {
    elements
        .iter()
        .enumerate()
        .all(|(index, element)| !elements[..index].contains(element))
}

