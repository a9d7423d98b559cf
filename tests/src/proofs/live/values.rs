//! Values around every constraint of a schema: at its boundary, and just past it.
//!
//! Nothing here says which of them are valid; the validator does.

use serde_json::{Value, json};

use super::oracle::{Node, join};

/// A value in which one place differs from a base value.
#[derive(Debug, Clone)]
pub struct Variation {
    /// The keyword of the document that it tries.
    pub at: String,
    /// The pointer of the place that differs.
    pub place: String,
    /// The whole value.
    pub value: Value,
    /// What was done, for people.
    pub label: String,
}

/// All variations of `base`, which is valid under `schema`.
pub fn variations(schema: &Node, base: &Value) -> Vec<Variation> {
    let mut found = Vec::new();
    vary(schema, base, "", base, &mut found);
    found
}

fn vary(schema: &Node, root: &Value, place: &str, value: &Value, found: &mut Vec<Variation>) {
    for (keyword, tried, label) in tries(schema, value) {
        found.push(Variation {
            at: join(&schema.at, keyword),
            place: place.to_owned(),
            value: with(root, place, tried),
            label: format!(
                "{} {label}",
                if place.is_empty() { "the body" } else { place }
            ),
        });
    }
    if let Some(variants) = schema.value.get("oneOf").and_then(Value::as_array) {
        for index in 0..variants.len() {
            let at = format!("{}/oneOf/{index}", schema.at);
            if let Some(variant) = Node::at(&at) {
                let sample = sample(&variant);
                found.push(Variation {
                    at,
                    place: place.to_owned(),
                    value: with(root, place, sample.clone()),
                    label: format!("{place} as variant {index}"),
                });
                let varied = with(root, place, sample.clone());
                vary(&variant, &varied, place, &sample, found);
            }
        }
    }
    let Some(members) = value.as_object() else {
        return;
    };
    for (name, property) in schema.children("properties") {
        let inner = join(place, &name);
        let held = members.get(&name).cloned();
        if held.is_some() {
            let mut without = members.clone();
            without.shift_remove(&name);
            found.push(Variation {
                at: join(&schema.at, "required"),
                place: inner.clone(),
                value: with(root, place, Value::Object(without)),
                label: format!("{inner} left out"),
            });
        }
        let inside = held.clone().unwrap_or_else(|| sample(&property));
        let whole = match held {
            Some(_) => root.clone(),
            None => with(root, &inner, inside.clone()),
        };
        if whole != *root {
            found.push(Variation {
                at: property.at.clone(),
                place: inner.clone(),
                value: whole.clone(),
                label: format!("{inner} given"),
            });
        }
        vary(&property, &whole, &inner, &inside, found);
    }
    let mut more = members.clone();
    more.insert("x_not_documented".to_owned(), json!("1"));
    found.push(Variation {
        at: join(&schema.at, "additionalProperties"),
        place: join(place, "x_not_documented"),
        value: with(root, place, Value::Object(more)),
        label: format!("{place}/x_not_documented added"),
    });
}

/// `base` with every member that its schema documents and that is not left out, each with some value.
pub fn fullest(schema: &Node, base: &Value, left_out: &dyn Fn(&str) -> bool) -> Value {
    fill(schema, base, "", left_out)
}

fn fill(schema: &Node, held: &Value, place: &str, left_out: &dyn Fn(&str) -> bool) -> Value {
    let Some(members) = held.as_object() else {
        return held.clone();
    };
    let mut members = members.clone();
    for (name, property) in schema.children("properties") {
        let inner = join(place, &name);
        if !left_out(&inner) {
            let held = members.get(&name).cloned();
            let held = held.unwrap_or_else(|| sample(&property));
            members.insert(name, fill(&property, &held, &inner, left_out));
        }
    }
    Value::Object(members)
}

