//! One spelling for what OpenAPI can say in several, so that an edit which changes no meaning changes nothing.
//!
//! Authors may use any of them; whatever comes after merging sees only the one. What is a set keeps its
//! order here; comparing as a set is `canonical`'s.

use serde_json::{Map, Value, json};

use crate::document::{Document, join, rest_within};
use crate::lint::sites::METHODS;

/// Keywords that say nothing when they are `false`.
const FLAGS: [&str; 6] = [
    "deprecated",
    "readOnly",
    "writeOnly",
    "uniqueItems",
    "allowReserved",
    "allowEmptyValue",
];

/// A schema that is one of these with a single alternative is that alternative.
const COMBINATORS: [&str; 3] = ["allOf", "anyOf", "oneOf"];

/// Marks a text that is nobody else's business.
pub const SECRET: &str = "x-secret";

/// Something that now stands elsewhere, or elsewhere too: where it was written, and where it is.
type Moved = (String, String);

/// Gives everything its one spelling; what was written elsewhere keeps its line and column.
pub fn unify(document: &mut Document) {
    for (from, to) in respell(&mut document.value) {
        let moved: Vec<_> = document
            .positions
            .iter()
            .filter_map(|(pointer, position)| {
                let rest = rest_within(pointer, &from)?;
                Some((format!("{to}{rest}"), position.clone()))
            })
            .collect();
        document.positions.extend(moved);
    }
}

/// The same for a value that was written nowhere; says what stands elsewhere now, in the order it went there.
pub fn respell(document: &mut Value) -> Vec<Moved> {
    let mut moved = Vec::new();
    push_down(document, &mut moved);
    node(document, At::Root, Keys::Keywords, &mut moved);
    moved
}

/// What the path and the root say for all operations is said by each of them.
fn push_down(document: &mut Value, moved: &mut Vec<Moved>) {
    let has_paths = document.get("paths").is_some_and(Value::is_object);
    let security = document
        .as_object_mut()
        .filter(|_| has_paths)
        .and_then(|root| root.shift_remove("security"));
    // Taken out meanwhile, so that shared parameters can be looked up.
    let taken = document.get_mut("paths").map(Value::take);
    let mut paths = taken.unwrap_or_default();
    for (path, item) in paths.as_object_mut().into_iter().flatten() {
        let Some(item) = item.as_object_mut() else {
            continue;
        };
        let at = join("/paths", path);
        let shared = item
            .get("parameters")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        if item.get("parameters").is_some_and(Value::is_array) {
            item.shift_remove("parameters");
        }
        for method in METHODS {
            let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) else {
                continue;
            };
            let at_operation = join(&at, method);
            if let Some(security) = &security
                && !operation.contains_key("security")
            {
                operation.insert("security".to_owned(), security.clone());
                moved.push(("/security".to_owned(), join(&at_operation, "security")));
            }
            if shared.is_empty() {
                continue;
            }
            let own = operation.entry("parameters").or_insert_with(|| json!([]));
            let Value::Array(own) = own else { continue };
            for (index, parameter) in shared.iter().enumerate() {
                if overridden(own, parameter, document) {
                    continue;
                }
                let from = join(&join(&at, "parameters"), &index.to_string());
                let to = join(&join(&at_operation, "parameters"), &own.len().to_string());
                own.push(parameter.clone());
                moved.push((from, to));
            }
        }
    }
    if let Some(place) = document.get_mut("paths") {
        *place = paths;
    }
}

/// Whether one of an operation's own parameters is `shared`, or has its name and place; either may be a reference.
fn overridden(own: &[Value], shared: &Value, document: &Value) -> bool {
    let name = named(shared, document);
    own.iter()
        .any(|one| one == shared || (name.is_some() && named(one, document) == name))
}

/// The name and the place of a parameter, which may be a reference to one.
fn named<'a>(parameter: &'a Value, document: &'a Value) -> Option<(&'a Value, Option<&'a Value>)> {
    let reference = parameter.get("$ref").and_then(Value::as_str);
    let parameter = match reference.and_then(|reference| reference.strip_prefix('#')) {
        Some(target) => document.pointer(target)?,
        None => parameter,
    };
    Some((parameter.get("name")?, parameter.get("in")))
}

