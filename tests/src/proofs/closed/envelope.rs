//! Who refuses what no operation answers, and how: the tags' `x-base-path` and `x-unmatched`, and RFC 9457 for all else.

use serde_json::{Value, json};

use crate::{
    harness::{
        Answer,
        document::{DOCUMENT, members},
    },
    proofs::{
        live::{
            cors,
            oracle::{Tag, tags},
            unmatched,
        },
        report::Finding,
    },
};

/// Headers that HTTP itself writes.
const OF_HTTP: [&str; 6] = [
    "allow",
    "connection",
    "content-length",
    "content-type",
    "date",
    "transfer-encoding",
];

/// Why nobody answers a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// There is no such path.
    Path,
    /// The path does not have the method.
    Method,
}

impl Why {
    /// What people call it.
    pub fn said(self) -> &'static str {
        match self {
            Self::Path => "an unknown path",
            Self::Method => "a wrong method",
        }
    }
}

/// Every dialect, as the document describes it.
pub struct Owners(Vec<Tag>);

impl Owners {
    /// Reads the document.
    pub fn read() -> Self {
        Self(tags())
    }

    /// The prefixes of all dialects.
    pub fn prefixes(&self) -> Vec<String> {
        let prefixes = self.0.iter().flat_map(|tag| &tag.prefixes);
        prefixes.cloned().collect()
    }

    /// The dialect of a path: the one with the longest prefix of whole segments; `None` if it is nobody's.
    pub fn of(&self, path: &str) -> Option<&Tag> {
        let held = |prefix: &str| {
            path.strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let owners = self.0.iter().flat_map(|tag| {
            let prefixes = tag.prefixes.iter().filter(|prefix| held(prefix));
            prefixes.map(move |prefix| (prefix.len(), tag))
        });
        owners.max_by_key(|(length, _)| *length).map(|(_, tag)| tag)
    }

    /// Every dialect, for what asks each of them.
    pub fn all(&self) -> &[Tag] {
        &self.0
    }

    /// Every dialect has prefixes and says how it refuses, and every operation lies under a prefix of its own dialect.
    pub fn faults(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for tag in &self.0 {
            for (key, there) in [
                ("x-base-path", !tag.prefixes.is_empty()),
                ("x-unmatched", tag.path.is_some() && tag.method.is_some()),
            ] {
                if !there {
                    let message = format!("the tag {} has no {key} that can be read", tag.name);
                    findings.push(Finding::new("closed-unmatched", tag.at.clone(), message));
                }
            }
        }
        if !findings.is_empty() {
            return findings;
        }
        for (path, item) in members(&DOCUMENT, "paths") {
            let owner = self.of(path).map_or("nobody", |tag| &tag.name);
            for (method, operation) in item.as_object().into_iter().flatten() {
                let tag = operation.pointer("/tags/0").and_then(Value::as_str);
                if tag.is_some_and(|tag| tag != owner) {
                    let pointer = format!("/paths/{}/{method}/tags", path.replace('/', "~1"));
                    let message = format!("{path} lies under a prefix of {owner}");
                    let finding = Finding::new("closed-owner", pointer, message);
                    findings.push(finding.sides(owner, tag.unwrap_or_default()));
                }
            }
        }
        findings
    }
}

/// The status with which a request is refused that nobody answers; `None` where its dialect does not say.
pub fn status(owner: Option<&Tag>, why: Why) -> Option<u16> {
    match (owner, why) {
        (None, Why::Path) => Some(404),
        (None, Why::Method) => Some(405),
        (Some(tag), Why::Path) => tag.path.as_ref().map(|refusal| refusal.status),
        (Some(tag), Why::Method) => tag.method.as_ref().map(|refusal| refusal.status),
    }
}

/// What is wrong with the refusal of a request that nobody answers; the body of an answer to HEAD is not looked for.
pub fn faults(owner: Option<&Tag>, why: Why, answer: &Answer, has_body: bool) -> Vec<Finding> {
    let Some(tag) = owner else {
        return problem(why, answer, has_body);
    };
    let refusal = match why {
        Why::Path => tag.path.as_ref(),
        Why::Method => tag.method.as_ref(),
    };
    let Some(refusal) = refusal else {
        return Vec::new();
    };
    let what = format!("{} of {}", why.said(), tag.name);
    let answer = unmatched::without_allow(refusal, answer.clone());
    let found = unmatched::check(&what, refusal, &answer, has_body);
    let found = found.into_iter().map(|finding| Finding {
        rule: "closed-envelope",
        pointer: refusal.at.clone(),
        ..finding
    });
    found.collect()
}

/// What belongs to no dialect is refused as RFC 9457 says.
fn problem(why: Why, answer: &Answer, has_body: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |what: String, expected: &str, found: String| {
        let message = format!("{} of nobody: {what}", why.said());
        let finding = Finding::new("closed-envelope", "/paths", message);
        findings.push(finding.sides(expected, found));
    };
    let media_type = answer.header_all("content-type").join(", ");
    if media_type != "application/problem+json" {
        find(
            "the media type".to_owned(),
            "application/problem+json",
            media_type,
        );
    }
    for (name, value) in &answer.headers {
        let known = OF_HTTP.contains(&name.as_str()) || cors::HEADERS.contains(&name.as_str());
        if !known {
            find(format!("the header {name}"), "none", value.clone());
        }
    }
    if !has_body {
        return findings;
    }
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let texts = ["title", "detail"]
        .iter()
        .all(|name| body[name].is_string());
    let shape = body.as_object().is_some_and(|members| members.len() == 4);
    let named = body["type"] == "about:blank" && body["status"] == json!(answer.status);
    if !(texts && shape && named) {
        let expected = "type about:blank, the status, title and detail, and nothing else";
        find("the body".to_owned(), expected, body.to_string());
    }
    findings
}
