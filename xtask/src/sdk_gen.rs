//! Generates the SDK's client: the lowered document through progenitor, plus what progenitor leaves out.
//!
//! progenitor writes types and builders. Added here, from the 3.1 document: the tables of operations and
//! credentials, the lifting of every outcome into one typed error, and accessors for declared headers. Left out is what
//! no caller needs, and the rest is distributed over one file for each dialect.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "progenitor writes few of the many forms of code that syn tells apart"
)]

mod answers;
mod arguments;
mod credentials;
mod exchange;
mod files;
mod headers;
mod lifting;
mod names;
mod operations;
mod parts;
mod progenitor_run;
mod texts;
mod types;

use std::collections::BTreeMap;
use std::path::Path;

use proc_macro2::TokenStream;

use crate::artefact::{Artefact, with_header};
use crate::canonical;
use crate::document::Document;
use crate::lower::{LossyEdit, lower};
use crate::problem::{Place, Problem, Problems, Rule};
use types::Types;

/// Where the generated client goes, relative to the root of the project.
pub const FOLDER: &str = "client-sdk/src/generated";

/// The files of `client-sdk/src/generated/`, that of the module first, and what the lowering lost.
///
/// # Errors
/// Every construct of the document that the SDK cannot express.
pub fn generate(document: &Document) -> Result<(Vec<Artefact>, Vec<LossyEdit>), Problems> {
    let mut lowered = lower(&document.value);
    progenitor_run::prepare(&mut lowered.document);
    let operations = operations::read(document, &lowered)?;
    let client = progenitor_run::client(document, &lowered.document)?;
    let mut parts = parts::take_apart(client);
    arguments::check(document, &parts.builders, &operations)?;
    let sends = exchange::rewrite(&mut parts.builders);
    lifting::lift(document, &mut parts, &operations, &sends)?;
    let types = Types::read(&parts.types);
    types::slim(&mut parts, &types);
    let schemes = credentials::read(document, &operations)?;
    let headers = headers::emit(document);

    let input = canonical::digest(document);
    let inputs: BTreeMap<String, (String, String)> = canonical::digests_of_tags(document)
        .into_iter()
        .map(|(tag, digest)| (names::file(&tag), (tag, digest)))
        .collect();
    let files = files::dialects(&parts, &types, &operations, &schemes);
    let root = files::root(&parts, &files, &operations, &schemes, &headers);
    let mut artefacts = vec![artefact("mod", crate::MERGED, &input, root)?];
    for file in files {
        artefacts.push(match inputs.get(&file.name) {
            Some((tag, digest)) => {
                let source = format!("openapi/dialects/{tag}.yaml");
                artefact(&file.name, &source, digest, file.content)?
            }
            None => artefact(&file.name, crate::MERGED, &input, file.content)?,
        });
    }
    Ok((artefacts, lowered.losses))
}

fn artefact(
    name: &str,
    source: &str,
    input: &str,
    content: TokenStream,
) -> Result<Artefact, Problems> {
    let file = syn::parse2(content)
        .map_err(|error| fault(&format!("{name}.rs would not be Rust: {error}")))?;
    let path = format!("{FOLDER}/{name}.rs");
    Ok(with_header(
        path,
        source,
        input,
        &prettyplease::unparse(&file),
    ))
}

/// A fault of this generator, for which the document is not to blame.
fn fault(message: &str) -> Problems {
    Problem::wrong(
        Rule::GeneratorFault,
        Place::file(Path::new(FOLDER)),
        message,
    )
    .into()
}

/// A construct at `pointer` for which the SDK has no code.
fn unsupported(document: &Document, pointer: &str, message: impl Into<String>) -> Problem {
    Problem::wrong(Rule::ClientUnsupported, document.place(pointer), message)
}
