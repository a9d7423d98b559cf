//! Reads JSON texts that come from outside: bounded depth, and no member twice.

use std::{collections::HashSet, fmt};

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::JSON_DEPTH_LIMIT;

/// The value of a JSON text; `None` when it is none, nests deeper than [`JSON_DEPTH_LIMIT`] or has
/// an object with the same member twice. Readers disagree on which of the two counts (RFC 8259 §4),
/// so whoever checks such a text and whoever acts on it could see different ones.
pub fn read_json_text(text: &[u8]) -> Option<Value> {
    if nesting(text) > JSON_DEPTH_LIMIT {
        return None;
    }
    serde_json::from_slice::<Distinct>(text).ok()?;
    serde_json::from_slice(text).ok()
}

/// Where numbers of `value` have other digits than in the JSON text it was read from, as pointers: more of them were
/// sent than the number types here hold.
pub fn inexact_numbers(text: &[u8], value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(value, &sent_digits(text), "", &mut found);
    found
}

/// The value of a JSON text with every number as the text of its digits.
pub(super) fn sent_digits(text: &[u8]) -> Value {
    let mut quoted = Vec::with_capacity(text.len());
    let (mut in_string, mut escaped, mut in_number) = (false, false, false);
    for &byte in text {
        let numeric = !in_string
            && (byte.is_ascii_digit() || byte == b'-' || (in_number && matches!(byte, b'+' | b'.' | b'e' | b'E')));
        if numeric != in_number {
            quoted.push(b'"');
            in_number = numeric;
        }
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ => {}
        }
        quoted.push(byte);
    }
    if in_number {
        quoted.push(b'"');
    }
    serde_json::from_slice(&quoted).unwrap_or_default()
}

/// Adds the pointers of the numbers below `pointer` that differ from the digits sent.
pub(super) fn compare(value: &Value, sent: &Value, pointer: &str, found: &mut Vec<String>) {
    match (value, sent) {
        (Value::Number(number), Value::String(digits)) => {
            if decimal(&number.to_string()) != decimal(digits) {
                found.push(pointer.to_owned());
            }
        }
        (Value::Object(members), Value::Object(sent)) => {
            for (name, value) in members {
                let sent = sent.get(name).unwrap_or(&Value::Null);
                let name = name.replace('~', "~0").replace('/', "~1");
                compare(value, sent, &format!("{pointer}/{name}"), found);
            }
        }
        (Value::Array(elements), Value::Array(sent)) => {
            for (index, (value, sent)) in elements.iter().zip(sent).enumerate() {
                compare(value, sent, &format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// A JSON number as sign, digits without zeros around them, and the power of ten of the last one.
fn decimal(number: &str) -> (bool, String, i64) {
    let (negative, number) = match number.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, number),
    };
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return (negative, String::new(), 0);
    }
    let length = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX);
    let power = exponent.parse().unwrap_or(i64::MAX);
    let power = i64::saturating_sub(power, length(fraction)).saturating_add(length(digits) - length(significant));
    (negative, significant.to_owned(), power)
}

/// How deep the brackets of a JSON text nest, without parsing it.
fn nesting(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Stands for any value in which no object has a member twice.
struct Distinct;

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Distinct {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        let mut names = HashSet::new();
        while let Some((name, Self)) = members.next_entry::<String, Self>()? {
            if !names.insert(name) {
                return Err(A::Error::custom("a member twice"));
            }
        }
        Ok(self)
    }
}
