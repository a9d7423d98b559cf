//! The types of the generated SDK: what values each has, and whether everything that belongs to it agrees.

use std::collections::BTreeMap;

use super::super::facts::{At, Facts, Said};
use super::super::tokens::{Tok, joined};
use super::forms::Form;
use super::kinds::kind;
use super::members::{self, Member};
use super::values::{plain, value};
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

/// What values a declared type has.
#[derive(Debug)]
enum Shape {
    Object {
        closed: bool,
        members: Vec<Member>,
    },
    /// Each variant with its text.
    Values(Vec<(String, String)>),
    /// Each variant with what it holds.
    Choice(Vec<(String, String)>),
    Wrapper {
        open: bool,
        kind: String,
    },
}

/// A declared type with everything that is implemented for it.
pub(super) struct Def<'a> {
    read: &'a Read,
    shape: Shape,
    impls: Vec<&'a Read>,
}

impl Def<'_> {
    /// The text of a variant.
    pub fn wire(&self, variant: &str) -> Option<String> {
        let Shape::Values(values) = &self.shape else {
            return None;
        };
        let own = values.iter().find(|(own, _)| own == variant);
        own.map(|(_, wire)| wire.clone())
    }

    /// The name on the wire of a field.
    pub fn member(&self, field: &str) -> Option<String> {
        let Shape::Object { members, .. } = &self.shape else {
            return None;
        };
        let own = members.iter().find(|member| member.field == field);
        own.map(|member| member.wire.clone())
    }

    fn implemented(&self, form: Form) -> Option<&Read> {
        self.impls.iter().copied().find(|read| read.form == form)
    }
}

