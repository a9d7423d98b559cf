//! The types of the generated SDK: what values each has, and whether everything that belongs to it agrees.

use std::collections::BTreeMap;

use super::super::facts::{At, Facts, Said};
use super::described::{describe, single_values};
use super::forms::TypeForm;
use super::kinds::kind;
use super::members;
use super::shapes::{Def, Shape, shape};
use super::values::{Defaults, plain, value};
use super::{Found, Read};

/// A type as the document would describe it.
#[derive(Debug)]
pub(in crate::prove::sdk) struct Type {
    /// What values it has.
    pub what: String,
    /// What is said of its parts.
    pub facts: Facts,
    /// The variants of a choice, each with what it holds.
    pub variants: Vec<(String, String)>,
    /// The single values that it has, each with its place.
    pub values: Vec<(String, At)>,
    /// Where it is declared.
    pub at: At,
}

/// Reads all types, with their builders.
pub(super) fn judge(items: &[Read<TypeForm>], found: &mut Found) {
    let mut defs: BTreeMap<String, Def<'_>> = BTreeMap::new();
    let mut built: BTreeMap<String, Vec<&Read<TypeForm>>> = BTreeMap::new();
    let mut made: Vec<&Read<TypeForm>> = Vec::new();
    // What is about a type that is declared elsewhere.
    let mut open: Vec<&Read<TypeForm>> = Vec::new();
    for read in items {
        if read.form == TypeForm::Default {
            made.push(read);
        } else if read.is_in("types") && read.is_in("builder") {
            built.entry(read.name()).or_default().push(read);
        } else if let Some(shape) = shape(read, found) {
            let impls = Vec::new();
            let def = Def { read, shape, impls };
            if defs.insert(read.name(), def).is_some() {
                let message = format!("the SDK has two types `{}`", read.name());
                found.wrong(read.at("name"), message);
            }
        } else {
            open.push(read);
        }
    }
    for read in open {
        if let Some(def) = defs.get_mut(&read.name()) {
            def.impls.push(read);
        } else {
            let message = format!("the SDK has no type `{}`", read.name());
            found.wrong(read.at("name"), message);
        }
    }
    let defaults = defaults(&made, &defs, found);
    for (name, def) in &defs {
        let mut facts = Facts::new();
        let what = describe(name, (def, &defs), &defaults, (&mut facts, found));
        if let Some(reads) = built.remove(name) {
            let Shape::Object { members, .. } = &def.shape else {
                let message = format!("`{name}` is no object and has a builder");
                found.wrong(def.read.at("name"), message);
                continue;
            };
            members::built(name, members, &reads, found);
            let at = def.read.at("name");
            let value = "there is one".to_owned();
            facts.insert(format!("type {name}/builder"), Said { value, at });
        }
        let at = def.read.at("name");
        let variants = match &def.shape {
            Shape::Choice(variants) => variants.clone(),
            Shape::Object { .. } | Shape::Values(_) | Shape::Wrapper { .. } => Vec::new(),
        };
        let own = Type {
            what,
            facts,
            variants,
            values: single_values(def),
            at,
        };
        found.types.insert(name.clone(), own);
    }
    for (name, reads) in built {
        if let Some(read) = reads.first() {
            found.wrong(
                read.at("name"),
                format!("nothing is built by `builder::{name}`"),
            );
        }
    }
}

/// What the functions that make defaults make.
fn defaults(
    reads: &[&Read<TypeForm>],
    defs: &BTreeMap<String, Def<'_>>,
    found: &mut Found,
) -> Defaults {
    let mut defaults = Defaults::default();
    for read in reads {
        let made = value(read.bound.toks("value"), defs);
        let kind = kind(read.bound.toks("kind"));
        if let (Some(made), Some(kind)) = (made, kind) {
            defaults.add(read.name(), plain(&made), kind);
        } else {
            let text = read.bound.text("value");
            found.unread.push((read.at("value"), text));
        }
    }
    defaults
}
