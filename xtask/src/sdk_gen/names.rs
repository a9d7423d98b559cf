//! What things of the document are called in the SDK, where several parts of it have to agree.

use heck::ToShoutySnakeCase;
use quote::format_ident;

/// The constant of a security scheme.
pub(super) fn constant(scheme: &str) -> syn::Ident {
    format_ident!("{}", scheme.to_shouty_snake_case())
}
