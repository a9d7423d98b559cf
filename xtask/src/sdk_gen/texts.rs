//! Makes the texts of generated code safe and short rustdoc.

use proc_macro2::{Group, Literal, TokenStream, TokenTree};

/// Where progenitor begins to show how a method that it has described is called.
const SKETCH: &str = "```ignore\nlet response = client.";

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

/// `text` without the schema that typify repeats and progenitor's sketch of a call, and with code that rustdoc does not
/// try to run.
fn rustdoc(text: &str) -> String {
    let text = text.split("<details><summary>JSON schema").next();
    let text = text.and_then(|text| text.split(SKETCH).next());
    let mut open = false;
    let mut lines = Vec::new();
    for line in text.unwrap_or_default().trim_end().lines() {
        let start = line.trim_start();
        let line = line.trim_end();
        if start.starts_with("```") {
            // An `ignore`d test would count as a skipped one.
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
