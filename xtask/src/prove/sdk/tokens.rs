//! Rust text as tokens with their lines; enough of the language for generated code.
//!
//! Comments are left out, documentation comments with them: they are no fact of the SDK. What the formatter
//! adds or leaves out by the length of a line (trailing commas, braces round one expression) is evened out.

use std::sync::Arc;

/// What a token of the expected text is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// The rule that a difference here breaks.
    pub rule: String,
    /// The pointer of the fact.
    pub pointer: String,
}

/// One token.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// Its text.
    pub text: String,
    /// Its line, from 1.
    pub line: usize,
    /// Its column, from 1.
    pub column: usize,
    /// What it is about, in expected text.
    pub mark: Option<Arc<Mark>>,
}

/// Reads `text`. A comment `/*@rule pointer*/` says what the tokens after it are about, and `/*@*/` ends that.
pub(super) fn read(text: &str) -> Vec<Token> {
    let mut reader = Reader {
        bytes: text.as_bytes(),
        text,
        at: 0,
        line: 1,
        line_start: 0,
        mark: None,
        tokens: Vec::new(),
    };
    while reader.at < reader.bytes.len() {
        reader.step();
    }
    even_out(reader.tokens)
}

struct Reader<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
    line: usize,
    line_start: usize,
    mark: Option<Arc<Mark>>,
    tokens: Vec<Token>,
}

impl Reader<'_> {
    fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or_default()
    }

    fn step(&mut self) {
        match (self.byte(0), self.byte(1)) {
            (b'/', b'/') => {
                let rest = &self.bytes[self.at..];
                let length = rest.iter().position(|byte| *byte == b'\n');
                self.skip(length.unwrap_or(rest.len()));
            }
            (b'/', b'*') => self.comment(),
            (first, _) if first.is_ascii_whitespace() => self.skip(1),
            (b'"', _) | (b'b', b'"') => self.string(),
            (b'r', b'"' | b'#') if self.raw_string() => {}
            (b'\'', _) => self.quote(),
            (first, _) if is_word(first) => {
                let rest = &self.bytes[self.at..];
                let length = rest.iter().position(|byte| !is_word(*byte));
                self.take(length.unwrap_or(rest.len()));
            }
            _ => self.take(
                self.text[self.at..]
                    .chars()
                    .next()
                    .map_or(1, char::len_utf8),
            ),
        }
    }

    fn skip(&mut self, length: usize) {
        let end = (self.at + length).min(self.bytes.len());
        for at in self.at..end {
            if self.bytes[at] == b'\n' {
                self.line += 1;
                self.line_start = at + 1;
            }
        }
        self.at = end;
    }

    fn take(&mut self, length: usize) {
        let end = (self.at + length).min(self.bytes.len());
        self.tokens.push(Token {
            text: self.text.get(self.at..end).unwrap_or_default().to_owned(),
            line: self.line,
            column: self.at - self.line_start + 1,
            mark: self.mark.clone(),
        });
        self.skip(length);
    }

    fn comment(&mut self) {
        let rest = &self.text[self.at..];
        if let Some(marked) = rest.strip_prefix("/*@")
            && let Some((mark, _)) = marked.split_once("*/")
        {
            self.mark = mark.split_once(' ').map(|(rule, pointer)| {
                Arc::new(Mark {
                    rule: rule.to_owned(),
                    pointer: pointer.to_owned(),
                })
            });
            self.skip(mark.len() + 5);
            return;
        }
        let mut depth = 0;
        loop {
            match (self.byte(0), self.byte(1)) {
                (b'/', b'*') => {
                    depth += 1;
                    self.skip(2);
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.skip(2);
                }
                _ => self.skip(1),
            }
            if depth == 0 || self.at >= self.bytes.len() {
                return;
            }
        }
    }

    fn string(&mut self) {
        let mut length = 1 + usize::from(self.byte(0) == b'b');
        while self.at + length < self.bytes.len() && self.byte(length) != b'"' {
            length += 1 + usize::from(self.byte(length) == b'\\');
        }
        self.take(length + 1);
    }

    fn raw_string(&mut self) -> bool {
        let hashes = self.bytes[self.at + 1..]
            .iter()
            .take_while(|byte| **byte == b'#')
            .count();
        if self.byte(1 + hashes) != b'"' {
            return false;
        }
        let end = format!("\"{}", "#".repeat(hashes));
        let start = self.at + hashes + 2;
        let length = self.text.get(start..).and_then(|rest| rest.find(&end));
        self.take(hashes + 2 + length.unwrap_or_default() + end.len());
        true
    }

    /// A lifetime or a character.
    fn quote(&mut self) {
        let rest = &self.bytes[self.at + 1..];
        let word = rest.iter().take_while(|byte| is_word(**byte)).count();
        if word > 0 && rest.get(word) != Some(&b'\'') {
            self.take(word + 1);
            return;
        }
        let mut length = 1;
        while self.at + length < self.bytes.len() && self.byte(length) != b'\'' {
            length += 1 + usize::from(self.byte(length) == b'\\');
        }
        self.take(length + 1);
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Removes what only the formatter decides.
fn even_out(tokens: Vec<Token>) -> Vec<Token> {
    let closing = closings(&tokens);
    let text = |index: usize| tokens.get(index).map_or("", |token| token.text.as_str());
    let mut dropped = vec![false; tokens.len()];
    let mut comma = vec![false; tokens.len()];
    for index in 0..tokens.len() {
        let Some(end) = closing[index].filter(|_| text(index) == "{" && index > 0) else {
            continue;
        };
        let arm = index > 1 && text(index - 1) == ">" && text(index - 2) == "=";
        let closure = text(index - 1) == "|";
        let plain =
            end > index + 1 && !tokens[index + 1..end].iter().any(|token| token.text == ";");
        // `match` and `if` keep their own braces, so only an expression loses a pair.
        if (arm || closure) && plain {
            dropped[index] = true;
            if arm && !matches!(text(end + 1), "," | "}") {
                comma[end] = true;
            } else {
                dropped[end] = true;
            }
        }
    }
    let mut even: Vec<Token> = Vec::with_capacity(tokens.len());
    for (index, mut token) in tokens.into_iter().enumerate() {
        if dropped[index] {
            continue;
        }
        if comma[index] {
            ",".clone_into(&mut token.text);
        }
        if matches!(token.text.as_str(), ")" | "]" | "}" | ">")
            && even.last().is_some_and(|last| last.text == ",")
        {
            even.pop();
        }
        even.push(token);
    }
    even
}

/// For each opening bracket the index of its closing one.
pub(super) fn closings(tokens: &[Token]) -> Vec<Option<usize>> {
    let mut closing = vec![None; tokens.len()];
    let mut open = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "(" | "[" | "{" => open.push(index),
            ")" | "]" | "}" => {
                if let Some(start) = open.pop() {
                    closing[start] = Some(index);
                }
            }
            _ => {}
        }
    }
    closing
}

