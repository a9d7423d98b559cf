//! Adapts progenitor's output: what the SDK replaces is made private or left out, and texts become safe rustdoc.

use heck::ToShoutySnakeCase;
use proc_macro2::{Group, Literal, TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident, quote};
use syn::{ImplItem, Item, ItemImpl, ItemUse, Stmt, Type, UseTree, parse_quote};

/// The name under which progenitor's own `send` stays reachable for the lifting.
pub(super) const EXCHANGE: &str = "exchange";

/// What one builder's `send` returns.
#[derive(Debug, Clone)]
pub(super) struct Send {
    /// Name of the builder.
    pub builder: syn::Ident,
    /// The body of a success.
    pub success: Type,
    /// The body of an error.
    pub error: Type,
}

/// Tidies `file` in place, and returns what each builder sends and receives.
pub(super) fn tidy(file: &mut syn::File) -> Vec<Send> {
    let mut sends = Vec::new();
    for item in &mut file.items {
        if let Item::Use(imports) = item {
            own_path_encoding(imports);
        }
        if let Item::Impl(block) = item
            && is_client(block)
        {
            hide_constructors(block);
        }
        if let Item::Mod(module) = item
            && module.ident == "builder"
        {
            for item in module.content.iter_mut().flat_map(|(_, items)| items) {
                if let Item::Impl(block) = item {
                    sends.extend(hide_send(block));
                }
            }
        }
    }
    sends
}

/// progenitor's encoding of path parameters leaves `\`, which URLs read as `/`; the SDK has its own.
fn own_path_encoding(imports: &mut ItemUse) {
    if let UseTree::Path(path) = &mut imports.tree
        && path.ident == "progenitor_client"
        && let UseTree::Group(group) = path.tree.as_mut()
    {
        let kept = std::mem::take(&mut group.items);
        let encoding =
            |tree: &UseTree| matches!(tree, UseTree::Name(name) if name.ident == "encode_path");
        if kept.iter().any(encoding) {
            let kept = kept.into_iter().filter(|tree| !encoding(tree));
            let rest: Vec<UseTree> = kept.collect();
            imports.tree =
                parse_quote! { { crate::path::encode_path, progenitor_client::{#(#rest),*} } };
        } else {
            group.items = kept;
        }
    }
}

/// Has an answer of another media type than the declared one taken for what it is: an answer nobody declared.
fn expect_media_type(block: &mut syn::Block, builder: &syn::Ident) {
    let row = format_ident!("{}", builder.to_string().to_shouty_snake_case());
    let plain: Stmt = parse_quote! { let response = result?; };
    let plain = plain.to_token_stream().to_string();
    for statement in &mut block.stmts {
        if statement.to_token_stream().to_string() == plain {
            *statement = parse_quote! {
                let response = crate::lift::of_declared_media(result?, &super::operations::#row)?;
            };
        }
    }
}

fn is_client(block: &ItemImpl) -> bool {
    block.trait_.is_none() && type_name(&block.self_ty).is_some_and(|name| name == "Client")
}

/// progenitor's `Client::new` panics and follows redirects with credentials in hand, and so may the finished client
/// that `Client::new_with_client` takes; the SDK has its own constructors, which use the second.
fn hide_constructors(block: &mut ItemImpl) {
    block
        .items
        .retain(|item| !matches!(item, ImplItem::Fn(function) if function.sig.ident == "new"));
    for item in &mut block.items {
        if let ImplItem::Fn(function) = item
            && function.sig.ident == "new_with_client"
        {
            function.vis = parse_quote!(pub(crate));
        }
    }
}

/// `tokens` with the SDK's own reading of answers: progenitor's drops status and headers of a body that does not fit.
fn own_reading(tokens: TokenStream) -> TokenStream {
    let mut read: Vec<TokenTree> = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), own_reading(group.stream()));
                inner.set_span(group.span());
                read.push(TokenTree::Group(inner));
            }
            TokenTree::Ident(word) if word == "from_response" => {
                // In place of `ResponseValue::` before it.
                read.truncate(read.len().saturating_sub(3));
                read.extend(quote! { crate::lift::read });
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => read.push(token),
        }
    }
    read.into_iter().collect()
}

