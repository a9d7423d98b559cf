//! Distributes the client over files: one for each dialect, one for what is shared, and one that puts them together.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToPascalCase;
use proc_macro2::TokenStream;
use quote::{ToTokens as _, format_ident, quote};
use syn::{ImplItem, Item, parse_quote};

use super::credentials::Schemes;
use super::names::SHARED;
use super::operations::{self, Operation};
use super::parts::{Parts, type_name, words};
use super::types::Types;

/// The parts of the client that go into one file.
#[derive(Debug, Default)]
struct Share<'a> {
    types: Vec<&'a Item>,
    type_builders: Vec<&'a Item>,
    defaults: Vec<&'a Item>,
    methods: Vec<&'a ImplItem>,
    builders: Vec<&'a Item>,
    operations: Vec<&'a Operation>,
}

/// One file of the client beside the module itself.
#[derive(Debug)]
pub(super) struct File {
    /// Its module.
    pub name: String,
    /// Whether it has builders of types.
    builds: bool,
    /// What is in it.
    pub content: TokenStream,
}

/// The files, by name.
pub(super) fn dialects(
    parts: &Parts,
    types: &Types,
    operations: &[Operation],
    schemes: &Schemes,
) -> Vec<File> {
    let mut shares: BTreeMap<&str, Share<'_>> = BTreeMap::new();
    let files: BTreeMap<String, &str> = operations
        .iter()
        .map(|operation| (operation.id.to_pascal_case(), operation.file.as_str()))
        .collect();
    let owners = owners(parts, types, &files);
    let owner = |item: &Item| {
        let name = types.about(item).unwrap_or_default();
        owners.get(&name).copied().unwrap_or(SHARED)
    };
    for item in &parts.types {
        shares.entry(owner(item)).or_default().types.push(item);
    }
    for item in &parts.type_builders {
        let share = shares.entry(owner(item)).or_default();
        share.type_builders.push(item);
    }
    for item in &parts.defaults {
        if let Some(wanting) = wanting(item, &parts.types) {
            let share = shares.entry(owner(wanting)).or_default();
            share.defaults.push(item);
        }
    }
    for item in &parts.builders {
        let file = builder(item).and_then(|name| files.get(&name).copied());
        let share = shares.entry(file.unwrap_or(SHARED)).or_default();
        share.builders.push(item);
    }
    for item in &parts.methods {
        let mut words = words(item).into_iter();
        let file = words.find_map(|word| files.get(&word).copied());
        let share = shares.entry(file.unwrap_or(SHARED)).or_default();
        share.methods.push(item);
    }
    for operation in operations {
        let share = shares.entry(&operation.file).or_default();
        share.operations.push(operation);
    }
    for file in schemes.files() {
        shares.entry(file).or_default();
    }
    let files = shares.into_iter();
    files
        .map(|(name, share)| File {
            name: name.to_owned(),
            builds: !share.type_builders.is_empty(),
            content: share.content(name, schemes),
        })
        .collect()
}

/// The type that wants a default from a function; `None` for a function that makes defaults of many types.
fn wanting<'a>(function: &Item, types: &'a [Item]) -> Option<&'a Item> {
    let Item::Fn(function) = function else {
        return None;
    };
    let attribute = format!("\"defaults::{}\"", function.sig.ident);
    let mut types = types.iter();
    types.find(|item| item.to_token_stream().to_string().contains(&attribute))
}

/// The builder of an operation that an item is, or is about.
fn builder(item: &Item) -> Option<String> {
    match item {
        Item::Struct(builder) => Some(builder.ident.to_string()),
        Item::Impl(block) => type_name(&block.self_ty).map(|name| name.to_string()),
        _ => None,
    }
}

/// The file of each type that the operations of one file alone lead to.
fn owners<'a>(
    parts: &Parts,
    types: &Types,
    files: &BTreeMap<String, &'a str>,
) -> BTreeMap<String, &'a str> {
    let mut led: BTreeMap<String, BTreeSet<&'a str>> = BTreeMap::new();
    for item in &parts.builders {
        let Some(file) = builder(item).and_then(|name| files.get(&name).copied()) else {
            continue;
        };
        for name in types.reached(words(item)) {
            led.entry(name).or_default().insert(file);
        }
    }
    let alone = led.into_iter().filter(|(_, files)| files.len() == 1);
    alone
        .filter_map(|(name, files)| Some((name, files.into_iter().next()?)))
        .collect()
}