/// The tokens as one text.
pub(super) fn joined(tokens: &[Token]) -> String {
    let mut text = String::new();
    for token in tokens {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&token.text);
    }
    text
}

/// Whether every bracket has its other half.
pub(super) fn balanced(tokens: &[Token]) -> bool {
    let mut open = Vec::new();
    for token in tokens {
        match token.text.as_str() {
            "(" => open.push(")"),
            "[" => open.push("]"),
            "{" => open.push("}"),
            ")" | "]" | "}" if open.pop() != Some(token.text.as_str()) => return false,
            _ => {}
        }
    }
    open.is_empty()
}

/// The tokens as one text in which the lists in braces and brackets are sorted.
pub(super) fn unordered(tokens: &[Token]) -> String {
    let mut at = 0;
    group(tokens, &mut at, "")
}

/// One group up to its closing bracket, which is passed over.
fn group(tokens: &[Token], at: &mut usize, open: &str) -> String {
    let mut parts = vec![String::new()];
    while let Some(token) = tokens.get(*at) {
        *at += 1;
        let text = token.text.as_str();
        match text {
            ")" | "]" | "}" => break,
            "," if open != "(" => parts.push(String::new()),
            "(" | "[" | "{" => {
                let inner = group(tokens, at, text);
                if let Some(part) = parts.last_mut() {
                    part.push_str(text);
                    part.push_str(&inner);
                    part.push('\u{1}');
                }
            }
            _ => {
                if let Some(part) = parts.last_mut() {
                    part.push_str(text);
                    part.push(' ');
                }
            }
        }
    }
    if matches!(open, "[" | "{") {
        parts.sort();
    }
    parts.join(",")
}
