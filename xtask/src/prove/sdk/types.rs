//! The module `types` as the document wants it: structs, enums, choices and maps, each with what belongs to it.

use std::fmt::Write as _;

use heck::ToPascalCase;
use serde_json::Value;

use super::reading::{Reading, field, mark, rust_type};
use crate::document::join;

const RULE: &str = "sdk-type";
const PLAIN: &str = "#[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]";

/// One member of a struct.
pub(super) struct Member<'a> {
    /// Name on the wire.
    pub name: &'a str,
    /// Where it is declared.
    pub pointer: String,
    /// Its schema.
    pub schema: &'a Value,
    /// Whether it has to be there.
    pub required: bool,
}

impl Member<'_> {
    /// The declared default.
    fn default(&self) -> Option<&Value> {
        self.schema.get("default").filter(|_| !self.required)
    }

    fn is_list(&self) -> bool {
        self.schema.get("type") == Some(&Value::from("array"))
    }

    /// The type of the field, its optionality included.
    pub fn rust_type(&self, owner: &str, types: &str) -> String {
        let plain = rust_type(self.schema, owner, self.name, types);
        if self.required || self.default().is_some() || self.is_list() {
            plain
        } else {
            format!("::std::option::Option<{plain}>")
        }
    }

    /// What the builder starts from.
    pub fn start(&self, owner: &str) -> String {
        if self.required {
            return format!(
                "Err(\"no value supplied for {}\".to_string())",
                field(self.name)
            );
        }
        match self.default() {
            Some(Value::Number(number)) => {
                let kind = rust_type(self.schema, owner, self.name, "");
                format!("Ok(super::defaults::default_u64::<{kind}, {number}>())")
            }
            Some(Value::Bool(true)) => "Ok(super::defaults::default_bool::<true>())".to_owned(),
            _ => "Ok(Default::default())".to_owned(),
        }
    }

    fn attributes(&self, owner: &str) -> String {
        let mut serde = Vec::new();
        if field(self.name) != self.name {
            serde.push(format!("rename = {:?}", self.name));
        }
        if let Some(default) = self.default() {
            let kind = rust_type(self.schema, owner, self.name, "");
            serde.push(match default.as_bool() {
                Some(false) => "default".to_owned(),
                Some(true) => "default = \"defaults::default_bool::<true>\"".to_owned(),
                None => format!("default = \"defaults::default_u64::<{kind}, {default}>\""),
            });
        } else if !self.required && self.is_list() {
            serde.push("default".to_owned());
            serde.push("skip_serializing_if = \"::std::vec::Vec::is_empty\"".to_owned());
        } else if !self.required {
            serde.push("skip_serializing_if = \"::std::option::Option::is_none\"".to_owned());
        }
        if serde.is_empty() {
            String::new()
        } else {
            format!("#[serde({})]", serde.join(", "))
        }
    }
}

/// The members of an object schema, in the order of the fields.
pub(super) fn members<'a>(schema: &'a Value, pointer: &str) -> Vec<Member<'a>> {
    let required = schema.get("required").and_then(Value::as_array);
    let properties = schema.get("properties").and_then(Value::as_object);
    let mut members: Vec<Member<'a>> = properties
        .into_iter()
        .flatten()
        .map(|(name, schema)| Member {
            name,
            pointer: join(&join(pointer, "properties"), name),
            schema,
            required: required.is_some_and(|names| names.contains(&Value::from(name.as_str()))),
        })
        .collect();
    members.sort_by_key(|member| member.name);
    members
}

/// Everything in `types` but its inner modules.
pub(super) fn write(reading: &Reading<'_>) -> String {
    let mut out = String::new();
    for (name, schema) in reading.members("/components/schemas") {
        let pointer = join("/components/schemas", name);
        let name = name.to_pascal_case();
        out.push_str(&mark(RULE, &pointer));
        if schema.get("oneOf").is_some() {
            choice(&mut out, &name, schema, &pointer);
        } else if schema.get("enum").is_some() {
            values(&mut out, &name, schema, &pointer);
        } else if is_map(schema) {
            map(&mut out, &name);
        } else {
            structure(&mut out, &name, schema, &pointer);
        }
        out.push_str("/*@*/");
    }
    out
}

