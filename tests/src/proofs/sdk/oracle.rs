//! Judges a request against the document alone: the golden transcripts tell a change, this tells a mistake.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::case::Case;
use super::{Findings, pointers, told};
use crate::harness::document::{self, DOCUMENT};

/// Header fields that belong to HTTP itself and need no declaration.
const HTTP: [&str; 4] = ["host", "accept", "content-type", "content-length"];

/// What progenitor adds on its own: the version of the document the client was made from.
const VERSION: &str = "api-version";

/// A request, taken apart.
#[derive(Debug, Default)]
pub struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    /// Takes the bytes of the socket apart.
    pub fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let (head, body) = end.map_or((bytes, &[][..]), |end| (&bytes[..end], &bytes[end + 4..]));
        let head = String::from_utf8_lossy(head);
        let mut lines = head.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        Self {
            method: words.next().unwrap_or_default().to_owned(),
            target: words.next().unwrap_or_default().to_owned(),
            headers: lines
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
                .collect(),
            body: body.to_vec(),
        }
    }

    /// The values of a header.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let named = self
            .headers
            .iter()
            .filter(|(sent, _)| sent.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }
}

/// Where the credential of a scheme travels, as the document says it.
struct Carrier {
    location: &'static str,
    name: &'static str,
    text: String,
}

fn carrier(scheme: &str, text: &str) -> Carrier {
    let found = &DOCUMENT["components"]["securitySchemes"][scheme];
    let kind = |key: &str| found[key].as_str().unwrap_or_default();
    let (location, name, text) = match (kind("type"), kind("scheme")) {
        ("http", "bearer") => ("header", "authorization", format!("Bearer {text}")),
        ("http", "basic") => {
            let text = format!("Basic {}", STANDARD.encode(text));
            ("header", "authorization", text)
        }
        _ => {
            let location = found["in"].as_str().unwrap_or_default();
            let name = found["name"].as_str().unwrap_or_default();
            (location, name, text.to_owned())
        }
    };
    Carrier {
        location,
        name,
        text,
    }
}

/// What is wrong with `request` as the request of `case`.
pub fn judge(case: &Case, request: &Request, findings: &mut Findings) {
    let Some(site) = pointers::site(case.operation) else {
        findings.add(
            "sdk-request",
            "/paths",
            format!("the document has no operation {}", case.operation),
        );
        return;
    };
    let mut judge = Judge {
        case,
        request,
        at: site.pointer.clone(),
        findings,
        query: Vec::new(),
    };
    judge.method(site.method);
    judge.path(site.path);
    judge.declared(site.operation);
    judge.body(site.operation);
    judge.accept(site.operation);
    judge.security(site.operation);
}

struct Judge<'a> {
    case: &'a Case,
    request: &'a Request,
    at: String,
    findings: &'a mut Findings,
    query: Vec<(String, String)>,
}

