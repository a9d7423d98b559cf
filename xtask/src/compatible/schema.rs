//! One schema as both sides of a comparison see it: references followed, equal spellings unified.
//!
//! `allOf` of one is its member, `anyOf` with `null` is a type list, `const` is an `enum` of one,
//! `anyOf` of an enum and its bare type is an open enum.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::document::{join, last_token};

/// A node of a document, with its place.
#[derive(Debug, Clone)]
pub struct Node<'a> {
    /// The node.
    pub value: &'a Value,
    /// Its JSON pointer.
    pub pointer: String,
}

impl<'a> Node<'a> {
    /// The member of that name.
    pub fn get(&self, key: &str) -> Option<Self> {
        Some(Self {
            value: self.value.get(key)?,
            pointer: join(&self.pointer, key),
        })
    }

    /// The items of a list.
    pub fn items(&self) -> Vec<Self> {
        let items = self.value.as_array().into_iter().flatten();
        items
            .enumerate()
            .map(|(index, value)| Self {
                value,
                pointer: join(&self.pointer, &index.to_string()),
            })
            .collect()
    }

    /// The members of a mapping.
    pub fn members(&self) -> Vec<(&'a str, Self)> {
        let members = self.value.as_object().into_iter().flatten();
        members
            .map(|(key, value)| {
                let pointer = join(&self.pointer, key);
                (key.as_str(), Self { value, pointer })
            })
            .collect()
    }

    /// The text of a member, or nothing.
    pub fn text(&self, key: &str) -> &'a str {
        self.value.get(key).and_then(Value::as_str).unwrap_or("")
    }

    /// Whether a member is `true`.
    pub fn flag(&self, key: &str) -> bool {
        self.value.get(key) == Some(&Value::Bool(true))
    }

    /// The component it refers to.
    pub fn reference(&self) -> Option<&'a str> {
        self.value.get("$ref")?.as_str()?.strip_prefix('#')
    }

    /// What it refers to in the end, or itself.
    pub fn resolve(&self, document: &'a Value) -> Self {
        let mut node = self.clone();
        for _ in 0..DEEPEST {
            let Some(pointer) = node.reference() else {
                break;
            };
            let Some(value) = document.pointer(pointer) else {
                break;
            };
            node = Self {
                value,
                pointer: pointer.to_owned(),
            };
        }
        node
    }
}

/// No chain of references is longer, unless it is a circle.
const DEEPEST: usize = 32;

/// What may follow the last of the properties that a schema names.
#[derive(Debug, Clone)]
pub enum Rest<'a> {
    /// Anything.
    Open,
    /// Values of this schema.
    Of(Node<'a>),
    /// Nothing.
    Closed,
}

/// A schema, read.
#[derive(Debug, Clone, Default)]
pub struct Schema<'a> {
    /// Where it is, after the references.
    pub pointer: String,
    /// The component that it was found under.
    pub component: Option<String>,
    /// Its keywords that are compared one by one.
    pub words: BTreeMap<&'a str, Node<'a>>,
    /// The types it admits besides null; `None` when it admits all.
    pub types: Option<BTreeSet<&'static str>>,
    /// Whether it admits null.
    pub null: bool,
    /// The values it admits besides null.
    pub values: Option<Vec<&'a Value>>,
    /// Whether other values than the listed ones have to be expected.
    pub open: bool,
    /// The alternatives of a `oneOf` or `anyOf`.
    pub variants: Vec<Node<'a>>,
    /// Where the alternatives stand.
    pub union: &'static str,
}

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

impl<'a> Schema<'a> {
    /// Reads a schema of a document.
    pub fn read(document: &'a Value, node: &Node<'a>) -> Self {
        let mut schema = Self {
            pointer: node.resolve(document).pointer,
            ..Self::default()
        };
        let mut null = false;
        schema.gather(document, node, &mut null, 0);
        schema.settle_values();
        schema.settle_types(null);
        schema
    }

