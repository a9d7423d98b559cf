//! The table of operations that the SDK's credentials and errors are driven by.

use heck::{ToShoutySnakeCase, ToSnakeCase};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use super::answers::{self, Told};
use super::names::{SHARED, constant, file};
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
    /// The file that it goes into.
    pub file: String,
    /// Method, upper case.
    method: String,
    path: String,
    /// Alternatives, each a set of schemes that go together.
    pub security: Vec<Vec<String>>,
    /// Schemes and members of the body of which one alone is the proof.
    one_proof: Option<[Vec<String>; 2]>,
    /// Why its answers refuse, and the sessions they hand out.
    told: Told,
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
                file: tag(operation).map_or_else(|| SHARED.to_owned(), file),
                security: alternatives(security),
                one_proof: one_proof(operation),
                told: answers::read(document, operation, &pointer),
                bodyless: bodyless(lowered, &pointer),
                digest: surface::of(&digests, id).to_owned(),
                media: media(document, operation, &pointer),
                pointer,
            });
        }
    }
    problems.into_result(operations)
}

/// The dialect that an operation is of.
fn tag(operation: &Value) -> Option<&str> {
    operation.get("tags")?.as_array()?.first()?.as_str()
}

fn alternatives(security: Option<&Value>) -> Vec<Vec<String>> {
    let alternatives = security.and_then(Value::as_array).into_iter().flatten();
    alternatives
        .filter_map(Value::as_object)
        .map(|schemes| schemes.keys().cloned().collect())
        .collect()
}

/// What `x-one-proof` says.
fn one_proof(operation: &Value) -> Option<[Vec<String>; 2]> {
    let said = operation.get("x-one-proof")?;
    let names = |key: &str| {
        let names = said.get(key).and_then(Value::as_array);
        let names = names.into_iter().flatten().filter_map(Value::as_str);
        names.map(str::to_owned).collect()
    };
    Some([names("schemes"), names("members")])
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

/// The row of one operation.
pub(super) fn row(operation: &Operation) -> TokenStream {
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
        let schemes = schemes.iter().map(|scheme| constant(scheme));
        quote! { &[#(Scheme::#schemes),*] }
    });
    let one_proof = if let Some([schemes, members]) = &operation.one_proof {
        let schemes = schemes.iter().map(|scheme| constant(scheme));
        quote! { Some(OneProof { schemes: &[#(Scheme::#schemes),*], members: &[#(#members),*] }) }
    } else {
        quote! { None }
    };
    let (keeps, refusals) = (operation.told.keeps(), operation.told.refusals());
    quote! {
        #[doc = #doc]
        pub static #name: Operation = Operation {
            id: #id,
            method: #method,
            path: #path,
            security: &[#(#security),*],
            one_proof: #one_proof,
            keeps: #keeps,
            refusals: #refusals,
            bodyless: &[#(#bodyless),*],
            media: &[#(#media),*],
            digest: #digest,
        };
    }
}
