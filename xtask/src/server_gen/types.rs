//! Generates the payload types of a dialect: one Rust type per schema component.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToSnakeCase, ToUpperCamelCase};
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

use super::constructors::{Argument, Member, arguments, integer_variant, of_payload, only_value};
use super::model::{
    Reading, array, component_name, flag, free_object, is_map, members, text, unsupported,
};
use super::names::{docs, field_ident, variant_ident};
use super::read::Reader;
use super::written;

/// The types of one dialect while they are generated.
pub struct TypeWriter<'a> {
    reader: &'a Reader<'a>,
    /// The schemas that answers lead to: values of these are made by hand-written code.
    answered: BTreeSet<String>,
    items: Vec<TokenStream>,
    constructors: Constructors,
}

/// The arguments of `new`, by the schemas that have it.
pub type Constructors = BTreeMap<String, Vec<Argument>>;

/// A Rust type for a schema, with the poem-openapi validators its constraints need.
struct Typed {
    rust: TokenStream,
    validators: Vec<TokenStream>,
}

impl<'a> TypeWriter<'a> {
    /// A writer over the document `reader` reads.
    pub fn new(reader: &'a Reader<'a>, answered: BTreeSet<String>) -> Self {
        Self {
            reader,
            answered,
            items: Vec::new(),
            constructors: Constructors::new(),
        }
    }

    /// The items of all `schemas`, in order, and which of them have constructors; inline enums stand before the object they are in.
    pub fn write(
        mut self,
        schemas: &[String],
    ) -> Result<(Vec<TokenStream>, Constructors), Vec<super::model::Unsupported>> {
        let mut faults = Vec::new();
        for name in schemas {
            if let Some(schema) = self.reader.schema(name) {
                let written = self.component(name, schema, &format!("/components/schemas/{name}"));
                faults.extend(written.err());
            }
        }
        if faults.is_empty() {
            Ok((self.items, self.constructors))
        } else {
            Err(faults)
        }
    }

