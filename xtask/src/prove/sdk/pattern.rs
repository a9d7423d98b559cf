//! Forms of Rust text with holes: what of generated code is always the same, and where its facts stand.
//!
//! `$name` is one word or literal, `$name:type` a type, `$name:call` a type whose function is
//! called, `$name:expr` what stands up to the next comma, `$name:rest`
//! all the rest. `$name*( … )` is a list and `$name?( … )` may be absent; `$|` parts alternatives in either. What has
//! one name twice in a form has to be the same twice.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use proc_macro2::{Delimiter, TokenStream};

use super::tokens::{self, Spot, Tok, joined};

/// A form.
#[derive(Debug)]
pub(super) struct Pattern(Vec<Part>);

#[derive(Debug)]
enum Part {
    Leaf(String),
    Group(Delimiter, Vec<Part>),
    Hole(String, Hole),
    Many {
        name: String,
        options: Vec<Vec<Part>>,
        at_most_once: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hole {
    Word,
    Type,
    Callee,
    Expression,
    Rest,
}

/// What stands in the holes of a form.
#[derive(Debug, Clone, Default)]
pub(super) struct Bound {
    holes: BTreeMap<String, Vec<Tok>>,
    lists: BTreeMap<String, Vec<Bound>>,
    spot: Spot,
}

/// Where a text stops having the form: how far that is, in tokens, and the place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Miss {
    pub tokens: usize,
    pub spot: Spot,
}

impl Bound {
    /// The tokens in a hole; none for one in a part that is absent.
    pub fn toks(&self, hole: &str) -> &[Tok] {
        self.holes.get(hole).map_or(&[], Vec::as_slice)
    }

    /// The text in a hole.
    pub fn text(&self, hole: &str) -> String {
        joined(self.toks(hole))
    }

    /// The value of the text literal in a hole.
    pub fn literal(&self, hole: &str) -> String {
        let text = self.text(hole);
        syn::parse_str::<syn::LitStr>(&text).map_or(text, |literal| literal.value())
    }

    /// Whether a hole was filled.
    pub fn has(&self, hole: &str) -> bool {
        self.holes.contains_key(hole)
    }

    /// Where a hole is, or else the whole form.
    pub fn spot(&self, hole: &str) -> Spot {
        self.toks(hole).first().map_or(self.spot, Tok::spot)
    }

    /// The elements of a list.
    pub fn list(&self, name: &str) -> &[Self] {
        self.lists.get(name).map_or(&[], Vec::as_slice)
    }

    /// The part that may be absent.
    pub fn part(&self, name: &str) -> Option<&Self> {
        self.list(name).first()
    }
}

impl Pattern {
    /// Reads a form; a text that is no list of tokens is a form that nothing has.
    pub fn read(text: &str) -> Self {
        let stream = TokenStream::from_str(text).unwrap_or_default();
        Self(parts(&tokens::read(stream)))
    }

    /// Holds a text against the form.
    ///
    /// # Errors
    /// Where it first differs.
    pub fn on(&self, toks: &[Tok]) -> Result<Bound, Miss> {
        let mut matching = Matching {
            far: 0,
            spot: Spot::default(),
            count: 0,
        };
        matching.spot = toks.first().map_or(matching.spot, Tok::spot);
        let mut bound = Bound {
            spot: matching.spot,
            ..Bound::default()
        };
        let all = matching.group(&self.0, toks, &mut bound);
        all.then_some(bound).ok_or(Miss {
            tokens: matching.far,
            spot: matching.spot,
        })
    }
}

fn parts(toks: &[Tok]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = 0;
    let leaf = |at: usize| toks.get(at).and_then(Tok::leaf).unwrap_or_default();
    while let Some(tok) = toks.get(at) {
        match tok {
            Tok::Leaf(sign, _) if sign == "$" => {
                let name = leaf(at + 1).to_owned();
                let group = match toks.get(at + 3) {
                    Some(Tok::Group(Delimiter::Parenthesis, inner, _)) => Some(inner),
                    Some(Tok::Group(..) | Tok::Leaf(..)) | None => None,
                };
                let hole = match (leaf(at + 2), leaf(at + 3)) {
                    (":", "type") => Some(Hole::Type),
                    (":", "call") => Some(Hole::Callee),
                    (":", "expr") => Some(Hole::Expression),
                    (":", "rest") => Some(Hole::Rest),
                    _ => None,
                };
                if let (Some(inner), "*" | "?") = (group, leaf(at + 2)) {
                    parts.push(Part::Many {
                        name,
                        options: options(inner),
                        at_most_once: leaf(at + 2) == "?",
                    });
                    at += 4;
                } else if let Some(hole) = hole {
                    parts.push(Part::Hole(name, hole));
                    at += 4;
                } else {
                    parts.push(Part::Hole(name, Hole::Word));
                    at += 2;
                }
            }
            Tok::Leaf(text, _) => {
                parts.push(Part::Leaf(text.clone()));
                at += 1;
            }
            Tok::Group(delimiter, inner, _) => {
                parts.push(Part::Group(*delimiter, self::parts(inner)));
                at += 1;
            }
        }
    }
    parts
}

/// The alternatives that `$|` parts.
fn options(inner: &[Tok]) -> Vec<Vec<Part>> {
    let mut options = Vec::new();
    let mut start = 0;
    for at in 0..inner.len() {
        let parts_here =
            inner[at].leaf() == Some("$") && inner.get(at + 1).and_then(Tok::leaf) == Some("|");
        if parts_here {
            options.push(parts(&inner[start..at]));
            start = at + 2;
        }
    }
    options.push(parts(&inner[start..]));
    options
}

/// One comparison: how far it has come.
struct Matching {
    count: usize,
    far: usize,
    spot: Spot,
}

impl Matching {
    /// Remembers the first token that did not fit, of all attempts that of the longest.
    fn miss(&mut self, spot: Option<Spot>) {
        if self.count >= self.far {
            self.far = self.count;
            if let Some(spot) = spot {
                self.spot = spot;
            }
        }
    }

