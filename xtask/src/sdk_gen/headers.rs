//! Typed access to the headers that the answers of operations declare.

use std::collections::BTreeMap;

use heck::ToSnakeCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use crate::document::{Document, METHODS};

/// How a header's value is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Text,
    Integer,
    Secret,
}

#[derive(Debug)]
struct Declared {
    name: String,
    reading: Reading,
    text: String,
}

/// The trait `DeclaredHeaders`, with one accessor per header whose value says something.
pub(super) fn emit(document: &Document) -> TokenStream {
    let declared = collect(document);
    let accessors = declared.iter().map(|(accessor, header)| {
        let accessor = format_ident!("{accessor}");
        let name = header.name.to_lowercase();
        let doc = format!("`{}`: {}", header.name, header.text);
        let (output, read) = match header.reading {
            Reading::Text => (quote! { &str }, quote! { text }),
            Reading::Integer => (quote! { i64 }, quote! { integer }),
            Reading::Secret => (quote! { crate::Secret }, quote! { secret }),
        };
        quote! {
            #[doc = #doc]
            fn #accessor(&self) -> Option<#output> {
                crate::headers::#read(self.header_map()?, #name)
            }
        }
    });
    quote! {
        /// The response headers that the document declares, of all dialects; `None` where one was not sent.
        ///
        /// Headers whose value never varies have no accessor.
        pub trait DeclaredHeaders: crate::headers::HasHeaders {
            #(#accessors)*
        }

        impl<T: crate::headers::HasHeaders + ?Sized> DeclaredHeaders for T {}
    }
}

/// The headers of the answers that operations have; what only an unknown path is answered with, no method returns.
fn collect(document: &Document) -> BTreeMap<String, Declared> {
    let mut found = BTreeMap::new();
    for (_, item) in members(&document.value, "paths") {
        let operations = METHODS.iter().filter_map(|method| item.get(method));
        for (_, response) in operations.flat_map(|operation| members(operation, "responses")) {
            let (response, _) = document.resolve(response, "");
            for (name, header) in members(response, "headers") {
                add(name, document.resolve(header, "").0, &mut found);
            }
        }
    }
    found
}

fn members<'a>(node: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    node.get(key)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

fn add(name: &str, header: &Value, found: &mut BTreeMap<String, Declared>) {
    let constant = header
        .pointer("/schema/enum")
        .and_then(Value::as_array)
        .is_some_and(|values| values.len() == 1);
    if constant {
        return;
    }
    let secret = [header.get("x-secret"), header.pointer("/schema/x-secret")];
    let reading = if secret.contains(&Some(&Value::Bool(true))) {
        Reading::Secret
    } else if header.pointer("/schema/type") == Some(&Value::from("integer")) {
        Reading::Integer
    } else {
        Reading::Text
    };
    let text = header.get("description").and_then(Value::as_str);
    let declared = found
        .entry(name.to_snake_case())
        .or_insert_with(|| Declared {
            name: name.to_owned(),
            reading,
            text: text.unwrap_or_default().trim().to_owned(),
        });
    if declared.reading != reading && declared.reading != Reading::Secret {
        // Dialects that disagree about the type leave only the text in common.
        declared.reading = if reading == Reading::Secret {
            reading
        } else {
            Reading::Text
        };
    }
}
