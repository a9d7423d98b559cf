//! Proof: the generated SDK says what the document says, fact by fact and in both directions.
//!
//! `wanted` reads facts from the document, and knows neither the lowering nor a generator. `found` reads the same
//! facts from the Rust that is in the tree: what each operation sends and understands, what values each type has. What
//! carries no fact there has one of a few small forms, or is not proven. What the two do not say alike is a finding,
//! whoever wrote it, a hand or the generator. Comments are no facts, and sets have no order.

mod facts;
mod found;
mod pattern;
mod sources;
mod tokens;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::document::Document;
use crate::problem::{Place, Problem, Problems, Rule};
use facts::{At, CLOSE, OPEN, Said};
use found::Found;
pub use sources::{FOLDER, Sources};
use wanted::{Asked, Asking};

/// How many letters of either side a finding shows.
const SHOWN: usize = 300;

/// Compares the document with the SDK in the tree; returns how many operations the document has.
#[must_use]
pub fn prove(project: &Path, document: &Document) -> (usize, Problems) {
    match Sources::read(project) {
        Ok(sources) => judge(document, &sources),
        Err(error) => {
            let place = Place::file(sources::FOLDER);
            let problem = Problem::wrong(Rule::UnreadableFile, place, error.to_string());
            (0, problem.into())
        }
    }
}

/// Compares the document with an SDK; returns how many operations the document has.
///
/// What the lowering lost is not asked: whether a loss shows in the SDK is what is found out here.
#[must_use]
pub fn judge(document: &Document, sources: &Sources) -> (usize, Problems) {
    let wanted = wanted(document);
    (wanted.0.operations, compare(document, &wanted, sources))
}

/// The SDK that a document asks for.
#[derive(Debug)]
pub struct Wanted(Asking);

/// Reads the document.
#[must_use]
pub fn wanted(document: &Document) -> Wanted {
    Wanted(wanted::ask(document))
}

/// Everything in which an SDK is not the one that `document` asks for.
#[must_use]
pub fn compare(document: &Document, wanted: &Wanted, sources: &Sources) -> Problems {
    let found = read(sources);
    let mut judge = Judge {
        document,
        types: Types {
            components: &wanted.0.types,
            found: &found,
        },
        problems: Problems::new(),
    };
    judge.all(&wanted.0, &found);
    judge.problems
}

/// What an SDK says. The last one is remembered, because whoever measures the proofs asks about one SDK and
/// thousands of documents.
fn read(sources: &Sources) -> Arc<Found> {
    static LAST: Mutex<Option<(Sources, Arc<Found>)>> = Mutex::new(None);
    let last = LAST.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((known, found)) = last
        && known == *sources
    {
        return found;
    }
    let found = Arc::new(found::read(sources.files(), &sources::root()));
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    *last = Some((sources.clone(), Arc::clone(&found)));
    found
}

/// The declared types: components by their names, all others by what they are.
struct Types<'a> {
    components: &'a BTreeSet<String>,
    found: &'a Found,
}

impl Types<'_> {
    /// What the SDK says, with each name of a type that is no component replaced by what the type is.
    fn resolved(&self, text: &str, used: &mut BTreeSet<String>) -> String {
        let Some((before, rest)) = text.split_once(OPEN) else {
            return text.to_owned();
        };
        let Some((name, rest)) = rest.split_once(CLOSE) else {
            return text.to_owned();
        };
        let rest = self.resolved(rest, used);
        if self.components.contains(name) {
            return format!("{before}{name}{rest}");
        }
        // A type that leads to itself was resolved before.
        match self.found.types.get(name) {
            Some(own) if used.insert(name.to_owned()) || !own.what.contains(OPEN) => {
                format!("{before}{}{rest}", self.resolved(&own.what, used))
            }
            _ => format!("{before}{name}{rest}"),
        }
    }
}

struct Judge<'a> {
    document: &'a Document,
    types: Types<'a>,
    problems: Problems,
}

