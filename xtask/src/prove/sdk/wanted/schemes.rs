//! The security schemes as the document wants them, and a constructor for each credential that may be held.

use std::collections::BTreeSet;

use heck::{ToPascalCase, ToShoutySnakeCase, ToSnakeCase};
use serde_json::Value;

use super::super::found::{self, LISTED};
use super::super::tokens::{self, joined};
use super::reading::{Reading, security};
use super::{Asking, rust, text};
use crate::document::join;
use crate::problem::Rule;

const SCHEMES: &str = "/components/securitySchemes";

/// One scheme: its name, and what is said of it.
type Named<'a> = (&'a String, &'a Value);

/// The facts of schemes and credentials.
pub(super) fn ask(reading: &Reading<'_>, asking: &mut Asking) {
    for (name, scheme) in by_name(reading) {
        let at = join(SCHEMES, name);
        let constant = name.to_shouty_snake_case();
        let value = format!("{name} {}", rust(&placement(scheme), joined));
        let about = format!("scheme {constant}");
        asking.fact(&about, &value, (Rule::SdkSecurity, &at));
        let about = format!(
            "scheme in the list {}",
            rust(&format!("Scheme::{constant}"), joined)
        );
        asking.fact(&about, LISTED, (Rule::SdkSecurity, &at));
    }
    let mut names: BTreeSet<String> = ["of", "between", "pair", "together"]
        .map(String::from)
        .into();
    for held in held(reading) {
        let (short, long) = (short(&held), long(&held));
        let name = if short.is_empty() || names.contains(&short) {
            long
        } else {
            short
        };
        let at = held.first().map_or("", |(first, _)| first.as_str());
        let at = join(SCHEMES, at);
        let value = constructor(&held);
        let about = format!("credential {name}");
        asking.fact(&about, &value, (Rule::SdkSecurity, &at));
        names.insert(name);
    }
}

/// All schemes in the order of their names, which stays when the document moves them.
fn by_name<'a>(reading: &Reading<'a>) -> Vec<Named<'a>> {
    let mut all: Vec<Named<'a>> = reading.members(SCHEMES).collect();
    all.sort_unstable_by_key(|(name, _)| *name);
    all
}

fn is_basic(scheme: &Value) -> bool {
    text(scheme, "type") == "http" && text(scheme, "scheme") == "basic"
}

fn placement(scheme: &Value) -> String {
    match (
        text(scheme, "type"),
        text(scheme, "scheme"),
        text(scheme, "in"),
    ) {
        ("http", "bearer", _) => "Placement::Bearer".to_owned(),
        ("http", "basic", _) => {
            let pairing = if text(scheme, "x-basic") == "form" {
                "Form"
            } else {
                "Plain"
            };
            format!("Placement::Basic(Pairing::{pairing})")
        }
        (_, _, location) => format!(
            "Placement::{}({:?})",
            location.to_pascal_case(),
            text(scheme, "name")
        ),
    }
}

/// What a caller may hold: a scheme that goes alone, or all that go together, each where its first scheme stands.
fn held<'a>(reading: &Reading<'a>) -> Vec<Vec<Named<'a>>> {
    let mut sets: BTreeSet<Vec<&str>> = BTreeSet::new();
    for operation in reading.operations() {
        for mut set in security(&operation) {
            set.sort_unstable();
            sets.insert(set);
        }
    }
    let all = by_name(reading);
    let mut held = Vec::new();
    for (name, scheme) in &all {
        let with = || sets.iter().filter(|set| set.contains(&name.as_str()));
        if with().next().is_none() || sets.contains(&vec![name.as_str()]) {
            held.push(vec![(*name, *scheme)]);
        }
        for set in with().filter(|set| set.len() > 1) {
            let together = all.iter().filter(|(own, _)| set.contains(&own.as_str()));
            let together: Vec<Named<'a>> = together.copied().collect();
            if together.first().is_some_and(|(first, _)| first == name) {
                held.push(together);
            }
        }
    }
    held
}

/// What the names of all have in common at their start; of a single one all but a last word that tells its manner.
fn short(held: &[Named<'_>]) -> String {
    let words = |name: &str| {
        name.to_snake_case()
            .split('_')
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    if let [(name, _)] = held {
        let mut words = words(name);
        let last = words.pop().unwrap_or_default();
        let is_manner = ["basic", "bearer", "key", "token"].contains(&last.as_str());
        return if is_manner {
            words.join("_")
        } else {
            String::new()
        };
    }
    let mut common: Option<Vec<String>> = None;
    for (name, _) in held {
        let own = words(name);
        let before = common.unwrap_or_else(|| own.clone());
        let both = before
            .into_iter()
            .zip(own)
            .take_while(|(one, other)| one == other);
        common = Some(both.map(|(one, _)| one).collect());
    }
    common.unwrap_or_default().join("_")
}

fn long(held: &[Named<'_>]) -> String {
    let names: Vec<String> = held.iter().map(|(name, _)| name.to_snake_case()).collect();
    names.join("_and_")
}

fn constructor(held: &[Named<'_>]) -> String {
    let (mut parameters, mut parts) = (Vec::new(), Vec::new());
    let common = format!("{}_", short(held));
    for (scheme, value) in held {
        let constant = format!("Scheme::{}", scheme.to_shouty_snake_case());
        let snake = scheme.to_snake_case();
        let own = snake.strip_prefix(&common).unwrap_or(&snake);
        let own = if held.len() == 1 { "" } else { own };
        if is_basic(value) {
            let of = |half: &str| {
                if own.is_empty() {
                    half.to_owned()
                } else {
                    format!("{own}_{half}")
                }
            };
            let (id, secret) = (of("id"), of("secret"));
            parts.push(format!(
                "Self::pair({constant}, &{id}.into(), &{secret}.into())"
            ));
            parameters.extend([id, secret]);
            continue;
        }
        let parameter = if own.is_empty() { "text" } else { own };
        parts.push(match text(value, "x-credential").split_once("{}") {
            Some((before, after)) => {
                format!("Self::between({constant}, {before:?}, &{parameter}.into(), {after:?})")
            }
            None => format!("Self::of({constant}, {parameter})"),
        });
        parameters.push(parameter.to_owned());
    }
    let parameters: Vec<String> = parameters
        .iter()
        .map(|parameter| format!("{parameter}: impl Into<Secret>"))
        .collect();
    let body = match parts.as_slice() {
        [part] => part.clone(),
        parts => format!("Self::together([{}])", parts.join(", ")),
    };
    let read = |text: &str| tokens::read(text.parse().unwrap_or_default());
    found::constructor(&read(&parameters.join(", ")), &read(&body))
}
