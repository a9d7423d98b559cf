//! The types that the document asks for: each component with its members, optionality, values and defaults.

use serde_json::Value;

use super::super::found::plain;
use super::Asking;
use super::kinds::kind;
use super::names::{field, pascal};
use super::reading::Reading;
use crate::document::join;
use crate::problem::Rule;

const RULE: Rule = Rule::SdkType;

/// The facts of every component.
pub(super) fn ask(reading: &Reading<'_>, asking: &mut Asking) {
    for (name, schema) in reading.members("/components/schemas") {
        let pointer = join("/components/schemas", name);
        let name = pascal(name);
        let about = format!("type {name}");
        asking.types.insert(name.clone());
        if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
            asking.fact(&about, "choice", (RULE, &pointer));
            let at = join(&pointer, "oneOf");
            for (index, choice) in choices.iter().enumerate() {
                let at = join(&at, &index.to_string());
                let about = format!("{about}/choice {index}");
                asking.known(&about, kind(reading, choice), (RULE, &at));
            }
        } else if let Some(members) = schema.get("properties").and_then(Value::as_object) {
            object(reading, (&about, &pointer), schema, asking);
            for (member, value) in members {
                let at = join(&join(&pointer, "properties"), member);
                self::member(reading, (&about, &at), (schema, member, value), asking);
            }
        } else {
            let at = if schema.get("enum").is_some() {
                join(&pointer, "enum")
            } else {
                pointer.clone()
            };
            let is_empty = schema.get("additionalProperties") == Some(&Value::Bool(false));
            if is_empty {
                object(reading, (&about, &pointer), schema, asking);
            } else {
                asking.known(&about, kind(reading, schema), (RULE, &at));
            }
        }
    }
}

/// An object as a whole.
fn object(
    reading: &Reading<'_>,
    (about, pointer): (&str, &str),
    schema: &Value,
    asking: &mut Asking,
) {
    let at = join(pointer, "additionalProperties");
    let (what, at) = match schema.get("additionalProperties") {
        Some(Value::Bool(false)) => ("closed object", at.as_str()),
        Some(values @ Value::Object(_)) => {
            let about = format!("{about}/other members");
            asking.known(&about, kind(reading, values), (RULE, &at));
            ("object", pointer)
        }
        _ => ("object", pointer),
    };
    let what = match schema.get("default") {
        Some(default) => format!("{what}, or else {}", plain(default)),
        None => what.to_owned(),
    };
    asking.fact(about, &what, (RULE, at));
    // What only answers have, nobody else makes.
    if reading.is_given(pointer) {
        asking.fact(&format!("{about}/builder"), "there is one", (RULE, pointer));
    }
}

fn member(
    reading: &Reading<'_>,
    (about, at): (&str, &str),
    (owner, name, schema): (&Value, &str, &Value),
    asking: &mut Asking,
) {
    let about = format!("{about}/member {name}");
    let required = owner.get("required").and_then(Value::as_array);
    let required = required.is_some_and(|names| names.contains(&Value::from(name)));
    let said = kind(reading, schema).map(|kind| {
        let (own, field) = (kind.as_str(), field(name));
        let is_empty = |default: &Value| default.as_array().is_some_and(Vec::is_empty);
        let default = schema.get("default").filter(|_| !required);
        match default.filter(|default| !is_empty(default)) {
            Some(default) => format!("{field}: {own}, absent means {}", plain(default)),
            None if required => format!("{field}: {own}"),
            None => format!("{field}: {own}, may be absent"),
        }
    });
    asking.known(&about, said, (RULE, at));
}