    fn component(&mut self, name: &str, schema: &Value, pointer: &str) -> Reading<()> {
        let description = text(schema, "description");
        if schema.get("oneOf").is_some() {
            return self.union(name, schema, pointer);
        }
        match text(schema, "type").as_deref() {
            Some("object") if free_object(schema) || is_map(schema) => {
                let (ident, typed) = (format_ident!("{name}"), self.typed(schema, name, pointer)?);
                let (docs, rust) = (docs(description.as_deref()), typed.rust);
                self.items.push(quote!(#docs pub type #ident = #rust;));
                Ok(())
            }
            Some("object")
                if schema
                    .get("additionalProperties")
                    .is_some_and(Value::is_object) =>
            {
                unsupported(
                    pointer,
                    "an object has named members or members of one kind, not both",
                )
            }
            Some("object") => self.object(name, schema, pointer),
            Some("string" | "integer") if schema.get("enum").is_some() => {
                self.enumeration(name, schema, pointer)
            }
            _ => unsupported(
                pointer,
                "a named schema must be an object, an enum or a `oneOf`; write other scalars inline",
            ),
        }
    }

    fn object(&mut self, name: &str, schema: &Value, pointer: &str) -> Reading<()> {
        let required: Vec<&str> = array(schema, "required")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let (mut fields, mut parts) = (Vec::new(), Vec::new());
        for (property, schema) in members(schema, "properties") {
            let at = format!("{pointer}/properties/{}", super::model::escape(property));
            let is_required = required.contains(&property.as_str());
            let (field, part) = self.field(name, property, schema, is_required, &at)?;
            fields.push(field);
            parts.push(part);
        }
        let ident = format_ident!("{name}");
        let docs = docs(text(schema, "description").as_deref());
        let closed = (schema.get("additionalProperties") == Some(&Value::Bool(false)))
            .then(|| quote!(#[oai(deny_unknown_fields)]));
        self.items.push(quote! {
            #docs
            #[derive(Debug, Clone, Object)]
            #[oai(skip_serializing_if_is_none)]
            #closed
            pub struct #ident { #(#fields)* }
        });
        self.items.push(written::object(&ident, schema, &parts));
        if self.answered.contains(name)
            && let Some(arguments) = arguments(&parts)
        {
            self.items.push(of_payload(&ident, &parts, &arguments));
            self.constructors.insert(name.to_owned(), arguments);
        }
        Ok(())
    }

    fn field(
        &mut self,
        owner: &str,
        property: &str,
        schema: &Value,
        required: bool,
        pointer: &str,
    ) -> Reading<(TokenStream, Member)> {
        let hint = format!("{owner}{}", property.to_upper_camel_case());
        let typed = self.typed(schema, &hint, pointer)?;
        let only = only_value(&format_ident!("{hint}"), array(schema, "enum"));
        let ident = field_ident(property);
        let docs = docs(text(schema, "description").as_deref());
        let rust = typed.rust;
        let mut attributes = vec![quote!(rename = #property)];
        if !typed.validators.is_empty() {
            let validators = typed.validators;
            attributes.push(quote!(validator(#(#validators),*)));
        }
        let field = ident.clone();
        let mut part = match only {
            _ if !required => Member::Absent { field },
            Some(value) => Member::Constant { field, value },
            None => Member::Given {
                field,
                rust: rust.clone(),
            },
        };
        let rust = match schema.get("default") {
            None if required => rust,
            None => quote!(Option<#rust>),
            Some(default) => {
                let function = format_ident!(
                    "{}_{}_default",
                    owner.to_snake_case(),
                    property.to_snake_case()
                );
                let path = function.to_string();
                let value = default_value(default, pointer)?;
                self.items.push(quote! {
                    fn #function() -> #rust { #value }
                });
                attributes.push(quote!(default = #path));
                part = Member::Given {
                    field: ident.clone(),
                    rust: rust.clone(),
                };
                rust
            }
        };
        let written = quote! { #docs #[oai(#(#attributes),*)] pub #ident: #rust, };
        Ok((written, part))
    }

    fn typed(&mut self, schema: &Value, hint: &str, pointer: &str) -> Reading<Typed> {
        let plain = |rust: TokenStream| {
            Ok(Typed {
                rust,
                validators: Vec::new(),
            })
        };
        if let Some(name) = component_name(schema, "schemas") {
            let ident = format_ident!("{name}");
            return plain(quote!(#ident));
        }
        if schema.get("enum").is_some() {
            self.enumeration(hint, schema, pointer)?;
            let ident = format_ident!("{hint}");
            return plain(quote!(#ident));
        }
        match text(schema, "type").as_deref() {
            Some("string") => Ok(Typed {
                rust: string_type(schema, pointer)?,
                validators: validators(schema),
            }),
            Some("integer" | "number") => Ok(Typed {
                rust: number_type(schema, pointer)?,
                validators: validators(schema),
            }),
            Some("boolean") => plain(quote!(bool)),
            Some("array") => {
                let none = Value::Null;
                let items = schema.get("items").unwrap_or(&none);
                let inner =
                    self.typed(items, &format!("{hint}Item"), &format!("{pointer}/items"))?;
                let (rust, mut all) = (inner.rust, inner.validators);
                all.extend(validators(schema));
                Ok(Typed {
                    rust: quote!(Vec<#rust>),
                    validators: all,
                })
            }
            Some("object") if free_object(schema) => plain(quote!(wire::FreeObject)),
            Some("object") if is_map(schema) => {
                let inner = self.typed(
                    &schema["additionalProperties"],
                    &format!("{hint}Value"),
                    &format!("{pointer}/additionalProperties"),
                )?;
                let rust = inner.rust;
                plain(quote!(std::collections::BTreeMap<String, #rust>))
            }
            _ => unsupported(
                pointer,
                "this schema has no Rust type: name objects and unions as components",
            ),
        }
    }

    fn enumeration(&mut self, name: &str, schema: &Value, pointer: &str) -> Reading<()> {
        let ident = format_ident!("{name}");
        let docs = docs(text(schema, "description").as_deref());
        if text(schema, "type").as_deref() == Some("integer") {
            let numbers: Vec<i64> = array(schema, "enum")
                .iter()
                .filter_map(Value::as_i64)
                .collect();
            let format = text(schema, "format").unwrap_or_else(|| "int64".to_owned());
            let repr = if format == "int32" {
                quote!(i32)
            } else {
                quote!(i64)
            };
            let variants = numbers.iter().map(|number| {
                let variant = integer_variant(*number);
                let number = Literal::i64_unsuffixed(*number);
                quote!(#variant = #number)
            });
            let doc = text(schema, "description").unwrap_or_default();
            self.items.push(quote! {
                integer_enum! { #[doc = #doc] #ident as #repr, #format { #(#variants),* } }
            });
            return Ok(());
        }
        let mut variants = Vec::new();
        for value in array(schema, "enum") {
            let Some(wire_name) = value.as_str() else {
                return unsupported(pointer, "an enum of mixed types");
            };
            let variant = variant_ident(wire_name);
            let doc = format!(" `{wire_name}`");
            variants.push(quote! { #[doc = #doc] #[oai(rename = #wire_name)] #variant });
        }
        let only = (variants.len() == 1).then(|| {
            let first = array(schema, "enum")
                .first()
                .and_then(Value::as_str)
                .map(variant_ident);
            quote! {
                impl Default for #ident {
                    fn default() -> Self { Self::#first }
                }
            }
        });
        self.items.push(quote! {
            #docs
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
            pub enum #ident { #(#variants),* }
            #only
        });
        self.items.push(written::enumeration(&ident, schema));
        Ok(())
    }

    fn union(&mut self, name: &str, schema: &Value, pointer: &str) -> Reading<()> {
        let ident = format_ident!("{name}");
        let mut variants = Vec::new();
        for (index, alternative) in array(schema, "oneOf").iter().enumerate() {
            let at = format!("{pointer}/oneOf/{index}");
            let typed = self.typed(alternative, &format!("{name}Alternative{index}"), &at)?;
            let (variant, rust) = match component_name(alternative, "schemas") {
                Some(inner) => (format_ident!("{inner}"), typed.rust),
                None => (
                    format_ident!(
                        "{}",
                        text(alternative, "type")
                            .unwrap_or_default()
                            .to_upper_camel_case()
                    ),
                    typed.rust,
                ),
            };
            variants.push(quote!(#variant(#rust)));
        }
        let doc = text(schema, "description").unwrap_or_default();
        self.items.push(quote! {
            union_type! { #[doc = #doc] #ident { #(#variants),* } }
        });
        Ok(())
    }
}

/// The Rust type of a string schema: secrets and formats have wrappers of their own.
pub fn string_type(schema: &Value, pointer: &str) -> Reading<TokenStream> {
    if flag(schema, "x-secret") {
        return Ok(quote!(wire::Secret));
    }
    match text(schema, "format").as_deref() {
        None => Ok(quote!(String)),
        Some("date-time") => Ok(quote!(wire::DateTimeText)),
        Some("uri") => Ok(quote!(wire::UriText)),
        Some("uuid") => Ok(quote!(wire::UuidText)),
        Some("email") => Ok(quote!(wire::EmailText)),
        Some(other) => unsupported(
            pointer,
            format!("the string format `{other}`: date-time, uri, uuid and email are known"),
        ),
    }
}

/// The Rust type of a numeric schema.
pub fn number_type(schema: &Value, pointer: &str) -> Reading<TokenStream> {
    match (
        text(schema, "type").as_deref(),
        text(schema, "format").as_deref(),
    ) {
        (Some("integer"), Some("int32")) => Ok(quote!(i32)),
        (Some("integer"), Some("int64")) => Ok(quote!(i64)),
        (Some("number"), Some("double")) => Ok(quote!(f64)),
        _ => unsupported(
            pointer,
            "a number needs `format: int32`, `int64` or `double`",
        ),
    }
}

fn validators(schema: &Value) -> Vec<TokenStream> {
    let mut found = Vec::new();
    for (key, name) in [
        ("minLength", "min_length"),
        ("maxLength", "max_length"),
        ("minItems", "min_items"),
        ("maxItems", "max_items"),
    ] {
        if let Some(length) = schema.get(key).and_then(Value::as_u64) {
            let (name, length) = (format_ident!("{name}"), Literal::u64_unsuffixed(length));
            found.push(quote!(#name = #length));
        }
    }
    for (key, name) in [("minimum", "minimum"), ("maximum", "maximum")] {
        if let Some(bound) = schema.get(key).and_then(Value::as_f64) {
            let (name, bound) = (format_ident!("{name}"), bound.to_string());
            found.push(quote!(#name(value = #bound)));
        }
    }
    if let Some(pattern) = text(schema, "pattern") {
        found.push(quote!(pattern = #pattern));
    }
    if flag(schema, "uniqueItems") {
        found.push(quote!(unique_items = true));
    }
    found
}

fn default_value(default: &Value, pointer: &str) -> Reading<TokenStream> {
    match default {
        Value::Bool(value) => Ok(quote!(#value)),
        Value::String(value) => Ok(quote!(#value.to_owned())),
        Value::Number(number) if number.is_i64() => {
            let number = Literal::i64_unsuffixed(number.as_i64().unwrap_or_default());
            Ok(quote!(#number))
        }
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => unsupported(
            pointer,
            "a default must be a string, an integer or a boolean",
        ),
    }
}