/// Whether a schema is an object of whatever members.
pub(super) fn is_map(schema: &Value) -> bool {
    schema.get("properties").is_none()
        && schema.get("additionalProperties") != Some(&Value::Bool(false))
}

fn structure(out: &mut String, name: &str, schema: &Value, pointer: &str) {
    let members = members(schema, pointer);
    let can_default = members.iter().all(|member| {
        !member.required && !matches!(member.default(), Some(Value::Number(_) | Value::Bool(true)))
    });
    let default = if can_default { ", Default" } else { "" };
    let _ = write!(
        out,
        "#[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug{default})]"
    );
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        let at = mark(RULE, &join(pointer, "additionalProperties"));
        let _ = write!(
            out,
            "{at}#[serde(deny_unknown_fields)]{}",
            mark(RULE, pointer)
        );
    }
    let _ = write!(out, "pub struct {name} {{");
    for member in &members {
        let attributes = member.attributes(name);
        let kind = member.rust_type(name, "");
        let at = mark(RULE, &member.pointer);
        let _ = write!(out, "{at}{attributes} pub {}: {kind},", field(member.name));
    }
    let _ = write!(
        out,
        "{}}} impl {name} {{ pub fn builder() -> builder::{name} {{ Default::default() }} }}",
        mark(RULE, pointer)
    );
    for member in &members {
        let inline = if member.is_list() {
            member
                .schema
                .get("items")
                .map(|items| (items, format!("{}_item", member.name)))
        } else {
            Some((member.schema, member.name.to_owned()))
        };
        if let Some((schema, of)) = inline
            && schema.get("enum").is_some()
        {
            out.push_str(&mark(RULE, &member.pointer));
            values(
                out,
                &format!("{name}{}", of.to_pascal_case()),
                schema,
                &member.pointer,
            );
        }
    }
}

