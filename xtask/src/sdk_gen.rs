//! Generates the SDK's client: the lowered document through progenitor, plus what progenitor leaves out.
//!
//! progenitor writes types and builders. Added here, from the 3.1 document: the tables of operations and
//! credentials, the lifting of every outcome into one typed error, and accessors for declared headers.

mod answers;
mod credentials;
mod headers;
mod lifting;
mod names;
mod operations;
mod progenitor_run;
mod tidy;

use std::path::Path;

use proc_macro2::TokenStream;
use quote::quote;

use crate::artefact::{Artefact, with_header};
use crate::canonical;
use crate::document::Document;
use crate::lower::{LossyEdit, lower};
use crate::problem::{Place, Problem, Problems, Rule};

/// Where the generated client goes, relative to the root of the project.
pub const GENERATED: &str = "client-sdk/src/generated.rs";

/// `client-sdk/src/generated.rs`, and what the lowering lost.
///
/// # Errors
/// Every construct of the document that the SDK cannot express.
pub fn generate(document: &Document) -> Result<(Vec<Artefact>, Vec<LossyEdit>), Problems> {
    let mut lowered = lower(&document.value);
    progenitor_run::prepare(&mut lowered.document);
    let operations = operations::read(document, &lowered)?;
    let mut file = progenitor_run::client(document, &lowered.document)?;
    let sends = tidy::tidy(&mut file);
    let lifting = lifting::emit(document, &file, &operations, &sends)?;
    let schemes = credentials::emit(document, &operations)?;
    let tables = operations::emit(&operations, &schemes);
    let headers = headers::emit(document);
    let appended = parse(&quote! { #tables #lifting #headers })?;
    file.items.extend(appended.items);
    file.attrs = parse(&allowances())?.attrs;

    let body = prettyplease::unparse(&file);
    let input = canonical::digest(document);
    let artefact = with_header(GENERATED, crate::MERGED, &input, &body);
    Ok((vec![artefact], lowered.losses))
}

/// Lints that generated code is not held to; the hand-written code beside it is.
fn allowances() -> TokenStream {
    quote! {
        #![allow(
            clippy::all,
            clippy::pedantic,
            clippy::restriction,
            missing_docs,
            rustdoc::all,
            unreachable_patterns,
            unused_imports
        )]
    }
}

fn parse(tokens: &TokenStream) -> Result<syn::File, Problems> {
    syn::parse2(tokens.clone()).map_err(|error| fault(&format!("the SDK is not Rust: {error}")))
}

/// A fault of this generator, for which the document is not to blame.
fn fault(message: &str) -> Problems {
    Problem::wrong(
        Rule::GeneratorFault,
        Place::file(Path::new(GENERATED)),
        message,
    )
    .into()
}

/// A construct at `pointer` for which the SDK has no code.
fn unsupported(document: &Document, pointer: &str, message: impl Into<String>) -> Problem {
    Problem::wrong(Rule::ClientUnsupported, document.place(pointer), message)
}
