//! Generates what binds a dialect to poem-openapi: the trait to implement, the routes that
//! call it, and the table of all routes.

use std::collections::BTreeMap;

use heck::ToUpperCamelCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::answers::{failure_ident, success_ident};
use super::calls::call_ident;
use super::meta;
use super::model::{CredentialForm, Dialect, Operation};
use super::types::docs;
use crate::surface;

/// The operation enum, the trait and its routes.
pub fn write(dialect: &Dialect) -> TokenStream {
    let operations = operation_enum(dialect);
    let api = api_trait(dialect);
    let endpoints = dialect
        .operations
        .iter()
        .map(|operation| endpoint(dialect, operation));
    let metas = dialect
        .operations
        .iter()
        .map(|operation| meta::operation(&dialect.tag, operation));
    let routes = routes(dialect);
    quote! { #operations #api #(#endpoints)* #(#metas)* #routes }
}

/// `routes.rs`: every operation of every dialect.
pub fn route_table(dialects: &[Dialect], digests: &[(String, String)]) -> TokenStream {
    let rows = dialects.iter().flat_map(|dialect| {
        dialect.operations.iter().map(|operation| {
            let (tag, method, path) = (
                &dialect.tag,
                operation.method.to_uppercase(),
                &operation.path,
            );
            let (id, bucket) = (&operation.id, &operation.rate_bucket);
            let cors = if operation.cors_any {
                quote!(Cors::Any)
            } else {
                quote!(Cors::Listed)
            };
            let headers = request_headers(operation);
            let digest = surface::of(digests, id);
            quote!(Route {
                dialect: #tag, method: #method, path: #path, operation: #id, rate_bucket: #bucket,
                cors: #cors, request_headers: &[#(#headers),*], digest: #digest
            })
        })
    });
    quote! {
        //! Every documented operation: where it is mounted, how it is counted and which pages may call it.

        use super::wire::{Cors, Route};

        /// All operations, in the order of the document.
        pub const ROUTES: &[Route] = &[#(#rows),*];
    }
}

/// The headers that a caller may have to set, as documented, each once and in alphabetical order.
fn request_headers(operation: &Operation) -> Vec<String> {
    let parameters = operation.parameters.iter();
    let parameters = parameters.filter(|parameter| parameter.location == "header");
    let credentials = operation.credentials.iter();
    let credentials = credentials.filter(|credential| match credential.form {
        CredentialForm::Bearer | CredentialForm::Basic | CredentialForm::Header => true,
        // No page sets a cookie by hand, and a query is no header.
        CredentialForm::Query | CredentialForm::Cookie => false,
    });
    let media_type = operation.body.as_ref().map(|_| "Content-Type".to_owned());
    let mut names: Vec<String> = parameters
        .map(|parameter| parameter.name.clone())
        .chain(credentials.map(|credential| credential.name.clone()))
        .chain(media_type)
        .collect();
    names.sort_by_key(|name| name.to_lowercase());
    names.dedup_by_key(|name| name.to_lowercase());
    names
}

fn variant(dialect: &Dialect, operation: &Operation) -> proc_macro2::Ident {
    let camel = operation.id.to_upper_camel_case();
    format_ident!("{}", camel.strip_prefix(&dialect.prefix).unwrap_or(&camel))
}

fn operation_enum(dialect: &Dialect) -> TokenStream {
    let ident = format_ident!("{}Operation", dialect.prefix);
    let variants: Vec<_> = dialect
        .operations
        .iter()
        .map(|operation| variant(dialect, operation))
        .collect();
    let ids = dialect.operations.iter().map(|operation| &operation.id);
    let buckets = dialect
        .operations
        .iter()
        .map(|operation| &operation.rate_bucket);
    let summaries = dialect
        .operations
        .iter()
        .map(|operation| docs(operation.summary.as_deref().or(Some(&operation.id))));
    quote! {
        /// The operations of this dialect.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum #ident { #(#summaries #variants),* }
        impl #ident {
            /// `operationId`.
            pub const fn id(self) -> &'static str {
                match self { #(Self::#variants => #ids),* }
            }
            /// The bucket this operation is counted in (`x-rate-bucket`).
            pub const fn rate_bucket(self) -> &'static str {
                match self { #(Self::#variants => #buckets),* }
            }
        }
    }
}

fn api_trait(dialect: &Dialect) -> TokenStream {
    let ident = format_ident!("{}Api", dialect.prefix);
    let operation_enum = format_ident!("{}Operation", dialect.prefix);
    let failures = meta::failures(&dialect.operations);
    let methods = dialect.operations.iter().map(|operation| {
        let (name, call) = (format_ident!("{}", operation.id), call_ident(operation));
        let success = success_ident(operation);
        let docs = docs(operation.summary.as_deref().or(Some(&operation.id)));
        quote! {
            #docs
            fn #name(
                &self,
                context: Self::Context,
                call: #call,
            ) -> impl Future<Output = Result<#success, Self::Error>> + Send;
        }
    });
    quote! {
        /// What a server of this dialect implements: one method per documented operation. Nothing that the
        /// document does not declare can be answered.
        pub trait #ident: Send + Sync + 'static {
            /// What the server knows of a request besides what the document declares.
            type Context: Send + Sync + 'static;
            /// The dialect's refusals; each must have an answer in every operation.
            type Error: Send #(+ Into<#failures>)*;
            /// Takes the context from a request.
            fn context(&self, request: &poem::Request) -> Self::Context;
            /// The refusal of a request that does not have the documented form.
            fn reject(&self, context: &Self::Context, operation: #operation_enum, rejection: wire::Rejection) -> Self::Error;
            #(#methods)*
        }
    }
}

