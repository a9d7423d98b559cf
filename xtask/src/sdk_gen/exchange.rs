//! Rewrites progenitor's `send` into `exchange`: one request, the SDK's own way of sending it, and one arm for each outcome.

use heck::ToShoutySnakeCase;
use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
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

/// What a statement of progenitor's `send` is there for.
enum Step {
    /// It starts the map of headers.
    Headers,
    /// It puts the header into the map that every request has.
    Version,
    /// It puts the request together, under this name.
    Request(syn::Ident, Box<Expr>),
    /// It belongs to what every operation has around its request.
    Around,
    /// It names the answer.
    Response(syn::Ident),
    /// It is the operation's own.
    Own,
}

/// Has the client send the request, with all that every operation has around it; what it hands back is an answer of the
/// declared media type.
fn sent(block: &mut syn::Block, builder: &syn::Ident) {
    let row = format_ident!("{}", builder.to_string().to_shouty_snake_case());
    let is_own_header = |statement: &Stmt| {
        text(statement).contains("header_map . append") && matches!(step(statement), Step::Own)
    };
    let own_headers = block.stmts.iter().any(is_own_header);
    let mut request = None;
    let mut statements: Vec<Stmt> = Vec::new();
    for statement in std::mem::take(&mut block.stmts) {
        match step(&statement) {
            Step::Headers if own_headers => statements.push(statement),
            Step::Headers | Step::Version | Step::Around => {}
            Step::Request(name, whole) => {
                let whole = unbuilt(*whole, own_headers);
                let client = root(&whole);
                statements.push(parse_quote! { let #name = #whole; });
                request = Some((client, name));
            }
            Step::Response(name) => {
                if let Some((client, request)) = &request {
                    statements.push(parse_quote! {
                        let #name = #client.exchange(#request, &super::operations::#row).await?;
                    });
                }
            }
            Step::Own => statements.push(statement),
        }
    }
    block.stmts = statements;
}

/// What a statement is there for; names say nothing, for parameters may have any.
fn step(statement: &Stmt) -> Step {
    let written = text(statement);
    let Stmt::Local(local) = statement else {
        let hooks = [". pre (& mut", ". post (&"];
        return if written.contains("Client :: api_version ()") {
            Step::Version
        } else if hooks.iter().any(|hook| written.contains(hook)) {
            Step::Around
        } else {
            Step::Own
        };
    };
    let (Pat::Ident(pattern), Some(init)) = (&local.pat, &local.init) else {
        return Step::Own;
    };
    let name = pattern.ident.clone();
    match init.expr.as_ref() {
        Expr::Try(inner) => match inner.expr.as_ref() {
            Expr::MethodCall(call) if call.method == "build" => {
                Step::Request(name, init.expr.clone())
            }
            Expr::Path(_) => Step::Response(name),
            _ => Step::Own,
        },
        Expr::Struct(_) | Expr::Await(_) => Step::Around,
        Expr::Call(_) if written.contains("HeaderMap :: with_capacity") => Step::Headers,
        _ => Step::Own,
    }
}

fn text(of: &impl ToTokens) -> String {
    of.to_token_stream().to_string()
}

/// The client at the start of a request: `client` of `client.client.post(url)`.
fn root(of: &Expr) -> Expr {
    match of {
        Expr::MethodCall(call) => root(&call.receiver),
        Expr::Field(field) => field.base.as_ref().clone(),
        Expr::Try(inner) => root(&inner.expr),
        other => other.clone(),
    }
}

/// A request without its end, `.build()?`; the header that every request has stands before the operation's own, and where
/// there are none of these there is no map of headers.
fn unbuilt(whole: Expr, own_headers: bool) -> Expr {
    match whole {
        Expr::Try(inner) => match *inner.expr {
            Expr::MethodCall(call) if call.method == "build" => {
                unbuilt(*call.receiver, own_headers)
            }
            other => parse_quote!(#other?),
        },
        Expr::MethodCall(mut call) if call.method == "headers" => {
            let before = &call.receiver;
            let with_version: Expr = parse_quote! {
                #before.header("api-version", super::Client::api_version())
            };
            if own_headers {
                *call.receiver = with_version;
                call.into()
            } else {
                with_version
            }
        }
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

/// The arms with neighbours that do the same made one; a range may stand behind what it holds too.
fn together(arms: Vec<Arm>) -> Vec<Arm> {
    let mut merged: Vec<Arm> = Vec::new();
    for arm in arms {
        let before = merged.last_mut();
        let same = before
            .filter(|own| !matches!(arm.pat, Pat::Wild(_)) && text(&own.body) == text(&arm.body));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_one_only_where_no_other_stands_between() {
        let choice: syn::ExprMatch = parse_quote! {
            match status {
                200u16 => yes(),
                400u16 => no(),
                401u16 => no(),
                404u16 => unknown(),
                400u16..=499u16 => no(),
                _ => no(),
            }
        };
        let merged = together(choice.arms);
        let patterns: Vec<String> = merged.iter().map(|arm| text(&arm.pat)).collect();
        assert_eq!(
            patterns,
            [
                "200u16",
                "400u16 | 401u16",
                "404u16",
                "400u16 ..= 499u16",
                "_"
            ]
        );
    }

    #[test]
    fn what_stands_around_every_request_is_left_to_the_client() {
        let mut block: syn::Block = parse_quote! {{
            let Self { _client, info, request } = self;
            let info = info.map_err(Error::InvalidRequest)?;
            let request = request.map_err(Error::InvalidRequest)?;
            let url = format!("{}/a", _client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            let mut _request = _client.client.get(url).query(&info).headers(header_map).build()?;
            let info = OperationInfo { operation_id: "a" };
            _client.pre(&mut _request, &info).await?;
            let result = _client.exec(_request, &info).await;
            _client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() { _ => Err(Error::UnexpectedResponse(response)) }
        }};
        sent(&mut block, &format_ident!("A"));
        let wanted: syn::Block = parse_quote! {{
            let Self { _client, info, request } = self;
            let info = info.map_err(Error::InvalidRequest)?;
            let request = request.map_err(Error::InvalidRequest)?;
            let url = format!("{}/a", _client.baseurl,);
            let _request = _client.client.get(url).query(&info)
                .header("api-version", super::Client::api_version());
            let response = _client.exchange(_request, &super::operations::A).await?;
            match response.status().as_u16() { _ => Err(Error::UnexpectedResponse(response)) }
        }};
        assert_eq!(text(&block), text(&wanted));
    }
}