/// Reads all types, with their builders.
pub(super) fn judge(items: &[Read], found: &mut Found) {
    let mut defs: BTreeMap<String, Def<'_>> = BTreeMap::new();
    let mut built: BTreeMap<String, Vec<&Read>> = BTreeMap::new();
    let mut defaults: BTreeMap<String, &Read> = BTreeMap::new();
    for read in items {
        let is_builder = read.is_in("types") && read.is_in("builder");
        match read.form {
            Form::PartBuilders => {}
            Form::Default => drop(defaults.insert(read.name(), read)),
            _ if is_builder => built.entry(read.name()).or_default().push(read),
            Form::Object | Form::Values | Form::Choice | Form::Wrapper => {
                if let Some(shape) = shape(read, found) {
                    let impls = Vec::new();
                    let def = Def { read, shape, impls };
                    if defs.insert(read.name(), def).is_some() {
                        let message = format!("the SDK has two types `{}`", read.name());
                        found.wrong(read.at("name"), message);
                    }
                }
            }
            _ => {}
        }
    }
    for read in items {
        if belongs(read.form) && !(read.is_in("types") && read.is_in("builder")) {
            match defs.get_mut(&read.name()) {
                Some(def) => def.impls.push(read),
                None => found.wrong(
                    read.at("name"),
                    format!("the SDK has no type `{}`", read.name()),
                ),
            }
        }
    }
    let defaults = Defaults::of(&defaults, &defs, found);
    for (name, def) in &defs {
        let mut facts = Facts::new();
        let what = describe(name, def, &defs, &defaults, (&mut facts, found));
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

/// Whether a form is about a type that is declared elsewhere.
const fn belongs(form: Form) -> bool {
    matches!(
        form,
        Form::Deref
            | Form::Unwrap
            | Form::Wrap
            | Form::Choose
            | Form::ShowWrapped
            | Form::ShowValue
            | Form::ShowChosen
            | Form::ParseValue
            | Form::ParseBounded
            | Form::ParseText
            | Form::ParseWrapped
            | Form::ParseChoice
            | Form::FromText
            | Form::FromWrappedText
            | Form::OneOf
            | Form::ReadBounded
            | Form::ReadOneOf
            | Form::DefaultMembers
            | Form::DefaultValue
            | Form::Builder
            | Form::Setters
    )
}

fn shape(read: &Read, found: &mut Found) -> Option<Shape> {
    let bound = &read.bound;
    let mut known = |hole: &str, toks: &[Tok], at: At| {
        let kind = kind(toks);
        if kind.is_none() {
            found.unread.push((at, format!("{hole}: {}", joined(toks))));
        }
        kind
    };
    match read.form {
        Form::Object => {
            let mut members = Vec::new();
            for member in bound.list("members") {
                let at = read.place(member.spot("field"));
                let kind = known(&member.text("field"), member.toks("kind"), at.clone())?;
                members.push(Member::read(member, kind, at));
            }
            let closed = bound.part("closed").is_some();
            Some(Shape::Object { closed, members })
        }
        Form::Values => {
            let variants = bound.list("variants").iter().map(|one| {
                let variant = one.text("variant");
                let rename = one.part("rename").map(|rename| rename.literal("wire"));
                (variant.clone(), rename.unwrap_or(variant))
            });
            Some(Shape::Values(variants.collect()))
        }
        Form::Choice => {
            let mut variants = Vec::new();
            for one in bound.list("variants") {
                let at = read.place(one.spot("kind"));
                let kind = known(&one.text("variant"), one.toks("kind"), at)?;
                variants.push((one.text("variant"), kind));
            }
            Some(Shape::Choice(variants))
        }
        _ => {
            let kind = known("it", bound.toks("kind"), read.at("kind"))?;
            let open = bound.part("open").is_some();
            Some(Shape::Wrapper { open, kind })
        }
    }
}

/// The values of functions that make defaults.
pub(super) struct Defaults {
    values: BTreeMap<String, (String, String)>,
}

impl Defaults {
    fn of(
        reads: &BTreeMap<String, &Read>,
        defs: &BTreeMap<String, Def<'_>>,
        found: &mut Found,
    ) -> Self {
        let mut values = BTreeMap::new();
        for (name, read) in reads {
            let made = value(read.bound.toks("value"), defs);
            match (made, kind(read.bound.toks("kind"))) {
                (Some(made), Some(kind)) => {
                    values.insert(name.clone(), (plain(&made), kind));
                }
                _ => found
                    .unread
                    .push((read.at("value"), read.bound.text("value"))),
            }
        }
        Self { values }
    }

    /// The value that a function makes, and of which kind it is.
    pub fn get(&self, function: &str) -> Option<&(String, String)> {
        self.values.get(function)
    }
}

/// What values a type has; what is said of its parts goes to the facts.
fn describe(
    name: &str,
    def: &Def<'_>,
    defs: &BTreeMap<String, Def<'_>>,
    defaults: &Defaults,
    (facts, found): (&mut Facts, &mut Found),
) -> String {
    let mut what = match &def.shape {
        Shape::Object { closed, members } => {
            for member in members {
                let said = member.said(defaults, found);
                let key = format!("type {name}/{}", member.key());
                let at = member.at.clone();
                facts.insert(key, Said { value: said, at });
            }
            let closed = if *closed { "closed object" } else { "object" };
            closed.to_owned()
        }
        Shape::Values(values) => {
            agree(def, Form::ShowValue, values, found);
            agree(def, Form::ParseValue, values, found);
            let mut texts: Vec<String> =
                values.iter().map(|(_, wire)| format!("{wire:?}")).collect();
            texts.sort();
            format!("one of {}", texts.join(", "))
        }
        Shape::Choice(variants) => {
            for (index, (_, kind)) in variants.iter().enumerate() {
                let (value, at) = (kind.clone(), def.read.at("name"));
                facts.insert(format!("type {name}/choice {index}"), Said { value, at });
            }
            for read in def.impls.iter().filter(|read| read.form == Form::Choose) {
                let own = (
                    read.bound.text("variant"),
                    kind(read.bound.toks("kind")).unwrap_or_default(),
                );
                if !variants.contains(&own) {
                    let message = format!("`{name}` holds no such thing as its `{}`", own.0);
                    found.wrong(read.at("variant"), message);
                }
            }
            for form in [Form::ShowChosen, Form::ParseChoice] {
                variants_of(def, form, variants, found);
            }
            "choice".to_owned()
        }
        Shape::Wrapper { open, kind } => wrapped(def, *open, kind, found),
    };
    if let Some(read) = def.implemented(Form::DefaultValue) {
        match value(read.bound.toks("value"), defs) {
            Some(made) => what.push_str(&format!(", or else {}", plain(&made))),
            None => found
                .unread
                .push((read.at("value"), read.bound.text("value"))),
        }
    }
    if let (Some(read), Shape::Object { members, .. }) =
        (def.implemented(Form::DefaultMembers), &def.shape)
    {
        members::starts(members, read, "", found);
    }
    derives(def, found);
    what
}

/// The single values of a type, in the words of its description.
fn single_values(def: &Def<'_>) -> Vec<(String, At)> {
    if let Shape::Values(values) = &def.shape {
        let declared = def.read.bound.list("variants").iter();
        let spots = declared.map(|variant| def.read.place(variant.spot("variant")));
        let texts = values.iter().map(|(_, wire)| format!("{wire:?}"));
        return texts.zip(spots).collect();
    }
    let Some(checks) = def.implemented(Form::OneOf) else {
        return Vec::new();
    };
    let values = checks.bound.toks("values").iter();
    values
        .filter_map(|tok| Some((tok.leaf()?, tok)))
        .filter(|(leaf, _)| leaf.starts_with(|first: char| first.is_numeric()))
        .map(|(leaf, tok)| {
            let number = leaf.split('_').next().unwrap_or_default();
            (number.to_owned(), checks.place(tok.spot()))
        })
        .collect()
}

/// Whether an implementation names each variant with what the declaration says of it.
fn agree(def: &Def<'_>, form: Form, values: &[(String, String)], found: &mut Found) {
    let Some(read) = def.implemented(form) else {
        return;
    };
    let own: Vec<(String, String)> = read
        .bound
        .list("arms")
        .iter()
        .map(|arm| (arm.text("variant"), arm.literal("wire")))
        .collect();
    if own != values {
        let differs = own.iter().zip(values).position(|(one, other)| one != other);
        let arm = differs.and_then(|at| read.bound.list("arms").get(at));
        let spot = arm.map_or_else(|| read.bound.spot("name"), |arm| arm.spot("wire"));
        let message = format!("`{}` reads and writes different texts", def.read.name());
        found.wrong(read.place(spot), message);
    }
}

fn variants_of(def: &Def<'_>, form: Form, variants: &[(String, String)], found: &mut Found) {
    let Some(read) = def.implemented(form) else {
        return;
    };
    let list = read.bound.list(if form == Form::ShowChosen {
        "arms"
    } else {
        "tries"
    });
    let own: Vec<String> = list.iter().map(|one| one.text("variant")).collect();
    if !own.iter().eq(variants.iter().map(|(variant, _)| variant)) {
        let message = format!("`{}` has other variants", def.read.name());
        found.wrong(read.at("name"), message);
    }
}

/// What a wrapper lets through.
fn wrapped(def: &Def<'_>, open: bool, held: &str, found: &mut Found) -> String {
    for read in &def.impls {
        let kinds = read.bound.toks("kind");
        let is_other = !kinds.is_empty() && kind(kinds).as_deref() != Some(held);
        if is_other {
            let message = format!("`{}` holds something else", def.read.name());
            found.wrong(read.at("kind"), message);
        }
    }
    let bounded = def
        .implemented(Form::ParseBounded)
        .zip(def.implemented(Form::ReadBounded));
    let one_of = def
        .implemented(Form::OneOf)
        .zip(def.implemented(Form::ReadOneOf));
    let name = def.read.name();
    match (open, bounded, one_of) {
        (true, None, None) => held.to_owned(),
        (false, Some((parse, _)), None) if held == "text" => {
            let mut bounds = Vec::new();
            for (part, bound, word) in
                [("shortest", "min", "shorter"), ("longest", "max", "longer")]
            {
                let Some(check) = parse.bound.part(part) else {
                    continue;
                };
                let count = check.text(bound);
                let count = count.trim_end_matches("usize");
                let said = check.literal(if bound == "min" { "told" } else { "said" });
                if said != format!("{word} than {count} characters") {
                    let message = format!("`{name}` says something else than it checks");
                    found.wrong(parse.place(check.spot(bound)), message);
                }
                bounds.push(format!(" {bound} {count}"));
            }
            format!("text{}", bounds.concat())
        }
        (false, None, Some((checks, _))) => {
            let values = checks.bound.toks("values");
            let mut values: Vec<String> = values
                .split(|tok| tok.leaf() == Some(","))
                .map(|value| {
                    joined(value)
                        .replace(&format!("_{held}"), "")
                        .replace("- ", "-")
                })
                .collect();
            values.sort();
            format!("one of {} as {held}", values.join(", "))
        }
        _ => {
            let message = format!("what `{name}` lets through is not what it checks");
            found.wrong(def.read.at("name"), message);
            held.to_owned()
        }
    }
}

/// Whether a type is read, written, copied and shown by what serde and the compiler derive, and by nothing else.
fn derives(def: &Def<'_>, found: &mut Found) {
    const ALWAYS: [&str; 3] = [": : serde : : Serialize", "Clone", "Debug"];
    const SOMETIMES: [&str; 7] = [
        "Copy",
        "Default",
        "Eq",
        "Hash",
        "Ord",
        "PartialEq",
        "PartialOrd",
    ];
    const READ: &str = ": : serde : : Deserialize";
    let own: Vec<String> = def
        .read
        .bound
        .toks("derives")
        .split(|tok| tok.leaf() == Some(","))
        .map(joined)
        .collect();
    let has = |name: &str| own.iter().any(|one| one == name);
    let reads_itself =
        def.implemented(Form::ReadBounded).is_some() || def.implemented(Form::ReadOneOf).is_some();
    let known = |one: &String| {
        ALWAYS.contains(&one.as_str()) || SOMETIMES.contains(&one.as_str()) || one == READ
    };
    if !ALWAYS.iter().all(|one| has(one)) || has(READ) == reads_itself || !own.iter().all(known) {
        let message = format!("`{}` is read or written in another way", def.read.name());
        found.wrong(def.read.at("derives"), message);
    }
}
