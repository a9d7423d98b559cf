//! Tokens as a tree of items: what stands in a file, in a module, in an `impl`.

use super::tokens::{Token, closings, joined};

/// One item: a leaf with all its tokens, or a container (`mod`, `impl`, `trait`) whose members are items.
#[derive(Debug)]
pub(super) struct Item {
    /// What the item is called among its siblings.
    pub key: String,
    /// All tokens of a leaf, those before the brace of a container.
    pub tokens: Vec<Token>,
    /// The members of a container.
    pub members: Option<Vec<Item>>,
}

/// Splits a file into its items.
pub(super) fn items(tokens: &[Token]) -> Vec<Item> {
    let closing = closings(tokens);
    split(tokens, &closing, 0, tokens.len())
}

fn split(tokens: &[Token], closing: &[Option<usize>], start: usize, end: usize) -> Vec<Item> {
    let text = |index: usize| tokens.get(index).map_or("", |token| token.text.as_str());
    let mut items = Vec::new();
    let mut at = start;
    while at < end {
        let mut head = at;
        while text(head) == "#" {
            let open = head + 1 + usize::from(text(head + 1) == "!");
            head = closing
                .get(open)
                .copied()
                .flatten()
                .map_or(end, |close| close + 1);
            // An attribute of the file is an item of its own.
            if open == at + 2 {
                break;
            }
        }
        if head > at && text(at + 1) == "!" {
            items.push(leaf(&tokens[at..head.min(end)], "#!".to_owned()));
            at = head;
            continue;
        }
        let mut word = head;
        if text(word) == "pub" {
            word += 1;
            if text(word) == "(" {
                word = closing[word].map_or(end, |close| close + 1);
            }
        }
        while matches!(text(word), "async" | "unsafe")
            || (text(word) == "const" && text(word + 1) == "fn")
        {
            word += 1;
        }
        let kind = text(word);
        let to_semicolon = matches!(kind, "use" | "const" | "static" | "type");
        let mut last = word;
        let mut brace = None;
        while last < end {
            match text(last) {
                ";" => break,
                "{" if !to_semicolon => {
                    brace = Some(last);
                    last = closing[last].unwrap_or(end);
                    break;
                }
                "(" | "[" | "{" => last = closing[last].unwrap_or(end),
                _ => {}
            }
            last += 1;
        }
        let stop = (last + 1).min(end).max(at + 1);
        let container = matches!(kind, "mod" | "impl" | "trait");
        if let Some(brace) = brace.filter(|_| container) {
            items.push(Item {
                key: joined(&tokens[word..brace]),
                tokens: tokens[at..brace].to_vec(),
                members: Some(split(tokens, closing, brace + 1, last.min(end))),
            });
        } else {
            let key = if kind == "use" {
                joined(&tokens[word..stop])
            } else {
                format!("{kind} {}", text(word + 1))
            };
            items.push(leaf(&tokens[at..stop], key));
        }
        at = stop;
    }
    items
}

fn leaf(tokens: &[Token], key: String) -> Item {
    Item {
        key,
        tokens: tokens.to_vec(),
        members: None,
    }
}
