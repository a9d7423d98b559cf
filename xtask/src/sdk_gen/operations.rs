//! The tables of operations and security schemes that the SDK's credentials and errors are driven by.

use heck::{ToShoutySnakeCase, ToSnakeCase};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use super::unsupported;
use crate::document::{Document, join};
use crate::lower::{Lowered, LoweringRule};
use crate::problem::Problems;
use crate::surface;

const METHODS: &[&str] = &[
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// One operation of the document.
#[derive(Debug)]
pub(super) struct Operation {
    /// The operationId.
    pub id: String,
    /// Pointer of the operation.
    pub pointer: String,
    /// Method, upper case.
    method: String,
    path: String,
    /// Alternatives, each a set of schemes that go together.
    security: Vec<Vec<String>>,
    /// Declared refusals that have no body.
    bodyless: Vec<u16>,
    /// What of it matters to a caller.
    digest: String,
    /// The media type of each declared answer with a body, without parameters.
    media: Vec<(u16, String)>,
}

impl Operation {
    /// The name of the operation's row in the table.
    pub fn row(&self) -> syn::Ident {
        format_ident!("{}", self.id.to_shouty_snake_case())
    }
}

/// The operations of the document, in its order.
///
/// # Errors
/// Operations without an id.
pub(super) fn read(document: &Document, lowered: &Lowered) -> Result<Vec<Operation>, Problems> {
    let mut problems = Problems::new();
    let mut operations = Vec::new();
    let digests = surface::digests(&document.value);
    let paths = document.get("/paths").and_then(Value::as_object);
    for (path, item) in paths.into_iter().flatten() {
        let at = join("/paths", path);
        for method in METHODS {
            let Some(operation) = item.get(*method) else {
                continue;
            };
            let pointer = join(&at, method);
            let Some(id) = operation.get("operationId").and_then(Value::as_str) else {
                problems.push(unsupported(
                    document,
                    &pointer,
                    "the operation has no operationId",
                ));
                continue;
            };
            let security = operation
                .get("security")
                .or_else(|| document.get("/security"));
            operations.push(Operation {
                id: id.to_owned(),
                method: method.to_uppercase(),
                path: path.clone(),
                security: alternatives(security),
                bodyless: bodyless(lowered, &pointer),
                digest: surface::of(&digests, id).to_owned(),
                media: media(document, operation, &pointer),
                pointer,
            });
        }
    }
    problems.into_result(operations)
}

fn alternatives(security: Option<&Value>) -> Vec<Vec<String>> {
    let alternatives = security.and_then(Value::as_array).into_iter().flatten();
    alternatives
        .filter_map(Value::as_object)
        .map(|schemes| schemes.keys().cloned().collect())
        .collect()
}

/// The statuses that lowering had to drop because they carry nothing.
fn bodyless(lowered: &Lowered, operation: &str) -> Vec<u16> {
    let responses = format!("{operation}/responses/");
    lowered
        .losses
        .iter()
        .filter(|loss| loss.kind == LoweringRule::BodylessError.name())
        .filter_map(|loss| loss.pointer.strip_prefix(&responses)?.parse().ok())
        .collect()
}

/// Status and media type of every answer that has a body; a text that is always empty is none.
fn media(document: &Document, operation: &Value, pointer: &str) -> Vec<(u16, String)> {
    let responses = operation.get("responses").and_then(Value::as_object);
    responses
        .into_iter()
        .flatten()
        .filter_map(|(status, response)| {
            let (response, _) = document.resolve(response, pointer);
            let content = response.get("content").and_then(Value::as_object)?;
            let (media_type, media) = content.iter().next()?;
            let empty = media.pointer("/schema/maxLength") == Some(&Value::from(0));
            let essence = media_type.split(';').next().unwrap_or_default().trim();
            (!empty).then_some((status.parse().ok()?, essence.to_owned()))
        })
        .collect()
}

/// The module `operations`: schemes, and one row per operation.
pub(super) fn emit(document: &Document, operations: &[Operation]) -> TokenStream {
    let schemes = schemes(document);
    let rows = operations.iter().map(row);
    let names = operations.iter().map(Operation::row);
    quote! {
        /// The document's operations and the credentials they take.
        pub mod operations {
            use crate::operation::{Operation, Placement};

            #schemes

            #(#rows)*

            /// Every operation, in the order of the document.
            pub static ALL: &[&Operation] = &[#(&#names),*];
        }
    }
}

fn row(operation: &Operation) -> TokenStream {
    let name = operation.row();
    let id = operation.id.to_snake_case();
    let Operation {
        method,
        path,
        bodyless,
        media,
        digest,
        ..
    } = operation;
    let media = media
        .iter()
        .map(|(status, media)| quote! { (#status, #media) });
    let doc = format!("`{method} {path}`");
    let security = operation.security.iter().map(|schemes| {
        let schemes = schemes.iter().map(|scheme| format_ident!("{scheme}"));
        quote! { &[#(Scheme::#schemes),*] }
    });
    quote! {
        #[doc = #doc]
        pub static #name: Operation = Operation {
            id: #id,
            method: #method,
            path: #path,
            security: &[#(#security),*],
            bodyless: &[#(#bodyless),*],
            media: &[#(#media),*],
            digest: #digest,
        };
    }
}

fn schemes(document: &Document) -> TokenStream {
    let schemes = document
        .get("/components/securitySchemes")
        .and_then(Value::as_object);
    let mut variants = Vec::new();
    let mut names = Vec::new();
    let mut texts = Vec::new();
    let mut placements = Vec::new();
    for (name, scheme) in schemes.into_iter().flatten() {
        let Some(placement) = placement(scheme) else {
            continue;
        };
        let text = scheme.get("description").and_then(Value::as_str);
        let first = text.unwrap_or_default().split("\n\n").next();
        variants.push(format_ident!("{name}"));
        names.push(name);
        texts.push(first.unwrap_or_default().trim().to_owned());
        placements.push(placement);
    }
    quote! {
        /// A security scheme of the document.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Scheme {
            #(#[doc = #texts] #variants,)*
        }

        impl Scheme {
            /// Every scheme, in the order of the document.
            pub const ALL: &'static [Scheme] = &[#(Scheme::#variants),*];

            /// The scheme's name in the document.
            pub const fn name(self) -> &'static str {
                match self { #(Scheme::#variants => #names,)* }
            }

            /// Where in a request the credential travels.
            pub const fn placement(self) -> Placement {
                match self { #(Scheme::#variants => #placements,)* }
            }
        }
    }
}

/// Where a scheme's credential travels; `None` for schemes that the lint refuses anyway.
fn placement(scheme: &Value) -> Option<TokenStream> {
    let text = |key: &str| scheme.get(key).and_then(Value::as_str);
    let name = text("name").unwrap_or_default();
    match (text("type")?, text("scheme").or_else(|| text("in"))?) {
        ("http", "bearer") => Some(quote! { Placement::Bearer }),
        ("http", "basic") => Some(quote! { Placement::Basic }),
        ("apiKey", "header") => Some(quote! { Placement::Header(#name) }),
        ("apiKey", "cookie") => Some(quote! { Placement::Cookie(#name) }),
        ("apiKey", "query") => Some(quote! { Placement::Query(#name) }),
        _ => None,
    }
}
