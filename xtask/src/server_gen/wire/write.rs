//! Writes typed values as JSON text, without a tree of values in between: the same text that `ToJSON` gives.

use std::collections::BTreeMap;

use poem_openapi::types::ToJSON;

/// A value that is written as JSON.
pub trait WriteJson: ToJSON {
    /// Adds its JSON text to `out`.
    fn write_json(&self, out: &mut Vec<u8>);
}

/// A JSON object that is being written: its members in the order in which they are given.
pub struct Members<'a> {
    out: &'a mut Vec<u8>,
    empty: bool,
}

impl<'a> Members<'a> {
    /// Begins an object.
    pub fn begin(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, empty: true }
    }

    /// Adds a member; `name` is in quotes already, and ends with a colon.
    pub fn member(&mut self, name: &'static str, value: &impl WriteJson) {
        if !std::mem::take(&mut self.empty) {
            self.out.push(b',');
        }
        self.out.extend_from_slice(name.as_bytes());
        value.write_json(self.out);
    }

    /// Adds a member that may be absent.
    pub fn optional(&mut self, name: &'static str, value: Option<&impl WriteJson>) {
        if let Some(value) = value {
            self.member(name, value);
        }
    }

    /// Ends the object.
    pub fn end(self) {
        self.out.push(b'}');
    }
}

/// What serde_json writes as it is. A buffer takes everything, and these values have a JSON form: it cannot fail.
pub(super) fn plain(value: &(impl serde::Serialize + ?Sized), out: &mut Vec<u8>) {
    let _ = serde_json::to_writer(out, value);
}

/// A text in quotes. Where nothing in it is escaped, as in nearly all, it is copied whole.
pub(super) fn text(value: &str, out: &mut Vec<u8>) {
    // Looks at all bytes, so that it may look at many of them at once.
    let escapes = value.bytes().fold(false, |escapes, byte| escapes | (byte < b' ') | (byte == b'"') | (byte == b'\\'));
    if escapes {
        plain(value, out);
        return;
    }
    out.reserve(value.len() + 2);
    out.push(b'"');
    out.extend_from_slice(value.as_bytes());
    out.push(b'"');
}

macro_rules! plain {
    ($($rust:ty),+) => {
        $(
            impl WriteJson for $rust {
                fn write_json(&self, out: &mut Vec<u8>) {
                    plain(self, out);
                }
            }
        )+
    };
}

plain!(i32, i64, f64, bool);

impl WriteJson for String {
    fn write_json(&self, out: &mut Vec<u8>) {
        text(self, out);
    }
}

impl<T: WriteJson> WriteJson for Vec<T> {
    fn write_json(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        for (index, element) in self.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            element.write_json(out);
        }
        out.push(b']');
    }
}

impl<T: WriteJson> WriteJson for BTreeMap<String, T> {
    fn write_json(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        for (index, (name, value)) in self.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            name.write_json(out);
            out.push(b':');
            value.write_json(out);
        }
        out.push(b'}');
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::generated::wire::{DateTimeText, FreeObject, Secret, integer_enum};

    integer_enum! { #[doc = ""] Code as i32, "int32" { V7 = 7, V9 = 9 } }

    #[track_caller]
    fn is_what_to_json_says(value: &impl WriteJson) {
        let mut text = Vec::new();
        value.write_json(&mut text);
        assert_eq!(String::from_utf8_lossy(&text), value.to_json_string());
    }

    #[test]
    fn what_is_written_is_what_to_json_says() {
        let texts = ["", "plain", "a\"b\\c/d", "\u{0}\u{1f}\n\t\u{7f}", "\u{e9}\u{2028}\u{1f600}"].map(str::to_owned);
        for text in &texts {
            is_what_to_json_says(text);
            is_what_to_json_says(&Secret::from(text.clone()));
            is_what_to_json_says(&DateTimeText(text.clone()));
        }
        for number in [0, -1, i64::MIN, i64::MAX] {
            is_what_to_json_says(&number);
        }
        for number in [0.0, -0.0, 1.5, 1e300, f64::MIN_POSITIVE] {
            is_what_to_json_says(&number);
        }
        is_what_to_json_says(&i32::MIN);
        is_what_to_json_says(&true);
        is_what_to_json_says(&Code::V9);
        is_what_to_json_says(&Vec::<String>::new());
        is_what_to_json_says(&texts.to_vec());
        is_what_to_json_says(&vec![vec![Code::V7], Vec::new()]);
        is_what_to_json_says(&BTreeMap::from(texts.map(|text| (text.clone(), text))));
        let free = json!({ "z": 1, "a": { "z": [], "b": [null, 0.5, "x"] } });
        is_what_to_json_says(&FreeObject(free.as_object().cloned().unwrap_or_default()));
    }

    #[test]
    fn absent_members_leave_no_comma() {
        let absent = None::<&String>;
        let here = "v".to_owned();
        for (first, second, third, text) in [
            (None, None, None, "{}"),
            (Some(&here), None, None, r#"{"a":"v"}"#),
            (None, Some(&here), None, r#"{"b":"v"}"#),
            (Some(&here), absent, Some(&here), r#"{"a":"v","c":"v"}"#),
        ] {
            let mut out = Vec::new();
            let mut members = Members::begin(&mut out);
            members.optional("\"a\":", first);
            members.optional("\"b\":", second);
            members.optional("\"c\":", third);
            members.end();
            assert_eq!(String::from_utf8_lossy(&out), text);
        }
    }
}
