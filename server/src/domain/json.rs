//! The one reader of JSON texts that come from outside: no member twice at any level, bounded depth.

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Number, Value};
use std::fmt;

/// The value of a JSON text; `None` when it is none, nests deeper than `max_depth` or has an object with the same member
/// twice. Readers disagree on which of the two counts (RFC 8259 §4), so whoever checks such a text and whoever acts on it
/// could see different ones.
#[must_use]
pub fn read(text: &[u8], max_depth: usize) -> Option<Value> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Strict {
        depth_left: max_depth,
    }
    .deserialize(&mut reader)
    .ok()?;
    reader.end().ok()?;
    Some(value)
}

/// The same, of an object alone.
#[must_use]
pub fn object(text: &[u8], max_depth: usize) -> Option<Map<String, Value>> {
    match read(text, max_depth)? {
        Value::Object(map) => Some(map),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            None
        }
    }
}

/// Whether [`object`] would read the text of this one.
#[must_use]
pub fn nests_at_most(object: &Map<String, Value>, max_depth: usize) -> bool {
    let Some(left) = max_depth.checked_sub(1) else {
        return false;
    };
    object.values().all(|member| value_nests(member, left))
}

fn value_nests(value: &Value, left: usize) -> bool {
    match value {
        Value::Object(members) => nests_at_most(members, left),
        Value::Array(elements) => left
            .checked_sub(1)
            .is_some_and(|left| elements.iter().all(|element| value_nests(element, left))),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// The same with every number as the text of its digits, so that none is out of range and none loses any.
#[must_use]
pub fn object_of_texts(text: &[u8], max_depth: usize) -> Option<Map<String, Value>> {
    // Only in valid JSON is a number recognised by its first character.
    serde_json::from_slice::<IgnoredAny>(text).ok()?;
    object(&with_numbers_quoted(text), max_depth)
}

/// The value of a JSON text that was read before, with every number as the text of its digits; null for what is no JSON.
#[must_use]
pub fn sent_digits(text: &[u8]) -> Value {
    serde_json::from_slice(&with_numbers_quoted(text)).unwrap_or_default()
}

fn with_numbers_quoted(json: &[u8]) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(json.len());
    let (mut in_string, mut escaped, mut in_number) = (false, false, false);
    for &byte in json {
        let numeric = !in_string
            && (byte.is_ascii_digit()
                || byte == b'-'
                || (in_number && matches!(byte, b'+' | b'.' | b'e' | b'E')));
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
    quoted
}

#[derive(Clone, Copy)]
struct Strict {
    depth_left: usize,
}

impl Strict {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        let depth_left = self
            .depth_left
            .checked_sub(1)
            .ok_or_else(|| E::custom("too deep"))?;
        Ok(Self { depth_left })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("not a number"))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut map = Map::new();
        while let Some(name) = access.next_key_seed(Name)? {
            if map.insert(name, access.next_value_seed(inner)?).is_some() {
                return Err(A::Error::custom("duplicate member"));
            }
        }
        Ok(Value::Object(map))
    }
}

struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = String;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        String::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{nests_at_most, object, object_of_texts, read, sent_digits};

    #[test]
    fn duplicates_depth_and_trailing_bytes_are_refused() {
        assert!(object(br#"{"a":{"b":[1,2.5,null,true,"x"]}}"#, 3).is_some());
        for text in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":{"b":1,"b":1}}"#,
            r"[1]",
            r"{} {}",
            r#"{"a":1e400}"#,
            r#"{"a":[[[1]]]}"#,
            "",
        ] {
            assert!(object(text.as_bytes(), 3).is_none(), "{text}");
        }
    }

    #[test]
    fn an_object_nests_as_deep_as_its_text_is_read() {
        for value in [
            json!({}),
            json!({"a": 1, "b": "x"}),
            json!({"a": []}),
            json!({"a": {}, "b": [[]]}),
            json!({"a": [{"b": [1, {"c": null}]}], "d": {"e": {}}}),
        ] {
            let text = value.to_string();
            let map = value.as_object().cloned().unwrap_or_default();
            for depth in 0..7 {
                let read = object(text.as_bytes(), depth).is_some();
                assert_eq!(nests_at_most(&map, depth), read, "{text} at {depth}");
            }
        }
    }

    #[test]
    fn any_value_is_read_with_the_same_rules() {
        assert_eq!(read(b" [[1], null] ", 2), Some(json!([[1], null])));
        assert_eq!(read(b"7", 0), Some(json!(7)));
        for text in ["[[1]]", r#"[{"a":1,"a":1}]"#, "7 8"] {
            assert_eq!(read(text.as_bytes(), 1), None, "{text}");
        }
    }

    #[test]
    fn a_number_alone_keeps_its_digits_too() {
        assert_eq!(sent_digits(b"1.50"), json!("1.50"));
        assert_eq!(sent_digits(br#"[-1e3, "2"]"#), json!(["-1e3", "2"]));
        assert_eq!(sent_digits(b"[1"), json!(null));
    }

    #[test]
    fn numbers_are_read_as_their_digits() {
        let text = br#"{"a":-1.50e+3,"b":[1e400,{"c":0}],"d":"7 \"8\" -9","e":true,"f":12345678901234567890123}"#;
        let object = object_of_texts(text, 3).map(serde_json::Value::Object);
        assert_eq!(
            object.map(|object| object.to_string()).as_deref(),
            Some(
                r#"{"a":"-1.50e+3","b":["1e400",{"c":"0"}],"d":"7 \"8\" -9","e":true,"f":"12345678901234567890123"}"#
            )
        );
        for text in [
            r"{1:2}",
            r#"{"a":01}"#,
            r#"{"a":1.}"#,
            r#"{"a":-}"#,
            r#"{"a":1 2}"#,
            r#"{"a":1,"a":1}"#,
            r#"{"a":[[[1]]]}"#,
            "1",
        ] {
            assert!(object_of_texts(text.as_bytes(), 3).is_none(), "{text}");
        }
    }
}