/// What the keys of a mapping are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// Keywords of the specification.
    Keywords,
    /// Names that somebody chose.
    Names,
    /// Nothing that may be touched: a value of an example, a default or an enum.
    Data,
}

impl Keys {
    /// What the keys of a member are.
    #[must_use]
    pub fn below(self, key: &str) -> Self {
        match self {
            Self::Data => Self::Data,
            Self::Names => Self::Keywords,
            Self::Keywords => match key {
                "example" | "default" | "enum" | "const" | "value" | "security" => Self::Data,
                "paths" | "properties" | "responses" | "headers" | "content" | "examples"
                | "schemas" | "parameters" | "requestBodies" | "securitySchemes" => Self::Names,
                key if key.starts_with("x-") => Self::Data,
                _ => Self::Keywords,
            },
        }
    }

    /// What the keys of an item of a list are: the items have no names.
    #[must_use]
    pub const fn inside(self) -> Self {
        match self {
            Self::Names => Self::Keywords,
            Self::Keywords | Self::Data => self,
        }
    }
}

/// Where a node is. Nearly all nodes stay where they are, so a pointer is only written down when one does not.
#[derive(Clone, Copy)]
enum At<'a> {
    Root,
    Member(&'a Self, &'a str),
    Item(&'a Self, usize),
}

impl At<'_> {
    /// Whether it is a member of the mapping of that name.
    fn is_one_of(self, names: &str) -> bool {
        matches!(self, Self::Member(Self::Member(_, above), _) if *above == names)
    }

    fn pointer(self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Member(above, key) => join(&above.pointer(), key),
            Self::Item(above, index) => join(&above.pointer(), &index.to_string()),
        }
    }
}

