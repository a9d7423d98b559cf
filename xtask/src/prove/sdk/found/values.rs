//! The JSON value that an expression of the generated SDK makes.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proc_macro2::Delimiter;
use serde_json::{Map, Value};

use super::super::pattern::Pattern;
use super::super::tokens::Tok;

static TEXT: LazyLock<Pattern> = LazyLock::new(|| Pattern::read("$text.to_string()"));
static READ: LazyLock<Pattern> =
    LazyLock::new(|| Pattern::read("::serde_json::from_str::<$kind:type>($text).unwrap()"));

/// What declared types call their variants and members on the wire.
pub(super) trait Names {
    /// The text of a variant.
    fn text(&self, of: &str, variant: &str) -> Option<String>;
    /// The name of a member.
    fn member(&self, of: &str, field: &str) -> Option<String>;
}

/// What the functions that make defaults make, and of which kind it is.
#[derive(Debug, Default)]
pub(super) struct Defaults(BTreeMap<String, (String, String)>);

impl Defaults {
    /// Adds what a function makes.
    pub fn add(&mut self, function: String, made: String, kind: String) {
        self.0.insert(function, (made, kind));
    }

    /// What a function makes, and of which kind it is.
    pub fn get(&self, function: &str) -> Option<&(String, String)> {
        self.0.get(function)
    }
}

/// The value of an expression; nothing for one that nobody here understands.
pub(super) fn value(toks: &[Tok], names: &dyn Names) -> Option<Value> {
    if let Ok(found) = TEXT.on(toks)
        && found.text("text").starts_with('"')
    {
        return Some(found.literal("text").into());
    }
    if let Ok(found) = READ.on(toks) {
        return serde_json::from_str(&found.literal("text")).ok();
    }
    let words: Vec<&str> = toks.iter().map_while(Tok::leaf).collect();
    if let [sign @ .., number] = words.as_slice()
        && words.len() == toks.len()
        && matches!(sign, [] | ["-"])
        && let Some(value) = number_or_flag(number)
    {
        let Value::Number(number) = &value else {
            return Some(value);
        };
        return match sign {
            [] => Some(value),
            _ => serde_json::from_str(&format!("-{number}")).ok(),
        };
    }
    let inner = match toks.last()? {
        Tok::Group(delimiter, inner, _) => Some((*delimiter, inner.as_slice())),
        Tok::Leaf(..) => None,
    };
    match (words.as_slice(), inner) {
        (["vec", "!"], Some((Delimiter::Bracket, items))) => {
            let items = items.split(|tok| tok.leaf() == Some(","));
            let items = items.filter(|item| !item.is_empty());
            items.map(|item| value(item, names)).collect()
        }
        (["Default", ":", ":", "default"], Some((Delimiter::Parenthesis, []))) => None,
        ([.., name, ":", ":", variant], None) => names.text(name, variant).map(Value::from),
        ([.., last], Some((Delimiter::Parenthesis, held)))
            if words.len() + 1 == toks.len() && last.starts_with(char::is_uppercase) =>
        {
            value(held, names)
        }
        ([.., name], Some((Delimiter::Brace, members))) if words.len() + 1 == toks.len() => {
            object(name, members, names)
        }
        _ => None,
    }
}

fn object(of: &str, toks: &[Tok], names: &dyn Names) -> Option<Value> {
    let mut object = Map::new();
    for member in toks.split(|tok| tok.leaf() == Some(",")) {
        let [Tok::Leaf(field, _), Tok::Leaf(colon, _), made @ ..] = member else {
            return None;
        };
        let wire = names.member(of, field).filter(|_| colon == ":")?;
        object.insert(wire, value(made, names)?);
    }
    Some(Value::Object(object))
}

fn number_or_flag(text: &str) -> Option<Value> {
    let text = ["_i32", "_i64", "_u32", "_u64", "_f32", "_f64"]
        .iter()
        .find_map(|suffix| text.strip_suffix(suffix))
        .unwrap_or(text);
    let value: Value = serde_json::from_str(text).ok()?;
    (value.is_number() || value.is_boolean()).then_some(value)
}

/// A value as text, in the one form of its numbers.
pub(in crate::prove::sdk) fn plain(value: &Value) -> String {
    match value {
        Value::Number(number) => {
            let whole = number.as_i64().map(|whole| whole.to_string());
            let float = number
                .as_f64()
                .map_or_else(|| number.to_string(), |float| float.to_string());
            whole.unwrap_or(float)
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(plain).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(members) => {
            let mut members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), plain(value)))
                .collect();
            members.sort();
            format!("{{{}}}", members.join(","))
        }
        Value::Null | Value::Bool(_) | Value::String(_) => value.to_string(),
    }
}
