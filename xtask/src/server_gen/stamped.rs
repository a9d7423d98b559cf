//! Generates what a dialect stamps on every answer: the `x-stamped` headers that have one value.

use proc_macro2::TokenStream;
use quote::quote;

use super::model::Dialect;

/// The statements that set them on `response`, in the order of the document.
pub fn constants(dialect: &Dialect) -> Vec<TokenStream> {
    let mut known: Vec<String> = Vec::new();
    let mut statements = Vec::new();
    for header in dialect.answers().flat_map(|answer| &answer.headers) {
        let name = header.name.to_ascii_lowercase();
        let Some(value) = header.constant.as_ref().filter(|_| header.stamped) else {
            continue;
        };
        if !known.contains(&name) {
            statements.push(quote!(wire::set_header(response, #name, #value);));
            known.push(name);
        }
    }
    statements
}