/// An enum of texts or of numbers.
fn values(out: &mut String, name: &str, schema: &Value, pointer: &str) {
    let at = mark(RULE, &join(pointer, "enum"));
    let list = schema.get("enum").and_then(Value::as_array);
    let list: Vec<&Value> = list.into_iter().flatten().collect();
    if schema.get("type") == Some(&Value::from("integer")) {
        let kind = if schema.get("format") == Some(&Value::from("int32")) {
            "i32"
        } else {
            "i64"
        };
        let list: Vec<String> = list.iter().map(|value| format!("{value}_{kind}")).collect();
        let _ = write!(
            out,
            "#[derive(::serde::Serialize, Clone, Debug)] #[serde(transparent)] pub struct {name}({kind});
            impl ::std::ops::Deref for {name} {{
                type Target = {kind};
                fn deref(&self) -> &{kind} {{ &self.0 }}
            }}
            impl ::std::convert::From<{name}> for {kind} {{ fn from(value: {name}) -> Self {{ value.0 }} }}
            impl ::std::convert::TryFrom<{kind}> for {name} {{
                type Error = self::error::ConversionError;
                fn try_from(value: {kind}) -> ::std::result::Result<Self, self::error::ConversionError> {{
                    if ![{at}{}{}].contains(&value) {{ Err(\"invalid value\".into()) }} else {{ Ok(Self(value)) }}
                }}
            }}
            impl<'de> ::serde::Deserialize<'de> for {name} {{
                fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
                where D: ::serde::Deserializer<'de>, {{
                    Self::try_from(<{kind}>::deserialize(deserializer)?)
                        .map_err(|e| <D::Error as ::serde::de::Error>::custom(e.to_string()))
                }}
            }}",
            list.join(", "),
            mark(RULE, pointer)
        );
        return;
    }
    let list: Vec<(String, String)> = list
        .iter()
        .filter_map(|value| value.as_str())
        .map(|value| (value.to_pascal_case(), format!("{value:?}")))
        .collect();
    let arms = |form: fn(&str, &str) -> String| {
        list.iter()
            .map(|(variant, value)| form(variant, value))
            .collect::<String>()
    };
    let variants = arms(|variant, value| {
        let rename = if value.trim_matches('"') == variant {
            String::new()
        } else {
            format!("#[serde(rename = {value})]")
        };
        format!("{rename} {variant},")
    });
    let shown = arms(|variant, value| format!("Self::{variant} => f.write_str({value}),"));
    let read = arms(|variant, value| format!("{value} => Ok(Self::{variant}),"));
    let _ = write!(
        out,
        "#[derive(::serde::Deserialize, ::serde::Serialize, Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum {name} {{ {at}{variants} }}
        impl ::std::fmt::Display for {name} {{
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {{ match *self {{ {shown} }} }}
        }}
        impl ::std::str::FromStr for {name} {{
            type Err = self::error::ConversionError;
            fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {{
                match value {{ {read} _ => Err(\"invalid value\".into()), }}
            }}
        }}"
    );
    for from in ["&str", "::std::string::String"] {
        let _ = write!(
            out,
            "impl ::std::convert::TryFrom<{from}> for {name} {{
                type Error = self::error::ConversionError;
                fn try_from(value: {from}) -> ::std::result::Result<Self, self::error::ConversionError> {{ value.parse() }}
            }}"
        );
    }
}

/// A choice between components, and at most one plain text.
fn choice(out: &mut String, name: &str, schema: &Value, pointer: &str) {
    let at = join(pointer, "oneOf");
    let choices = schema.get("oneOf").and_then(Value::as_array);
    let choices: Vec<(usize, String)> = choices
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(index, choice)| (index, rust_type(choice, name, "", "")))
        .collect();
    let names: Vec<&str> = choices.iter().map(|(_, kind)| kind.as_str()).collect();
    let common = common_words(&names);
    let mut variants = String::new();
    let mut conversions = String::new();
    for (index, kind) in &choices {
        let variant = kind[common..].rsplit("::").next().unwrap_or_default();
        let at = mark(RULE, &join(&at, &index.to_string()));
        let _ = write!(variants, "{at}{variant}({kind}),");
        if !kind.starts_with("::") {
            let _ = write!(
                conversions,
                "{at}impl ::std::convert::From<{kind}> for {name} {{ fn from(value: {kind}) -> Self {{ Self::{variant}(value) }} }}"
            );
        }
    }
    let _ = write!(
        out,
        "{PLAIN} #[serde(untagged)] pub enum {name} {{ {variants} }} {conversions}"
    );
}

/// How much of the start of all names is the same, in whole words.
fn common_words(names: &[&str]) -> usize {
    let Some(first) = names.first() else {
        return 0;
    };
    let starts = first
        .char_indices()
        .filter(|(_, letter)| letter.is_ascii_uppercase());
    starts
        .map(|(at, _)| at)
        .rfind(|at| names.iter().all(|name| name.get(..*at) == first.get(..*at)))
        .unwrap_or_default()
}

fn map(out: &mut String, name: &str) {
    let map = "::serde_json::Map<::std::string::String, ::serde_json::Value>";
    let _ = write!(
        out,
        "{PLAIN} #[serde(transparent)] pub struct {name}(pub {map});
        impl ::std::ops::Deref for {name} {{
            type Target = {map};
            fn deref(&self) -> &{map} {{ &self.0 }}
        }}
        impl ::std::convert::From<{name}> for {map} {{ fn from(value: {name}) -> Self {{ value.0 }} }}
        impl ::std::convert::From<{map}> for {name} {{ fn from(value: {map}) -> Self {{ Self(value) }} }}"
    );
}
