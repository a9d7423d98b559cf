//! Generates the documented constraints as data: one `static` per schema a request can hold.

use std::collections::BTreeSet;

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use serde_json::Value;

use super::model::{array, component_name, flag, members, text};
use super::names::shape_ident;
use super::read::Reader;

/// The names of those schemas and of all schemas they lead to, each once.
pub fn reachable(reader: &Reader<'_>, roots: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for root in roots {
        found.extend(reader.led_to(&root));
        found.insert(root);
    }
    found
}

/// The `static` of one component.
pub fn shape_static(name: &str, schema: &Value) -> TokenStream {
    let ident = shape_ident(name);
    let shape = shape(schema);
    quote!(static #ident: wire::Shape = #shape;)
}

/// A `&'static wire::Shape` for a schema that may be a reference.
pub fn shape_ref(schema: &Value) -> TokenStream {
    if let Some(name) = component_name(schema, "schemas") {
        let ident = shape_ident(name);
        return quote!(&#ident);
    }
    let shape = shape(schema);
    quote!(&#shape)
}

fn shape(schema: &Value) -> TokenStream {
    if schema.get("oneOf").is_some() {
        let shapes = array(schema, "oneOf").iter().map(shape_ref);
        return quote!(wire::Shape::OneOf(&[#(#shapes),*]));
    }
    match text(schema, "type").as_deref() {
        Some("object") => object(schema),
        Some("array") => {
            let items = schema
                .get("items")
                .map_or_else(|| quote!(&wire::Shape::Any), shape_ref);
            let (min, max) = bounds(schema, "minItems", "maxItems");
            let unique = flag(schema, "uniqueItems");
            quote!(wire::Shape::Array { items: #items, min: #min, max: #max, unique: #unique })
        }
        Some("string") => {
            let (min, max) = bounds(schema, "minLength", "maxLength");
            let pattern = option(text(schema, "pattern"));
            let values = array(schema, "enum").iter().filter_map(Value::as_str);
            quote!(wire::Shape::Text { min: #min, max: #max, pattern: #pattern, values: &[#(#values),*] })
        }
        Some("integer") => {
            let (low, high) = if text(schema, "format").as_deref() == Some("int32") {
                (i64::from(i32::MIN), i64::from(i32::MAX))
            } else {
                (i64::MIN, i64::MAX)
            };
            let bound = |key: &str, limit| {
                Literal::i64_unsuffixed(schema.get(key).and_then(Value::as_i64).unwrap_or(limit))
            };
            let (min, max) = (bound("minimum", low), bound("maximum", high));
            let values = array(schema, "enum")
                .iter()
                .filter_map(Value::as_i64)
                .map(Literal::i64_unsuffixed);
            quote!(wire::Shape::Integer { min: #min, max: #max, values: &[#(#values),*] })
        }
        Some("number") => quote!(wire::Shape::Number),
        Some("boolean") => quote!(wire::Shape::Boolean),
        _ => quote!(wire::Shape::Any),
    }
}

fn object(schema: &Value) -> TokenStream {
    let required = array(schema, "required");
    let properties = members(schema, "properties").map(|(name, property)| {
        let needed = required.iter().any(|one| one.as_str() == Some(name));
        let shape = shape_ref(property);
        quote!(wire::Property { name: #name, required: #needed, shape: #shape })
    });
    let additional = match schema.get("additionalProperties") {
        Some(Value::Bool(false)) => quote!(None),
        Some(extra) if extra.is_object() => {
            let shape = shape_ref(extra);
            quote!(Some(#shape))
        }
        _ => quote!(Some(&wire::Shape::Any)),
    };
    quote!(wire::Shape::Object { properties: &[#(#properties),*], additional: #additional })
}

fn bounds(schema: &Value, low: &str, high: &str) -> (TokenStream, TokenStream) {
    let read = |key: &str| {
        schema
            .get(key)
            .and_then(Value::as_u64)
            .map(Literal::u64_unsuffixed)
    };
    let min = read(low).map_or_else(|| quote!(0), |bound| quote!(#bound));
    let max = read(high).map_or_else(|| quote!(usize::MAX), |bound| quote!(#bound));
    (min, max)
}

fn option(value: Option<String>) -> TokenStream {
    value.map_or_else(|| quote!(None), |value| quote!(Some(#value)))
}
