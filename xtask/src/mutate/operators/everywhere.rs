//! What can be done to any fact: dropped, changed, and given another name where it has one.

use serde_json::{Value, json};

use super::another;
use crate::document::{Document, METHODS, join};
use crate::mutate::drift::{Drift, Edit, references, split};

/// What the keys below a node are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// Keywords of the specification.
    Keywords,
    /// Names that somebody chose, of that kind of thing.
    Names(&'static str),
    /// A value: of an example, a default, an enum, an extension.
    Data(&'static str),
}

/// All of them.
pub fn drifts(document: &Document) -> Vec<Drift> {
    let mut walk = Walk {
        document: &document.value,
        drifts: Vec::new(),
    };
    walk.node(&document.value, "", Inside::Keywords);
    walk.drifts
}

struct Walk<'a> {
    document: &'a Value,
    drifts: Vec<Drift>,
}

impl Walk<'_> {
    fn node(&mut self, value: &Value, at: &str, inside: Inside) {
        match value {
            Value::Object(map) => {
                for (key, member) in map {
                    let pointer = join(at, key);
                    match inside {
                        Inside::Names(kind) => {
                            self.drop(kind, &pointer);
                            self.rename(kind, &pointer, key);
                        }
                        Inside::Keywords => self.drop(label(key), &pointer),
                        Inside::Data(_) => {}
                    }
                    self.node(member, &pointer, below(inside, key));
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let pointer = join(at, &index.to_string());
                    let list = split(at).1;
                    if !matches!(inside, Inside::Data("example" | "divergence")) {
                        self.drop(singular(&list), &pointer);
                    }
                    let below = match inside {
                        // The alternatives of a security have schemes as their keys.
                        Inside::Data("security") => Inside::Names("scheme-of-alternative"),
                        Inside::Names("scheme-of-alternative") => Inside::Data("scope"),
                        Inside::Keywords | Inside::Names(_) | Inside::Data(_) => inside,
                    };
                    self.node(item, &pointer, below);
                }
                // An empty list can only be changed by putting something into it.
                if items.is_empty() && !matches!(inside, Inside::Names(_)) {
                    let operator = format!("fill-{}", label(&split(at).1));
                    let edit = Edit::Set(join(at, "-"), json!("changed"));
                    self.drifts.push(Drift::new(operator, at, edit));
                } else if items.is_empty() {
                    let edit = Edit::Set(join(at, "-"), json!("changed"));
                    self.drifts.push(Drift::new("add-scope", at, edit));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                self.change(value, at, inside);
            }
        }
        if value.as_object().is_some_and(serde_json::Map::is_empty) {
            let edit = Edit::Set(join(at, "changed"), json!("changed"));
            self.drifts.push(Drift::new("fill", at, edit));
        }
    }

    fn drop(&mut self, what: &str, pointer: &str) {
        let edit = Edit::Remove(pointer.to_owned());
        self.drifts
            .push(Drift::new(format!("drop-{what}"), pointer, edit));
    }

    fn change(&mut self, value: &Value, at: &str, inside: Inside) {
        let key = split(at).1;
        let what = match inside {
            Inside::Data(kind) => kind,
            Inside::Names(_) => "scope",
            Inside::Keywords if key.parse::<usize>().is_ok() => singular_owned(at),
            Inside::Keywords => label(&key),
        };
        let operator = format!("change-{what}");
        for (variant, changed) in self.other_values(value, at, inside) {
            let edit = Edit::Set(at.to_owned(), changed);
            self.drifts
                .push(Drift::new(operator.clone(), at, edit).variant(variant));
        }
    }

    /// Other values for a leaf, each with what tells it from the others.
    fn other_values(&self, value: &Value, at: &str, inside: Inside) -> Vec<(String, Value)> {
        let one = |value: Value| vec![(String::new(), value)];
        match value {
            Value::Bool(flag) => one(json!(!flag)),
            Value::Null => one(json!("changed")),
            Value::Number(number) => {
                let by = |delta: i64| {
                    number.as_i64().map_or_else(
                        // Whole steps, so that the sum of small numbers is exact.
                        || {
                            json!(
                                number.as_f64().unwrap_or_default()
                                    + if delta < 0 { -1.0 } else { 1.0 }
                            )
                        },
                        |whole| json!(whole + delta),
                    )
                };
                vec![("+1".to_owned(), by(1)), ("-1".to_owned(), by(-1))]
            }
            Value::String(text) => {
                let key = split(at).1;
                match (inside, key.as_str()) {
                    (Inside::Data(_), _) => one(json!(format!("{text}_changed"))),
                    (_, "$ref") => another(self.document, text.trim_start_matches('#'))
                        .map(|other| (String::new(), json!(format!("#{other}"))))
                        .into_iter()
                        .collect(),
                    (_, "type") => others(
                        text,
                        &["string", "integer", "boolean", "object", "http", "apiKey"],
                    ),
                    (_, "in") => others(text, &["header", "query", "path", "cookie"]),
                    (_, "scheme") => others(text, &["basic", "bearer"]),
                    (_, "format") => others(
                        text,
                        &["int32", "int64", "date-time", "uri", "uuid", "byte"],
                    ),
                    (_, "description" | "summary" | "title") => {
                        one(json!(format!("{} Changed.", text.trim_end())))
                    }
                    (_, "operationId") => one(json!(format!("{text}_again"))),
                    (_, "openapi") => others(text, &["3.0.3", "3.1.1", "3.2.0"]),
                    (_, "version") => one(json!(format!("{text}1"))),
                    _ if split(split(at).0).1 == "tags" => {
                        let tags: Vec<&str> = self
                            .document
                            .get("tags")
                            .and_then(Value::as_array)
                            .into_iter()
                            .flatten()
                            .filter_map(|tag| tag.get("name")?.as_str())
                            .filter(|tag| tag != text)
                            .take(1)
                            .collect();
                        others(text, &tags)
                    }
                    _ => one(json!(format!("{text}_changed"))),
                }
            }
            Value::Array(_) | Value::Object(_) => Vec::new(),
        }
    }

    /// Another name, alone and together with everything that uses it.
    fn rename(&mut self, kind: &'static str, pointer: &str, name: &str) {
        let (parent, _) = split(pointer);
        let new = match kind {
            "response" => {
                let taken = |status: &str| self.document.pointer(&join(parent, status)).is_some();
                let family: &[&str] = if name.starts_with('2') {
                    &["200", "201", "202"]
                } else {
                    &["402", "406", "410", "418"]
                };
                match family.iter().find(|status| !taken(status)) {
                    Some(status) => (*status).to_owned(),
                    None => return,
                }
            }
            "media-type" => match name {
                "application/json" => "application/problem+json".to_owned(),
                "application/x-www-form-urlencoded" => "multipart/form-data".to_owned(),
                _ => "application/xml".to_owned(),
            },
            "header"
                if !pointer.starts_with("/components/") || pointer.matches('/').count() > 3 =>
            {
                format!("{name}-Changed")
            }
            "path" => format!("{name}-changed"),
            "example" => format!("{name}_changed"),
            "scheme-of-alternative" => {
                let scheme = join("/components/securitySchemes", name);
                match another(self.document, &scheme) {
                    Some(other) => split(&other).1,
                    None => return,
                }
            }
            _ => format!("{name}Changed"),
        };
        let edit = Edit::Rename(pointer.to_owned(), new.clone());
        let drift = Drift::new(format!("rename-{kind}"), pointer, edit);
        let everywhere = self.users(kind, pointer, name, &new);
        if !everywhere.is_empty() {
            let mut consistent = drift.clone().variant("everywhere");
            consistent.operator = format!("rename-{kind}-everywhere");
            consistent.variant = String::new();
            // What is inside the thing itself is renamed before the thing.
            consistent.edits.splice(0..0, everywhere);
            self.drifts.push(consistent);
        }
        self.drifts.push(drift);
    }

    /// What else has to change for a name to be changed consistently.
    fn users(&self, kind: &str, pointer: &str, name: &str, new: &str) -> Vec<Edit> {
        if kind == "property" {
            let required = join(split(split(pointer).0).0, "required");
            let listed = self.document.pointer(&required).and_then(Value::as_array);
            return listed
                .into_iter()
                .flatten()
                .enumerate()
                .filter(|(_, entry)| entry.as_str() == Some(name))
                .map(|(index, _)| Edit::Set(join(&required, &index.to_string()), json!(new)))
                .chain(
                    super::schemas::instances(self.document, split(split(pointer).0).0)
                        .into_iter()
                        .map(|instance| join(&instance, name))
                        .filter(|at| self.document.pointer(at).is_some())
                        .map(|at| Edit::Rename(at, new.to_owned())),
                )
                .collect();
        }
        if !(pointer.starts_with("/components/") && pointer.matches('/').count() == 3) {
            return Vec::new();
        }
        if kind == "security-scheme" {
            return security_users(self.document, name)
                .into_iter()
                .map(|at| Edit::Rename(at, new.to_owned()))
                .collect();
        }
        let target = json!(format!("#{}", join(split(pointer).0, new)));
        references(self.document, pointer)
            .into_iter()
            .map(|at| Edit::Set(at, target.clone()))
            .collect()
    }
}