impl Judge<'_> {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "it takes whatever can be shown"
    )]
    fn differ(&mut self, what: &str, expected: impl ToString, found: impl ToString) {
        let (expected, found) = (expected.to_string(), found.to_string());
        if expected != found {
            let message = format!("{} {}: {what}", self.case.operation, self.case.name);
            self.findings
                .differ("sdk-request", &self.at, message, expected, found);
        }
    }

    fn method(&mut self, method: &str) {
        self.differ("the method", method.to_uppercase(), &self.request.method);
    }

    fn path(&mut self, template: &str) {
        let request = self.request;
        let (path, query) = request
            .target
            .split_once('?')
            .unwrap_or((&request.target, ""));
        self.query = serde_urlencoded::from_str(query).unwrap_or_default();
        let sent: Vec<&str> = path.split('/').collect();
        let wanted: Vec<&str> = template.split('/').collect();
        self.differ("the number of path segments", wanted.len(), sent.len());
        for (wanted, sent) in wanted.into_iter().zip(sent) {
            let is_plain = sent
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%".contains(&byte));
            self.differ("characters that a path may have", true, is_plain);
            let decoded = percent_decode_str(sent).decode_utf8_lossy();
            match wanted
                .strip_prefix('{')
                .and_then(|rest| rest.strip_suffix('}'))
            {
                Some(name) => {
                    let given = self.given("path", name);
                    self.differ(&format!("the path parameter {name}"), given, decoded);
                }
                None => self.differ("a fixed part of the path", wanted, sent),
            }
        }
    }

    fn given(&self, location: &str, name: &str) -> String {
        let all = &self.case.parameters;
        all.iter()
            .find(|(at, given, _)| *at == location && given.eq_ignore_ascii_case(name))
            .map_or_else(|| "nothing".to_owned(), |(_, _, value)| (*value).to_owned())
    }

    /// Every header and query pair is declared, and everything given is there, once.
    fn declared(&mut self, operation: &'static Value) {
        let mut wanted: BTreeMap<(&str, String), Vec<String>> = BTreeMap::new();
        for (location, name, value) in &self.case.parameters {
            let declared = pointers::parameters(operation)
                .iter()
                .any(|(at, own, _)| at == location && own.eq_ignore_ascii_case(name));
            self.differ(
                &format!("the document declares {location} {name}"),
                true,
                declared,
            );
            let values = wanted.entry((location, name.to_lowercase())).or_default();
            values.push((*value).to_owned());
        }
        for (scheme, text) in &self.case.carried {
            let carrier = carrier(scheme, text);
            let name = carrier.name.to_lowercase();
            let (location, name, text) = if carrier.location == "cookie" {
                (
                    "header",
                    "cookie".to_owned(),
                    format!("{}={}", carrier.name, carrier.text),
                )
            } else {
                (carrier.location, name, carrier.text)
            };
            wanted.entry((location, name)).or_default().push(text);
        }
        let mut sent: BTreeMap<(&str, String), Vec<String>> = BTreeMap::new();
        for (name, value) in &self.request.headers {
            if !HTTP.contains(&name.as_str()) && name != VERSION {
                sent.entry(("header", name.clone()))
                    .or_default()
                    .push(value.clone());
            }
        }
        for (name, value) in &self.query {
            sent.entry(("query", name.clone()))
                .or_default()
                .push(value.clone());
        }
        wanted.retain(|(location, _), _| *location != "path");
        let keys: BTreeSet<_> = wanted.keys().chain(sent.keys()).cloned().collect();
        for key in keys {
            let show = |values: Option<&Vec<String>>| {
                values.map_or_else(|| "nothing".to_owned(), |values| values.join(" | "))
            };
            let (wanted, sent) = (show(wanted.get(&key)), show(sent.get(&key)));
            self.differ(&format!("the {} {}", key.0, key.1), wanted, sent);
        }
        let version = DOCUMENT["info"]["version"].as_str().unwrap_or_default();
        let sent = self.request.header(VERSION).join(" | ");
        self.differ("the version of the document", version, sent);
    }

    fn body(&mut self, operation: &'static Value) {
        let at = format!("{}/requestBody", self.at);
        let (declared, at) = document::resolve(&operation["requestBody"], at);
        let media_types = self.request.header("content-type");
        let Some(meant) = &self.case.body else {
            self.differ("a body", 0, self.request.body.len());
            self.differ("the media type of no body", "", media_types.join(" | "));
            let required = declared.get("required") == Some(&Value::Bool(true));
            self.differ("the operation needs a body", false, required);
            return;
        };
        let sent = media_types.join(" | ");
        let media = document::members(declared, "content").find(|(name, _)| *name == sent);
        let Some((media_type, media)) = media else {
            let names: Vec<_> = document::members(declared, "content")
                .map(|(name, _)| name)
                .collect();
            self.at = at;
            self.differ("the media type of the body", names.join(" or "), sent);
            return;
        };
        let body = if media_type.starts_with("application/x-www-form-urlencoded") {
            form(&self.request.body)
        } else {
            serde_json::from_slice(&self.request.body).ok()
        };
        let Some(body) = body else {
            let shown = String::from_utf8_lossy(&self.request.body).into_owned();
            self.differ("a body that can be read", media_type, shown);
            return;
        };
        self.differ("the body", canonical(meant), canonical(&body));
        if let Err(fault) = document::validate(&media["schema"], &body) {
            self.differ("the body under its schema", "valid", fault);
        }
    }

    /// What is asked for is what a success is declared to be.
    fn accept(&mut self, operation: &'static Value) {
        let at = self.at.clone();
        let mut offered = BTreeSet::new();
        for (status, response) in document::members(operation, "responses") {
            let (response, _) = document::resolve(response, at.clone());
            for (media_type, content) in document::members(response, "content") {
                if content["schema"]["maxLength"] != 0 || status.starts_with('2') {
                    offered.insert(essence(media_type));
                }
            }
        }
        let offered: Vec<_> = offered.into_iter().collect();
        let accepted = self.request.header("accept").join(" | ");
        self.differ("what is accepted", offered.join(", "), accepted);
    }

    /// The credentials that travel are an alternative of the document, or several of them, each in its scheme's form.
    fn security(&mut self, operation: &'static Value) {
        for (scheme, text) in &self.case.carried {
            let fits = document::bare(scheme, text).is_some() && told::is_joined(scheme, text);
            self.differ(&format!("the form of {scheme}"), true, fits);
        }
        let alternatives = pointers::alternatives(operation);
        let carried: BTreeSet<&str> = self
            .case
            .carried
            .iter()
            .map(|(scheme, _)| *scheme)
            .collect();
        let covered: BTreeSet<&str> = alternatives
            .iter()
            .filter(|alternative| alternative.is_subset(&carried))
            .flatten()
            .copied()
            .collect();
        let show =
            |schemes: &BTreeSet<&str>| schemes.iter().copied().collect::<Vec<_>>().join(" + ");
        self.differ(
            "whole alternatives of the security",
            show(&covered),
            show(&carried),
        );
    }
}

fn form(bytes: &[u8]) -> Option<Value> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(bytes).ok()?;
    let count = pairs.len();
    let fields: Map<String, Value> = pairs.into_iter().map(|(k, v)| (k, v.into())).collect();
    (fields.len() == count).then_some(Value::Object(fields))
}

/// The value with its members in one order.
pub fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let sorted: BTreeMap<_, _> = members
                .iter()
                .map(|(k, v)| (k.clone(), canonical(v)))
                .collect();
            Value::Object(sorted.into_iter().collect())
        }
        Value::Array(items) => items.iter().map(canonical).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// A media type without its parameters.
pub fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}
