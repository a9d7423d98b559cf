//! What the generators make of a document, by what acts upon it.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens as _;
use serde_json::Value;
use syn::{ImplItem, Item};
use xtask::document::Document;
use xtask::lint::dispositions::Disposition;
use xtask::{sdk_gen, server_gen};

/// What is generated, by what acts upon it; doc comments, and what the server tells about itself, are left out.
pub fn generated(document: &Value) -> Result<BTreeMap<Disposition, BTreeSet<String>>, String> {
    let document = Document::from_value(document.clone());
    let mut parts: BTreeMap<Disposition, BTreeSet<String>> = BTreeMap::new();
    let mut add = |disposition, text: String| {
        parts.entry(disposition).or_default().insert(text);
    };
    for artefact in server_gen::generate(&document).map_err(|refused| format!("{refused:?}"))? {
        // The list of types with secrets is read by the proof of secrets alone.
        if artefact.path.extension().is_none_or(|end| end != "rs")
            || artefact.path.ends_with("secret_types.rs")
            || artefact
                .path
                .components()
                .any(|part| part.as_os_str() == "wire")
        {
            continue;
        }
        let file = syn::parse_file(&artefact.content).expect("Rust");
        for item in file.items {
            server_item(item, &mut add);
        }
    }
    let (client, _) = sdk_gen::generate(&document).map_err(|refused| format!("{refused:?}"))?;
    for artefact in client {
        let file = syn::parse_file(&artefact.content).expect("Rust");
        for item in file.items {
            add(
                Disposition::Sdk,
                without(item.to_token_stream(), &mut Vec::new()).to_string(),
            );
        }
    }
    Ok(parts)
}

fn server_item(item: Item, add: &mut dyn FnMut(Disposition, String)) {
    let mut checks = Vec::new();
    match item {
        Item::Struct(_) | Item::Enum(_) | Item::Trait(_) => {
            add(
                Disposition::Type,
                without(item.to_token_stream(), &mut checks).to_string(),
            );
        }
        Item::Fn(function) if function.sig.ident.to_string().ends_with("_meta") => {}
        Item::Impl(mut block) => {
            block.items.retain(|item| match item {
                ImplItem::Fn(function) => !["meta", "register"]
                    .iter()
                    .any(|name| function.sig.ident == name),
                _ => true,
            });
            let text = without(block.to_token_stream(), &mut checks).to_string();
            add(Disposition::RunTime, text);
        }
        Item::Static(constraint)
            if constraint
                .ty
                .to_token_stream()
                .to_string()
                .contains("Shape") =>
        {
            add(
                Disposition::Validator,
                constraint.to_token_stream().to_string(),
            );
        }
        Item::Use(_) => {}
        other => add(
            Disposition::RunTime,
            without(other.to_token_stream(), &mut checks).to_string(),
        ),
    }
    for check in checks {
        add(Disposition::Validator, check);
    }
}

/// Tokens without doc comments and digests; constraints (`wire::Shape::…` and `validator(…)`) are put apart.
fn without(tokens: TokenStream, checks: &mut Vec<String>) -> TokenStream {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut kept: Vec<TokenTree> = Vec::new();
    let mut index = 0;
    while index < tokens.len() {
        let word = |offset: usize| {
            tokens
                .get(index + offset)
                .map_or(String::new(), ToString::to_string)
        };
        let next_group = match tokens.get(index + 1) {
            Some(TokenTree::Group(group)) => Some(group),
            _ => None,
        };
        if word(0) == "#"
            && next_group.is_some_and(|group| group.stream().to_string().starts_with("doc "))
        {
            index += 2;
        } else if word(0) == "digest" && word(1) == ":" {
            // It moves with everything but documentation, and says nothing about what acts upon a keyword.
            index += 3;
        } else if word(0) == "validator"
            && next_group.is_some_and(|group| group.delimiter() == Delimiter::Parenthesis)
        {
            checks.push(word(1));
            index += 2;
        } else if word(0) == "Shape" && word(1) == ":" && word(2) == ":" {
            // The variant, and its fields when it has some.
            checks.push(format!("{} {}", word(3), word(4)));
            index += 5;
        } else {
            kept.push(match &tokens[index] {
                TokenTree::Group(group) => {
                    Group::new(group.delimiter(), without(group.stream(), checks)).into()
                }
                other => other.clone(),
            });
            index += 1;
        }
    }
    kept.into_iter().collect()
}
