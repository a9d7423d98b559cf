//! Rust text as a tree of tokens with their lines, without what is no fact of the SDK.
//!
//! Left out are comments and documentation, and what the formatter adds or drops by the length of a line: commas
//! before a closing bracket, braces round the one expression of an arm or of a closure.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

/// Line and column of a token, both from 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    pub line: usize,
    pub column: usize,
}

impl Spot {
    pub fn of(span: Span) -> Self {
        let start = span.start();
        Self {
            line: start.line,
            column: start.column + 1,
        }
    }
}

/// A token, or what stands in brackets.
#[derive(Debug, Clone)]
pub(super) enum Tok {
    /// A word, a literal, or one sign.
    Leaf(String, Spot),
    /// What stands in brackets.
    Group(Delimiter, Vec<Tok>, Spot),
}

impl Tok {
    /// Where it starts.
    pub const fn spot(&self) -> Spot {
        match self {
            Self::Leaf(_, spot) | Self::Group(_, _, spot) => *spot,
        }
    }

    /// Its text, if it is a single token.
    pub fn leaf(&self) -> Option<&str> {
        match self {
            Self::Leaf(text, _) => Some(text),
            Self::Group(..) => None,
        }
    }

    fn is(&self, sign: &str) -> bool {
        self.leaf() == Some(sign)
    }
}

/// Reads a stream.
pub(super) fn read(stream: TokenStream) -> Vec<Tok> {
    even_out(raw(stream))
}

fn raw(stream: TokenStream) -> Vec<Tok> {
    let mut toks = Vec::new();
    for tree in stream {
        match tree {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                toks.extend(raw(group.stream()));
            }
            TokenTree::Group(group) => {
                let inner = raw(group.stream());
                toks.push(Tok::Group(
                    group.delimiter(),
                    inner,
                    Spot::of(group.span_open()),
                ));
            }
            TokenTree::Ident(word) => toks.push(Tok::Leaf(word.to_string(), Spot::of(word.span()))),
            TokenTree::Punct(sign) => {
                toks.push(Tok::Leaf(sign.as_char().to_string(), Spot::of(sign.span())));
            }
            TokenTree::Literal(value) => {
                toks.push(Tok::Leaf(value.to_string(), Spot::of(value.span())));
            }
        }
    }
    toks
}

/// Removes documentation and what only the formatter decides.
fn even_out(toks: Vec<Tok>) -> Vec<Tok> {
    let mut even: Vec<Tok> = Vec::with_capacity(toks.len());
    let mut rest = toks.into_iter().peekable();
    while let Some(tok) = rest.next() {
        match tok {
            Tok::Leaf(sign, _) if sign == "#" && rest.peek().is_some_and(is_documentation) => {
                rest.next();
            }
            // What a file says of itself.
            Tok::Group(..)
                if is_documentation(&tok) && even.last().is_some_and(|last| last.is("!")) =>
            {
                even.truncate(even.len().saturating_sub(2));
            }
            Tok::Group(Delimiter::Brace, inner, spot) => {
                let after = |back: usize, sign: &str| {
                    let at = even.len().checked_sub(back);
                    at.is_some_and(|at| even[at].is(sign))
                };
                let is_arm = after(1, ">") && after(2, "=");
                let is_closure = after(1, "|");
                let is_plain = !inner.is_empty() && !inner.iter().any(|tok| tok.is(";"));
                if (is_arm || is_closure) && is_plain {
                    even.extend(even_out(inner));
                    if is_arm && rest.peek().is_some_and(|next| !next.is(",")) {
                        even.push(Tok::Leaf(",".to_owned(), spot));
                    }
                } else {
                    even.push(Tok::Group(Delimiter::Brace, even_out(inner), spot));
                }
            }
            Tok::Group(delimiter, inner, spot) => {
                // What repeats in a pattern ends where it says.
                let repeats = delimiter == Delimiter::Parenthesis
                    && even.last().is_some_and(|last| last.is("*") || last.is("?"))
                    && even.len() > 2
                    && even[even.len() - 3].is("$");
                let inner = if repeats {
                    with_end(inner)
                } else {
                    even_out(inner)
                };
                even.push(Tok::Group(delimiter, inner, spot));
            }
            leaf @ Tok::Leaf(..) => {
                if leaf.is(">") {
                    drop_comma(&mut even);
                }
                even.push(leaf);
            }
        }
    }
    drop_comma(&mut even);
    even
}

fn with_end(inner: Vec<Tok>) -> Vec<Tok> {
    let comma = inner.last().filter(|last| last.is(",")).cloned();
    let mut even = even_out(inner);
    even.extend(comma);
    even
}

fn drop_comma(toks: &mut Vec<Tok>) {
    if toks.last().is_some_and(|last| last.is(",")) {
        toks.pop();
    }
}

fn is_documentation(tok: &Tok) -> bool {
    match tok {
        Tok::Group(Delimiter::Bracket, inner, _) => {
            inner.first().is_some_and(|first| first.is("doc"))
                && inner.get(1).is_some_and(|next| next.is("="))
        }
        Tok::Group(..) | Tok::Leaf(..) => false,
    }
}

/// The tokens as one text.
pub(super) fn joined(toks: &[Tok]) -> String {
    let mut text = String::new();
    for tok in toks {
        if !text.is_empty() {
            text.push(' ');
        }
        match tok {
            Tok::Leaf(leaf, _) => text.push_str(leaf),
            Tok::Group(delimiter, inner, _) => {
                let (open, close) = brackets(*delimiter);
                text.push_str(open);
                text.push_str(&joined(inner));
                text.push_str(close);
            }
        }
    }
    text
}

/// The tokens as one text in which lists in braces and brackets are sorted: their order is no fact.
pub(super) fn unordered(toks: &[Tok]) -> String {
    let mut parts = vec![String::new()];
    for tok in toks {
        let own = match tok {
            Tok::Leaf(leaf, _) if leaf == "," => {
                parts.push(String::new());
                continue;
            }
            Tok::Leaf(leaf, _) => leaf.clone(),
            Tok::Group(delimiter, inner, _) => {
                let (open, close) = brackets(*delimiter);
                let inner = if *delimiter == Delimiter::Parenthesis {
                    in_order(inner)
                } else {
                    unordered(inner)
                };
                format!("{open}{inner}{close}")
            }
        };
        if let Some(part) = parts.last_mut() {
            if !part.is_empty() {
                part.push(' ');
            }
            part.push_str(&own);
        }
    }
    parts.sort();
    parts.join(", ")
}

/// As [`unordered`], but what stands outermost keeps its order: arguments, or one expression.
pub(super) fn in_order(toks: &[Tok]) -> String {
    let parts = toks.split(|tok| tok.is(","));
    let parts: Vec<String> = parts.map(unordered).collect();
    parts.join(", ")
}

const fn brackets(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}