fn node(value: &mut Value, at: At<'_>, keys: Keys, moved: &mut Vec<Moved>) {
    match value {
        _ if keys == Keys::Data => {}
        Value::Object(map) => {
            if keys == Keys::Keywords {
                unwrap_single(map, at, moved);
                keywords(map, at, moved);
            }
            for (key, member) in map.iter_mut() {
                node(member, At::Member(&at, key), keys.below(key), moved);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                node(item, At::Item(&at, index), keys.inside(), moved);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A combinator of one alternative is that alternative, with what stands beside it.
fn unwrap_single(map: &mut Map<String, Value>, at: At<'_>, moved: &mut Vec<Moved>) {
    while let Some((combinator, single)) = single(map) {
        let at = at.pointer();
        let place = map.keys().position(|key| key == combinator);
        let mut place = place.unwrap_or(0);
        map.shift_remove(combinator);
        for (key, member) in single {
            // What stands beside the combinator describes this use of the alternative.
            if !map.contains_key(&key) {
                let from = join(&join(&join(&at, combinator), "0"), &key);
                moved.push((from, join(&at, &key)));
                map.shift_insert(place, key, member);
                place += 1;
            }
        }
    }
}

/// The only alternative of a combinator, where nothing of it is contradicted by what stands beside it.
fn single(map: &Map<String, Value>) -> Option<(&'static str, Map<String, Value>)> {
    COMBINATORS.into_iter().find_map(|combinator| {
        let alternatives = map.get(combinator)?.as_array()?;
        let [Value::Object(single)] = alternatives.as_slice() else {
            return None;
        };
        let apart = single
            .keys()
            .all(|key| key == "description" || key == combinator || !map.contains_key(key));
        apart.then(|| (combinator, single.clone()))
    })
}

fn keywords(map: &mut Map<String, Value>, at: At<'_>, moved: &mut Vec<Moved>) {
    if let (Some(value), false) = (map.get("const").cloned(), map.contains_key("enum")) {
        replace(map, "const", "enum", json!([value]));
        let at = at.pointer();
        moved.push((join(&at, "const"), join(&at, "enum")));
    }
    let one_type = match map.get("type").and_then(Value::as_array) {
        Some(types) if types.len() == 1 => types.first().cloned(),
        _ => None,
    };
    if let Some(one) = one_type {
        map.insert("type".to_owned(), one);
    }
    if map.get("additionalProperties") == Some(&json!({})) {
        map.insert("additionalProperties".to_owned(), Value::Bool(true));
    }
    for flag in FLAGS {
        if map.get(flag) == Some(&Value::Bool(false)) {
            map.shift_remove(flag);
        }
    }
    if map.contains_key("schema") && (map.contains_key("in") || at.is_one_of("headers")) {
        serialisation(map);
        secrecy(map, at, moved);
    }
}

/// A parameter or header is as secret as its schema.
fn secrecy(map: &mut Map<String, Value>, at: At<'_>, moved: &mut Vec<Moved>) {
    let schema = map.get_mut("schema").and_then(Value::as_object_mut);
    if let Some(secret) = schema.and_then(|schema| schema.shift_remove(SECRET))
        && !map.contains_key(SECRET)
    {
        map.insert(SECRET.to_owned(), secret);
        let at = at.pointer();
        moved.push((join(&join(&at, "schema"), SECRET), join(&at, SECRET)));
    }
}

/// How a parameter or header is written into a request is not said where it is the usual way.
fn serialisation(map: &mut Map<String, Value>) {
    let usual = match map.get("in").and_then(Value::as_str) {
        Some("query" | "cookie") => "form",
        // A header of an answer does not say where it is.
        Some("path" | "header") | None => "simple",
        Some(_) => return,
    };
    let style = map.get("style").and_then(Value::as_str).unwrap_or(usual);
    let (is_usual, explodes) = (style == usual, style == "form");
    if map.get("explode") == Some(&Value::Bool(explodes)) {
        map.shift_remove("explode");
    }
    if is_usual {
        map.shift_remove("style");
    }
}

/// Puts another member where one was.
fn replace(map: &mut Map<String, Value>, old: &str, new: &str, value: Value) {
    let rank = map.keys().position(|key| key == old).unwrap_or(map.len());
    map.shift_remove(old);
    map.shift_insert(rank, new.to_owned(), value);
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::problem::Problems;
    use crate::yaml;

    /// A document as it is written, and where things are.
    fn read(text: &str) -> Document {
        let mut problems = Problems::new();
        let parsed = yaml::parse(Path::new("x.yaml"), text, &mut problems).expect("YAML");
        let mut document = Document {
            value: parsed.value,
            positions: parsed.positions,
        };
        unify(&mut document);
        document
    }

    #[test]
    fn what_the_path_and_the_root_say_is_said_by_each_operation_where_it_was_written() {
        let document = read(
            "security: [{A: []}]\n\
             paths:\n\
             \x20 /a:\n\
             \x20   parameters:\n\
             \x20     - {name: q, in: query, schema: {type: string}}\n\
             \x20     - {name: r, in: query, schema: {const: x}}\n\
             \x20   get:\n\
             \x20     parameters: [{name: q, in: query, description: own}]\n\
             \x20   put:\n\
             \x20     security: []\n",
        );
        let expected = json!({"paths": {"/a": {
            "get": {
                "parameters": [
                    {"name": "q", "in": "query", "description": "own"},
                    {"name": "r", "in": "query", "schema": {"enum": ["x"]}}],
                "security": [{"A": []}]},
            "put": {"security": [], "parameters": [
                {"name": "q", "in": "query", "schema": {"type": "string"}},
                {"name": "r", "in": "query", "schema": {"enum": ["x"]}}]}}}});
        assert_eq!(document.value, expected);
        for (pointer, line) in [
            ("/paths/~1a/get/security/0/A", 1),
            ("/paths/~1a/get/parameters/0/name", 8),
            ("/paths/~1a/get/parameters/1/schema/enum/0", 6),
            ("/paths/~1a/put/parameters/0/name", 5),
        ] {
            assert_eq!(document.place(pointer).line, line, "{pointer}");
        }
    }

    #[test]
    fn an_operation_overrides_what_the_path_says_also_through_references() {
        let named = json!({"name": "q", "in": "query", "description": "shared"});
        let reference = json!({"$ref": "#/components/parameters/Q"});
        let own = json!({"name": "q", "in": "query", "description": "own"});
        for (of_path, of_operation) in [
            (&reference, &own),
            (&named, &reference),
            (&reference, &reference),
        ] {
            let mut document = json!({
                "paths": {"/a": {"parameters": [of_path], "get": {"parameters": [of_operation]}}},
                "components": {"parameters": {"Q": named}}});
            respell(&mut document);
            let found = document.pointer("/paths/~1a/get/parameters");
            assert_eq!(found, Some(&json!([of_operation])));
        }
    }

    #[test]
    fn spellings_of_a_schema_become_one() {
        let one = |spelling: Value| {
            let mut document = json!({"components": {"schemas": {"A": spelling}}});
            respell(&mut document);
            document["components"]["schemas"]["A"].take()
        };
        for (spelling, expected) in [
            (json!({"type": ["string"]}), json!({"type": "string"})),
            (
                json!({"type": "string", "const": "a"}),
                json!({"type": "string", "enum": ["a"]}),
            ),
            (
                json!({"allOf": [{"$ref": "#/b"}], "description": "d"}),
                json!({"$ref": "#/b", "description": "d"}),
            ),
            (
                json!({"anyOf": [{"oneOf": [{"type": "string"}]}]}),
                json!({"type": "string"}),
            ),
            (
                json!({"oneOf": [{"type": "string", "description": "of all"}], "description": "here"}),
                json!({"type": "string", "description": "here"}),
            ),
            (
                json!({"description": "here", "allOf": [{"description": "of all", "type": "string"}]}),
                json!({"description": "here", "type": "string"}),
            ),
            (
                json!({"type": "object", "additionalProperties": {}}),
                json!({"type": "object", "additionalProperties": true}),
            ),
            (
                json!({"type": "string", "deprecated": false, "readOnly": false}),
                json!({"type": "string"}),
            ),
        ] {
            assert_eq!(one(spelling.clone()), expected, "{spelling}");
        }
        // These say more than one alternative alone, or contradict themselves; rules look at them.
        for kept in [
            json!({"allOf": [{"type": "string"}, {"maxLength": 3}]}),
            json!({"allOf": [{"maxLength": 4}], "maxLength": 3}),
            json!({"type": ["string", "null"]}),
            json!({"const": "a", "enum": ["a", "b"]}),
            json!({"deprecated": true}),
        ] {
            assert_eq!(one(kept.clone()), kept);
        }
    }

    #[test]
    fn the_usual_way_to_write_a_parameter_is_not_said() {
        let one = |place: &str, style: &str, explode: bool| {
            let mut document = json!({"components": {"parameters": {"A":
                {"name": "a", "in": place, "schema": {}, "style": style, "explode": explode}}}});
            respell(&mut document);
            let parameter = document["components"]["parameters"]["A"].take();
            (
                parameter.get("style").is_some(),
                parameter.get("explode").is_some(),
            )
        };
        assert_eq!(one("query", "form", true), (false, false));
        assert_eq!(one("query", "form", false), (false, true));
        assert_eq!(one("header", "simple", false), (false, false));
        assert_eq!(one("path", "label", false), (true, false));
    }

    #[test]
    fn a_parameter_or_header_is_as_secret_as_its_schema() {
        let secret = json!({"schema": {"type": "string", "x-secret": true}});
        let mut document = json!({"components": {
            "headers": {"A": secret}, "parameters": {"A": {"in": "query", "schema": secret["schema"]}},
            "requestBodies": {"A": {"content": {"text/plain": secret}}}}});
        respell(&mut document);
        let expected = json!({"components": {
            "headers": {"A": {"schema": {"type": "string"}, "x-secret": true}},
            "parameters": {"A": {"in": "query", "schema": {"type": "string"}, "x-secret": true}},
            "requestBodies": {"A": {"content": {"text/plain": secret}}}}});
        assert_eq!(document, expected);
    }

    #[test]
    fn names_and_data_that_look_like_keywords_are_left_alone() {
        let mut document = json!({"components": {
            "schemas": {
                "const": {"type": "object", "properties": {"const": {"type": "string"}, "deprecated": {"type": "boolean"}},
                    "default": {"const": 1, "type": ["a"]}, "x-divergence": {"allOf": [{}]}}},
            "examples": {"A": {"value": {"deprecated": false, "const": 1}}}}});
        let before = document.clone();
        assert!(respell(&mut document).is_empty());
        assert_eq!(document, before);
    }
}