impl Share<'_> {
    fn content(&self, name: &str, schemes: &Schemes) -> TokenStream {
        let Self {
            types,
            type_builders,
            defaults,
            methods,
            builders,
            operations,
        } = self;
        let doc = if name == SHARED {
            " What belongs to no dialect, or to several.".to_owned()
        } else {
            format!(
                " The dialect {name}: its types, its calls, its credentials and the table of its operations."
            )
        };
        let type_builders = (!type_builders.is_empty()).then(|| {
            quote! {
                /// Types for composing complex structures.
                pub mod builder { #(#type_builders)* }
            }
        });
        let defaults = (!defaults.is_empty()).then(|| {
            quote! {
                /// What members are that are not given.
                mod defaults {
                    pub(super) use super::super::super::types::defaults::*;
                    #(#defaults)*
                }
            }
        });
        let rows = operations
            .iter()
            .map(|operation| operations::row(operation));
        let schemes = schemes.of(name);
        quote! {
            #![doc = #doc]

            use super::Client;

            /// Types of parameters, bodies and answers.
            pub mod types {
                use super::super::types::*;
                #(#types)*
                #type_builders
                #defaults
            }

            impl Client { #(#methods)* }

            /// Calls that are being put together.
            pub mod builder {
                use super::super::types;
                use crate::path::encode_path;
                use progenitor_client::{ByteStream, ClientInfo, Error, RequestBuilderExt, ResponseValue};
                #(#builders)*
            }

            /// The operations and the credentials they take.
            pub mod operations {
                use crate::credentials::Credential;
                use crate::operation::{OneProof, Operation, RefusalPlaces, Spot};
                use crate::scheme::{Pairing, Placement, Scheme};
                use crate::secret::Secret;
                #schemes
                #(#rows)*
            }
        }
    }
}

/// A function that makes a default, for all files.
fn within_the_crate(mut item: Item) -> Item {
    if let Item::Fn(function) = &mut item {
        function.vis = parse_quote!(pub(crate));
    }
    item
}

/// The module that puts the files together, with what stands once.
pub(super) fn root(
    parts: &Parts,
    files: &[File],
    operations: &[Operation],
    schemes: &Schemes,
    headers: &TokenStream,
) -> TokenStream {
    let module = |file: &File| format_ident!("{}", file.name);
    let modules: Vec<syn::Ident> = files.iter().map(module).collect();
    let built = files.iter().filter(|file| file.builds).map(module);
    let frame = &parts.frame;
    let of_many = |item: &&Item| wanting(item, &parts.types).is_none();
    let defaults = parts.defaults.iter().filter(of_many).cloned();
    let defaults = defaults.map(within_the_crate);
    let rows = operations.iter().map(Operation::row);
    let all = schemes.all();
    quote! {
        //! What the document says, as a client: one file for each dialect, put together.
        #![allow(
            clippy::all,
            clippy::pedantic,
            clippy::restriction,
            missing_docs,
            rustdoc::all,
            unreachable_patterns,
            unused_imports
        )]

        #(mod #modules;)*

        use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};
        pub use progenitor_client::ResponseValue;

        /// Types of parameters, bodies and answers.
        pub mod types {
            #(pub use super::#modules::types::*;)*
            /// The builders of those that go into requests.
            pub mod builder {
                #(pub use super::super::#built::types::builder::*;)*
            }
            /// What members are that are not given.
            pub(crate) mod defaults {
                #(#defaults)*
            }
            /// Why a value is not of a type.
            pub mod error {
                pub use crate::conversion::ConversionError;
            }
        }

        #(#frame)*

        impl Client {
            /// Sends what a builder has put together, and hands back the answer if it is of the declared media type.
            async fn exchange<E>(
                &self,
                request: reqwest::RequestBuilder,
                operation: &crate::Operation,
            ) -> Result<reqwest::Response, Error<E>> {
                let mut request = request.build()?;
                let info = OperationInfo { operation_id: operation.id };
                self.pre(&mut request, &info).await?;
                let result = self.exec(request, &info).await;
                self.post(&result, &info).await?;
                crate::lift::of_declared_media(result?, operation)
            }
        }

        /// Calls that are being put together.
        pub mod builder {
            #(pub use super::#modules::builder::*;)*
        }

        /// The document's operations and the credentials they take.
        pub mod operations {
            use crate::operation::Operation;
            use crate::scheme::Scheme;

            #(pub use super::#modules::operations::*;)*

            #all

            /// Every operation, in the order of the document.
            pub static ALL: &[&Operation] = &[#(&#rows),*];

            impl Operation {
                /// The operation of that id.
                pub fn named(id: &str) -> Option<&'static Self> {
                    ALL.iter().copied().find(|operation| operation.id == id)
                }
            }
        }

        #headers
    }
}
