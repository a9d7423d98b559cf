//! The security schemes of the document as constants, and a constructor for each credential that a caller may hold.

use std::collections::BTreeSet;

use heck::ToSnakeCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::{Map, Value};

use super::names::{SHARED, constant};
use super::operations::Operation;
use super::unsupported;
use crate::document::{Document, join};
use crate::problem::Problems;

/// Last words of a scheme's name that say how its credential travels, and nothing about whose it is.
const MANNERS: [&str; 4] = ["basic", "bearer", "key", "token"];

/// The names that the hand-written half of `Credential` has.
const RESERVED: [&str; 4] = ["of", "between", "pair", "together"];

/// What is held at once: one scheme, or several that go together.
type Held<'a> = Vec<(&'a String, &'a Value)>;

/// What is said of the security schemes: for each file its constants and constructors, and once the names of all.
#[derive(Debug)]
pub(super) struct Schemes {
    constants: Vec<(String, TokenStream)>,
    constructors: Vec<(String, TokenStream)>,
    all: Vec<syn::Ident>,
}

impl Schemes {
    /// The files that something of them goes into.
    pub fn files(&self) -> impl Iterator<Item = &String> {
        let both = self.constants.iter().chain(&self.constructors);
        both.map(|(file, _)| file)
    }

    /// The constants of `Scheme` and the constructors of `Credential` that go into a file.
    pub fn of(&self, file: &str) -> TokenStream {
        let own = |list: &[(String, TokenStream)]| -> Vec<TokenStream> {
            let own = list.iter().filter(|(one, _)| one == file);
            own.map(|(_, tokens)| tokens.clone()).collect()
        };
        let (constants, constructors) = (own(&self.constants), own(&self.constructors));
        if constants.is_empty() && constructors.is_empty() {
            return TokenStream::new();
        }
        quote! {
            impl Scheme { #(#constants)* }
            impl Credential { #(#constructors)* }
        }
    }

    /// The list of all schemes.
    pub fn all(&self) -> TokenStream {
        let all = &self.all;
        quote! {
            impl Scheme {
                /// Every scheme, in the order of their names.
                pub const ALL: &'static [Scheme] = &[#(Scheme::#all),*];
            }
        }
    }
}

/// Reads the security schemes.
///
/// # Errors
/// Two credentials that would have one name.
pub(super) fn read(document: &Document, operations: &[Operation]) -> Result<Schemes, Problems> {
    let nothing = Map::new();
    let schemes = document
        .get("/components/securitySchemes")
        .and_then(Value::as_object)
        .unwrap_or(&nothing);
    let mut known: Vec<(&String, &Value, TokenStream)> = schemes
        .iter()
        .filter_map(|(name, scheme)| Some((name, scheme, placement(scheme)?)))
        .collect();
    // The document may move its schemes about; the arguments of a constructor must not follow.
    known.sort_by_key(|(name, ..)| *name);
    let constants = known.iter().map(|(name, scheme, placement)| {
        let (constant, text) = (constant(name), first_paragraph(scheme));
        let tokens = quote! {
            #[doc = #text]
            pub const #constant: Scheme = Scheme::new(#name, #placement);
        };
        (owner(&[name], operations), tokens)
    });
    Ok(Schemes {
        constants: constants.collect(),
        constructors: constructors(document, &known, operations)?,
        all: known.iter().map(|(name, ..)| constant(name)).collect(),
    })
}

/// The file of the dialect that has the schemes for itself, or the one that is shared.
fn owner(schemes: &[&String], operations: &[Operation]) -> String {
    let asks = |operation: &&Operation| {
        let mut asked = operation.security.iter().flatten();
        asked.any(|scheme| schemes.contains(&scheme))
    };
    let files: BTreeSet<&String> = operations
        .iter()
        .filter(asks)
        .map(|operation| &operation.file)
        .collect();
    match files.first() {
        Some(file) if files.len() == 1 => (*file).clone(),
        _ => SHARED.to_owned(),
    }
}

fn constructors(
    document: &Document,
    known: &[(&String, &Value, TokenStream)],
    operations: &[Operation],
) -> Result<Vec<(String, TokenStream)>, Problems> {
    let mut problems = Problems::new();
    let mut taken: BTreeSet<String> = RESERVED.map(str::to_owned).into();
    let mut constructors = Vec::new();
    for held in credentials(known, operations) {
        let (short, long) = names(&held);
        let free =
            |name: &String| !taken.contains(name) && syn::parse_str::<syn::Ident>(name).is_ok();
        let Some(name) = short.into_iter().chain([long]).find(free) else {
            let at = held.first().map_or("", |(name, _)| name.as_str());
            let pointer = join("/components/securitySchemes", at);
            problems.push(unsupported(
                document,
                &pointer,
                "its credential would have the name of another one",
            ));
            continue;
        };
        let schemes: Vec<&String> = held.iter().map(|(name, _)| *name).collect();
        constructors.push((owner(&schemes, operations), constructor(&name, &held)));
        taken.insert(name);
    }
    problems.into_result(constructors)
}

/// Each scheme that is an alternative by itself or none at all, and each set of schemes that is one, where its first stands.
fn credentials<'a>(
    known: &[(&'a String, &'a Value, TokenStream)],
    operations: &[Operation],
) -> Vec<Held<'a>> {
    let alternatives: BTreeSet<BTreeSet<&String>> = operations
        .iter()
        .flat_map(|operation| &operation.security)
        .map(|schemes| schemes.iter().collect())
        .collect();
    let mut found = Vec::new();
    for (name, scheme, _) in known {
        let with: Vec<&BTreeSet<&String>> = alternatives
            .iter()
            .filter(|alternative| alternative.contains(name))
            .collect();
        if with.is_empty() || with.iter().any(|alternative| alternative.len() == 1) {
            found.push(vec![(*name, *scheme)]);
        }
        for together in with.into_iter().filter(|alternative| alternative.len() > 1) {
            let held: Held<'a> = known
                .iter()
                .filter(|(own, ..)| together.contains(own))
                .map(|(own, scheme, _)| (*own, *scheme))
                .collect();
            if held.first().is_some_and(|(first, _)| first == name) {
                found.push(held);
            }
        }
    }
    found
}