    /// Takes over the keywords of a node, the nearer ones first.
    fn gather(&mut self, document: &'a Value, node: &Node<'a>, null: &mut bool, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        if node.value == &Value::Bool(false) {
            self.types = Some(BTreeSet::new());
        }
        let mut inner = Vec::new();
        for (key, member) in node.members() {
            match key {
                "$ref" => {
                    if let Some(pointer) = node.reference()
                        && let Some(value) = document.pointer(pointer)
                    {
                        if self.component.is_none() && pointer.starts_with("/components/schemas/") {
                            self.component = Some(last_token(pointer));
                        }
                        inner.push(Node {
                            value,
                            pointer: pointer.to_owned(),
                        });
                    }
                }
                "allOf" if member.items().len() == 1 => inner.extend(member.items()),
                "oneOf" | "anyOf" => {
                    let all = member.items();
                    let mut some: Vec<Node<'a>> = all
                        .iter()
                        .filter(|one| one.value != &json!({"type": "null"}))
                        .cloned()
                        .collect();
                    *null |= some.len() < all.len();
                    if some.len() == 1 {
                        inner.append(&mut some);
                    } else if let Some(listed) = open_enum(document, &some) {
                        self.open = true;
                        inner.push(listed);
                    } else {
                        self.union = if key == "oneOf" { "oneOf" } else { "anyOf" };
                        self.variants = some;
                    }
                }
                "nullable" => *null |= member.value == &Value::Bool(true),
                key => {
                    self.words.entry(key).or_insert(member);
                }
            }
        }
        for node in inner {
            self.gather(document, &node, null, depth + 1);
        }
    }

    fn settle_values(&mut self) {
        let listed = match (self.words.get("enum"), self.words.get("const")) {
            (Some(list), _) => list.value.as_array().map(|list| list.iter().collect()),
            (None, Some(constant)) => Some(vec![constant.value]),
            (None, None) => None,
        };
        self.values = listed;
    }

    /// Types and null: null is told apart from the types, and an enum without a type has that of its values.
    fn settle_types(&mut self, null_in_union: bool) {
        let stated: Option<BTreeSet<&str>> = self.word("type").map(|value| {
            let list = value.as_array().into_iter().flatten();
            let named = value.as_str().into_iter();
            named.chain(list.filter_map(Value::as_str)).collect()
        });
        let nothing = self.types.is_some();
        let values = self.values.clone();
        let of_values = values
            .as_ref()
            .map(|list| list.iter().map(|value| type_of(value)).collect());
        let admitted: Option<BTreeSet<&str>> = stated.or(of_values);
        let by_type = admitted
            .as_ref()
            .map_or(self.variants.is_empty() && !nothing, |types| {
                types.contains("null")
            });
        let by_value = values
            .as_ref()
            .is_none_or(|list| list.iter().any(|value| value.is_null()));
        self.null = null_in_union || (by_type && by_value);
        if let Some(list) = &mut self.values {
            list.retain(|value| !value.is_null());
        }
        if let Some(admitted) = admitted {
            let integer_too = admitted.contains("number");
            self.types = Some(
                TYPES
                    .into_iter()
                    .filter(|one| admitted.contains(one) || (integer_too && *one == "integer"))
                    .collect(),
            );
        }
    }

    /// The value of a keyword.
    pub fn word(&self, key: &str) -> Option<&'a Value> {
        self.words.get(key).map(|node| node.value)
    }

    /// Where a keyword is, or would be.
    pub fn at(&self, key: &str) -> String {
        match self.words.get(key) {
            Some(node) => node.pointer.clone(),
            None => join(&self.pointer, key),
        }
    }

    /// A number that a keyword says.
    pub fn number(&self, key: &str) -> Option<f64> {
        self.word(key).and_then(Value::as_f64)
    }

    /// The properties it names.
    pub fn properties(&self) -> Vec<(&'a str, Node<'a>)> {
        self.words
            .get("properties")
            .map(Node::members)
            .unwrap_or_default()
    }

    /// Whether a property has to be there.
    pub fn requires(&self, name: &str) -> bool {
        let required = self.word("required").and_then(Value::as_array);
        required.is_some_and(|list| list.iter().any(|one| one.as_str() == Some(name)))
    }

    /// What it says about members without a name of their own.
    pub fn rest(&self) -> Rest<'a> {
        match self.words.get("additionalProperties") {
            None => Rest::Open,
            Some(node) if node.value == &Value::Bool(true) || node.value == &json!({}) => {
                Rest::Open
            }
            Some(node) if node.value == &Value::Bool(false) => Rest::Closed,
            Some(node) => Rest::Of(node.clone()),
        }
    }
}

/// The JSON type of a value; integers are told apart from other numbers.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The listed one of two alternatives, the other of which is the bare type of the list.
fn open_enum<'a>(document: &'a Value, variants: &[Node<'a>]) -> Option<Node<'a>> {
    let [first, second] = variants else {
        return None;
    };
    let bare = json!({"type": "string"});
    let listed = |node: &Node<'a>| {
        let target = node.resolve(document);
        target.value.get("enum").is_some() && target.text("type") == "string"
    };
    if second.value == &bare && listed(first) {
        Some(first.clone())
    } else if first.value == &bare && listed(second) {
        Some(second.clone())
    } else {
        None
    }
}
