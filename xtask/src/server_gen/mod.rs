//! Generates poem-openapi server traits from the merged document: payload types, one struct per
//! answer, one extractor per operation, one trait per dialect and its routes.
//!
//! Whatever the document says that this module has no Rust for is a problem with a pointer.

mod answers;
mod binding;
mod callers;
mod calls;
mod constructors;
mod meta;
mod model;
mod names;
mod read;
mod refusals;
mod route_table;
mod secret_types;
mod shapes;
mod stamped;
mod types;
mod written;

use quote::quote;

use crate::artefact::{Artefact, digest, with_header};
use crate::canonical;
use crate::document::Document;
use crate::problem::{Problem, Problems, Rule};
use model::{AnswerBody, Dialect, Unsupported};
use read::Reader;

/// Where generated server files go, relative to the root.
const FOLDER: &str = "server/src/generated";
/// What every generated file may ignore.
const GENERATOR: &str = "the generator's own runtime";

/// The runtime the generated files stand on, copied as it is: file name and text.
const RUNTIME: [(&str, &str); 10] = [
    ("json.rs", include_str!("wire/json.rs")),
    ("mod.rs", include_str!("wire/mod.rs")),
    ("read.rs", include_str!("wire/read.rs")),
    ("rejection.rs", include_str!("wire/rejection.rs")),
    ("render.rs", include_str!("wire/render.rs")),
    ("routes.rs", include_str!("wire/routes.rs")),
    ("shape.rs", include_str!("wire/shape.rs")),
    ("spelling.rs", include_str!("wire/spelling.rs")),
    ("types.rs", include_str!("wire/types.rs")),
    ("write.rs", include_str!("wire/write.rs")),
];

/// The files of `server/src/generated/`.
///
/// # Errors
/// Every construct of the document that the generator cannot express.
pub fn generate(document: &Document) -> Result<Vec<Artefact>, Problems> {
    let place = |faults: Vec<Unsupported>| {
        let mut problems = Problems::new();
        problems.extend(faults.into_iter().map(|fault| {
            Problem::wrong(
                Rule::ServerUnsupported,
                document.place(&fault.pointer),
                fault.message,
            )
        }));
        problems
    };
    let reader = Reader::new(&document.value);
    let dialects = reader.dialects().map_err(place)?;
    let input = canonical::digest(document);
    let inputs = canonical::digests_of_tags(document);
    let mut artefacts: Vec<Artefact> = RUNTIME
        .iter()
        .map(|(name, text)| {
            with_header(
                format!("{FOLDER}/wire/{name}"),
                GENERATOR,
                &digest(text),
                text,
            )
        })
        .collect();
    for dialect in &dialects {
        let tokens = dialect_file(&reader, dialect).map_err(place)?;
        let source = format!("openapi/dialects/{}.yaml", dialect.tag);
        artefacts.push(rust_file(
            &format!("{}.rs", dialect.tag),
            &source,
            inputs.get(&dialect.tag).map_or("", String::as_str),
            tokens,
            document,
        )?);
    }
    artefacts.push(rust_file(
        "routes.rs",
        "openapi/openapi.json",
        &input,
        route_table::write(&dialects, &crate::surface::digests(&document.value)),
        document,
    )?);
    artefacts.push(rust_file(
        "secret_types.rs",
        "openapi/openapi.json",
        &input,
        secret_types::write(&reader, &dialects),
        document,
    )?);
    let names: Vec<&str> = dialects
        .iter()
        .map(|dialect| dialect.tag.as_str())
        .collect();
    let modules = dialects.iter().map(|dialect| {
        let (name, doc) = (
            quote::format_ident!("{}", dialect.tag),
            format!(" The {} dialect.", dialect.tag),
        );
        quote!(#[doc = #doc] pub mod #name;)
    });
    let idents = names.iter().map(|name| quote::format_ident!("{name}"));
    let root = quote! {
        //! What the document says, as Rust.
        #![allow(missing_docs, unused_imports, unused_macros, clippy::all, clippy::pedantic, clippy::wildcard_enum_match_arm, reason = "generated: documented as far as the document is, with one set of imports")]
        #(#modules)*
        /// Every documented operation.
        pub mod routes;
        /// The payload types that have secret members.
        pub mod secret_types;
        /// The wire runtime.
        pub mod wire;

        /// Calls a macro with the name of each dialect, in the order of the document.
        #[macro_export]
        macro_rules! each_dialect {
            ($each:ident) => { $each! { #(#idents),* } };
        }
        pub use each_dialect;
    };
    artefacts.push(rust_file(
        "mod.rs",
        "openapi/openapi.json",
        &digest(&names.join(" ")),
        root,
        document,
    )?);
    Ok(artefacts)
}

fn dialect_file(
    reader: &Reader<'_>,
    dialect: &Dialect,
) -> Result<proc_macro2::TokenStream, Vec<Unsupported>> {
    let one = |fault| vec![fault];
    let answered = dialect
        .answers()
        .filter_map(|answer| match &answer.content {
            Some((_, AnswerBody::Schema(name) | AnswerBody::Refusable { union: name, .. })) => {
                Some(name.clone())
            }
            Some((_, AnswerBody::Empty)) | None => None,
        });
    let answered = shapes::reachable(reader, answered).into_iter().collect();
    let (types, constructors) = types::TypeWriter::new(reader, answered).write(&dialect.schemas)?;
    let answers = answers::write(dialect, &constructors).map_err(one)?;
    let refusals = refusals::write(dialect).map_err(one)?;
    let calls = dialect
        .operations
        .iter()
        .map(calls::write)
        .collect::<Result<Vec<_>, _>>()
        .map_err(one)?;
    let bodies = dialect
        .operations
        .iter()
        .filter_map(|operation| operation.body.as_ref().map(|body| body.schema.clone()));
    let shapes = shapes::reachable(reader, bodies)
        .into_iter()
        .filter_map(|name| {
            reader
                .schema(&name)
                .map(|schema| shapes::shape_static(&name, schema))
        });
    let binding = binding::write(dialect);
    let doc = format!(
        " The {} dialect: payloads, answers, calls, the trait to implement, and its routes.",
        dialect.tag
    );
    Ok(quote! {
        #![doc = #doc]

        use std::{collections::HashMap, future::Future, sync::Arc};
        use poem::endpoint::BoxEndpoint;
        use poem_openapi::{
            Enum, Object, OpenApi,
            registry::{
                MetaApi, MetaCodeSample, MetaHeader, MetaMediaType, MetaOperation, MetaOperationParam, MetaParamIn, MetaPath, MetaRequest,
                MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, MetaSecurityScheme, MetaTag, Registry,
            },
            types::Type,
        };
        use super::wire::{self, integer_enum, union_type};

        #(#types)*
        #(#answers)*
        #refusals
        #(#calls)*
        #(#shapes)*
        #binding
    })
}

fn rust_file(
    name: &str,
    source: &str,
    input: &str,
    tokens: proc_macro2::TokenStream,
    document: &Document,
) -> Result<Artefact, Problems> {
    let parsed = syn::parse2(tokens).map_err(|error| {
        Problem::wrong(
            Rule::ServerUnsupported,
            document.place(""),
            format!("{name} would not be Rust: {error}"),
        )
    })?;
    Ok(with_header(
        format!("{FOLDER}/{name}"),
        source,
        input,
        &prettyplease::unparse(&parsed),
    ))
}
