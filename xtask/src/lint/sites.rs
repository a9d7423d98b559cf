//! Walks the document once and lists everything in it that rules are about, each with its pointer.
//!
//! Nothing is judged here; what has the wrong JSON type is left out and reported by `vocabulary`.

use serde_json::Value;

use crate::document::{Document, METHODS, join};

/// What `x-unmatched` of a tag has an answer to: a path that is not there, and a method that a path does not have.
pub const UNMATCHED: [&str; 2] = ["path", "method"];

/// What stands at a place of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The document itself.
    Root,
    /// `info`.
    Info,
    /// `info.license`.
    License,
    /// A member of `servers`.
    Server,
    /// A member of `tags`.
    Tag,
    /// A member of `paths`.
    PathItem,
    /// An operation.
    Operation,
    /// A parameter.
    Parameter,
    /// A request body.
    RequestBody,
    /// A response.
    Response,
    /// A response header.
    Header,
    /// A member of `content`.
    MediaType,
    /// A member of `examples`.
    Example,
    /// A schema.
    Schema,
    /// A security scheme.
    SecurityScheme,
}

/// One thing of the document.
#[derive(Debug, Clone)]
pub struct Site<'a> {
    /// What it is.
    pub kind: Kind,
    /// Where it is.
    pub pointer: String,
    /// What it says.
    pub value: &'a Value,
}

impl<'a> Site<'a> {
    /// The text of a member.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&'a str> {
        self.value.get(key).and_then(Value::as_str)
    }

    /// The pointer of a member.
    #[must_use]
    pub fn at(&self, key: &str) -> String {
        join(&self.pointer, key)
    }

    /// Whether it is a reference.
    #[must_use]
    pub fn is_reference(&self) -> bool {
        self.value.get("$ref").is_some()
    }

    /// Whether it is a component itself, not something inside one.
    #[must_use]
    pub fn is_component(&self) -> bool {
        self.pointer.starts_with("/components/") && self.pointer.matches('/').count() == 3
    }
}

/// Everything in the document, in its order.
#[must_use]
pub fn sites(document: &Document) -> Vec<Site<'_>> {
    let mut walk = Walk(Vec::new());
    walk.root(&document.value);
    walk.0
}

struct Walk<'a>(Vec<Site<'a>>);

impl<'a> Walk<'a> {
    fn add(&mut self, kind: Kind, pointer: &str, value: &'a Value) {
        self.0.push(Site {
            kind,
            pointer: pointer.to_owned(),
            value,
        });
    }

    fn root(&mut self, root: &'a Value) {
        self.add(Kind::Root, "", root);
        if let Some(info) = root.get("info") {
            self.add(Kind::Info, "/info", info);
            if let Some(license) = info.get("license") {
                self.add(Kind::License, "/info/license", license);
            }
        }
        self.items(root, "", "servers", |walk, pointer, server| {
            walk.add(Kind::Server, pointer, server);
        });
        self.items(root, "", "tags", |walk, pointer, tag| {
            walk.add(Kind::Tag, pointer, tag);
            if let Some(unmatched) = tag.get("x-unmatched") {
                let at = join(pointer, "x-unmatched");
                for whose in UNMATCHED {
                    walk.members(unmatched, &at, whose, Self::response);
                }
            }
        });
        self.members(root, "", "paths", Self::path_item);
        let Some(components) = root.get("components") else {
            return;
        };
        let at = "/components";
        self.members(components, at, "schemas", Self::schema);
        self.members(components, at, "responses", Self::response);
        self.members(components, at, "parameters", Self::parameter);
        self.members(components, at, "examples", Self::example);
        self.members(components, at, "requestBodies", Self::request_body);
        self.members(components, at, "headers", Self::header);
        self.members(
            components,
            at,
            "securitySchemes",
            |walk, pointer, scheme| {
                walk.add(Kind::SecurityScheme, pointer, scheme);
            },
        );
    }

    fn path_item(&mut self, pointer: &str, item: &'a Value) {
        self.add(Kind::PathItem, pointer, item);
        self.items(item, pointer, "parameters", Self::parameter);
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                self.operation(&join(pointer, method), operation);
            }
        }
    }

    fn operation(&mut self, pointer: &str, operation: &'a Value) {
        self.add(Kind::Operation, pointer, operation);
        self.items(operation, pointer, "parameters", Self::parameter);
        if let Some(body) = operation.get("requestBody") {
            self.request_body(&join(pointer, "requestBody"), body);
        }
        self.members(operation, pointer, "responses", Self::response);
    }

    fn parameter(&mut self, pointer: &str, parameter: &'a Value) {
        self.add(Kind::Parameter, pointer, parameter);
        self.own_schema(pointer, parameter);
    }

    fn header(&mut self, pointer: &str, header: &'a Value) {
        self.add(Kind::Header, pointer, header);
        self.own_schema(pointer, header);
    }

    fn request_body(&mut self, pointer: &str, body: &'a Value) {
        self.add(Kind::RequestBody, pointer, body);
        self.members(body, pointer, "content", Self::media_type);
    }

    fn response(&mut self, pointer: &str, response: &'a Value) {
        self.add(Kind::Response, pointer, response);
        self.members(response, pointer, "headers", Self::header);
        self.members(response, pointer, "content", Self::media_type);
    }

    fn media_type(&mut self, pointer: &str, media_type: &'a Value) {
        self.add(Kind::MediaType, pointer, media_type);
        self.own_schema(pointer, media_type);
        self.members(media_type, pointer, "examples", Self::example);
    }

    fn example(&mut self, pointer: &str, example: &'a Value) {
        self.add(Kind::Example, pointer, example);
    }

    fn own_schema(&mut self, pointer: &str, owner: &'a Value) {
        if let Some(schema) = owner.get("schema") {
            self.schema(&join(pointer, "schema"), schema);
        }
    }

    fn schema(&mut self, pointer: &str, schema: &'a Value) {
        self.add(Kind::Schema, pointer, schema);
        self.members(schema, pointer, "properties", Self::schema);
        for key in ["items", "additionalProperties"] {
            if let Some(inner) = schema.get(key)
                && (key == "items" || inner.is_object())
            {
                self.schema(&join(pointer, key), inner);
            }
        }
        self.items(schema, pointer, "oneOf", Self::schema);
    }

    fn members(
        &mut self,
        owner: &'a Value,
        pointer: &str,
        key: &str,
        mut visit: impl FnMut(&mut Self, &str, &'a Value),
    ) {
        let at = join(pointer, key);
        for (name, member) in owner
            .get(key)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            visit(self, &join(&at, name), member);
        }
    }

    fn items(
        &mut self,
        owner: &'a Value,
        pointer: &str,
        key: &str,
        mut visit: impl FnMut(&mut Self, &str, &'a Value),
    ) {
        let at = join(pointer, key);
        for (index, item) in owner
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .enumerate()
        {
            visit(self, &join(&at, &index.to_string()), item);
        }
    }
}
