//! What things of the document are called in the SDK, where several parts of it have to agree.

use heck::{ToShoutySnakeCase, ToSnakeCase};
use quote::format_ident;

/// The constant of a security scheme.
pub(super) fn constant(scheme: &str) -> syn::Ident {
    format_ident!("{}", scheme.to_shouty_snake_case())
}

/// The file of what belongs to no dialect, or to several.
pub(super) const SHARED: &str = "shared";

/// The modules that stand beside the dialects.
const TAKEN: [&str; 5] = ["builder", "mod", "operations", SHARED, "types"];

/// The file of a dialect, and its module, by its tag.
pub(super) fn file(tag: &str) -> String {
    let name = tag.to_snake_case();
    if TAKEN.contains(&name.as_str()) || syn::parse_str::<syn::Ident>(&name).is_err() {
        format!("dialect_{name}")
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_that_cannot_name_a_module_gets_a_name_of_its_own() {
        let tags = ["two_words", "Pet Store", "types", "self", "2fast"];
        let files = [
            "two_words",
            "pet_store",
            "dialect_types",
            "dialect_self",
            "dialect_2fast",
        ];
        assert_eq!(tags.map(file), files);
    }
}
