//! One request and one answer, whoever carries them.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::Value;

use crate::fault::Fault;

/// One request.
#[derive(Debug, Clone)]
pub struct Shot {
    /// Its method.
    pub method: &'static str,
    /// Path and query.
    pub path: String,
    /// Names and values.
    pub headers: Vec<(&'static str, String)>,
    /// Empty where there is none.
    pub body: String,
}

/// One answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its header, as it came.
    pub head: String,
    /// Its body.
    pub body: Bytes,
}

impl Shot {
    /// A request without a body.
    #[must_use]
    pub fn new(method: &'static str, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            headers: Vec::new(),
            body: String::new(),
        }
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// With a bearer token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// With a name and a secret.
    #[must_use]
    pub fn basic(self, name: &str, secret: &str) -> Self {
        let pair = STANDARD.encode(format!("{name}:{secret}"));
        self.header("authorization", format!("Basic {pair}"))
    }

    /// With a form as its body.
    ///
    /// # Errors
    /// Never for texts.
    pub fn form(mut self, fields: &[(&str, &str)]) -> Result<Self, Fault> {
        self.body = serde_urlencoded::to_string(fields)
            .map_err(|error| Fault::Answer(error.to_string()))?;
        Ok(self.header("content-type", "application/x-www-form-urlencoded"))
    }

    /// With JSON as its body.
    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.body = body.to_string();
        self.header("content-type", "application/json")
    }

    /// As HTTP/1.1 has it.
    #[must_use]
    pub fn bytes(&self, host: &str) -> Bytes {
        let mut text = format!("{} {} HTTP/1.1\r\nhost: {host}\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            // Writing to a text does not fail.
            let _ = write!(text, "{name}: {value}\r\n");
        }
        if !self.body.is_empty() || self.method == "POST" {
            let _ = write!(text, "content-length: {}\r\n", self.body.len());
        }
        text.push_str("\r\n");
        text.push_str(&self.body);
        Bytes::from(text)
    }
}

impl Answer {
    /// The text at a JSON pointer.
    ///
    /// # Errors
    /// When there is none.
    pub fn text_at(&self, pointer: &str) -> Result<String, Fault> {
        let value: Option<Value> = serde_json::from_slice(&self.body).ok();
        let text = value
            .as_ref()
            .and_then(|value| value.pointer(pointer)?.as_str());
        text.map(str::to_owned)
            .ok_or_else(|| Fault::Answer(format!("no text at {pointer} in {}", self.shown())))
    }

    /// The value of its first cookie, with its name.
    ///
    /// # Errors
    /// When it sets none.
    pub fn cookie(&self) -> Result<String, Fault> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        let set = lines.find(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        set.and_then(|(_, value)| value.trim().split(';').next())
            .map(str::to_owned)
            .ok_or_else(|| Fault::Answer(format!("no cookie in {}", self.shown())))
    }

    /// For people.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{} {}", self.status, String::from_utf8_lossy(&self.body))
    }
}
