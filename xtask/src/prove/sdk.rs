//! Proof: the generated SDK is what the document says, leaf by leaf and in both directions.
//!
//! The document is read here a second time, by code that knows neither the lowering nor progenitor, and written down
//! as the Rust text that follows from it, each fact marked with its pointer. That text and the file in the tree are
//! compared token by token: what the file lacks, has besides, or says otherwise is a finding, whoever wrote it,
//! a hand or the generator. Comments are no facts, and lists in braces and brackets have no order.

mod builders;
mod calls;
mod items;
mod reading;
mod schemes;
mod tables;
mod tokens;
mod told;
mod types;
mod whole;

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::canonical::canonical;
use crate::document::Document;
use crate::problem::{Place, Problem, Problems, Rule};
use items::Item;
use reading::Reading;
use tokens::Token;

/// The file that is read.
pub const FILE: &str = "client-sdk/src/generated.rs";

/// How many tokens of either side a finding shows.
const SHOWN: usize = 12;

/// Compares the document with the SDK in the tree; returns how many operations the document has.
#[must_use]
pub fn prove(project: &Path, document: &Document) -> (usize, Problems) {
    match fs::read_to_string(project.join(FILE)) {
        Ok(text) => judge(document, &text),
        Err(error) => {
            let place = Place::file(FILE);
            (
                0,
                Problem::wrong(Rule::UnreadableFile, place, error.to_string()).into(),
            )
        }
    }
}

/// Compares the document with the text of an SDK; returns how many operations the document has.
///
/// What the lowering lost is not asked: whether a loss shows in the SDK is what is found out here.
#[must_use]
pub fn judge(document: &Document, text: &str) -> (usize, Problems) {
    let wanted = wanted(document);
    (wanted.operations, compare(document, &wanted, text))
}

/// The SDK that a document asks for.
#[derive(Debug)]
pub struct Wanted {
    items: Vec<Item>,
    operations: usize,
}

/// Reads the document.
#[must_use]
pub fn wanted(document: &Document) -> Wanted {
    let mut value = canonical(&document.value);
    as_written(&document.value, &mut value);
    let reading = Reading { value: &value };
    Wanted {
        items: items::items(&tokens::read(&whole::write(&reading))),
        operations: reading.operations().len(),
    }
}

/// Puts the alternatives of each operation's security back into the order of the document, which is the SDK's.
fn as_written(document: &Value, canonical: &mut Value) {
    let paths = canonical.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            let written = document
                .get("paths")
                .and_then(|paths| paths.get(path)?.get(method)?.get("security"));
            if let (Some(written), Some(security)) = (written, operation.get_mut("security")) {
                security.clone_from(written);
            }
        }
    }
}

/// Everything in which the text of an SDK is not the one that `document` asks for.
#[must_use]
pub fn compare(document: &Document, wanted: &Wanted, text: &str) -> Problems {
    let mut problems = Problems::new();
    match read(text) {
        Some(found) => {
            let mut judge = Judge {
                document,
                problems: &mut problems,
            };
            judge.siblings(&wanted.items, &found, (1, 1));
        }
        None => problems.push(Problem::stale(
            Rule::SdkForm,
            Place::file(FILE),
            "the file is not Rust: its brackets do not match",
        )),
    }
    problems
}

/// The items of an SDK; `None` for a text whose brackets do not match. The last text is remembered, because
/// whoever measures the proofs asks about one SDK and thousands of documents.
fn read(text: &str) -> Option<Arc<Vec<Item>>> {
    static LAST: Mutex<Option<(String, Arc<Vec<Item>>)>> = Mutex::new(None);
    let last = LAST.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((known, items)) = last
        && known == text
    {
        return Some(items);
    }
    let tokens = tokens::read(text);
    if !tokens::balanced(&tokens) {
        return None;
    }
    let items = Arc::new(items::items(&tokens));
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    *last = Some((text.to_owned(), Arc::clone(&items)));
    Some(items)
}

struct Judge<'a> {
    document: &'a Document,
    problems: &'a mut Problems,
}

