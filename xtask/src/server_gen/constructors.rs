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

/// An argument of a constructor.
#[derive(Clone)]
pub struct Argument {
    name: Ident,
    rust: TokenStream,
}

impl Argument {
    /// One of that name and type; what is text may be anything that becomes one.
    pub fn new(name: &Ident, rust: &TokenStream) -> Self {
        let is_text = rust.to_string() == "String";
        Self {
            name: name.clone(),
            rust: if is_text {
                quote!(impl Into<String>)
            } else {
                rust.clone()
            },
        }
    }

    fn declared(&self) -> TokenStream {
        let Self { name, rust } = self;
        quote!(#name: #rust)
    }
}

/// The arguments of `new`, which takes what is required and not constant; none where that would be too many.
pub fn arguments(members: &[Member]) -> Option<Vec<Argument>> {
    let given = members.iter().filter_map(|member| match member {
        Member::Given { field, rust } => Some(Argument::new(field, rust)),
        Member::Constant { .. } | Member::Absent { .. } => None,
    });
    let given: Vec<Argument> = given.collect();
    (given.len() <= MAX_ARGUMENTS).then_some(given)
}

/// `new` of a payload type.
pub fn of_payload(ident: &Ident, members: &[Member], arguments: &[Argument]) -> TokenStream {
    let fields = members.iter().map(|member| match member {
        Member::Given { field, rust } if rust.to_string() == "String" => {
            quote!(#field: #field.into())
        }
        Member::Given { field, .. } => quote!(#field),
        Member::Constant { field, value } => quote!(#field: #value),
        Member::Absent { field } => quote!(#field: None),
    });
    let declared = arguments.iter().map(Argument::declared);
    quote! {
        impl #ident {
            /// One with these members; the others have the one value that the document allows, or are absent.
            pub fn new(#(#declared),*) -> Self {
                Self { #(#fields),* }
            }
        }
    }
}

/// `new` of an answer: what its body takes, and then its headers. None where that would be too many.
pub fn of_answer(
    ident: &Ident,
    body: Option<(&Ident, &[Argument])>,
    headers: &[Argument],
) -> Option<TokenStream> {
    let (rust, of_body) = body?;
    let all: Vec<&Argument> = of_body.iter().chain(headers).collect();
    if all.len() > MAX_ARGUMENTS {
        return None;
    }
    let declared = all.iter().map(|argument| argument.declared());
    let names = of_body.iter().map(|argument| &argument.name);
    let fields = headers.iter().map(|header| {
        let name = &header.name;
        if header.rust.to_string() == "impl Into < String >" {
            quote!(#name: #name.into())
        } else {
            quote!(#name)
        }
    });
    Some(quote! {
        impl #ident {
            /// One with a new body and these headers.
            pub fn new(#(#declared),*) -> Self {
                Self { body: #rust::new(#(#names),*), #(#fields),* }
            }
        }
    })
}
