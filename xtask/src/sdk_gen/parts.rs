//! Takes progenitor's client apart: the types, their builders, the calls, and the frame that stands once.

use syn::{ImplItem, Item, ItemImpl, ItemMod, Type, parse_quote};

/// progenitor's client in parts, without what the SDK has of its own.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// The client itself, and what it implements.
    pub frame: Vec<Item>,
    /// Types and their implementations.
    pub types: Vec<Item>,
    /// The builders of types.
    pub type_builders: Vec<Item>,
    /// The functions that make defaults.
    pub defaults: Vec<Item>,
    /// The client's methods, one for each operation.
    pub methods: Vec<ImplItem>,
    /// The builders of operations.
    pub builders: Vec<Item>,
}

/// Takes `file` apart.
///
/// Left out are imports, which each file has for itself, a prelude, and progenitor's type for failed conversions,
/// in whose place the SDK has its own.
pub(super) fn take_apart(file: syn::File) -> Parts {
    let mut parts = Parts::default();
    for item in file.items {
        match item {
            Item::Mod(module) if module.ident == "types" => types(module, &mut parts),
            Item::Mod(module) if module.ident == "builder" => {
                parts.builders = content(module);
                parts.builders.retain(|item| !matches!(item, Item::Use(_)));
            }
            Item::Use(_) | Item::Mod(_) => {}
            Item::Impl(block) if is_client(&block) => client(block, &mut parts),
            other => parts.frame.push(other),
        }
    }
    parts
}

fn types(module: ItemMod, parts: &mut Parts) {
    for item in content(module) {
        match item {
            Item::Mod(module) if module.ident == "builder" => parts.type_builders = content(module),
            Item::Mod(module) if module.ident == "defaults" => parts.defaults = content(module),
            Item::Mod(module) if module.ident == "error" => {}
            other => parts.types.push(other),
        }
    }
}

fn content(module: ItemMod) -> Vec<Item> {
    module.content.map_or_else(Vec::new, |(_, items)| items)
}

fn is_client(block: &ItemImpl) -> bool {
    block.trait_.is_none() && type_name(&block.self_ty).is_some_and(|name| name == "Client")
}

/// Puts what the client itself has into the frame, and its calls apart.
///
/// progenitor's `Client::new` panics and follows redirects with credentials in hand, and so may the finished client
/// that `Client::new_with_client` takes; the SDK has its own constructors, which use the second.
fn client(mut block: ItemImpl, parts: &mut Parts) {
    let (own, calls): (Vec<ImplItem>, Vec<ImplItem>) = std::mem::take(&mut block.items)
        .into_iter()
        .filter(|item| !is_called(item, "new"))
        .partition(|item| is_called(item, "new_with_client"));
    parts.methods.extend(calls);
    if own.is_empty() {
        return;
    }
    block.items = own;
    for item in &mut block.items {
        if let ImplItem::Fn(function) = item {
            function.vis = parse_quote!(pub(crate));
        }
    }
    parts.frame.push(block.into());
}

fn is_called(item: &ImplItem, name: &str) -> bool {
    matches!(item, ImplItem::Fn(function) if function.sig.ident == name)
}

/// The last word of a type's path.
pub(super) fn type_name(of: &Type) -> Option<syn::Ident> {
    let Type::Path(path) = of else {
        return None;
    };
    path.path.segments.last().map(|s| s.ident.clone())
}

/// The words of what something is written as.
pub(super) fn words(of: &impl quote::ToTokens) -> Vec<String> {
    fn walk(tokens: proc_macro2::TokenStream, found: &mut Vec<String>) {
        for token in tokens {
            match token {
                proc_macro2::TokenTree::Group(group) => walk(group.stream(), found),
                proc_macro2::TokenTree::Ident(word) => found.push(word.to_string()),
                proc_macro2::TokenTree::Punct(_) | proc_macro2::TokenTree::Literal(_) => {}
            }
        }
    }
    let mut found = Vec::new();
    walk(of.to_token_stream(), &mut found);
    found
}
