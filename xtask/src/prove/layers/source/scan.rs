//! Walks the tokens of a Rust file for `source`.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

use super::{Binding, Item, Kind, Name, Source};

/// Macros whose argument is code of another crate.
const QUOTES: [&str; 3] = ["quote", "quote_spanned", "parse_quote"];

/// Keywords that are followed by the name of the item they declare.
const DECLARES: [&str; 8] = [
    "fn", "struct", "enum", "trait", "type", "const", "static", "union",
];

/// Reads the tokens of the file that is `module`.
#[must_use]
pub fn scan(tokens: TokenStream, module: &[String]) -> Source {
    let mut source = Source::default();
    let mut scan = Scan {
        source: &mut source,
        module: module.to_vec(),
    };
    scan.tokens(tokens, true);
    source
}

struct Scan<'a> {
    source: &'a mut Source,
    module: Vec<String>,
}

/// The rest of a path that is being read: what stands before it, and where its own part begins.
#[derive(Clone)]
struct Prefix {
    path: Vec<String>,
    kind: Kind,
}

impl Scan<'_> {
    /// Reads tokens; `declares` says whether items among them are items of the module.
    fn tokens(&mut self, tokens: TokenStream, declares: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut index = 0;
        while let Some(token) = tokens.get(index) {
            index = match token {
                TokenTree::Punct(punct)
                    if punct.as_char() == '#' && is_test_only(&tokens[index..]) =>
                {
                    self.test_only(&tokens, index)
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => index + 1,
                TokenTree::Group(group) => {
                    self.tokens(group.stream(), false);
                    index + 1
                }
                TokenTree::Ident(ident) => {
                    let word = ident.to_string();
                    self.word(&word, &tokens, index, declares)
                }
            };
        }
    }

    /// Reads what begins with a word; returns where the reading goes on.
    fn word(&mut self, word: &str, tokens: &[TokenTree], index: usize, declares: bool) -> usize {
        match word {
            "use" => self.use_tree(tokens, index),
            "pub" => {
                index + 1 + usize::from(is_group(tokens.get(index + 1), Delimiter::Parenthesis))
            }
            "mod" => self.inline_module(tokens, index, declares),
            "macro_rules" => {
                if let (true, Some(TokenTree::Ident(name))) = (declares, tokens.get(index + 2)) {
                    self.declare(name.to_string(), false, false);
                }
                index + 2
            }
            _ => {
                if declares
                    && DECLARES.contains(&word)
                    && let Some(TokenTree::Ident(name)) = tokens.get(index + 1)
                {
                    self.declare(name.to_string(), false, false);
                }
                self.path(tokens, index)
            }
        }
    }

    fn declare(&mut self, name: String, is_module: bool, in_tests: bool) {
        self.source.items.push(Item {
            module: self.module.clone(),
            name,
            is_module,
            in_tests,
        });
    }

    fn inline_module(&mut self, tokens: &[TokenTree], index: usize, declares: bool) -> usize {
        let Some(TokenTree::Ident(name)) = tokens.get(index + 1) else {
            return index + 1;
        };
        if declares {
            self.declare(name.to_string(), true, false);
        }
        if let Some(TokenTree::Group(body)) = tokens.get(index + 2) {
            self.module.push(name.to_string());
            self.tokens(body.stream(), true);
            self.module.pop();
            return index + 3;
        }
        index + 2
    }

    /// Passes over the item after `#[cfg(test)]`; a module that it declares is remembered as one of tests.
    fn test_only(&mut self, tokens: &[TokenTree], index: usize) -> usize {
        let mut index = index + 2;
        while let Some(token) = tokens.get(index) {
            if let TokenTree::Group(attribute) = token
                && let Some(stem) = file_stem(attribute.stream())
            {
                // The file is beside this one, or below it when this one is a `mod.rs`.
                self.declare(stem.clone(), true, true);
                let own = self.module.pop();
                self.declare(stem, true, true);
                self.module.extend(own);
            }
            if let (TokenTree::Ident(word), Some(TokenTree::Ident(name))) =
                (token, tokens.get(index + 1))
                && word == "mod"
            {
                self.declare(name.to_string(), true, true);
            }
            index += 1;
            let ends = match token {
                TokenTree::Punct(punct) => matches!(punct.as_char(), ';' | ','),
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                TokenTree::Ident(_) | TokenTree::Literal(_) => false,
            };
            if ends {
                break;
            }
        }
        index
    }

    fn use_tree(&mut self, tokens: &[TokenTree], index: usize) -> usize {
        let before = |back: usize| index.checked_sub(back).and_then(|at| tokens.get(at));
        let is_pub = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Ident(word)) if word == "pub");
        let shared = is_group(before(1), Delimiter::Parenthesis) && is_pub(before(2));
        let kind = if is_pub(before(1)) || shared {
            Kind::Reexport
        } else {
            Kind::Use
        };
        let end = (index..tokens.len())
            .find(|at| is_punct(tokens.get(*at), ';'))
            .unwrap_or(tokens.len());
        let path = Vec::new();
        self.use_leaves(&tokens[index + 1..end], &Prefix { path, kind });
        end + 1
    }

    /// Reads a list of trees, as it stands between the braces of a `use`.
    fn use_leaves(&mut self, tokens: &[TokenTree], prefix: &Prefix) {
        for tree in tokens.split(|token| is_punct(Some(token), ',')) {
            self.use_leaf(tree, prefix);
        }
    }

    fn use_leaf(&mut self, tree: &[TokenTree], prefix: &Prefix) {
        let mut path = prefix.path.clone();
        let mut alias = None;
        let mut is_glob = false;
        let mut index = 0;
        while let Some(token) = tree.get(index) {
            match token {
                TokenTree::Ident(word) if word == "as" => {
                    alias = tree.get(index + 1).map(ToString::to_string);
                    break;
                }
                TokenTree::Ident(word) if word == "self" && !path.is_empty() => {}
                TokenTree::Ident(word) => path.push(word.to_string()),
                TokenTree::Punct(punct) => is_glob |= punct.as_char() == '*',
                TokenTree::Group(group) => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    let kind = prefix.kind;
                    self.use_leaves(&inner, &Prefix { path, kind });
                    return;
                }
                TokenTree::Literal(_) => {}
            }
            index += 1;
        }
        let (Some(first), Some(last)) = (tree.first(), path.last().cloned()) else {
            return;
        };
        self.name(path.clone(), first.span(), prefix.kind);
        let name = (!is_glob).then(|| alias.unwrap_or(last));
        let module = self.module.clone();
        self.source.bindings.push(Binding { module, name, path });
    }

    /// Reads a path of an expression or a type; returns where it ends.
    fn path(&mut self, tokens: &[TokenTree], index: usize) -> usize {
        let mut path = Vec::new();
        let mut at = index;
        while let Some(TokenTree::Ident(word)) = tokens.get(at) {
            path.push(word.to_string());
            at += 1;
            if !(is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':')) {
                break;
            }
            at += 2;
        }
        let quotes = path
            .last()
            .is_some_and(|last| QUOTES.contains(&last.as_str()));
        if quotes && is_punct(tokens.get(at), '!') {
            return at + 2;
        }
        if let (true, Some(first)) = (path.len() > 1, tokens.get(index)) {
            self.name(path, first.span(), Kind::Plain);
        }
        at
    }

    fn name(&mut self, path: Vec<String>, span: Span, kind: Kind) {
        let start = span.start();
        self.source.names.push(Name {
            module: self.module.clone(),
            path,
            line: start.line,
            column: start.column + 1,
            kind,
        });
    }
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

fn is_group(token: Option<&TokenTree>, delimiter: Delimiter) -> bool {
    matches!(token, Some(TokenTree::Group(group)) if group.delimiter() == delimiter)
}

/// The module's name in `path = "<name>.rs"`.
fn file_stem(attribute: TokenStream) -> Option<String> {
    let text: String = attribute
        .into_iter()
        .map(|token| token.to_string())
        .collect();
    let file = text.strip_prefix("path=\"")?.strip_suffix(".rs\"")?;
    file.rsplit('/').next().map(str::to_owned)
}

/// Whether the tokens begin with `#[cfg(test)]`.
fn is_test_only(tokens: &[TokenTree]) -> bool {
    let Some(TokenTree::Group(attribute)) = tokens.get(1) else {
        return false;
    };
    let attribute: String = attribute
        .stream()
        .into_iter()
        .map(|token| token.to_string())
        .collect();
    attribute == "cfg(test)"
}