/// Renames `send`, whose error type tells no refusal from a success, and keeps it inside the crate.
fn hide_send(block: &mut ItemImpl) -> Option<Send> {
    let builder = type_name(&block.self_ty)?;
    let function = block.items.iter_mut().find_map(|item| {
        let ImplItem::Fn(function) = item else {
            return None;
        };
        (function.sig.ident == "send").then_some(function)
    })?;
    let syn::ReturnType::Type(_, output) = &function.sig.output else {
        return None;
    };
    let [answer, error] = <[Type; 2]>::try_from(arguments(output)).ok()?;
    let [success] = <[Type; 1]>::try_from(arguments(&answer)).ok()?;
    let [error] = <[Type; 1]>::try_from(arguments(&error)).ok()?;
    function.sig.ident = syn::Ident::new(EXCHANGE, function.sig.ident.span());
    function.vis = parse_quote!(pub(super));
    expect_media_type(&mut function.block, &builder);
    let block = own_reading(function.block.to_token_stream());
    function.block = parse_quote!(#block);
    Some(Send {
        builder,
        success,
        error,
    })
}

fn type_name(of: &Type) -> Option<syn::Ident> {
    let Type::Path(path) = of else {
        return None;
    };
    path.path.segments.last().map(|s| s.ident.clone())
}

/// The generic arguments of the last segment of a type's path.
fn arguments(of: &Type) -> Vec<Type> {
    let Type::Path(path) = of else {
        return Vec::new();
    };
    let Some(syn::PathArguments::AngleBracketed(arguments)) =
        path.path.segments.last().map(|segment| &segment.arguments)
    else {
        return Vec::new();
    };
    arguments
        .args
        .iter()
        .filter_map(|argument| {
            let syn::GenericArgument::Type(argument) = argument else {
                return None;
            };
            Some(argument.clone())
        })
        .collect()
}

/// `tokens` with every doc comment rewritten; a walk over tokens, because texts sit on anything.
pub(super) fn texts(tokens: TokenStream) -> TokenStream {
    let mut before = [None, None];
    tokens
        .into_iter()
        .map(|token| {
            let is_doc = before == [Some("doc".to_owned()), Some("=".to_owned())];
            let rewritten = match token {
                TokenTree::Group(group) => {
                    let mut inner = Group::new(group.delimiter(), texts(group.stream()));
                    inner.set_span(group.span());
                    TokenTree::Group(inner)
                }
                TokenTree::Literal(literal) if is_doc => TokenTree::Literal(safe(literal)),
                TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => token,
            };
            let word = match &rewritten {
                TokenTree::Ident(word) => Some(word.to_string()),
                TokenTree::Punct(punct) => Some(punct.to_string()),
                TokenTree::Group(_) | TokenTree::Literal(_) => None,
            };
            before.swap(0, 1);
            before[1] = word;
            rewritten
        })
        .collect()
}

/// The literal of a doc comment, rewritten.
fn safe(literal: Literal) -> Literal {
    match syn::parse2::<syn::LitStr>(TokenTree::Literal(literal.clone()).into()) {
        Ok(text) => Literal::string(&rustdoc(&text.value())),
        // Not a text, so not a doc comment.
        Err(_) => literal,
    }
}

/// `text` without the schema that typify repeats, and with code that rustdoc does not try to run.
fn rustdoc(text: &str) -> String {
    let text = text.split("<details><summary>JSON schema").next();
    let mut open = false;
    let mut lines = Vec::new();
    for line in text.unwrap_or_default().trim_end().lines() {
        let start = line.trim_start();
        let line = line.trim_end();
        if start.starts_with("```") {
            // progenitor's sketches of a call are `ignore`d tests, which would count as skipped ones.
            if !open && ["```", "```ignore"].contains(&start) {
                lines.push(line.replace("```ignore", "```") + "text");
            } else {
                lines.push(line.to_owned());
            }
            open = !open;
        } else if !open && line.len() - start.len() >= 4 && !start.is_empty() {
            // Four spaces would make it a code block, which rustdoc compiles as Rust.
            lines.push(format!("  {}", start.trim_end()));
        } else {
            lines.push(line.to_owned());
        }
    }
    lines.join("\n")
}
