//! Generates how payload types write themselves as JSON: the names are texts that are made here, once.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use serde_json::Value;

use super::constructors::Member;
use super::model::{array, members};
use super::names::variant_ident;

/// How the struct of an object writes itself; `fields` are its own, in the order of the schema.
pub fn object(ident: &Ident, schema: &Value, fields: &[Member]) -> TokenStream {
    let members = members(schema, "properties").zip(fields);
    let members = members.map(|((name, _), field)| {
        let name = format!("{}:", quoted(name));
        match field {
            Member::Absent { field } => quote!(members.optional(#name, self.#field.as_ref());),
            Member::Constant { field, .. } | Member::Given { field, .. } => {
                quote!(members.member(#name, &self.#field);)
            }
        }
    });
    quote! {
        impl wire::WriteJson for #ident {
            fn write_json(&self, out: &mut Vec<u8>) {
                #[allow(unused_mut)]
                let mut members = wire::Members::begin(out);
                #(#members)*
                members.end();
            }
        }
    }
}

/// How an enum of texts writes itself.
pub fn enumeration(ident: &Ident, schema: &Value) -> TokenStream {
    let texts = array(schema, "enum").iter().filter_map(Value::as_str);
    let arms = texts.map(|text| {
        let (variant, text) = (variant_ident(text), quoted(text));
        quote!(Self::#variant => #text)
    });
    quote! {
        impl wire::WriteJson for #ident {
            fn write_json(&self, out: &mut Vec<u8>) {
                let text: &str = match self { #(#arms),* };
                out.extend_from_slice(text.as_bytes());
            }
        }
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