/// Where operations name a security scheme.
pub fn security_users(document: &Value, scheme: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (path, item) in super::members(document, "paths") {
        for method in METHODS {
            let at = join(&join(&join("/paths", path), method), "security");
            let alternatives = item
                .get(method)
                .and_then(|operation| operation.get("security"));
            for (index, alternative) in alternatives
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .enumerate()
            {
                if alternative.get(scheme).is_some() {
                    found.push(join(&join(&at, &index.to_string()), scheme));
                }
            }
        }
    }
    found
}

fn others(value: &str, all: &[&str]) -> Vec<(String, Value)> {
    all.iter()
        .filter(|other| **other != value)
        .map(|other| ((*other).to_owned(), json!(other)))
        .collect()
}

fn below(inside: Inside, key: &str) -> Inside {
    match inside {
        Inside::Data(kind) => Inside::Data(kind),
        Inside::Names("scheme-of-alternative") => inside,
        Inside::Names(_) => Inside::Keywords,
        Inside::Keywords => match key {
            "example" | "value" => Inside::Data("example"),
            "default" => Inside::Data("default"),
            "enum" => Inside::Data("enum-value"),
            "security" => Inside::Data("security"),
            "x-divergence" => Inside::Data("divergence"),
            "x-refusal" => Inside::Data("refusal"),
            "x-owned-by" => Inside::Data("owner"),
            "paths" => Inside::Names("path"),
            "properties" => Inside::Names("property"),
            "responses" => Inside::Names("response"),
            "headers" => Inside::Names("header"),
            "content" => Inside::Names("media-type"),
            "examples" => Inside::Names("example"),
            "schemas" => Inside::Names("schema"),
            "requestBodies" => Inside::Names("request-body"),
            "securitySchemes" => Inside::Names("security-scheme"),
            _ => Inside::Keywords,
        },
    }
}

/// What a keyword is called in the name of an operator.
fn label(key: &str) -> &str {
    match key {
        "$ref" => "reference",
        key if METHODS.contains(&key) => "operation",
        key => key.strip_prefix("x-").map_or(key, |_| key),
    }
}

fn singular(list: &str) -> &str {
    match list {
        "parameters" => "parameter",
        "required" => "required-entry",
        "enum" => "enum-value",
        "tags" => "tag",
        "servers" => "server",
        "oneOf" => "alternative",
        "security" => "security-alternative",
        "x-divergence" => "divergence",
        _ => "scope",
    }
}

fn singular_owned(at: &str) -> &'static str {
    match split(split(at).0).1.as_str() {
        "required" => "required-entry",
        "tags" => "tag",
        _ => "item",
    }
}
