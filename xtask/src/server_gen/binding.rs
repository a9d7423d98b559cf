//! Generates what binds a dialect to the server: the trait to implement, the endpoints that call it, and its metadata
//! for poem-openapi.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::meta;
use super::model::{Dialect, Operation};
use super::names::{call_ident, docs, failure_ident, success_ident};
use super::{refusals, stamped};

/// The trait, its endpoints and its routes.
pub fn write(dialect: &Dialect) -> TokenStream {
    let api = api_trait(dialect);
    let endpoints = dialect
        .operations
        .iter()
        .map(|operation| endpoint(dialect, operation));
    let metas = dialect
        .operations
        .iter()
        .map(|operation| meta::operation(dialect, operation));
    let (routes, description) = (routes(dialect), description(dialect));
    quote! { #api #(#endpoints)* #(#metas)* #routes #description }
}

fn api_trait(dialect: &Dialect) -> TokenStream {
    let ident = format_ident!("{}Api", dialect.prefix);
    let methods = dialect.operations.iter().map(|operation| {
        let (name, call) = (format_ident!("{}", operation.id), call_ident(operation));
        let (success, failure) = (success_ident(operation), failure_ident(operation));
        let docs = docs(operation.summary.as_deref().or(Some(&operation.id)));
        let reject = operation.reads_something().then(|| {
            let reject = format_ident!("reject_{}", operation.id);
            let doc = format!(" The refusal of a request to `{}` that does not have the documented form.", operation.id);
            // What refuses alike is rejected alike, unless somebody says otherwise.
            let first = refusals::first_alike(dialect, operation).filter(|first| first.id != operation.id);
            let body = first.map_or_else(
                || quote!(;),
                |first| {
                    let first = format_ident!("reject_{}", first.id);
                    quote!({ self.#first(context, rejection) })
                },
            );
            quote! {
                #[doc = #doc]
                fn #reject(&self, context: &Self::Context, rejection: wire::Rejection) -> #failure #body
            }
        });
        quote! {
            #docs
            fn #name(
                &self,
                context: Self::Context,
                call: #call,
            ) -> impl Future<Output = Result<#success, #failure>> + Send;
            #reject
        }
    });
    quote! {
        /// What a server of this dialect implements: one method per documented operation. Nothing that the
        /// document does not declare can be answered.
        pub trait #ident: Send + Sync + 'static {
            /// What the server knows of a request besides what the document declares.
            type Context: Send + Sync + 'static;
            #(#methods)*
        }
    }
}

fn endpoint(dialect: &Dialect, operation: &Operation) -> TokenStream {
    let name = format_ident!("{}_endpoint", operation.id);
    let api = format_ident!("{}Api", dialect.prefix);
    let method = format_ident!("{}", operation.id);
    let call = call_ident(operation);
    let body = if operation.reads_something() {
        let reject = format_ident!("reject_{}", operation.id);
        quote! {
            let (request, body) = request.split();
            let outcome = match #call::read(&request, &path, body).await {
                Ok(call) => api.#method(context, call).await,
                Err(rejection) => Err(api.#reject(&context, rejection)),
            };
        }
    } else {
        quote!(let outcome = api.#method(context, #call {}).await;)
    };
    quote! {
        #[allow(unused_variables)]
        async fn #name<H: #api>(
            api: Arc<H>,
            request: poem::Request,
            path: wire::PathParameters,
            context: H::Context,
        ) -> poem::Response {
            #body
            match outcome {
                Ok(success) => success.into_response(),
                Err(failure) => failure.into_response(),
            }
        }
    }
}

/// What the server mounts.
fn routes(dialect: &Dialect) -> TokenStream {
    let ident = format_ident!("{}Routes", dialect.prefix);
    let api = format_ident!("{}Api", dialect.prefix);
    let (tag, base_paths) = (&dialect.tag, &dialect.base_paths);
    let stamps = stamped::constants(dialect);
    let endpoints = dialect.operations.iter().map(|operation| {
        let (path, method) = (
            &operation.path,
            format_ident!("{}", operation.method.to_uppercase()),
        );
        let endpoint = format_ident!("{}_endpoint", operation.id);
        quote! {{
            let api = Arc::clone(&self.0);
            wire::Endpoint::new(#path, poem::http::Method::#method, move |request, path, context| {
                Box::pin(#endpoint(Arc::clone(&api), request, path, context))
            })
        }}
    });
    quote! {
        /// The name of this dialect, under which its principals and tokens are stored.
        pub const DIALECT: wire::Dialect = wire::Dialect::new(#tag);
        /// The routes of this dialect over an implementation of its trait.
        #[derive(Debug)]
        pub struct #ident<H>(pub Arc<H>);
        impl<H: #api> wire::Routes for #ident<H> {
            type Context = H::Context;
            const DIALECT: &'static str = #tag;
            const BASE_PATHS: &'static [&'static str] = &[#(#base_paths),*];
            #[allow(unused_variables)]
            fn stamp(response: &mut poem::Response) { #(#stamps)* }
            fn endpoints(self) -> Vec<wire::Endpoint<H::Context>> {
                vec![#(#endpoints),*]
            }
        }
    }
}

/// What poem-openapi emits; it routes nothing, because its router has no place for a request's context.
fn description(dialect: &Dialect) -> TokenStream {
    let ident = format_ident!("{}Routes", dialect.prefix);
    let api = format_ident!("{}Api", dialect.prefix);
    let mut paths: Vec<&str> = Vec::new();
    let mut by_path: BTreeMap<&str, Vec<&Operation>> = BTreeMap::new();
    for operation in &dialect.operations {
        if !paths.contains(&operation.path.as_str()) {
            paths.push(&operation.path);
        }
        by_path.entry(&operation.path).or_default().push(operation);
    }
    let meta_paths = paths.iter().map(|path| {
        let metas = by_path
            .get(path)
            .into_iter()
            .flatten()
            .map(|operation| format_ident!("{}_meta", operation.id));
        quote!(MetaPath { path: #path.to_owned(), operations: vec![#(#metas()),*] })
    });
    let mut registered: Vec<String> = dialect
        .operations
        .iter()
        .flat_map(meta::registered)
        .collect();
    registered.sort();
    registered.dedup();
    let registered = registered.iter().map(|name| format_ident!("{name}"));
    let schemes = dialect
        .security_schemes
        .iter()
        .map(|(name, scheme)| meta::security_scheme(name, scheme));
    let tag = &dialect.tag;
    let description = dialect
        .description
        .as_ref()
        .map_or_else(|| quote!(None), |text| quote!(Some(#text)));
    quote! {
        impl<H: #api> OpenApi for #ident<H> {
            fn meta() -> Vec<MetaApi> {
                vec![MetaApi { paths: vec![#(#meta_paths),*] }]
            }
            fn register(registry: &mut Registry) {
                registry.create_tag(MetaTag { name: #tag, description: #description, external_docs: None });
                #(#schemes)*
                #(<#registered as Type>::register(registry);)*
            }
            /// Adds none: `wire::Routes` has them, with the context that poem's router could not hand on.
            fn add_routes(
                self,
                _table: &mut HashMap<String, HashMap<poem::http::Method, BoxEndpoint<'static>>>,
            ) {}
        }
    }
}