    /// All of a group.
    fn group(&mut self, parts: &[Part], toks: &[Tok], bound: &mut Bound) -> bool {
        match self.run(parts, toks, 0, bound) {
            Some(end) if end == toks.len() => true,
            Some(end) => {
                self.miss(toks.get(end).map(Tok::spot));
                false
            }
            None => false,
        }
    }

    /// The parts from `at` on; says where they end.
    fn run(&mut self, parts: &[Part], toks: &[Tok], at: usize, bound: &mut Bound) -> Option<usize> {
        let mut at = at;
        for (index, part) in parts.iter().enumerate() {
            at = match part {
                Part::Leaf(text) => match toks.get(at) {
                    Some(tok) if tok.leaf() == Some(text) => self.took(1, at),
                    // The comma after the last one is left out.
                    None if text == "," && all_lists(&parts[index + 1..]) => at,
                    other => return self.failed(other),
                },
                Part::Group(delimiter, inner) => match toks.get(at) {
                    Some(Tok::Group(own, found, _)) if own == delimiter => {
                        let next = self.took(1, at);
                        if !self.group(inner, found, bound) {
                            return None;
                        }
                        next
                    }
                    other => return self.failed(other),
                },
                Part::Hole(name, hole) => {
                    let length = length(*hole, &toks[at..]);
                    let found = &toks[at..at + length];
                    let known = bound.holes.get(name);
                    let differs = known.is_some_and(|known| joined(known) != joined(found));
                    if differs || (length == 0 && *hole != Hole::Rest) {
                        return self.failed(toks.get(at));
                    }
                    bound.holes.insert(name.clone(), found.to_vec());
                    self.took(length, at)
                }
                Part::Many {
                    name,
                    options,
                    at_most_once,
                } => self.many((name, options, *at_most_once), toks, at, bound),
            };
        }
        Some(at)
    }

    fn many(
        &mut self,
        (name, options, at_most_once): (&str, &[Vec<Part>], bool),
        toks: &[Tok],
        start: usize,
        bound: &mut Bound,
    ) -> usize {
        let (mut at, mut list) = (start, Vec::new());
        while at < toks.len() && (list.is_empty() || !at_most_once) {
            let count = self.count;
            let found = options.iter().find_map(|option| {
                self.count = count;
                // What was named before has to be the same in the list.
                let mut inner = Bound {
                    holes: bound.holes.clone(),
                    lists: BTreeMap::new(),
                    spot: toks[at].spot(),
                };
                let end = self.run(option, toks, at, &mut inner)?;
                inner
                    .holes
                    .retain(|hole, _| !bound.holes.contains_key(hole));
                (end > at).then_some((end, inner))
            });
            let Some((end, inner)) = found else {
                self.count = count;
                break;
            };
            at = end;
            list.push(inner);
        }
        bound.lists.insert(name.to_owned(), list);
        at
    }

    fn took(&mut self, length: usize, at: usize) -> usize {
        self.count += length;
        at + length
    }

    fn failed(&mut self, tok: Option<&Tok>) -> Option<usize> {
        self.miss(tok.map(Tok::spot));
        None
    }
}

/// Whether parts can all be nothing.
fn all_lists(parts: &[Part]) -> bool {
    parts.iter().all(|part| matches!(part, Part::Many { .. }))
}

/// How many tokens a hole takes.
fn length(hole: Hole, toks: &[Tok]) -> usize {
    let mut depth = 0_usize;
    match hole {
        Hole::Word => {
            let word = toks.first().and_then(Tok::leaf).filter(|word| *word != "_");
            let first = word.and_then(|word| word.chars().next());
            usize::from(
                first.is_some_and(|first| first.is_alphanumeric() || "_\"'".contains(first)),
            )
        }
        Hole::Rest => toks.len(),
        Hole::Callee => {
            let words = toks.iter().take_while(|tok| tok.leaf().is_some());
            words.count().saturating_sub(3)
        }
        Hole::Expression => {
            // The brackets of generic arguments are signs like any other; in an expression a colon stands before.
            for (index, tok) in toks.iter().enumerate() {
                let before = index.checked_sub(1).and_then(|at| toks[at].leaf());
                match tok.leaf() {
                    Some("<") if depth > 0 || before == Some(":") => depth += 1,
                    Some(">") if depth > 0 => depth -= 1,
                    Some(",") if depth == 0 => return index,
                    _ => {}
                }
            }
            toks.len()
        }
        Hole::Type => {
            let mut length = 0;
            for (index, tok) in toks.iter().enumerate() {
                match tok {
                    Tok::Leaf(sign, _) => match sign.as_str() {
                        "<" => depth += 1,
                        ">" | "," | ";" | "=" | "as" | "for" | "where" if depth == 0 => break,
                        ">" => depth -= 1,
                        _ => {}
                    },
                    Tok::Group(Delimiter::Brace, ..) => break,
                    Tok::Group(..) => {}
                }
                length = index + 1;
            }
            length
        }
    }
}
