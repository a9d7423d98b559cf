//! What one call of the generated SDK sends: method, path, parameters, headers and body.

use std::collections::BTreeMap;

use super::super::facts::At;
use super::super::tokens::Spot;
use super::forms::CallForm;
use super::{Found, Read};

/// The fields of a call that nothing has sent yet, each with what it holds.
type Open<'a> = BTreeMap<&'a str, &'a str>;

/// How a body is sent, and as what.
const MEDIA: [(&str, &str); 2] = [
    ("json", "application/json"),
    ("form", "application/x-www-form-urlencoded"),
];

/// One call: what it is sent with, and how.
pub(super) struct Call<'a> {
    pub name: String,
    pub read: &'a Read<CallForm>,
    pub declared: &'a Read<CallForm>,
}

impl Call<'_> {
    /// Adds a fact about the call.
    pub fn fact(&self, about: &str, value: String, at: &At, found: &mut Found) {
        found.fact(format!("call {}/{about}", self.name), value, at);
    }

    /// Adds a contradiction.
    pub fn wrong(&self, spot: Spot, message: &str, found: &mut Found) {
        let message = format!("`{}` {message}", self.name);
        found.wrong(self.read.place(spot), message);
    }

    /// What is sent, field by field.
    pub fn request(&self, fields: &[(String, String)], found: &mut Found) {
        let bound = &self.read.bound;
        let mut open: Open<'_> = fields
            .iter()
            .map(|(field, kind)| (field.as_str(), kind.as_str()))
            .collect();
        for (hole, about) in [("method", "method"), ("row", "answered by")] {
            let at = self.read.at(hole);
            self.fact(about, bound.literal(hole), &at, found);
        }
        self.path(&mut open, found);
        self.headers(&mut open, found);
        for sent in bound.list("carried") {
            let field = sent.text("field");
            if sent.has("wire") {
                let about = format!("query {}", sent.literal("wire"));
                let spot = sent.spot("wire");
                self.parameter(&mut open, (&about, &field, spot), found);
            }
            for (hole, media) in MEDIA {
                if sent.has(hole) {
                    let body = (sent.text(hole), sent.spot(hole));
                    self.body(&mut open, body, media, found);
                }
            }
        }
        let accepts = bound.part("accept").map(|accept| accept.literal("media"));
        let accepts = accepts.unwrap_or_else(|| "nothing".to_owned());
        self.fact("accepts", accepts, &self.read.at("method"), found);
        for field in open.keys() {
            let message = format!("does not send `{field}`");
            self.wrong(bound.spot("method"), &message, found);
        }
    }

    fn path(&self, open: &mut Open<'_>, found: &mut Found) {
        let bound = &self.read.bound;
        let path = bound.literal("path");
        // What stands first is the address of the server.
        let mut path = path.strip_prefix("{}").unwrap_or("nowhere").to_owned();
        for argument in bound.list("arguments") {
            let field = argument.text("field");
            path = path.replacen("/{}", &format!("/{{{field}}}"), 1);
            let about = format!("path {field}");
            let spot = argument.spot("field");
            self.parameter(open, (&about, &field, spot), found);
        }
        self.fact("path", path, &self.read.at("path"), found);
    }

    /// The headers, of which one that may be absent is looked into before it is sent.
    fn headers(&self, open: &mut Open<'_>, found: &mut Found) {
        let bound = &self.read.bound;
        let headers = bound.list("headers");
        for header in headers {
            let about = format!("header {}", header.literal("wire"));
            let looked_into = header.has("maybe");
            let field = header.text(if looked_into { "maybe" } else { "field" });
            let spot = header.spot("wire");
            let kind = open.get(field.as_str());
            if kind.is_some_and(|kind| kind.starts_with("maybe ") != looked_into) {
                self.wrong(spot, "sends a header that is not there", found);
            }
            self.parameter(open, (&about, &field, spot), found);
        }
        // There is a map where there are headers, with room for them and for the version.
        let map = bound.part("map");
        let room = map.map(|map| map.text("count"));
        let wanted = (!headers.is_empty()).then(|| format!("{}usize", headers.len() + 1));
        if room != wanted || bound.part("mapped").is_some() == headers.is_empty() {
            let spot = map.map_or_else(|| bound.spot("method"), |map| map.spot("count"));
            self.wrong(spot, "has no room for its headers", found);
        }
    }

    fn parameter(
        &self,
        open: &mut Open<'_>,
        (about, field, spot): (&str, &str, Spot),
        found: &mut Found,
    ) {
        if let Some(kind) = self.take(open, (field, spot), found) {
            let value = match kind.strip_prefix("maybe ") {
                Some(inner) => format!("{field}: {inner}, may be absent"),
                None => format!("{field}: {kind}"),
            };
            self.fact(about, value, &self.read.place(spot), found);
        }
    }

    fn body(
        &self,
        open: &mut Open<'_>,
        (field, spot): (String, Spot),
        media: &str,
        found: &mut Found,
    ) {
        if let Some(kind) = self.take(open, (&field, spot), found) {
            let kind = kind.strip_prefix("builder of ").unwrap_or(&kind);
            let value = format!("{kind} as {media}");
            self.fact("body", value, &self.read.place(spot), found);
        }
    }

    /// What a field holds that was not sent yet.
    fn take(
        &self,
        open: &mut Open<'_>,
        (field, spot): (&str, Spot),
        found: &mut Found,
    ) -> Option<String> {
        let kind = open.remove(field).map(str::to_owned);
        if kind.is_none() {
            self.wrong(spot, &format!("has no `{field}` to send"), found);
        }
        kind
    }
}
