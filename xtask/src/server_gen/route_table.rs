//! Generates `routes.rs`: every operation of every dialect, and the buckets that they are counted in.

use heck::ToUpperCamelCase;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::model::{CredentialForm, Dialect, Operation};
use crate::surface;

/// The file.
pub fn write(dialects: &[Dialect], digests: &[(String, String)]) -> TokenStream {
    let rows = dialects.iter().flat_map(|dialect| {
        dialect.operations.iter().map(|operation| {
            let (tag, method, path) = (
                &dialect.tag,
                operation.method.to_uppercase(),
                &operation.path,
            );
            let (id, bucket) = (&operation.id, bucket_ident(&operation.rate_bucket));
            let cors = if operation.cors_any {
                quote!(Cors::Any)
            } else {
                quote!(Cors::Listed)
            };
            let headers = request_headers(operation);
            let digest = surface::of(digests, id);
            quote!(Route {
                dialect: #tag, method: #method, path: #path, operation: #id, bucket: Bucket::#bucket,
                cors: #cors, request_headers: &[#(#headers),*], digest: #digest
            })
        })
    });
    let operations = dialects.iter().flat_map(|dialect| &dialect.operations);
    let mut buckets: Vec<&str> = operations
        .map(|operation| operation.rate_bucket.as_str())
        .collect();
    buckets.sort_unstable();
    buckets.dedup();
    let buckets = buckets.into_iter().map(|name| {
        let (ident, doc) = (bucket_ident(name), format!(" `{name}`"));
        quote!(#[doc = #doc] #ident)
    });
    quote! {
        //! Every documented operation: where it is mounted, how it is counted and which pages may call it.

        use super::wire::Cors;

        /// The buckets that requests are counted in (`x-rate-bucket`).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Bucket { #(#buckets),* }

        /// One documented operation: where it is mounted, how it is counted and which pages may call it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct Route {
            /// The tag of its dialect.
            pub dialect: &'static str,
            /// Upper-case HTTP method.
            pub method: &'static str,
            /// Path template as documented, `{name}` for parameters.
            pub path: &'static str,
            /// `operationId`.
            pub operation: &'static str,
            /// `x-rate-bucket`.
            pub bucket: Bucket,
            /// `x-cors`; the same at every operation of a path.
            pub cors: Cors,
            /// The names of the headers that a caller may have to set: header parameters, credentials in
            /// headers, and `Content-Type` where there is a body.
            pub request_headers: &'static [&'static str],
            /// Digest of everything in the document that matters to a caller of it.
            pub digest: &'static str,
        }

        /// All operations, in the order of the document.
        pub const ROUTES: &[Route] = &[#(#rows),*];
    }
}

fn bucket_ident(name: &str) -> Ident {
    let camel = name.to_upper_camel_case();
    syn::parse_str(&camel).unwrap_or_else(|_| format_ident!("Bucket{camel}"))
}

/// The headers that a caller may have to set, as documented, each once and in alphabetical order.
fn request_headers(operation: &Operation) -> Vec<String> {
    let parameters = operation.parameters.iter();
    let parameters = parameters.filter(|parameter| parameter.location == "header");
    let credentials = operation.credentials.iter();
    let credentials = credentials.filter(|credential| match credential.form {
        CredentialForm::Bearer
        | CredentialForm::FormBasic
        | CredentialForm::PlainBasic
        | CredentialForm::Header => true,
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
