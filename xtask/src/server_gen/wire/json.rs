//! JSON texts that come from outside: read strictly, and whether the types here hold their numbers.

use serde_json::Value;

use super::JSON_DEPTH_LIMIT;
use crate::domain::json::{self, sent_digits};

/// The value of a JSON text that keeps to [`JSON_DEPTH_LIMIT`] and has no member twice; `None` of any other.
pub fn read_json_text(text: &[u8]) -> Option<Value> {
    json::read(text, JSON_DEPTH_LIMIT)
}

/// Where numbers of `value` have other digits than in the JSON text it was read from, as pointers: more of them were
/// sent than the number types here hold.
pub fn inexact_numbers(text: &[u8], value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if !text.iter().any(u8::is_ascii_digit) {
        return found;
    }
    compare(value, &sent_digits(text), "", &mut found);
    found
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