fn endpoint(dialect: &Dialect, operation: &Operation) -> TokenStream {
    let name = format_ident!("{}_endpoint", operation.id);
    let api = format_ident!("{}Api", dialect.prefix);
    let operation_enum = format_ident!("{}Operation", dialect.prefix);
    let (method, variant) = (
        format_ident!("{}", operation.id),
        variant(dialect, operation),
    );
    let (call, failure) = (call_ident(operation), failure_ident(operation));
    quote! {
        async fn #name<H: #api>(api: Arc<H>, request: poem::Request) -> poem::Response {
            let context = api.context(&request);
            let (request, body) = request.split();
            let outcome = match #call::read(&request, body).await {
                Ok(call) => api.#method(context, call).await,
                Err(rejection) => Err(api.reject(&context, #operation_enum::#variant, rejection)),
            };
            match outcome {
                Ok(success) => success.into_response(),
                Err(error) => Into::<#failure>::into(error).into_response(),
            }
        }
    }
}

fn routes(dialect: &Dialect) -> TokenStream {
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
    let mounts = dialect.operations.iter().map(|operation| {
        let path = operation.path.replace('{', ":").replace('}', "");
        let (method, endpoint) = (
            format_ident!("{}", operation.method.to_uppercase()),
            format_ident!("{}_endpoint", operation.id),
        );
        quote! {
            let api = Arc::clone(&self.0);
            table.entry(#path.to_owned()).or_default().insert(
                poem::http::Method::#method,
                poem::endpoint::make(move |request| #endpoint(Arc::clone(&api), request)).boxed(),
            );
        }
    });
    quote! {
        /// The routes of this dialect over an implementation of its trait.
        #[derive(Debug)]
        pub struct #ident<H>(pub Arc<H>);
        impl<H: #api> OpenApi for #ident<H> {
            fn meta() -> Vec<MetaApi> {
                vec![MetaApi { paths: vec![#(#meta_paths),*] }]
            }
            fn register(registry: &mut Registry) {
                registry.create_tag(MetaTag { name: #tag, description: #description, external_docs: None });
                #(#schemes)*
                #(<#registered as Type>::register(registry);)*
            }
            fn add_routes(
                self,
                table: &mut HashMap<String, HashMap<poem::http::Method, BoxEndpoint<'static>>>,
            ) {
                #(#mounts)*
            }
        }
    }
}
