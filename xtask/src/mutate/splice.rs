//! Puts drifts into a source text as switchable alternatives: `if crate::mutant("id") { drift } else { original }`.
//!
//! What is replaced stands between `⟦` and `⟧` in the drift's `find`; around it stands as much as makes
//! the place unique. White space in it stands for any white space, so that formatting is no drift.
//! What is before `…` is looked for first, and must be unique; what is after it is then the next such place.

use std::cmp::Reverse;
use std::ops::Range;

/// Begins the part that is replaced; `⟦⟧` in a replacement stands for the original.
const OPEN: char = '⟦';
/// Ends it.
const CLOSE: char = '⟧';
/// Stands for everything up to the next place.
const SKIP: char = '…';

/// One alternative of a text.
#[derive(Debug, Clone, Copy)]
pub struct Alternative<'a> {
    /// The name that switches it on.
    pub id: &'a str,
    /// Where.
    pub find: &'a str,
    /// What stands there when it is on: an expression, or statements where the original is some.
    pub drift: &'a str,
}

/// Why alternatives do not fit a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// No part of `find` is marked.
    #[error("{0}: nothing is marked in find")]
    Unmarked(String),
    /// The place is not there, or not unique.
    #[error("{id}: found {places} places instead of one")]
    Places {
        /// The drift.
        id: String,
        /// How many.
        places: usize,
    },
    /// Two places overlap and neither holds the other.
    #[error("{0}: overlaps with another drift")]
    Overlap(String),
}

struct Span<'a> {
    range: Range<usize>,
    edits: Vec<Alternative<'a>>,
}