impl Judge<'_> {
    fn all(&mut self, wanted: &Asking, found: &Found) {
        let mut said: BTreeMap<&str, Said> = BTreeMap::new();
        let mut used = BTreeSet::new();
        let mut facts: Vec<(&str, &Said)> = found
            .facts
            .iter()
            .map(|(about, said)| (about.as_str(), said))
            .collect();
        let mut names = Vec::new();
        for (name, own) in &found.types {
            if wanted.types.contains(name) {
                facts.extend(own.facts.iter().map(|(about, said)| (about.as_str(), said)));
                let (value, at) = (own.what.clone(), own.at.clone());
                names.push((format!("type {name}"), Said { value, at }));
            }
        }
        facts.extend(names.iter().map(|(about, said)| (about.as_str(), said)));
        for (about, own) in facts {
            let value = self.types.resolved(&own.value, &mut used);
            let at = own.at.clone();
            said.insert(about, Said { value, at });
        }
        for (about, asked) in &wanted.facts {
            self.fact(about, asked, &said);
        }
        for (about, own) in &said {
            // With its owner goes all that is said of it.
            let owner = about.split_once('/').map(|(owner, _)| owner);
            let alone = owner
                .is_some_and(|owner| said.contains_key(owner) && !wanted.facts.contains_key(owner));
            if !wanted.facts.contains_key(*about) && !alone {
                let message = format!("the SDK has `{about}`, which the document does not ask for");
                // It is a thing that is asked for that has it.
                let owner = owner.and_then(|owner| wanted.facts.get(owner));
                self.differs(owner, &own.at, message, "nothing", &own.value);
            }
        }
        for (name, own) in &found.types {
            if !wanted.types.contains(name) && !used.contains(name) {
                let message =
                    format!("the SDK has the type `{name}`, which the document does not ask for");
                self.differs(None, &own.at, message, "nothing", &own.what);
            }
        }
        for (at, message) in &found.wrong {
            self.problems
                .push(Problem::stale(Rule::SdkForm, at.place(), message.as_str()));
        }
        for (at, text) in &found.unread {
            let message = format!("no form is known that this has: {}", cut(text));
            self.problems.push(Problem::not_proven(at.place(), message));
        }
    }

    fn fact(&mut self, about: &str, asked: &Asked, said: &BTreeMap<&str, Said>) {
        let own = said.get(about);
        let wanted = match &asked.value {
            Ok(wanted) => wanted,
            Err(why) => {
                let place = self.document.place(&asked.pointer);
                let message = format!("it is not known what the SDK makes of {why}");
                self.problems.push(Problem::not_proven(place, message));
                return;
            }
        };
        match own {
            Some(own) if own.value == *wanted => {}
            Some(own) => {
                let message = format!("`{about}` of the SDK is not what the document says");
                let at = self.value(about, wanted).unwrap_or_else(|| own.at.clone());
                self.differs(Some(asked), &at, message, wanted, &own.value);
            }
            None => {
                let owner = about.split_once('/').map(|(owner, _)| owner);
                let owner = owner.and_then(|owner| Some((owner, said.get(owner)?)));
                // What belongs to something that is gone is gone with it.
                if owner.is_none() && about.contains('/') {
                    return;
                }
                let at = beside(about, said)
                    .or(owner.map(|(_, own)| own))
                    .map_or_else(start, |own| own.at.clone());
                let message = format!("the SDK has no `{about}`");
                self.differs(Some(asked), &at, message, wanted, "nothing");
            }
        }
    }

    /// Where a type has a value that the document does not know.
    fn value(&self, about: &str, wanted: &str) -> Option<At> {
        let found = self.types.found;
        let own = match about.strip_prefix("type ") {
            Some(name) if found.types.contains_key(name) => Some(name),
            Some(rest) => {
                let (owner, _) = rest.split_once('/')?;
                let said = &found.types.get(owner)?.facts.get(about)?.value;
                said.split_once(OPEN)?
                    .1
                    .split_once(CLOSE)
                    .map(|(name, _)| name)
            }
            None => None,
        };
        let mut values = found.types.get(own?)?.values.iter();
        let other = values.find(|(value, _)| !wanted.contains(value.as_str()));
        other.map(|(_, at)| at.clone())
    }

    fn differs(
        &mut self,
        asked: Option<&Asked>,
        at: &At,
        message: String,
        expected: &str,
        found: &str,
    ) {
        let rule = asked.map_or(Rule::SdkForm, |asked| asked.rule);
        let pointer = asked.map_or_else(String::new, |asked| self.nearest(&asked.pointer));
        let place = Place {
            pointer,
            ..at.place()
        };
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

/// What is said of the nearest thing of the same sort.
fn beside<'a>(about: &'a str, said: &'a BTreeMap<&str, Said>) -> Option<&'a Said> {
    let (sort, _) = about.rsplit_once(' ')?;
    let is_same = |other: &&&str| other.rsplit_once(' ').is_some_and(|(own, _)| own == sort);
    let before = said
        .range(..about)
        .next_back()
        .filter(|(own, _)| is_same(own));
    let after = said.range(about..).next().filter(|(own, _)| is_same(own));
    let whole = said.get_key_value(sort);
    before.or(after).or(whole).map(|(_, own)| own)
}

/// As much of a text as a finding shows.
fn cut(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

/// Where the SDK starts.
fn start() -> At {
    At {
        file: sources::root().into(),
        spot: tokens::Spot { line: 1, column: 1 },
    }
}

#[cfg(test)]
mod tests;
