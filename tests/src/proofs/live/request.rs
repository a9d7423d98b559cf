//! A request that can be changed piece by piece, sent, and shown as a curl line without its secrets.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode, utf8_percent_encode};
use serde_json::Value;

use super::oracle::{Carrier, Operation};
use crate::harness::Call;

/// What a name or a value in a path, query or form may hold as it is (RFC 3986 §2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Encodes a text for a path, a query or a form.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// A credential as its scheme wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// One text.
    Text(String),
    /// A name and a secret.
    Pair(String, String),
}

/// A request under construction.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path, its parameters filled in.
    pub path: String,
    /// Pairs of the query, encoded.
    pub query: Vec<(String, String)>,
    /// Headers, in the order they are sent.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Media type and bytes of the body.
    pub body: Option<(Option<String>, Vec<u8>)>,
}

impl Request {
    /// A request without anything but its path; parameters in the path take their values from `path`.
    pub fn new(operation: &Operation, path: &[(&str, String)]) -> Self {
        let mut target = operation.path.clone();
        for (name, value) in path {
            target = target.replace(&format!("{{{name}}}"), &encode(value));
        }
        Self {
            method: operation.method.clone(),
            path: target,
            ..Self::default()
        }
    }

    /// Adds a credential where its scheme wants it; says whether that was possible.
    pub fn present(&mut self, carrier: &Carrier, credential: &Credential) -> bool {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        match (carrier, credential) {
            (Carrier::Bearer, Credential::Text(text)) => {
                self.header("Authorization", format!("Bearer {text}"));
            }
            (Carrier::Basic, Credential::Pair(name, secret)) => {
                let pair = STANDARD.encode(format!("{}:{}", encode(name), encode(secret)));
                self.header("Authorization", format!("Basic {pair}"));
            }
            (Carrier::Header(name), Credential::Text(text)) => self.header(name, text.clone()),
            (Carrier::Query(name), Credential::Text(text)) => {
                self.query.push((encode(name), encode(text)));
            }
            (Carrier::Cookie(name), Credential::Text(text)) => {
                self.header("Cookie", format!("{name}={text}"));
            }
            (Carrier::Basic, Credential::Text(text)) => {
                self.header("Authorization", format!("Basic {text}"));
            }
            (_, Credential::Pair(..)) | (Carrier::Unknown, _) => return false,
        }
        true
    }

    /// Adds bytes that are no credential where a scheme wants one.
    pub fn present_bytes(&mut self, carrier: &Carrier, bytes: &[u8]) {
        let after = |prefix: &str| [prefix.as_bytes(), bytes].concat();
        match carrier {
            Carrier::Bearer => self.header("Authorization", after("Bearer ")),
            Carrier::Basic => self.header("Authorization", after("Basic ")),
            Carrier::Header(name) => self.header(name, bytes),
            Carrier::Cookie(name) => self.header("Cookie", after(&format!("{name}="))),
            Carrier::Query(name) => {
                let value = percent_encode(bytes, ENCODED).to_string();
                self.query.push((encode(name), value));
            }
            Carrier::Unknown => {}
        }
    }

    /// Adds a header line, whose value need not be text.
    pub fn header(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        self.headers.push((name.to_owned(), value.into()));
    }

    /// Sets the body to a value in a media type.
    pub fn set_body(&mut self, media_type: &str, value: &Value) {
        let bytes = match written(media_type, value) {
            Some(text) => text.into_bytes(),
            None => return,
        };
        self.body = Some((Some(media_type.to_owned()), bytes));
    }

    /// As the harness sends it.
    pub fn call(&self) -> Call {
        let mut call = Call::new(&self.method, &self.target());
        for (name, value) in &self.headers {
            call = call.header(name, value);
        }
        match &self.body {
            Some((Some(media_type), bytes)) => call.body(media_type, bytes.clone()),
            Some((None, bytes)) => call.untyped_body(bytes.clone()),
            None => call,
        }
    }

    fn target(&self) -> String {
        let mut target = self.path.clone();
        for (index, (name, value)) in self.query.iter().enumerate() {
            let _ = write!(
                target,
                "{}{name}={value}",
                if index == 0 { '?' } else { '&' }
            );
        }
        target
    }

    /// As a curl line, each known secret replaced by its shell variable.
    pub fn curl(&self, secrets: &[(String, String)]) -> String {
        let mut line = format!("curl -i -X {} \"$BASE{}\"", self.method, self.target());
        for (name, value) in &self.headers {
            let shown = match std::str::from_utf8(value) {
                Ok(text) => quoted(&format!("{name}: {}", shortened(text))),
                Err(_) => format!("\"$(printf '{name}: {}')\"", escaped(value)),
            };
            let _ = write!(line, " -H {shown}");
        }
        if let Some((media_type, bytes)) = &self.body {
            let header = match media_type {
                Some(media_type) => format!("Content-Type: {media_type}"),
                None => "Content-Type:".to_owned(),
            };
            let _ = write!(line, " -H {}", quoted(&header));
            let text = shortened(&String::from_utf8_lossy(bytes));
            let _ = write!(line, " --data-binary {}", quoted(&text));
        }
        for (secret, variable) in secrets {
            line = line.replace(secret.as_str(), &format!("${variable}"));
            line = line.replace(&encode(secret), &format!("${variable}"));
        }
        line
    }
}

/// Double quotes, so that variables in it are filled in.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        if matches!(letter, '"' | '\\' | '`') {
            quoted.push('\\');
        }
        quoted.push(letter);
    }
    quoted.push('"');
    quoted
}

/// Bytes as `printf` reads them.
fn escaped(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || *byte == b' ' {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "\\{byte:03o}");
        }
        text
    })
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(1500) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end.min(40)], text.len()),
        None => text.to_owned(),
    }
}

/// A value as a media type writes it; forms hold objects of texts, numbers and flags only.
pub fn written(media_type: &str, value: &Value) -> Option<String> {
    if is_form(media_type) {
        let pairs = value.as_object()?.iter().map(|(name, value)| {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(_) | Value::Bool(_) => value.to_string(),
                Value::Null | Value::Array(_) | Value::Object(_) => return None,
            };
            Some(format!("{}={}", encode(name), encode(&text)))
        });
        Some(pairs.collect::<Option<Vec<_>>>()?.join("&"))
    } else {
        Some(value.to_string())
    }
}

/// A value as plain text: texts without their quotes.
pub fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether a media type is the urlencoded form.
pub fn is_form(media_type: &str) -> bool {
    media_type.starts_with("application/x-www-form-urlencoded")
}
