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

plain!(String, i32, i64, f64, bool);

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