/// The text with every alternative in it, all switched off.
///
/// # Errors
/// When one does not fit.
pub fn splice(text: &str, alternatives: &[Alternative<'_>]) -> Result<String, Unfit> {
    let mut spans: Vec<Span> = Vec::new();
    for &alternative in alternatives {
        let range = place(text, alternative)?;
        match spans.iter_mut().find(|span| span.range == range) {
            Some(span) => span.edits.push(alternative),
            None => spans.push(Span {
                range,
                edits: vec![alternative],
            }),
        }
    }
    spans.sort_by_key(|span| (span.range.start, Reverse(span.range.end)));
    let spliced = render(text, 0..text.len(), &spans)?;
    // What asks which mutant is on cannot run in the compiler.
    Ok(spliced.replace("const fn ", "fn "))
}

fn render(text: &str, range: Range<usize>, spans: &[Span<'_>]) -> Result<String, Unfit> {
    let (mut out, mut at, mut rest) = (String::new(), range.start, spans);
    while let [span, after @ ..] = rest {
        let overlap = || Unfit::Overlap(span.edits.first().map_or("", |edit| edit.id).to_owned());
        let Range { start, end } = span.range;
        let within = after.partition_point(|inner| inner.range.start < end);
        let (inner, after) = after.split_at(within);
        if inner.iter().any(|inner| inner.range.end > end) {
            return Err(overlap());
        }
        out.push_str(text.get(at..start).ok_or_else(overlap)?);
        let original = text.get(start..end).ok_or_else(overlap)?;
        let kept = render(text, start..end, inner)?;
        out.push_str(&switch(original, &kept, &span.edits));
        (at, rest) = (end, after);
    }
    out.push_str(text.get(at..range.end).unwrap_or_default());
    Ok(out)
}

/// `kept` is the original with what is switched inside of it.
fn switch(original: &str, kept: &str, edits: &[Alternative<'_>]) -> String {
    let branches = edits.iter().map(|edit| {
        let drift = edit.drift.replace("⟦⟧", original);
        format!("if crate::mutant({:?}) {{ {} }}", edit.id, drift.trim())
    });
    let branches: Vec<String> = branches.collect();
    if original.trim().is_empty() {
        return format!(" {} ", branches.join(" "));
    }
    let chain = format!("{} else {{ {kept} }}", branches.join(" else "));
    if original.trim_end().ends_with([';', '}']) {
        chain
    } else {
        format!("({chain})")
    }
}

/// The one place of the marked part.
fn place(text: &str, alternative: Alternative<'_>) -> Result<Range<usize>, Unfit> {
    let id = || alternative.id.to_owned();
    let places = |places| Unfit::Places { id: id(), places };
    let (anchor, find) = match alternative.find.rsplit_once(SKIP) {
        Some((anchor, find)) => (Some(anchor.trim()), find.trim()),
        None => (None, alternative.find.trim()),
    };
    let (before, rest) = find.split_once(OPEN).ok_or_else(|| Unfit::Unmarked(id()))?;
    let (inner, after) = rest
        .split_once(CLOSE)
        .ok_or_else(|| Unfit::Unmarked(id()))?;
    let found = |from: usize| {
        let starts = text.char_indices().map(|(start, _)| start);
        starts
            .skip_while(move |start| *start < from)
            .filter_map(|start| {
                let open = matches(text, start, before)?;
                let close = matches(text, open, inner)?;
                matches(text, close, after)?;
                Some(open..close)
            })
    };
    let Some(anchor) = anchor else {
        let all: Vec<_> = found(0).collect();
        return match <[_; 1]>::try_from(all) {
            Ok([place]) => Ok(place),
            Err(all) => Err(places(all.len())),
        };
    };
    let anchors: Vec<_> = text
        .char_indices()
        .filter_map(|(start, _)| matches(text, start, anchor))
        .collect();
    match anchors.as_slice() {
        [end] => found(*end).next().ok_or_else(|| places(0)),
        _ => Err(places(anchors.len())),
    }
}

/// Where the pattern ends when it begins at `start`.
fn matches(text: &str, start: usize, pattern: &str) -> Option<usize> {
    let mut rest = text.get(start..)?;
    let mut pattern = pattern.chars().peekable();
    while let Some(wanted) = pattern.next() {
        if wanted.is_whitespace() {
            let trimmed = rest.trim_start();
            if trimmed.len() == rest.len() {
                return None;
            }
            rest = trimmed;
            while pattern.next_if(|more| more.is_whitespace()).is_some() {}
        } else {
            rest = rest.strip_prefix(wanted)?;
        }
    }
    Some(text.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use super::{Alternative, Unfit, splice};

    const TEXT: &str = "const fn f(x: u8) -> u8 {\n    x\n        + 1;\n}\nfn g() { x }";

    fn one<'a>(id: &'a str, find: &'a str, drift: &'a str) -> Alternative<'a> {
        Alternative { id, find, drift }
    }

    #[test]
    fn alternatives_of_one_place_and_inside_of_each_other_are_all_switchable() {
        let spliced = splice(
            TEXT,
            &[
                one("a", "x ⟦+ 1⟧;", "+ 2"),
                one("b", "x + ⟦1⟧", "⟦⟧ + 2"),
                one("c", "x + ⟦1⟧;", "4"),
                one("d", "fn g() … ⟦⟧x }", "return 3;"),
            ],
        );
        let expected = concat!(
            "fn f(x: u8) -> u8 {\n    x\n        ",
            r#"(if crate::mutant("a") { + 2 } else { + (if crate::mutant("b") { 1 + 2 } else "#,
            r#"if crate::mutant("c") { 4 } else { 1 }) });"#,
            "\n}\nfn g() { ",
            r#" if crate::mutant("d") { return 3; } x }"#
        );
        assert_eq!(spliced.as_deref(), Ok(expected));
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let refused = |find| splice(TEXT, &[one("a", find, "")]);
        let places = |places| {
            Err(Unfit::Places {
                id: "a".to_owned(),
                places,
            })
        };
        assert_eq!(refused("⟦gone⟧"), places(0));
        assert_eq!(refused("⟦x⟧"), places(3));
        assert_eq!(refused("x"), Err(Unfit::Unmarked("a".to_owned())));
        let both = [one("a", "⟦x +⟧ 1", ""), one("b", "x ⟦+ 1⟧", "")];
        assert_eq!(splice(TEXT, &both), Err(Unfit::Overlap("a".to_owned())));
    }
}