impl Judge<'_> {
    /// Compares the members of one container; `at` is the line and column where it starts in the file.
    fn siblings(&mut self, expected: &[Item], found: &[Item], at: (usize, usize)) {
        let mut by_key: BTreeMap<&str, VecDeque<&Item>> = BTreeMap::new();
        for item in found {
            by_key.entry(&item.key).or_default().push_back(item);
        }
        for item in expected {
            let Some(own) = by_key
                .get_mut(item.key.as_str())
                .and_then(VecDeque::pop_front)
            else {
                let message = format!("the SDK has no `{}`", item.key);
                let first = first_mark(item);
                self.add(first, at, message, &tokens::joined(&item.tokens), "nothing");
                continue;
            };
            self.leaf(item, own);
            if let (Some(expected), Some(found)) = (&item.members, &own.members) {
                self.siblings(expected, found, position(own.tokens.first()).unwrap_or(at));
            }
        }
        for item in by_key.into_values().flatten() {
            let at = position(item.tokens.first()).unwrap_or(at);
            let message = format!(
                "the SDK has `{}`, which the document does not ask for",
                item.key
            );
            self.add(None, at, message, "nothing", &tokens::joined(&item.tokens));
        }
    }

    /// Compares the tokens of one item.
    fn leaf(&mut self, expected: &Item, found: &Item) {
        let (wanted, own) = (&expected.tokens, &found.tokens);
        let same = wanted
            .iter()
            .zip(own)
            .take_while(|(one, other)| one.text == other.text)
            .count();
        if same == wanted.len() && same == own.len() {
            return;
        }
        if tokens::unordered(wanted) == tokens::unordered(own) {
            return;
        }
        let rest = wanted[same..].iter().rev().zip(own[same..].iter().rev());
        let alike = rest
            .take_while(|(one, other)| one.text == other.text)
            .count();
        let added = same + alike >= wanted.len();
        // What is there besides is about the item, not about what happens to stand after it.
        let about = if added {
            wanted.first()
        } else {
            wanted.get(same)
        };
        let about = about
            .and_then(|token| token.mark.as_deref())
            .or_else(|| first_mark(expected));
        let at = position(own.get(same).or_else(|| own.last())).unwrap_or((1, 1));
        let message = format!(
            "`{}` of the SDK is not what the document says",
            expected.key
        );
        let (one, other) = (excerpt(wanted, same), excerpt(own, same));
        self.add(about, at, message, &one, &other);
    }

    fn add(
        &mut self,
        about: Option<&tokens::Mark>,
        (line, column): (usize, usize),
        message: String,
        expected: &str,
        found: &str,
    ) {
        let rule = about
            .and_then(|mark| Rule::from_id(&mark.rule))
            .unwrap_or(Rule::SdkForm);
        let pointer = about.map_or_else(String::new, |mark| self.nearest(&mark.pointer));
        let place = Place {
            column,
            pointer,
            ..Place::line(FILE, line)
        };
        let cut = |text: &str| text.chars().take(300).collect::<String>();
        let problem = Problem::stale(rule, place, message);
        self.problems
            .push(problem.with_sides(cut(expected), cut(found)));
    }

    /// The pointer, or that of the nearest ancestor that the document has.
    fn nearest(&self, pointer: &str) -> String {
        let mut pointer = pointer;
        while self.document.get(pointer).is_none() {
            match pointer.rfind('/') {
                Some(end) => pointer = &pointer[..end],
                None => return String::new(),
            }
        }
        pointer.to_owned()
    }
}

/// Line and column.
fn position(token: Option<&Token>) -> Option<(usize, usize)> {
    token.map(|token| (token.line, token.column))
}

fn first_mark(item: &Item) -> Option<&tokens::Mark> {
    let own = item.tokens.iter().find_map(|token| token.mark.as_deref());
    own.or_else(|| item.members.iter().flatten().find_map(first_mark))
}

/// The tokens around the first difference.
fn excerpt(tokens: &[Token], at: usize) -> String {
    let start = at.saturating_sub(SHOWN / 2).min(tokens.len());
    let end = (at + SHOWN).min(tokens.len());
    tokens::joined(&tokens[start..end])
}

#[cfg(test)]
mod tests;
