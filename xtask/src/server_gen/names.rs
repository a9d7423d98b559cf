//! The Rust names of what a document says: types, fields, variants.

use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::model::{Answer, Dialect, Operation, Reading, unsupported};

/// The identifier of a field; Rust keywords are written raw, and what cannot be that has a `_` at an end.
pub fn field_ident(name: &str) -> Ident {
    let snake = name.to_snake_case();
    let forms = [snake.clone(), format!("r#{snake}"), format!("{snake}_")];
    let ident = forms
        .iter()
        .find_map(|form| syn::parse_str::<Ident>(form).ok());
    ident.unwrap_or_else(|| format_ident!("_{}", snake))
}

/// A doc attribute per paragraph line; nothing for no text.
pub fn docs(text: Option<&str>) -> TokenStream {
    let lines = text.unwrap_or_default().trim().lines().map(|line| {
        let line = if line.is_empty() {
            String::new()
        } else {
            format!(" {line}")
        };
        quote!(#[doc = #line])
    });
    quote!(#(#lines)*)
}

/// The enum variant of a wire name.
pub fn variant_ident(wire_name: &str) -> Ident {
    let camel = wire_name
        .replace([':', '.', '/', '-'], "_")
        .to_upper_camel_case();
    syn::parse_str::<Ident>(&camel).unwrap_or_else(|_| format_ident!("Value{}", camel))
}

/// The static that holds the shape of a schema component.
pub fn shape_ident(component: &str) -> Ident {
    format_ident!("{}_SHAPE", component.to_shouty_snake_case())
}

/// The struct of an operation's request.
pub fn call_ident(operation: &Operation) -> Ident {
    format_ident!("{}Call", operation.id.to_upper_camel_case())
}

/// The struct of an operation's success.
pub fn success_ident(operation: &Operation) -> Ident {
    format_ident!(
        "{}{}",
        operation.id.to_upper_camel_case(),
        status_word(operation.success.status)
    )
}

/// The enum of an operation's other answers.
pub fn failure_ident(operation: &Operation) -> Ident {
    format_ident!("{}Failure", operation.id.to_upper_camel_case())
}

/// The enum of every refusal of a dialect.
pub fn refusal_ident(dialect: &Dialect) -> Ident {
    format_ident!("{}AnyRefusal", dialect.prefix)
}

/// The struct of an answer that is no success; a shared component is one struct for all operations.
pub fn failure_struct(operation: &Operation, failure: &Answer) -> Ident {
    match &failure.component {
        Some(component) => format_ident!("{component}"),
        None => format_ident!(
            "{}{}",
            operation.id.to_upper_camel_case(),
            status_word(failure.status)
        ),
    }
}

/// The struct of an answer to a request that no operation matches.
pub fn unmatched_struct(answer: &Answer) -> Reading<Ident> {
    match &answer.component {
        Some(component) => Ok(format_ident!("{component}")),
        None => unsupported(
            &answer.pointer,
            "an answer of `x-unmatched` has to be a reference to a response component",
        ),
    }
}

/// The variant for an answer in the enums of its dialect: its struct without the dialect's prefix.
pub fn answer_variant(dialect: &Dialect, answer: &Ident) -> Ident {
    let full = answer.to_string();
    format_ident!("{}", full.strip_prefix(&dialect.prefix).unwrap_or(&full))
}

/// The word for a status in a type's name.
fn status_word(status: u16) -> String {
    match status {
        200 => "Ok".to_owned(),
        201 => "Created".to_owned(),
        202 => "Accepted".to_owned(),
        204 => "NoContent".to_owned(),
        other => format!("Status{other}"),
    }
}
