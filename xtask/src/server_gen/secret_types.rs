//! Generates the list of the payload types that have secret members: whoever looks what is shown of them forgets none.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use super::model::Dialect;
use super::read::Reader;

/// The file.
pub fn write(reader: &Reader<'_>, dialects: &[Dialect]) -> TokenStream {
    let types = dialects.iter().flat_map(|dialect| {
        let tag = format_ident!("{}", dialect.tag);
        let secret = dialect
            .schemas
            .iter()
            .filter(|name| reader.schema(name).is_some_and(has_secret));
        secret.map(move |name| {
            let name = format_ident!("{name}");
            quote!(#tag::#name)
        })
    });
    quote! {
        //! The payload types that have secret members (`x-secret`).

        /// Calls a macro with each of them, as `dialect::Type`.
        #[macro_export]
        macro_rules! each_secret_type {
            ($each:ident) => { $each![#(#types),*] };
        }
    }
}

/// Whether something in the schema itself is secret; what it refers to is another type.
fn has_secret(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => {
            members.get("x-secret") == Some(&Value::Bool(true)) || members.values().any(has_secret)
        }
        Value::Array(items) => items.iter().any(has_secret),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
