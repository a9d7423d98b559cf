//! Whether a generated type has everything that belongs to a type of its shape.

use std::collections::BTreeSet;

use super::Found;
use super::forms::TypeForm;
use super::shapes::{Def, Shape};

/// What a type is that callers make, and what one is that only answers have.
type Sets = [Vec<TypeForm>; 2];

/// Finds what is missing of a type, or is there beside what belongs to it.
pub(super) fn judge(def: &Def<'_>, found: &mut Found) {
    let mut own: Vec<TypeForm> = def.impls.iter().map(|read| read.form).collect();
    own.sort_unstable();
    // Whether there are defaults is for the facts to say.
    let own: Vec<TypeForm> = own.into_iter().filter(|form| !is_default(*form)).collect();
    let sets = sets(def).map(|mut set| {
        set.sort_unstable();
        set
    });
    if !sets.contains(&own) {
        let message = format!("`{}` lacks something, or has it twice", def.read.name());
        found.wrong(def.read.at("name"), message);
    }
}

const fn is_default(form: TypeForm) -> bool {
    matches!(form, TypeForm::DefaultMembers | TypeForm::DefaultValue)
}

fn sets(def: &Def<'_>) -> Sets {
    use TypeForm::{
        Builder, Deref, FromText, FromWrappedText, OneOf, ParseBounded, ParseText, ParseValue,
        ParseWrapped, ReadBounded, ReadOneOf, ShowValue, ShowWrapped, Unwrap, Wrap,
    };
    match &def.shape {
        Shape::Object { .. } => [vec![Builder], vec![]],
        Shape::Values(_) => [
            vec![ShowValue, ParseValue, FromText, FromText],
            vec![ShowValue],
        ],
        Shape::Choice(variants) => choice(def, variants),
        Shape::Wrapper { open: false, .. } if def.implemented(OneOf).is_some() => [
            vec![Deref, Unwrap, OneOf, ReadOneOf],
            vec![Deref, OneOf, ReadOneOf],
        ],
        Shape::Wrapper { open: false, .. } => [
            vec![Deref, Unwrap, ParseBounded, FromText, FromText, ReadBounded],
            vec![Deref, ParseBounded, ReadBounded],
        ],
        Shape::Wrapper { open: true, kind } if kind == "text" => [
            vec![Deref, Unwrap, Wrap, ShowWrapped, ParseText],
            vec![Deref, ShowWrapped],
        ],
        // What has a text of its own hands it on.
        Shape::Wrapper { .. } if def.implemented(ShowWrapped).is_some() => [
            vec![
                Deref,
                Unwrap,
                Wrap,
                ShowWrapped,
                ParseWrapped,
                FromWrappedText,
                FromWrappedText,
            ],
            vec![Deref, ShowWrapped],
        ],
        Shape::Wrapper { .. } => [vec![Deref, Unwrap, Wrap], vec![Deref]],
    }
}

/// Of a choice, what holds one type alone is made of it; what holds texts alone has a text.
fn choice(def: &Def<'_>, variants: &[(String, String)]) -> Sets {
    use TypeForm::{Choose, FromText, ParseChoice, ShowChosen};
    let kinds: BTreeSet<&String> = variants.iter().map(|(_, kind)| kind).collect();
    let alone = |kind: &&&String| variants.iter().filter(|(_, own)| own == **kind).count() == 1;
    let made = kinds.iter().filter(alone).filter(|kind| **kind != "text");
    let mut given: Vec<TypeForm> = made.map(|_| Choose).collect();
    let mut answered = Vec::new();
    if def.implemented(ShowChosen).is_some() {
        given.push(ShowChosen);
        answered.push(ShowChosen);
    }
    if def.implemented(ParseChoice).is_some() {
        given.extend([ParseChoice, FromText, FromText]);
    }
    [given, answered]
}
