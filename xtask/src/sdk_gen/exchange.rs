//! Rewrites progenitor's `send` into `exchange`: one request, the SDK's own way of sending it, and one arm for each outcome.

use heck::ToShoutySnakeCase;
use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident, quote};
use syn::{Arm, Expr, ImplItem, Item, ItemImpl, Pat, Stmt, Type, parse_quote};

use super::parts::type_name;

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

/// Rewrites every `send` among the builders of operations, and returns what each of them receives.
pub(super) fn rewrite(builders: &mut [Item]) -> Vec<Send> {
    let blocks = builders.iter_mut().filter_map(|item| match item {
        Item::Impl(block) => Some(block),
        _ => None,
    });
    blocks.filter_map(one).collect()
}

/// Renames `send`, whose error type tells no refusal from a success, and keeps it to the builder.
fn one(block: &mut ItemImpl) -> Option<Send> {
    let builder = type_name(&block.self_ty)?;
    let function = block.items.iter_mut().find_map(|item| match item {
        ImplItem::Fn(function) if function.sig.ident == "send" => Some(function),
        _ => None,
    })?;
    let syn::ReturnType::Type(_, output) = &function.sig.output else {
        return None;
    };
    let [answer, error] = <[Type; 2]>::try_from(arguments(output)).ok()?;
    let [success] = <[Type; 1]>::try_from(arguments(&answer)).ok()?;
    let [error] = <[Type; 1]>::try_from(arguments(&error)).ok()?;
    function.sig.ident = syn::Ident::new(EXCHANGE, function.sig.ident.span());
    function.vis = syn::Visibility::Inherited;
    function.attrs.clear();
    sent(&mut function.block, &builder);
    let block = own_reading(function.block.to_token_stream());
    function.block = parse_quote!(#block);
    if let Some(Stmt::Expr(Expr::Match(choice), _)) = function.block.stmts.last_mut() {
        choice.arms = together(std::mem::take(&mut choice.arms));
    }
    Some(Send {
        builder,
        success,
        error,
    })
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
        .filter_map(|argument| match argument {
            syn::GenericArgument::Type(argument) => Some(argument.clone()),
            _ => None,
        })
        .collect()
}

/// Has the client send the request, with all that every operation has around it; what it hands back is an answer of the
/// declared media type.
fn sent(block: &mut syn::Block, builder: &syn::Ident) {
    let row = format_ident!("{}", builder.to_string().to_shouty_snake_case());
    let own_headers = block
        .stmts
        .iter()
        .filter(|statement| is_header(statement))
        .count()
        > 1;
    let mut statements = Vec::new();
    for mut statement in std::mem::take(&mut block.stmts) {
        match bound(&statement).as_deref() {
            Some("header_map") if !own_headers => {}
            Some("info" | "result") => {}
            Some("response") => statements.push(parse_quote! {
                let response = client.exchange(request, &super::operations::#row).await?;
            }),
            Some("request") => {
                if let Stmt::Local(local) = &mut statement
                    && let Some(init) = &mut local.init
                {
                    local.attrs.clear();
                    local.pat = parse_quote!(request);
                    let whole = std::mem::replace(&mut init.expr, parse_quote!(client));
                    *init.expr = unbuilt(*whole, own_headers);
                }
                statements.push(statement);
            }
            Some(_) => statements.push(statement),
            None if is_hook(&statement) || is_version(&statement) => {}
            None => statements.push(statement),
        }
    }
    block.stmts = statements;
}

/// The name that a statement binds.
fn bound(statement: &Stmt) -> Option<String> {
    let Stmt::Local(local) = statement else {
        return None;
    };
    match &local.pat {
        Pat::Ident(name) => Some(name.ident.to_string()),
        // `let Self { … } = self`
        _ => Some(String::new()),
    }
}

fn text(statement: &Stmt) -> String {
    statement.to_token_stream().to_string()
}

/// Whether a statement puts a header into the map, whatever else it does.
fn is_header(statement: &Stmt) -> bool {
    bound(statement).is_none() && text(statement).contains("header_map . append")
}

/// Whether it is the header that every request has.
fn is_version(statement: &Stmt) -> bool {
    is_header(statement) && text(statement).contains("api_version")
}

fn is_hook(statement: &Stmt) -> bool {
    ["client . pre (", "client . post ("].map(|hook| text(statement).starts_with(hook))
        != [false; 2]
}

/// A request without its end, `.build()?`, and without the map of headers when nothing is in it.
fn unbuilt(whole: Expr, own_headers: bool) -> Expr {
    match whole {
        Expr::Try(inner) => match *inner.expr {
            Expr::MethodCall(call) if call.method == "build" => {
                unbuilt(*call.receiver, own_headers)
            }
            other => parse_quote!(#other?),
        },
        Expr::MethodCall(call) if call.method == "headers" && !own_headers => *call.receiver,
        other => other,
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

/// The arms with those that do the same made one.
fn together(arms: Vec<Arm>) -> Vec<Arm> {
    let mut merged: Vec<Arm> = Vec::new();
    for arm in arms {
        let outcome = arm.body.to_token_stream().to_string();
        let same = merged.iter_mut().find(|own| {
            !matches!(arm.pat, Pat::Wild(_)) && own.body.to_token_stream().to_string() == outcome
        });
        match same {
            Some(own) => {
                let (before, after) = (&own.pat, &arm.pat);
                own.pat = parse_quote!(#before | #after);
            }
            None => merged.push(arm),
        }
    }
    merged
}
