//! The one spelling of a node: of its alternatives, its keywords, and how a parameter is written.

use serde_json::{Map, Value, json};

use super::{At, Moved, SECRET};
use crate::document::join;

/// Keywords that say nothing when they are `false`.
const FLAGS: [&str; 6] = [
    "deprecated",
    "readOnly",
    "writeOnly",
    "uniqueItems",
    "allowReserved",
    "allowEmptyValue",
];

/// A schema that is one of these with a single alternative is that alternative.
const COMBINATORS: [&str; 3] = ["allOf", "anyOf", "oneOf"];

/// A combinator of one alternative is that alternative, with what stands beside it.
pub(super) fn unwrap_single(map: &mut Map<String, Value>, at: At<'_>, moved: &mut Vec<Moved>) {
    while let Some((combinator, single)) = single(map) {
        let at = at.pointer();
        let place = map.keys().position(|key| key == combinator);
        let mut place = place.unwrap_or(0);
        map.shift_remove(combinator);
        for (key, member) in single {
            // What stands beside the combinator describes this use of the alternative.
            if !map.contains_key(&key) {
                let from = join(&join(&join(&at, combinator), "0"), &key);
                moved.push((from, join(&at, &key)));
                map.shift_insert(place, key, member);
                place += 1;
            }
        }
    }
}

/// The only alternative of a combinator, where nothing of it is contradicted by what stands beside it.
fn single(map: &Map<String, Value>) -> Option<(&'static str, Map<String, Value>)> {
    COMBINATORS.into_iter().find_map(|combinator| {
        let alternatives = map.get(combinator)?.as_array()?;
        let [Value::Object(single)] = alternatives.as_slice() else {
            return None;
        };
        let apart = single
            .keys()
            .all(|key| key == "description" || key == combinator || !map.contains_key(key));
        apart.then(|| (combinator, single.clone()))
    })
}

pub(super) fn keywords(map: &mut Map<String, Value>, at: At<'_>, moved: &mut Vec<Moved>) {
    if let (Some(value), false) = (map.get("const").cloned(), map.contains_key("enum")) {
        replace(map, "const", "enum", json!([value]));
        let at = at.pointer();
        moved.push((join(&at, "const"), join(&at, "enum")));
    }
    let one_type = match map.get("type").and_then(Value::as_array) {
        Some(types) if types.len() == 1 => types.first().cloned(),
        _ => None,
    };
    if let Some(one) = one_type {
        map.insert("type".to_owned(), one);
    }
    if map.get("additionalProperties") == Some(&json!({})) {
        map.insert("additionalProperties".to_owned(), Value::Bool(true));
    }
    for flag in FLAGS {
        if map.get(flag) == Some(&Value::Bool(false)) {
            map.shift_remove(flag);
        }
    }
    if map.contains_key("schema") && (map.contains_key("in") || at.is_one_of("headers")) {
        serialisation(map);
        secrecy(map, at, moved);
    }
}

/// A parameter or header is as secret as its schema.
fn secrecy(map: &mut Map<String, Value>, at: At<'_>, moved: &mut Vec<Moved>) {
    let schema = map.get_mut("schema").and_then(Value::as_object_mut);
    if let Some(secret) = schema.and_then(|schema| schema.shift_remove(SECRET))
        && !map.contains_key(SECRET)
    {
        map.insert(SECRET.to_owned(), secret);
        let at = at.pointer();
        moved.push((join(&join(&at, "schema"), SECRET), join(&at, SECRET)));
    }
}

/// How a parameter or header is written into a request is not said where it is the usual way.
fn serialisation(map: &mut Map<String, Value>) {
    let usual = match map.get("in").and_then(Value::as_str) {
        Some("query" | "cookie") => "form",
        // A header of an answer does not say where it is.
        Some("path" | "header") | None => "simple",
        Some(_) => return,
    };
    let style = map.get("style").and_then(Value::as_str).unwrap_or(usual);
    let (is_usual, explodes) = (style == usual, style == "form");
    if map.get("explode") == Some(&Value::Bool(explodes)) {
        map.shift_remove("explode");
    }
    if is_usual {
        map.shift_remove("style");
    }
}

/// Puts another member where one was.
fn replace(map: &mut Map<String, Value>, old: &str, new: &str, value: Value) {
    let rank = map.keys().position(|key| key == old).unwrap_or(map.len());
    map.shift_remove(old);
    map.shift_insert(rank, new.to_owned(), value);
}