/// The name that a credential has if no other one has it, and the one it has then.
fn names(held: &Held<'_>) -> (Option<String>, String) {
    let snakes: Vec<String> = held.iter().map(|(name, _)| name.to_snake_case()).collect();
    let short = if let [snake] = snakes.as_slice() {
        let (rest, last) = snake.rsplit_once('_').unwrap_or((snake, ""));
        MANNERS.contains(&last).then(|| rest.to_owned())
    } else {
        Some(common(&snakes)).filter(|common| !common.is_empty())
    };
    (short, snakes.join("_and_"))
}

/// The words that all names begin with.
fn common(names: &[String]) -> String {
    let mut words: Vec<&str> = names
        .first()
        .map_or_else(Vec::new, |name| name.split('_').collect());
    for name in names {
        let alike = words
            .iter()
            .zip(name.split('_'))
            .take_while(|(one, other)| *one == other);
        words.truncate(alike.count());
    }
    words.join("_")
}

fn constructor(name: &str, held: &Held<'_>) -> TokenStream {
    let ident = format_ident!("{name}");
    let snakes: Vec<String> = held.iter().map(|(name, _)| name.to_snake_case()).collect();
    let prefix = format!("{}_", common(&snakes));
    let alone = held.len() == 1;
    let (mut parameters, mut parts) = (Vec::new(), Vec::new());
    for ((scheme, value), snake) in held.iter().zip(&snakes) {
        let constant = constant(scheme);
        let own = snake.strip_prefix(&prefix).unwrap_or(snake);
        let template = value.get("x-credential").and_then(Value::as_str);
        if value.get("scheme").and_then(Value::as_str) == Some("basic") {
            let [id, secret] = ["id", "secret"].map(|half| {
                if alone {
                    format_ident!("{half}")
                } else {
                    format_ident!("{own}_{half}")
                }
            });
            parts.push(quote! { Self::pair(Scheme::#constant, &#id.into(), &#secret.into()) });
            parameters.extend([id, secret]);
            continue;
        }
        let text = if alone {
            format_ident!("text")
        } else {
            format_ident!("{own}")
        };
        let around = template.and_then(|template| template.split_once("{}"));
        parts.push(if let Some((before, after)) = around {
            quote! { Self::between(Scheme::#constant, #before, &#text.into(), #after) }
        } else {
            quote! { Self::of(Scheme::#constant, #text) }
        });
        parameters.push(text);
    }
    let doc = held.iter().map(|(_, scheme)| said(scheme));
    let doc = doc.collect::<Vec<_>>().join("\n\n");
    let body = match parts.as_slice() {
        [part] => part.clone(),
        parts => quote! { Self::together([#(#parts),*]) },
    };
    quote! {
        #[doc = #doc]
        pub fn #ident(#(#parameters: impl Into<Secret>),*) -> Self {
            #body
        }
    }
}

/// What is told of the credential of a scheme.
fn said(scheme: &Value) -> String {
    let text = first_paragraph(scheme);
    match scheme.get("x-credential").and_then(Value::as_str) {
        Some(template) => {
            format!("{text}\n\nIt is given without what travels around it, which is `{template}`.")
        }
        None => text,
    }
}

fn first_paragraph(scheme: &Value) -> String {
    let text = scheme.get("description").and_then(Value::as_str);
    let first = text.unwrap_or_default().split("\n\n").next();
    first.unwrap_or_default().trim().to_owned()
}

/// Where a scheme's credential travels; `None` for schemes that the lint refuses anyway.
fn placement(scheme: &Value) -> Option<TokenStream> {
    let text = |key: &str| scheme.get(key).and_then(Value::as_str);
    let name = text("name").unwrap_or_default();
    match (text("type")?, text("scheme").or_else(|| text("in"))?) {
        ("http", "bearer") => Some(quote! { Placement::Bearer }),
        ("http", "basic") if text("x-basic") == Some("form") => {
            Some(quote! { Placement::Basic(Pairing::Form) })
        }
        ("http", "basic") => Some(quote! { Placement::Basic(Pairing::Plain) }),
        ("apiKey", "header") => Some(quote! { Placement::Header(#name) }),
        ("apiKey", "cookie") => Some(quote! { Placement::Cookie(#name) }),
        ("apiKey", "query") => Some(quote! { Placement::Query(#name) }),
        _ => None,
    }
}
