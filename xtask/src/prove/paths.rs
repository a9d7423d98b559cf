//! Which paths a Rust file names.
//!
//! They are read from its tokens, so `use` lists, expressions, types and the arguments of macros are
//! all seen, and comments are not. The bodies of `mod tests` are left out.

use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The module that a file is.
pub fn module(file: &Path, source: &Path) -> Vec<String> {
    let mut module = vec!["crate".to_owned()];
    let inside = file.strip_prefix(source).unwrap_or(file).with_extension("");
    for part in inside.components() {
        let part = part.as_os_str().to_string_lossy().into_owned();
        if !matches!(part.as_str(), "mod" | "lib" | "main") {
            module.push(part);
        }
    }
    module
}

/// Collects every path in the tokens of `module`, resolved as far as `crate`, `self` and `super` go.
pub fn scan(tokens: TokenStream, module: &[String], paths: &mut Vec<Vec<String>>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        match token {
            TokenTree::Ident(ident) if ident == "mod" => {
                // A module written inside the file is one level deeper; tests are not looked at.
                if let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) =
                    (tokens.get(index + 1), tokens.get(index + 2))
                {
                    if name != "tests" {
                        let mut inner = module.to_vec();
                        inner.push(name.to_string());
                        scan(body.stream(), &inner, paths);
                    }
                    index += 2;
                }
                index += 1;
            }
            TokenTree::Ident(_) => index = path(&tokens, index, &[], module, paths),
            TokenTree::Group(group) => {
                scan(group.stream(), module, paths);
                index += 1;
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => index += 1,
        }
    }
}

/// Reads one path from `index` on; returns where it ends.
fn path(
    tokens: &[TokenTree],
    mut index: usize,
    prefix: &[String],
    module: &[String],
    paths: &mut Vec<Vec<String>>,
) -> usize {
    let mut segments = prefix.to_vec();
    loop {
        match tokens.get(index) {
            Some(TokenTree::Ident(ident)) => segments.push(ident.to_string()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let inside: Vec<TokenTree> = group.stream().into_iter().collect();
                let mut at = 0;
                while at < inside.len() {
                    at = if matches!(inside.get(at), Some(TokenTree::Ident(_))) {
                        path(&inside, at, &segments, module, paths)
                    } else {
                        at + 1
                    };
                }
                return index + 1;
            }
            _ => break,
        }
        index += 1;
        let colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
        if !(colon(index) && colon(index + 1)) {
            break;
        }
        index += 2;
    }
    if segments.len() > 1 {
        paths.push(resolve(&segments, module));
    }
    index
}

fn resolve(segments: &[String], module: &[String]) -> Vec<String> {
    let mut resolved = match segments.first().map(String::as_str) {
        Some("self" | "super") => module.to_vec(),
        _ => Vec::new(),
    };
    for segment in segments {
        match segment.as_str() {
            "self" => {}
            "super" => {
                resolved.pop();
            }
            _ => resolved.push(segment.clone()),
        }
    }
    resolved
}
