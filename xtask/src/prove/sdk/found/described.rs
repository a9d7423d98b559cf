//! What values a generated type has, in words, and whether everything that is implemented for it agrees.

use super::super::facts::{At, Facts, Said};
use super::super::tokens::joined;
use super::Found;
use super::forms::TypeForm;
use super::kinds::kind;
use super::members;
use super::shapes::{Def, Shape};
use super::values::{Defaults, Names, plain, value};

/// What values a type has; what is said of its parts goes to the facts.
pub(super) fn describe(
    name: &str,
    (def, names): (&Def<'_>, &dyn Names),
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
            agree(def, TypeForm::ShowValue, values, found);
            agree(def, TypeForm::ParseValue, values, found);
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
            for read in def
                .impls
                .iter()
                .filter(|read| read.form == TypeForm::Choose)
            {
                let own = (
                    read.bound.text("variant"),
                    kind(read.bound.toks("kind")).unwrap_or_default(),
                );
                if !variants.contains(&own) {
                    let message = format!("`{name}` holds no such thing as its `{}`", own.0);
                    found.wrong(read.at("variant"), message);
                }
            }
            for form in [TypeForm::ShowChosen, TypeForm::ParseChoice] {
                variants_of(def, form, variants, found);
            }
            "choice".to_owned()
        }
        Shape::Wrapper { open, kind } => wrapped(def, *open, kind, found),
    };
    if let Some(read) = def.implemented(TypeForm::DefaultValue) {
        match value(read.bound.toks("value"), names) {
            Some(made) => what = format!("{what}, or else {}", plain(&made)),
            None => found
                .unread
                .push((read.at("value"), read.bound.text("value"))),
        }
    }
    if let (Some(read), Shape::Object { members, .. }) =
        (def.implemented(TypeForm::DefaultMembers), &def.shape)
    {
        members::starts(members, read, "", found);
    }
    derives(def, found);
    what
}

/// The single values of a type, in the words of its description.
pub(super) fn single_values(def: &Def<'_>) -> Vec<(String, At)> {
    if let Shape::Values(values) = &def.shape {
        let declared = def.read.bound.list("variants").iter();
        let spots = declared.map(|variant| def.read.place(variant.spot("variant")));
        let texts = values.iter().map(|(_, wire)| format!("{wire:?}"));
        return texts.zip(spots).collect();
    }
    let Some(checks) = def.implemented(TypeForm::OneOf) else {
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
fn agree(def: &Def<'_>, form: TypeForm, values: &[(String, String)], found: &mut Found) {
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

fn variants_of(def: &Def<'_>, form: TypeForm, variants: &[(String, String)], found: &mut Found) {
    let Some(read) = def.implemented(form) else {
        return;
    };
    let list = read.bound.list(if form == TypeForm::ShowChosen {
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
        .implemented(TypeForm::ParseBounded)
        .zip(def.implemented(TypeForm::ReadBounded));
    let one_of = def
        .implemented(TypeForm::OneOf)
        .zip(def.implemented(TypeForm::ReadOneOf));
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
    let reads_itself = def.implemented(TypeForm::ReadBounded).is_some()
        || def.implemented(TypeForm::ReadOneOf).is_some();
    let known = |one: &String| {
        ALWAYS.contains(&one.as_str()) || SOMETIMES.contains(&one.as_str()) || one == READ
    };
    if !ALWAYS.iter().all(|one| has(one)) || has(READ) == reads_itself || !own.iter().all(known) {
        let message = format!("`{}` is read or written in another way", def.read.name());
        found.wrong(def.read.at("derives"), message);
    }
}
