//! The module `types::builder` as the document wants it: a setter for each member, and both conversions.

use std::fmt::Write as _;

use heck::ToPascalCase;

use super::reading::{Reading, field, mark};
use super::types::{is_map, members};
use crate::document::join;

const RULE: &str = "sdk-type";

/// The builder of every struct.
pub(super) fn write(reading: &Reading<'_>) -> String {
    let mut out = String::new();
    for (name, schema) in reading.members("/components/schemas") {
        if schema.get("oneOf").is_some() || schema.get("enum").is_some() || is_map(schema) {
            continue;
        }
        let pointer = join("/components/schemas", name);
        let name = name.to_pascal_case();
        let own = mark(RULE, &pointer);
        let list = members(schema, &pointer);
        let each = |form: &dyn Fn(&str, &super::types::Member<'_>) -> String| {
            list.iter()
                .map(|member| mark(RULE, &member.pointer) + &form(&field(member.name), member))
                .collect::<String>()
        };
        let fields = each(&|field, member| {
            let kind = member.rust_type(&name, "super::");
            format!("{field}: ::std::result::Result<{kind}, ::std::string::String>,")
        });
        let starts = each(&|field, member| format!("{field}: {},", member.start(&name)));
        let setters = each(&|field, member| {
            let kind = member.rust_type(&name, "super::");
            format!(
                "pub fn {field}<T>(mut self, value: T) -> Self
                where T: ::std::convert::TryInto<{kind}>, T::Error: ::std::fmt::Display, {{
                    self.{field} = value.try_into()
                        .map_err(|e| format!(\"error converting supplied value for {field}: {{e}}\"));
                    self
                }}"
            )
        });
        let taken = each(&|field, _| format!("{field}: value.{field}?,"));
        let given = each(&|field, _| format!("{field}: Ok(value.{field}),"));
        let value = if list.is_empty() { "_value" } else { "value" };
        let _ = write!(
            out,
            "{own}#[derive(Clone, Debug)] pub struct {name} {{ {fields}{own} }}
            impl ::std::default::Default for {name} {{ fn default() -> Self {{ Self {{ {starts}{own} }} }} }}
            impl {name} {{ {setters}{own} }}
            impl ::std::convert::TryFrom<{name}> for super::{name} {{
                type Error = super::error::ConversionError;
                fn try_from({value}: {name}) -> ::std::result::Result<Self, super::error::ConversionError> {{
                    Ok(Self {{ {taken}{own} }})
                }}
            }}
            impl ::std::convert::From<super::{name}> for {name} {{
                fn from({value}: super::{name}) -> Self {{ Self {{ {given}{own} }} }}
            }}/*@*/"
        );
    }
    out
}
