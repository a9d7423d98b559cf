//! What the answers of an operation tell the SDK beyond their types: why they refuse, and the session they hand out.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use super::names::constant;
use crate::document::{Document, join};

/// Where a refusal says something.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Spot {
    Nowhere,
    Body(String),
    Header(String),
}

/// Where refusals say why: code, message, and when to come back.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Places([Spot; 3]);

/// The statuses of an operation's refusals by where they say why, and the sessions that its answers hand out.
#[derive(Debug, Default)]
pub(super) struct Told {
    refusals: Vec<(Places, Vec<u16>)>,
    keeps: Vec<(u16, String)>,
}

/// Reads the answers of `operation` at `pointer`.
pub(super) fn read(document: &Document, operation: &Value, pointer: &str) -> Told {
    let mut told = Told::default();
    let responses = operation.get("responses").and_then(Value::as_object);
    for (status, response) in responses.into_iter().flatten() {
        let (response, at) = document.resolve(response, pointer);
        let Ok(code) = status.parse() else {
            continue;
        };
        for (_, header) in headers(document, response, &at) {
            if let Some(scheme) = header.get("x-credential").and_then(Value::as_str) {
                told.keeps.push((code, scheme.to_owned()));
            }
        }
        if status.starts_with('2') && response.get("x-refusal").is_none() {
            continue;
        }
        let Some(places) = places(document, response, &at) else {
            continue;
        };
        match told.refusals.iter_mut().find(|(own, _)| *own == places) {
            Some((_, statuses)) => statuses.push(code),
            None => told.refusals.push((places, vec![code])),
        }
    }
    told
}

/// Where a refusal says why; `None` for one that says nothing.
fn places(document: &Document, response: &Value, at: &str) -> Option<Places> {
    let body = error_schema(document, response, at).and_then(|schema| schema.get("x-error"));
    let spot = |key: &str| {
        if let Some(pointer) = body.and_then(|places| places.get(key)?.as_str()) {
            return Spot::Body(pointer.to_owned());
        }
        let mut headers = headers(document, response, at);
        let own = headers.find(|(_, header)| header.get("x-error").is_some_and(|told| told == key));
        own.map_or(Spot::Nowhere, |(name, _)| Spot::Header(name.to_lowercase()))
    };
    let places = Places(["code", "message", "retry"].map(spot));
    (places.0 != [Spot::Nowhere, Spot::Nowhere, Spot::Nowhere]).then_some(places)
}

/// The schema of a refusal's body: of two alternatives under a success status the second.
fn error_schema<'a>(document: &'a Document, response: &'a Value, at: &str) -> Option<&'a Value> {
    let content = response.get("content").and_then(Value::as_object)?;
    let (schema, at) = document.resolve(content.values().next()?.get("schema")?, at);
    if response.get("x-refusal").is_none() {
        return Some(schema);
    }
    let refusal = schema.get("oneOf")?.as_array()?.get(1)?;
    Some(document.resolve(refusal, &at).0)
}

fn headers<'a>(
    document: &'a Document,
    response: &'a Value,
    at: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let at = join(at, "headers");
    let headers = response.get("headers").and_then(Value::as_object);
    let headers = headers.into_iter().flatten();
    headers.map(move |(name, header)| (name, document.resolve(header, &at).0))
}

impl Told {
    /// The list of `RefusalPlaces`.
    pub fn refusals(&self) -> TokenStream {
        let rows = self.refusals.iter().map(|(Places(spots), statuses)| {
            let [code, message, retry] = spots.each_ref().map(Spot::emit);
            quote! {
                RefusalPlaces { statuses: &[#(#statuses),*], code: #code, message: #message, retry: #retry }
            }
        });
        quote! { &[#(#rows),*] }
    }

    /// The list of statuses with the scheme of the session that they hand out.
    pub fn keeps(&self) -> TokenStream {
        let rows = self.keeps.iter().map(|(status, scheme)| {
            let scheme = constant(scheme);
            quote! { (#status, Scheme::#scheme) }
        });
        quote! { &[#(#rows),*] }
    }
}

impl Spot {
    fn emit(&self) -> TokenStream {
        match self {
            Self::Nowhere => quote! { Spot::Nowhere },
            Self::Body(pointer) => quote! { Spot::Body(#pointer) },
            Self::Header(name) => quote! { Spot::Header(#name) },
        }
    }
}