/// Values of one place, with the keyword each is about.
fn tries(schema: &Node, value: &Value) -> Vec<(&'static str, Value, String)> {
    let mut tries: Vec<(&'static str, Value, String)> = Vec::new();
    let mut add =
        |keyword, value: Value, label: &str| tries.push((keyword, value, label.to_owned()));
    let keyword = if schema.value.get("type").is_some() {
        "type"
    } else {
        "oneOf"
    };
    for (other, label) in [
        (json!(null), "as null"),
        (json!(true), "as a boolean"),
        (json!(7), "as an integer"),
        (json!(7.5), "as a number"),
        (json!("text"), "as text"),
        (json!(["text"]), "as a list"),
        (json!({"text": 1}), "as an object"),
    ] {
        if kind(&other) != kind(value) || matches!(other, Value::Number(_)) {
            add(keyword, other, label);
        }
    }
    if let Some(values) = schema.value.get("enum").and_then(Value::as_array) {
        for value in values {
            add("enum", value.clone(), "as another listed value");
            if let Some(text) = value.as_str() {
                add("enum", json!(text.to_uppercase()), "in capitals");
                add("enum", json!(format!("{text}x")), "with a letter more");
                add("enum", json!(""), "empty");
            }
        }
    }
    let number = |key| schema.value.get(key).and_then(Value::as_i64);
    for (key, past) in [
        ("minimum", -1),
        ("maximum", 1),
        ("exclusiveMinimum", 1),
        ("exclusiveMaximum", -1),
    ] {
        if let Some(limit) = number(key) {
            add(key, json!(limit), "at the limit");
            add(key, json!(limit.saturating_add(past)), "past the limit");
            if key.starts_with("exclusive") {
                add(key, json!(limit.saturating_sub(past)), "next to the limit");
            }
        }
    }
    if let Some(step) = number("multipleOf") {
        add("multipleOf", json!(step.saturating_add(1)), "off the step");
    }
    if schema.text("type") == Some("string") {
        lengths(schema, value, &mut add);
    }
    if schema.text("type") == Some("array") {
        let item = schema
            .child("items")
            .map_or(json!("text"), |items| sample(&items));
        let of = |count: usize| Value::Array(vec![item.clone(); count]);
        add("items", of(0), "empty");
        add("uniqueItems", of(2), "with an item twice");
        for (key, past) in [("minItems", -1), ("maxItems", 1)] {
            if let Some(limit) = number(key) {
                let at = usize::try_from(limit).unwrap_or(0);
                let beyond = usize::try_from(limit.saturating_add(past)).unwrap_or(0);
                add(key, of(at), "at the limit");
                add(key, of(beyond), "past the limit");
            }
        }
        for other in [json!(7), json!(null), json!({}), json!("")] {
            add("items", json!([other]), "with another item");
        }
    }
    tries
}

fn lengths(schema: &Node, value: &Value, add: &mut impl FnMut(&'static str, Value, &str)) {
    let filler = value
        .as_str()
        .and_then(|text| text.chars().last())
        .unwrap_or('a');
    let of = |count: u64| {
        let text: String =
            std::iter::repeat_n(filler, usize::try_from(count).unwrap_or(0)).collect();
        json!(text)
    };
    if let Some(limit) = schema.value.get("minLength").and_then(Value::as_u64) {
        add("minLength", of(limit), "at its least length");
        add("minLength", of(limit.saturating_sub(1)), "too short");
    }
    if let Some(limit) = schema.value.get("maxLength").and_then(Value::as_u64) {
        add("maxLength", of(limit), "at its greatest length");
        add("maxLength", of(limit + 1), "too long");
    }
    let free = if schema.value.get("pattern").is_some() {
        "pattern"
    } else {
        "type"
    };
    let free = if schema.value.get("format").is_some() {
        "format"
    } else {
        free
    };
    for (text, label) in [
        (String::new(), "empty"),
        ("\u{e9}\u{1f600}".to_owned(), "in other letters"),
        ("\u{0}\n\u{7f}".to_owned(), "with control characters"),
        ("a b&c=d%25+\"'\\;,".to_owned(), "with separators"),
        ("x".repeat(3000), "of 3000 letters"),
    ] {
        add(free, json!(text), label);
    }
}

/// Some value that a schema allows.
pub fn sample(schema: &Node) -> Value {
    for key in ["default", "example", "const"] {
        if let Some(value) = schema.value.get(key) {
            return value.clone();
        }
    }
    if let Some(first) = schema
        .value
        .pointer("/enum/0")
        .or(schema.value.pointer("/examples/0"))
    {
        return first.clone();
    }
    if let Some(first) = Node::at(&format!("{}/oneOf/0", schema.at)) {
        return sample(&first);
    }
    match schema.text("type") {
        Some("integer" | "number") => schema.value.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(true),
        Some("array") => json!([]),
        Some("object") => {
            let required: Vec<&str> = schema
                .value
                .get("required")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let members = schema.children("properties").into_iter();
            let members = members.filter(|(name, _)| required.contains(&name.as_str()));
            Value::Object(
                members
                    .map(|(name, inner)| (name, sample(&inner)))
                    .collect(),
            )
        }
        _ if schema.text("format") == Some("date-time") => json!("2026-01-02T03:04:05.678Z"),
        _ => json!("text"),
    }
}

fn kind(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    }
}

/// `root` with another value at a pointer, which may be new in its object.
pub fn with(root: &Value, place: &str, value: Value) -> Value {
    if place.is_empty() {
        return value;
    }
    let mut changed = root.clone();
    let (parent, name) = place.rsplit_once('/').unwrap_or(("", place));
    if let Some(Value::Object(members)) = changed.pointer_mut(parent) {
        members.insert(name.replace("~1", "/").replace("~0", "~"), value);
    }
    changed
}
