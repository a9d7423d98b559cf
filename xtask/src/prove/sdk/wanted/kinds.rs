//! What values a schema has, in the words of the proof.

use serde_json::Value;

use super::super::found::plain;
use super::names::pascal;
use super::reading::Reading;

/// Why nothing can be said about a schema.
pub(super) type Unproven = String;

/// What values a schema has, in the types of Rust.
///
/// # Errors
/// Why nobody here knows what the SDK should make of it.
pub(super) fn kind(reading: &Reading<'_>, schema: &Value) -> Result<String, Unproven> {
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        return Ok(pascal(target.rsplit('/').next().unwrap_or_default()));
    }
    let own = plain_kind(reading, schema)?;
    // Another type is made for what has values of its own, and it knows its default.
    let default = schema.get("default").filter(|_| is_checked(&own));
    Ok(match default {
        Some(default) => format!("{own}, or else {}", plain(default)),
        None => own,
    })
}

/// Whether Rust has no type for values of that kind, so that the SDK declares one.
pub(super) fn is_checked(kind: &str) -> bool {
    kind.starts_with("one of ") || kind.starts_with("text ")
}

fn plain_kind(reading: &Reading<'_>, schema: &Value) -> Result<String, Unproven> {
    let text = |key: &str| schema.get(key).and_then(Value::as_str).unwrap_or_default();
    if schema.get("oneOf").is_some() {
        return Err("a choice that has no name".to_owned());
    }
    match text("type") {
        "string" => Ok(string(schema)),
        "boolean" => Ok("boolean".to_owned()),
        "integer" => integer(schema),
        "number" => {
            let kind = if text("format") == "float" {
                "f32"
            } else {
                "f64"
            };
            let values = schema.get("enum").map(|_| one_of(schema, kind));
            Ok(values.unwrap_or_else(|| kind.to_owned()))
        }
        "array" => {
            let items = schema
                .get("items")
                .ok_or("a list of nothing in particular")?;
            Ok(format!("list of {}", kind(reading, items)?))
        }
        "object" if schema.get("properties").is_none() => {
            match schema.get("additionalProperties") {
                None | Some(Value::Bool(true)) => Ok("map of anything".to_owned()),
                Some(Value::Object(values)) if !values.is_empty() => Ok(format!(
                    "map of {}",
                    kind(reading, &Value::Object(values.clone()))?
                )),
                Some(_) => Err("an object of nothing in particular".to_owned()),
            }
        }
        other => Err(format!("a schema of the type `{other}` that has no name")),
    }
}

/// The kind of a text.
fn string(schema: &Value) -> String {
    if schema.get("x-secret") == Some(&Value::Bool(true)) {
        return "secret".to_owned();
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let mut values: Vec<String> = values
            .iter()
            .filter_map(Value::as_str)
            .map(|value| format!("{value:?}"))
            .collect();
        values.sort();
        return format!("one of {}", values.join(", "));
    }
    let format = schema.get("format").and_then(Value::as_str);
    if let Some(format @ ("date-time" | "date" | "uuid" | "ipv4" | "ipv6")) = format {
        return format.to_owned();
    }
    let mut kind = "text".to_owned();
    for (keyword, word) in [("minLength", "min"), ("maxLength", "max")] {
        if let Some(bound) = schema.get(keyword).and_then(Value::as_u64) {
            kind = format!("{kind} {word} {bound}");
        }
    }
    kind
}

fn integer(schema: &Value) -> Result<String, Unproven> {
    let is_short = schema.get("format") == Some(&Value::from("int32"));
    let (low, high) = if is_short {
        (f64::from(i32::MIN), f64::from(i32::MAX))
    } else {
        (-9_223_372_036_854_775_808.0, 9_223_372_036_854_775_807.0)
    };
    let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
    let (min, max) = (bound("minimum"), bound("maximum"));
    let fits = |bound: f64| (low..=high).contains(&bound);
    if !min.is_none_or(fits) || !max.is_none_or(fits) {
        return Err("a bound that its format does not have".to_owned());
    }
    let from_one = min.is_some_and(|min| (min - 1.0).abs() < f64::EPSILON);
    let kind = match (is_short, from_one) {
        (true, true) => "u32 from 1",
        (false, true) => "u64 from 1",
        (true, false) => "i32",
        (false, false) => "i64",
    };
    if schema.get("enum").is_some() {
        return Ok(one_of(schema, kind));
    }
    Ok(kind.to_owned())
}

fn one_of(schema: &Value, kind: &str) -> String {
    let values = schema.get("enum").and_then(Value::as_array);
    let mut values: Vec<String> = values.into_iter().flatten().map(plain).collect();
    values.sort();
    format!("one of {} as {kind}", values.join(", "))
}
