//! Generates constructors of payload types: what the document leaves no choice about is not written by hand.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::names::variant_ident;

/// With more arguments a literal, which names its members, reads better.
const MAX_ARGUMENTS: usize = 4;

/// What a new value has in one of its members.
pub enum Member {
    /// Whatever the caller says.
    Given {
        /// The field.
        field: Ident,
        /// Its type.
        rust: TokenStream,
    },
    /// The one value that the document allows.
    Constant {
        /// The field.
        field: Ident,
        /// The value.
        value: TokenStream,
    },
    /// Nothing; it may be left out.
    Absent {
        /// The field.
        field: Ident,
    },
}

/// The one value of an enum that has no other; `owner` is the enum.
pub fn only_value(owner: &Ident, values: &[serde_json::Value]) -> Option<TokenStream> {
    let [value] = values else {
        return None;
    };
    let variant = match value.as_str() {
        Some(text) => variant_ident(text),
        None => integer_variant(value.as_i64()?),
    };
    Some(quote!(#owner::#variant))
}

/// The variant of an integer.
pub fn integer_variant(number: i64) -> Ident {
    format_ident!("V{}", number.to_string().replace('-', "Minus"))
}

/// `new`, which takes what is required and not constant; none where that would be every member, or too many.
pub fn constructor(ident: &Ident, members: &[Member]) -> Option<TokenStream> {
    let given = members.iter().filter_map(|member| match member {
        Member::Given { field, rust } if is_text(rust) => Some(quote!(#field: impl Into<String>)),
        Member::Given { field, rust } => Some(quote!(#field: #rust)),
        Member::Constant { .. } | Member::Absent { .. } => None,
    });
    let given: Vec<TokenStream> = given.collect();
    if given.len() == members.len() || given.len() > MAX_ARGUMENTS {
        return None;
    }
    let fields = members.iter().map(|member| match member {
        Member::Given { field, rust } if is_text(rust) => quote!(#field: #field.into()),
        Member::Given { field, .. } => quote!(#field),
        Member::Constant { field, value } => quote!(#field: #value),
        Member::Absent { field } => quote!(#field: None),
    });
    Some(quote! {
        impl #ident {
            /// One with these members; the others have the one value that the document allows, or are absent.
            pub fn new(#(#given),*) -> Self {
                Self { #(#fields),* }
            }
        }
    })
}

fn is_text(rust: &TokenStream) -> bool {
    rust.to_string() == "String"
}
